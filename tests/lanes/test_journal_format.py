"""journal_format.h against what Python declares."""

import re
from pathlib import Path

from tickpath.lanes import journal_format
from tickpath.lanes.journal_format import (
    HEADER,
    HEADER_BYTES,
    MAGIC,
    RECORD,
    RECORD_BYTES,
    RESERVE_BYTES,
    VERSION,
    JournalKind,
)

TEXT = (Path(journal_format.__file__).parent / "journal_format.h").read_text()
NUMBERS = {k: int(v) for k, v in re.findall(r"TP_JOURNAL_(\w+) = (\d+)", TEXT)}


def test_kinds_and_sizes_are_those_of_the_header() -> None:
    sizes = {
        "VERSION": VERSION,
        "HEADER_BYTES": HEADER_BYTES,
        "RECORD_BYTES": RECORD_BYTES,
        "RESERVE_BYTES": RESERVE_BYTES,
    }
    assert {**{k.name: k.value for k in JournalKind}, **sizes} == NUMBERS
    assert HEADER.size == HEADER_BYTES
    assert RECORD.size + 4 == RECORD_BYTES


def test_the_magic_is_its_text() -> None:
    number = re.search(r"TP_JOURNAL_MAGIC \(\(uint64_t\)0x([0-9A-F]+)\)", TEXT)
    assert number is not None
    assert int(number[1], 16).to_bytes(8, "little") == MAGIC


def test_the_header_fields_stand_in_the_same_order() -> None:
    body = re.search(r"typedef struct tp_journal_header \{(.*?)\}", TEXT, re.DOTALL)
    assert body is not None
    codes = {"uint64_t": "Q", "int64_t": "q", "uint32_t": "I"}
    kinds = re.findall(r"^\s+(\w+) (\w+)(?:\[(\d+)\])?;", body[1], re.MULTILINE)
    layout = "".join(f"{n}x" if n else codes[kind] for kind, _, n in kinds)
    assert layout == HEADER.format.removeprefix("<").replace("8s", "Q")
