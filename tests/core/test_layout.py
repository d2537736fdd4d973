"""records.h, codes.h and limits.toml against what Python declares and what was compiled."""

import re
import tomllib
from enum import IntEnum
from pathlib import Path

import numpy as np
import pytest

from tickpath.core import records
from tickpath.core.codes import TEXT, Code
from tickpath.core.compiled import sizes
from tickpath.core.limits import LIMITS, limits_hash

CORE = Path(records.__file__).parent
ROOT = CORE.parents[2]
HEADER = (CORE / "records.h").read_text()
PLAIN = {
    "int16_t": 2,
    "int32_t": 4,
    "uint32_t": 4,
    "int64_t": 8,
    "uint64_t": 8,
    "double": 8,
    "char": 1,
    "__int128": 16,
}
DTYPES = {
    name.removesuffix("_DTYPE").lower(): getattr(records, name)
    for name in dir(records)
    if name.endswith("_DTYPE")
}


def without_comments(text: str) -> str:
    return re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)


def length_of(text: str) -> int:
    """Product of the array lengths in `[A][B]`; names are those of limits.toml."""
    total = 1
    for part in re.findall(r"\[(\w+)\]", text):
        total *= int(part) if part.isdigit() else LIMITS[part.removeprefix("TP_").lower()]
    return total


class Struct:
    """Offsets of one struct by the rules of the platform's C interface."""

    def __init__(self, body: str, known: dict[str, "Struct"]) -> None:
        self.fields: dict[str, tuple[int, int]] = {}
        self.alignment = 1
        end = 0
        for line in filter(None, map(str.strip, body.split(";"))):
            size, alignment, names = self.declaration(line, known)
            for name in names:
                start = -(-end // alignment) * alignment
                count = length_of(name)
                self.fields[name.split("[")[0]] = (start, size * count)
                end = start + size * count
            self.alignment = max(self.alignment, alignment)
        self.size = -(-end // self.alignment) * self.alignment

    @staticmethod
    def declaration(line: str, known: dict[str, "Struct"]) -> tuple[int, int, list[str]]:
        pointer = re.search(r"\(\*(\w+)\)|\*\s*(\w+)$", line)
        if pointer:
            return 8, 8, [pointer[1] or pointer[2]]
        found = re.fullmatch(r"(?:__extension__ )?(\w+)\s+(.*)", line, re.DOTALL)
        assert found is not None
        kind, names = found.groups()
        listed = [n.strip() for n in names.split(",")]
        if kind.endswith("_fn"):
            return 8, 8, listed
        if kind in known:
            return known[kind].size, known[kind].alignment, listed
        return PLAIN[kind], PLAIN[kind], listed


def structs() -> dict[str, Struct]:
    found: dict[str, Struct] = {}
    pattern = r"typedef struct (\w+) \{(.*?)\} \1;"
    for name, body in re.findall(pattern, without_comments(HEADER), flags=re.DOTALL):
        found[name] = Struct(body, found)
    return found


STRUCTS = structs()


@pytest.mark.parametrize("name", sorted(sizes()))
def test_every_compiled_size_follows_from_the_header(name: str) -> None:
    assert STRUCTS[name].size == sizes()[name]


def test_every_struct_of_the_header_is_listed() -> None:
    assert set(STRUCTS) == set(sizes())


@pytest.mark.parametrize("name", sorted(DTYPES))
def test_numpy_layouts_are_those_of_the_header(name: str) -> None:
    dtype, struct = DTYPES[name], STRUCTS[f"tp_{name}"]
    assert dtype.itemsize == struct.size
    assert dtype.names is not None
    declared = {}
    for field in dtype.names:
        kind, start = dtype.fields[field][:2]
        declared[field] = (start, kind.itemsize)
        assert kind.base.byteorder in ("<", "=", "|")
    assert declared == struct.fields


def test_numpy_kinds_are_signed_as_in_the_header() -> None:
    body = without_comments(HEADER)
    for name, dtype in DTYPES.items():
        text = re.search(rf"typedef struct tp_{name} \{{(.*?)\}}", body, re.DOTALL)
        assert text is not None
        for field in dtype.names:
            kind = re.search(rf"(u?int\d+)_t [\w, ]*\b{field}\b", text[1])
            if kind is not None:
                assert dtype.fields[field][0] == np.dtype(kind[1])


def enums() -> dict[str, dict[str, int]]:
    pattern = r"enum (tp_\w+) \{(.*?)\};"
    return {
        name: {k: int(v) for k, v in re.findall(r"(TP_\w+) = (\d+)", body)}
        for name, body in re.findall(pattern, without_comments(HEADER), flags=re.DOTALL)
    }


ENUMS = [
    ("tp_side", records.Side, "TP_"),
    ("tp_instrument_kind", records.InstrumentKind, "TP_"),
    ("tp_input_kind", records.InputKind, "TP_INPUT_"),
    ("tp_event_kind", records.EventKind, "TP_EVENT_"),
    ("tp_chain", records.Chain, "TP_CHAIN_"),
    ("tp_book_status", records.BookStatus, "TP_BOOK_"),
    ("tp_order_type", records.OrderType, "TP_"),
    ("tp_time_in_force", records.TimeInForce, "TP_"),
    ("tp_intent_kind", records.IntentKind, "TP_"),
    ("tp_link_role", records.LinkRole, "TP_LINK_"),
    ("tp_order_state", records.OrderState, "TP_ORDER_"),
    ("tp_report_kind", records.ReportKind, "TP_REPORT_"),
    ("tp_checksum", records.Checksum, "TP_CHECKSUM_"),
]
FLAGS = {"tp_intent_flag", "tp_input_flag", "tp_portfolio_watch"}
"""Bits, compared below or read in C alone."""


def test_every_enum_of_the_header_is_compared() -> None:
    assert set(enums()) == {name for name, _, _ in ENUMS} | FLAGS


@pytest.mark.parametrize(("name", "declared", "prefix"), ENUMS)
def test_enums_are_those_of_the_header(name: str, declared: type[IntEnum], prefix: str) -> None:
    members = {prefix + m.name: m.value for m in declared}
    if name == "tp_book_status":
        members["TP_BOOK_STATUS_CROSSED"] = members.pop("TP_BOOK_CROSSED")
    assert enums()[name] == members


def test_flags_are_those_of_the_header() -> None:
    assert enums()["tp_intent_flag"] == {
        "TP_REDUCE_ONLY": records.REDUCE_ONLY,
        "TP_TRIGGER_MID": records.TRIGGER_MID,
        "TP_TRIGGER_BBO": records.TRIGGER_BBO,
        "TP_POSITION_LONG": records.POSITION_LONG,
        "TP_POSITION_SHORT": records.POSITION_SHORT,
        "TP_ALGORITHM_NONE": records.ALGORITHM_NONE,
        "TP_ALGORITHM_SHIFT": records.ALGORITHM_SHIFT,
    }
    assert enums()["tp_input_flag"] == {
        "TP_KILLED": records.KILLED,
        "TP_REDUCE_ONLY_ALL": records.REDUCE_ONLY_ALL,
        "TP_VENUE_CLOSED": records.VENUE_CLOSED,
        "TP_BLOCK_SHIFT": records.BLOCK_SHIFT,
    }


def test_codes_are_those_of_codes_h_and_each_has_a_sentence() -> None:
    text = without_comments((CORE / "codes.h").read_text())
    numbers = {k: int(v) for k, v in re.findall(r"TP_(\w+) = (\d+)", text)}
    end = numbers.pop("CODE_END")
    assert numbers == {code.name: code.value for code in Code}
    assert max(numbers.values()) < end
    assert set(TEXT) == set(Code)
    assert len(set(TEXT.values())) == len(TEXT)


@pytest.mark.parametrize("name", ["codes", "records"])
def test_every_name_of_a_pxd_is_in_its_header(name: str) -> None:
    header = (CORE / f"{name}.h").read_text() + (CORE / "_limits_gen.h").read_text()
    pxd = (CORE / f"{name}.pxd").read_text()
    known = set(re.findall(r"\bTP_\w+", header))
    assert set(re.findall(r"\bTP_\w+", pxd)) <= known
    if name == "codes":
        assert set(re.findall(r"\bTP_\w+", pxd)) == set(
            re.findall(r"\bTP_\w+", (CORE / "codes.h").read_text())
        )


def test_limits_are_those_of_the_file() -> None:
    tables = tomllib.loads((ROOT / "limits.toml").read_text())
    assert dict(LIMITS) == {k: v for table in tables.values() for k, v in table.items()}
    assert re.fullmatch("[0-9a-f]{16}", limits_hash())
    with pytest.raises(TypeError):
        LIMITS["position_ceiling_ppm"] = 1  # type: ignore[index]


def test_the_position_ceiling_is_two_per_cent_at_most() -> None:
    assert LIMITS["position_ceiling_ppm"] <= 20_000
