"""The balances that an account began with survive and are never half written."""

from decimal import Decimal
from pathlib import Path

import pytest

from tickpath.core.errors import DataError
from tickpath.ops.live.baseline import NAME, read_baseline, write_baseline


def test_what_is_written_is_read(tmp_path: Path) -> None:
    assert read_baseline(tmp_path) == {}
    found = {"binance-spot": {"BTC": Decimal("0.00000001"), "USDT": Decimal("1E+6")}}
    write_baseline(tmp_path, found)
    assert read_baseline(tmp_path) == found
    write_baseline(tmp_path, {})
    assert read_baseline(tmp_path) == {}
    assert [p.name for p in tmp_path.iterdir()] == [NAME]


@pytest.mark.parametrize("text", ["", "[1]", '{"a": 1}', '{"a": {"b": "x"}}', "\xff"])
def test_a_damaged_file_is_told_and_never_taken_for_none(tmp_path: Path, text: str) -> None:
    (tmp_path / NAME).write_text(text, encoding="latin-1")
    with pytest.raises(DataError, match=NAME):
        read_baseline(tmp_path)
