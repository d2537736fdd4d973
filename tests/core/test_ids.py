"""Client order ids: native and Python pack, print and parse alike."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickpath.core import compiled
from tickpath.core.ids import COUNTER_MAX, client_order_id, from_text, to_text

ANY = settings(derandomize=True, deadline=None, max_examples=300)
PART = st.integers(0, 2**16 - 1)


@given(PART, PART, st.integers(1, COUNTER_MAX))
@ANY
def test_pack_print_and_parse(engine: int, epoch: int, counter: int) -> None:
    value = client_order_id(engine, epoch, counter)
    assert compiled.client_order_id(engine, epoch, counter) == value
    text = to_text(value)
    assert compiled.client_order_id_text(value) == text.encode()
    assert from_text(text) == compiled.client_order_id_parse(text.encode()) == value
    assert (value >> 48, value >> 32 & 0xFFFF, value & 0xFFFFFFFF) == (engine, epoch, counter)


@given(st.text(st.characters(max_codepoint=127), max_size=20))
@ANY
def test_foreign_texts_are_not_ours(text: str) -> None:
    assert from_text(text) == compiled.client_order_id_parse(text.encode())


@pytest.mark.parametrize(
    "text", ["", "0" * 15, "0" * 17, "G" * 16, "ABCDEF0123456789", " 123456789abcdef", "x-web-1"]
)
def test_other_forms_give_zero(text: str) -> None:
    assert from_text(text) == compiled.client_order_id_parse(text.encode()) == 0


@pytest.mark.parametrize(
    ("engine", "epoch", "counter"),
    [(2**16, 0, 1), (-1, 0, 1), (0, 2**16, 1), (0, 0, 0), (0, 0, COUNTER_MAX + 1)],
)
def test_parts_out_of_range_are_refused(engine: int, epoch: int, counter: int) -> None:
    with pytest.raises(ValueError, match="out of range"):
        client_order_id(engine, epoch, counter)
