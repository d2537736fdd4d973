"""Plain, gzip, zip and Zstandard content in pieces, whole and damaged."""

import gzip
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest

from tickpath.core.errors import DataError
from tickpath.storage.importers.sources import blocks, content_hash, head_of, raw_blocks

TEXT = b"".join(b"%d,some text that does not repeat %d\n" % (k, k * 7919) for k in range(3000))


def packed(path: Path, how: str) -> Path:
    """TEXT at a path, packed."""
    if how == "gz":
        path.write_bytes(gzip.compress(TEXT))
    elif how == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.csv", TEXT)
    elif how == "zst":
        path.write_bytes(bytes(pa.Codec("zstd").compress(TEXT, asbytes=True)))
    else:
        path.write_bytes(TEXT)
    return path


@pytest.mark.parametrize("how", ["plain", "gz", "zip", "zst"])
@pytest.mark.usefixtures("small_blocks")
def test_content_comes_whole_in_lines(tmp_path: Path, how: str) -> None:
    path = packed(tmp_path / "f", how)
    found = list(blocks(path))
    assert b"".join(b.data for b in found) == TEXT
    assert all(b.data.endswith(b"\n") for b in found)
    assert [b.row for b in found][:2] == [1, 1 + found[0].data.count(b"\n")]
    assert TEXT.startswith(head_of(path).data)


@pytest.mark.parametrize("how", ["gz", "zst"])
def test_a_torn_file_gives_what_is_whole(
    tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickpath.storage.importers.sources.PIECE_BYTES", 1000)
    path = packed(tmp_path / "f", how)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 3 // 4])
    found: list[bytes] = []
    with pytest.raises(DataError, match="cut short"):
        found.extend(raw_blocks(path))
    assert TEXT.startswith(b"".join(found))
    assert how == "zst" or len(b"".join(found)) > len(TEXT) // 2


def test_a_torn_zip_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "f", "zip")
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(DataError, match="cut short"):
        head_of(path)


def test_a_zip_of_several_files_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "f.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", TEXT)
        archive.writestr("b.csv", TEXT)
    with pytest.raises(DataError, match=r"a zip of 2 files \(a.csv, b.csv\)"):
        head_of(path)


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    for read in (head_of, content_hash):
        with pytest.raises(DataError, match="No such file"):
            read(tmp_path / "none")


@pytest.mark.usefixtures("small_blocks")
def test_a_line_without_an_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"x" * 5000)
    with pytest.raises(DataError, match="a line of more than"):
        list(blocks(path))


def test_content_is_told_by_its_bytes(tmp_path: Path) -> None:
    a, b = packed(tmp_path / "a", "gz"), tmp_path / "b"
    b.write_bytes(a.read_bytes())
    assert content_hash(a) == content_hash(b) != content_hash(packed(tmp_path / "c", "plain"))
