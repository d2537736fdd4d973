"""The log: what was written is read, what is torn runs again, another sweep is refused."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickpath.backtest.sweep.row_log import RowLog, opened, read_log, sealed
from tickpath.backtest.sweep.rows import Row, result_hash, row_of
from tickpath.core.errors import ConfigError, DataError

IDENTITY = {"data": "12", "code": "34"}
ROWS = [
    Row(k, {"a": k, "b": 0.1 * k}, 1, {"pnl": -k, "text": "ü\n", "none": None, "list": [1, 2]})
    for k in range(6)
]


def write(path: Path) -> Path:
    log = RowLog(path, IDENTITY)
    for row in ROWS:
        log.append(row)
    log.close()
    return path


def test_rows_come_back(tmp_path: Path) -> None:
    found = read_log(write(tmp_path / "sweep/rows.log"), IDENTITY)
    assert list(found.rows.values()) == ROWS
    assert found.damaged == 0
    assert result_hash(found.rows.values()) == result_hash(reversed(ROWS))


def test_a_sweep_is_not_written_over(tmp_path: Path) -> None:
    write(tmp_path / "rows.log")
    with pytest.raises(ConfigError, match="--resume"):
        RowLog(tmp_path / "rows.log", IDENTITY)


def test_another_sweep_is_refused_with_what_differs(tmp_path: Path) -> None:
    path = write(tmp_path / "rows.log")
    with pytest.raises(ConfigError, match="data was 12 and is 13") as caught:
        read_log(path, {**IDENTITY, "data": "13"})
    assert "code" not in str(caught.value)
    (tmp_path / "other").write_text("text\n")
    with pytest.raises(DataError, match="not the log of a sweep"):
        read_log(tmp_path / "other", IDENTITY)


@pytest.mark.parametrize("cut", [1, 2, 30])
def test_a_torn_end_is_cut_off(cut: int, tmp_path: Path) -> None:
    path = write(tmp_path / "rows.log")
    path.write_bytes(path.read_bytes()[:-cut])
    found = read_log(path, IDENTITY)
    assert list(found.rows) == [0, 1, 2, 3, 4]
    log = RowLog(path, IDENTITY, found.whole_bytes)
    log.append(ROWS[5])
    log.close()
    again = read_log(path, IDENTITY)
    assert list(again.rows.values()) == ROWS
    assert again.damaged == 0


def test_a_damaged_line_costs_its_own_row(tmp_path: Path) -> None:
    path = write(tmp_path / "rows.log")
    lines = path.read_bytes().splitlines(keepends=True)
    lines[3] = lines[3][:20] + b"#" + lines[3][21:]
    path.write_bytes(b"".join(lines))
    found = read_log(path, IDENTITY)
    assert sorted(found.rows) == [0, 1, 3, 4, 5]
    assert found.damaged == 1


@given(
    text=st.text(st.characters(exclude_characters="\n")), at=st.integers(0), bit=st.integers(0, 7)
)
def test_a_flipped_bit_is_seen(text: str, at: int, bit: int) -> None:
    line = bytearray(sealed(text))
    assert opened(bytes(line)) == text
    line[at % len(line)] ^= 1 << bit
    assert opened(bytes(line)) != text


def test_times_are_not_part_of_the_hash() -> None:
    row = Row(0, {"a": 1}, figures={"x": 1.5}, seconds=1.0, rss_mib=5.0)
    slow = Row(0, {"a": 1}, figures={"x": 1.5}, seconds=2.0, rss_mib=9.0, attempts=2)
    assert result_hash([row]) == result_hash([slow])
    assert result_hash([row]) != result_hash([Row(0, {"a": 1}, figures={"x": 1.25})])
    with pytest.raises(DataError):
        row_of('{"index": 1}')
    with pytest.raises(DataError):
        row_of("[")
