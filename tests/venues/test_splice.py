"""A copy gains members; the journalled request stays as it was."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickpath.core.errors import DataError
from tickpath.venues.splice import into_object, into_params

NAMES = st.text(min_size=1, max_size=6).filter(lambda n: n != "own")
VALUES = st.text() | st.integers() | st.booleans()
FLAT = st.dictionaries(NAMES, VALUES, max_size=5)


@given(FLAT, FLAT, st.sampled_from([None, 1]))
def test_params_gain_the_member_and_lose_nothing(outer: dict, params: dict, indent) -> None:
    outer = {k: v for k, v in outer.items() if k != "params"}
    frame = json.dumps(outer | {"params": params}, indent=indent).encode()
    before = bytes(frame)
    found = json.loads(into_params(frame, b'"own":1'))
    assert frame == before
    assert found["params"] == params | {"own": 1}
    assert {k: v for k, v in found.items() if k != "params"} == outer


@given(FLAT)
def test_an_object_gains_the_member_and_loses_nothing(outer: dict) -> None:
    frame = json.dumps(outer).encode()
    assert json.loads(into_object(b" " + frame, b'"own":1')) == outer | {"own": 1}


def test_the_word_inside_a_string_is_no_place() -> None:
    frame = json.dumps({"id": '"params":{', "params": {"a": 1}}).encode()
    found = json.loads(into_params(frame, b'"own":1'))
    assert found == {"id": '"params":{', "params": {"a": 1, "own": 1}}


@pytest.mark.parametrize("frame", [b"", b"{}", b'{"params":[]}', b'{"params":1}', b"\xff"])
def test_no_params_no_place(frame: bytes) -> None:
    with pytest.raises(DataError, match="params"):
        into_params(frame, b'"own":1')


@pytest.mark.parametrize("frame", [b"", b"[{}]", b"x{}", b"\xff"])
def test_no_object_no_place(frame: bytes) -> None:
    with pytest.raises(DataError, match="object"):
        into_object(frame, b'"own":1')
