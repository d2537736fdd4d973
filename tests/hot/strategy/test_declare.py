"""Declarations: what is refused, with which words."""

from typing import Any

import numpy as np
import pytest

from tickpath.core.config import FeatureSpec
from tickpath.core.errors import ConfigError
from tickpath.core.limits import LIMITS
from tickpath.core.records import EventKind
from tickpath.hot.strategy import declare as module
from tickpath.hot.strategy.declare import Declaration, Param, State, Strategy, declare, strategy


class Body(Strategy):
    """Nothing."""

    def on_book(self, view: Any, state: Any, out: Any) -> None:
        """Nothing."""

    def on_timer(self, view: Any, state: Any, out: Any) -> None:
        """Nothing."""


def test_the_decorator_returns_the_declaration() -> None:
    found = strategy(name="x", params={"a": Param(int, 1, 0, 2)}, warm_up=4)(Body)
    assert isinstance(found, Declaration)
    assert (found.name, found.warm_up, found.text) == ("x", 4, "Nothing.")
    assert found.module == __name__


def test_events_are_those_of_the_overridden_handlers() -> None:
    found = declare(name="x", body=Body)
    assert found.events == ("book", "timer")
    assert found.event_kinds == {EventKind.DEPTH, EventKind.SNAPSHOT, EventKind.TIMER}
    assert declare(name="x", body=Body, events=("order", "order")).events == ("order",)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"body": None}, "give a body, native= or bank="),
        ({"language": "rust"}, "neither python nor numba"),
        ({"warm_up": -1}, "below 0"),
        ({"levels": 0}, "levels 0: choose 1 to 10"),
        ({"levels": 11}, "levels 11: choose 1 to 10"),
        ({"body": lambda view, state, out: None}, "decorate a class, or say language='numba'"),
        ({"body": len, "language": "numba"}, "say which events"),
        ({"events": ("books",)}, "unknown event 'books'"),
        ({"params": {"a": Param(str, 1, 0, 2)}}, "neither int nor float"),
        ({"params": {"a": Param(int, 5, 0, 2)}}, "default of 'a': 5 is outside 0 to 2"),
        ({"params": {"a": Param(int, 1.0, 0, 2)}}, "1.0 is not of type int"),
        ({"params": {f"p{k}": Param(int, 1, 0, 2) for k in range(17)}}, "at most 16 int"),
        ({"params": {f"p{k}": Param(float, 1, 0, 2) for k in range(17)}}, "16 float"),
        (
            {"params": {"a": Param(int, 1, 0, 2)}, "derived": {"a": lambda c, i, v: 1}},
            "both given and derived",
        ),
        ({"state": np.dtype("<i8")}, "structured dtype"),
        ({"state": np.dtype([("a", "i1"), ("b", "<i8")], align=True)}, "padding"),
        ({"state": np.dtype([("a", ">i8")])}, "little-endian"),
        ({"state": np.dtype([("a", "O")])}, "little-endian"),
        ({"state": np.dtype([("a", "<i8", (513,))])}, "4104 bytes; limits.toml allows 4096"),
    ],
)
def test_what_is_refused(facts: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        declare(**{"name": "x", "body": Body, **facts})


def test_a_field_name_that_numpy_keeps_is_refused_for_numba() -> None:
    state = np.dtype([("sum", "<f8")])
    assert declare(name="x", body=Body, state=state).state == state
    with pytest.raises(ConfigError, match=r"numpy keeps the field names \['sum'\]"):
        declare(name="x", body=len, language="numba", events=("book",), state=state)


def test_the_largest_state_is_allowed() -> None:
    size = LIMITS["strategy_state_bytes_max"]
    assert (
        declare(name="x", body=Body, state=np.dtype([("a", "u1", (size,))])).state.itemsize == size
    )


def test_parameters_keep_their_type() -> None:
    assert Param(float, 1.0, 0.0, 2.0).check(1, "here") == 1.0
    assert isinstance(Param(float, 1.0, 0.0, 2.0).check(1, "here"), float)
    for wrong in (True, "1", None, 1.5):
        with pytest.raises(ConfigError, match="here"):
            Param(int, 1, 0, 2).check(wrong, "here")


def test_state_fields_are_plain_numbers() -> None:
    dtype = np.dtype([("a", "<i8"), ("b", "<f8"), ("c", "<i4", (2,))])
    array = np.zeros(1, dtype)
    state = State(array[0])
    state.a += 3
    state.b = 0.5
    state.c[1] = 7
    assert (type(state.a), type(state.b)) == (int, float)
    assert array[0].item()[:2] == (3, 0.5)
    assert list(state.c) == [0, 7]
    with pytest.raises(AttributeError, match="no field 'd'"):
        state.d = 1
    with pytest.raises(AttributeError, match="no field 'd'"):
        _ = state.d
    with pytest.raises(OverflowError):
        state.a = 2**63


def test_features_may_depend_on_parameters() -> None:
    found = declare(
        name="x",
        body=Body,
        features=lambda values: [FeatureSpec(name="f", indicator="ema", period=int(values["n"]))],
    )
    assert found.feature_specs({"n": 7})[0].period == 7


def test_the_public_names_are_there() -> None:
    assert set(module.__all__) <= set(vars(module))
