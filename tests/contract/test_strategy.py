"""Contract of the strategy stage, over every backend and all kinds of body."""

import math
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

import pytest
from board_support import FPGA
from hypothesis import given, settings
from hypothesis import strategies as st
from strategy_support import (
    BACKENDS,
    drive,
    shorten,
    spec_of,
    stage_of,
    stage_with,
    top_of,
    view_of,
)
from support import btcusdt, btcusdt_linear, config_of

from tickpath.core.codes import Code
from tickpath.core.errors import VerificationError
from tickpath.core.limits import LIMITS
from tickpath.core.records import BookStatus, EventKind, IntentKind, OpenOrder

NEVER = 2**63 - 1
NAN_ROW = [math.nan, math.nan]
needs_numba = pytest.mark.skipif(find_spec("numba") is None, reason="numba is not installed")
backends = pytest.mark.parametrize("backend", [*BACKENDS, FPGA])


def stale(**changes: Any) -> Any:
    return view_of(top=replace(top_of(), status=BookStatus.STALE), **changes)


def warm(stage: Any, events: int = 3) -> None:
    """Let the warm-up pass; the first event also brings on_status."""
    for _ in range(events):
        stage.evaluate(view_of(), [1.0, 2.0], [[]])


def lots_seen(stage: Any, view: Any, only: int = -1) -> list[int]:
    """Event kinds the actor was called with."""
    code, intents = stage.evaluate(view, [1.0, 2.0], [[], []], only)
    assert code == Code.OK
    return [i.quantity_lots for i in intents]


@backends
def test_a_change_of_status_comes_first_and_a_book_that_is_not_ok_silences_the_market(
    backend: str,
) -> None:
    stage = stage_with(backend, spec_of("actor"))
    assert lots_seen(stage, view_of()) == [EventKind.STATUS]
    warm(stage, 2)
    assert lots_seen(stage, view_of()) == [EventKind.DEPTH]
    assert lots_seen(stage, stale(event=EventKind.TRADE)) == [EventKind.STATUS]
    assert lots_seen(stage, stale()) == []
    assert lots_seen(stage, stale(event=EventKind.STATUS)) == []
    assert lots_seen(stage, stale(event=EventKind.ORDER), 0) == [EventKind.ORDER]
    assert lots_seen(stage, stale(event=EventKind.TIMER), 0) == [EventKind.TIMER]
    assert lots_seen(stage, view_of()) == [EventKind.STATUS, EventKind.DEPTH]


@backends
def test_the_engine_may_announce_a_lost_book(backend: str) -> None:
    stage = stage_with(backend, spec_of("actor"))
    warm(stage)
    assert lots_seen(stage, stale(event=EventKind.STATUS)) == [EventKind.STATUS]


@backends
def test_the_warm_up_counts_market_events_on_a_good_book(backend: str) -> None:
    stage = stage_with(backend, spec_of("actor"))
    lots_seen(stage, view_of())
    for _ in range(10):
        lots_seen(stage, stale())
        lots_seen(stage, view_of(event=EventKind.BBO))
    seen = [lots_seen(stage, view_of(event=EventKind.TRADE)) for _ in range(4)]
    assert seen == [[], [], [EventKind.TRADE], [EventKind.TRADE]]


@backends
def test_only_events_and_instruments_that_were_asked_for(backend: str) -> None:
    config = config_of(
        btcusdt(),
        btcusdt_linear(),
        strategies=(spec_of("actor", (0,)), spec_of("actor", (0, 1)), spec_of("every_event", (1,))),
    )
    stage = stage_of(backend, config)
    own: list[list[OpenOrder]] = [[], [], []]
    for _ in range(3):
        stage.evaluate(view_of(), [1.0, 2.0], own)
        stage.evaluate(view_of(instrument=1), [1.0, 2.0], own)
    seen = {
        (instrument, event, only): [
            i.strategy
            for i in stage.evaluate(view_of(event, instrument=instrument), [1.0, 2.0], own, only)[1]
        ]
        for instrument in (0, 1)
        for event in (EventKind.DEPTH, EventKind.BBO, EventKind.ORDER)
        for only in (-1, 0, 1)
    }
    assert seen[0, EventKind.DEPTH, -1] == [0, 1]
    assert seen[1, EventKind.DEPTH, -1] == [1, 2]
    assert seen[0, EventKind.DEPTH, 0] == [0]
    assert seen[1, EventKind.DEPTH, 0] == []
    assert seen[0, EventKind.BBO, -1] == []
    assert seen[1, EventKind.BBO, -1] == [2]
    assert seen[1, EventKind.ORDER, 1] == [1]


@backends
def test_features_are_gathered_by_what_they_compute(backend: str) -> None:
    specs = (spec_of("verbs_python"), spec_of("actor"))
    config = config_of(strategies=specs)
    stage = stage_of(backend, config)
    names = [c.name for c in type(stage).required_features(config)[0]]
    assert names == ["spread_mid_1", "mid_mid_1"]
    swapped = type(stage)(config, [list(reversed(type(stage).required_features(config)[0]))])
    for _ in range(5):
        a = stage.evaluate(view_of(), [1.0, 9.0], [[], []])
        b = swapped.evaluate(view_of(), [9.0, 1.0], [[], []])
    assert shorten(a[1]) == shorten(b[1])
    assert stage.export_state() == swapped.export_state()


@backends
def test_too_many_intents_drop_the_whole_input_and_pause_the_strategy(backend: str) -> None:
    most = LIMITS["intents_max"]
    stage = stage_with(
        backend, spec_of("actor", burst=most), spec_of("actor", timers=1), spec_of("actor", burst=0)
    )
    code, intents = stage.evaluate(view_of(), NAN_ROW, [[], [], []])
    assert (code, intents) == (Code.STRATEGY_OVERFLOW, [])
    assert [stage.paused(k) for k in range(3)] == [False, True, False]
    assert stage.reason(1)[0] == Code.STRATEGY_OVERFLOW
    assert stage.next_timer() == NEVER
    warm(stage, 2)
    code, intents = stage.evaluate(view_of(), NAN_ROW, [[], [], []])
    assert (code, len(intents)) == (Code.OK, most)
    assert stage.evaluate(view_of(), NAN_ROW, [[], [], []], 1) == (Code.STRATEGY_PAUSED, [])
    stage.resume(1)
    assert not stage.paused(1)
    code, intents = stage.evaluate(view_of(), NAN_ROW, [[], [], []], 1)
    assert [i.strategy for i in intents] == []
    for _ in range(3):
        code, intents = stage.evaluate(view_of(), NAN_ROW, [[], [], []], 1)
    assert [i.strategy for i in intents] == [1]


@backends
def test_a_body_that_raises_loses_its_own_intents_only(backend: str) -> None:
    stage = stage_with(backend, spec_of("actor"), spec_of("actor", raise_at=1), spec_of("actor"))
    code, intents = stage.evaluate(view_of(), NAN_ROW, [[], [], []])
    assert code == Code.STRATEGY_RAISED
    assert [i.strategy for i in intents] == [0, 2]
    assert stage.paused(1)
    assert stage.reason(1) == (Code.STRATEGY_RAISED, "ValueError: asked to")
    stage.resume(1)
    assert stage.reason(1) == (Code.OK, "")


@backends
def test_a_number_that_does_not_fit_raises(backend: str) -> None:
    stage = stage_with(backend, spec_of("too_large"))
    assert stage.evaluate(view_of(), [], [[]]) == (Code.STRATEGY_RAISED, [])


@backends
def test_a_strategy_cannot_keep_anything_outside_its_state(backend: str) -> None:
    stage = stage_with(backend, spec_of("keeper"))
    code, _ = stage.evaluate(view_of(), [], [[]])
    assert code == Code.STRATEGY_RAISED
    assert "state block" in stage.reason(0)[1]


@backends
def test_timers_fire_in_order_and_move_when_set_again(backend: str) -> None:
    stage = stage_with(backend, spec_of("actor", burst=0, timers=4, every=2))
    warm(stage, 3)
    stage.evaluate(view_of(now_ns=1000), NAN_ROW, [[]])
    assert stage.next_timer() == 1050
    assert stage.pop_timer(1049) is None
    assert stage.pop_timer(1050) == (0, 0, 0)
    assert stage.pop_timer(2000) == (0, 0, 3)
    stage.evaluate(view_of(now_ns=1060), NAN_ROW, [[]])
    stage.evaluate(view_of(now_ns=1070), NAN_ROW, [[]])
    order = [stage.pop_timer(5000) for _ in range(5)]
    assert [t[2] if t else None for t in order] == [0, 3, 1, 2, None]
    assert stage.next_timer() == NEVER


@backends
def test_a_timer_in_the_past_is_due_next_and_one_at_the_end_of_time_is_taken_away(
    backend: str,
) -> None:
    stage = stage_with(backend, spec_of("actor", timers=1, timer_ns=-100))
    stage.evaluate(view_of(now_ns=1000), NAN_ROW, [[]])
    assert stage.next_timer() == 1001
    removing = stage_with(backend, spec_of("remover"))
    removing.evaluate(view_of(event=EventKind.TRADE), [], [[]])
    assert removing.next_timer() == 1005
    removing.evaluate(view_of(), [], [[]])
    assert removing.next_timer() == NEVER


@backends
def test_too_many_timers_drop_the_input_with_all_its_timers(backend: str) -> None:
    specs = [spec_of("actor", timers=30, timer_ns=100 - k, every=2, burst=0) for k in range(3)]
    stage = stage_with(backend, *specs)
    order = view_of(event=EventKind.ORDER)
    assert 60 <= LIMITS["timers_max"] < 90
    codes = [stage.evaluate(order, NAN_ROW, [[]] * 3, k) for k in range(3)]
    assert [code for code, _ in codes] == [Code.OK, Code.OK, Code.STRATEGY_TIMERS]
    assert [len(intents) for _, intents in codes] == [0, 0, 0]
    assert [stage.paused(k) for k in range(3)] == [False, False, True]
    stage.resume(2)
    fired = [stage.pop_timer(10_000) for _ in range(61)]
    assert [t[0] for t in fired[:60] if t is not None].count(2) == 0
    assert fired[60] is None


@backends
def test_timers_of_a_paused_strategy_wait(backend: str) -> None:
    stage = stage_with(backend, spec_of("actor", timers=1, raise_at=2), spec_of("actor"))
    stage.evaluate(view_of(now_ns=1000), NAN_ROW, [[], []])
    assert stage.next_timer() == 1050
    code, _ = stage.evaluate(view_of(EventKind.ORDER, now_ns=1001), NAN_ROW, [[], []], 0)
    assert code == Code.STRATEGY_RAISED
    assert stage.next_timer() == NEVER
    assert stage.pop_timer(10_000) is None
    stage.resume(0)
    assert stage.pop_timer(10_000) == (0, 0, 0)


@backends
def test_own_orders_and_the_changed_order_are_shown(backend: str) -> None:
    stage = stage_with(backend, spec_of("verbs_python"))
    own = [[OpenOrder(9, 100, 5, 0, 2, 0), OpenOrder(10, 101, 6, 1, 2, 0)]]
    _, intents = stage.evaluate(view_of(), [100.0, 0.0], own)
    assert [(i.kind, i.client_order_id) for i in intents] == [
        (IntentKind.REPLACE, 9),
        (IntentKind.CANCEL, 10),
    ]
    view = view_of(EventKind.ORDER, order=own[0][1], fill_lots=2, fill_ticks=101)
    _, intents = stage.evaluate(view, [100.0, 0.0], own, 0)
    assert shorten(intents) == [(IntentKind.CANCEL, 0, 0, 0, 0, 0, 10)]


@backends
def test_the_generator_is_seeded_by_configuration_and_position(backend: str) -> None:
    first = splitmix_of(stage_with(backend, spec_of("actor"), spec_of("actor")))
    again = splitmix_of(stage_with(backend, spec_of("actor"), spec_of("actor")))
    other = splitmix_of(stage_with(backend, spec_of("actor"), spec_of("actor"), seed=2))
    assert first == again
    assert first[0] != first[1]
    assert first != other


def splitmix_of(stage: Any) -> list[int]:
    """The random tags of the first call of each strategy."""
    return [i.tag for i in stage.evaluate(view_of(), NAN_ROW, [[], []])[1]]


@backends
def test_splitmix64_has_the_published_sequence(backend: str) -> None:
    """First words for seed 1234567 as printed by the authors' reference code."""
    stage = stage_with(backend, spec_of("random_word"))
    state = bytearray(stage.export_state())
    at = 12 + 4 + 4 + 8
    state[at : at + 8] = (1234567).to_bytes(8, "little")
    stage.import_state(bytes(state))
    words = [stage.evaluate(view_of(EventKind.ORDER), [], [[]], 0)[1][0] for _ in range(3)]
    assert [w.client_order_id for w in words] == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
    ]


# -- state --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("first", "second"), [BACKENDS, BACKENDS[::-1]])
def test_state_moves_between_backends_in_the_middle_of_a_run(first: str, second: str) -> None:
    specs = (spec_of("actor", timers=2, every=3), spec_of("imbalance_maker"))
    whole, start, rest = (stage_with(b, *specs) for b in (first, first, second))
    for k in range(40):
        view = view_of(now_ns=1000 + 10 * k, top=top_of(6_200_000 + 3 * k))
        if k == 20:
            rest.import_state(start.export_state())
            assert rest.export_state() == start.export_state()
        part = start if k < 20 else rest
        expected = whole.evaluate(view, [float(k), 1.0], [[], []])
        found = part.evaluate(view, [float(k), 1.0], [[], []])
        assert (found[0], shorten(found[1])) == (expected[0], shorten(expected[1]))
        assert part.pop_timer(view.now_ns) == whole.pop_timer(view.now_ns)
    assert rest.export_state() == whole.export_state()


@backends
def test_a_state_that_does_not_fit_changes_nothing(backend: str) -> None:
    stage = stage_with(backend, spec_of("actor", timers=1))
    warm(stage, 5)
    good = stage.export_state()
    wrong_version = b"\x02" + good[1:]
    bad_timer = good[: -4 - 8] + (7).to_bytes(4, "little") + good[-8:]
    for data in (b"", good[:-1], good + b"\0", wrong_version, bad_timer, good[: len(good) // 2]):
        with pytest.raises(VerificationError):
            stage.import_state(data)
        assert stage.export_state() == good
    other = stage_with(backend, spec_of("every_event"))
    with pytest.raises(VerificationError):
        other.import_state(good)


# -- native against reference -------------------------------------------------------------------

EVENT = st.tuples(
    st.sampled_from(
        [EventKind.DEPTH, EventKind.SNAPSHOT, EventKind.BBO, EventKind.TRADE, EventKind.ORDER,
         EventKind.TIMER, EventKind.STATUS]
    ),
    st.sampled_from([BookStatus.OK] * 5 + [BookStatus.CROSSED, BookStatus.STALE]),
    st.integers(0, 1),
    st.integers(-1, 2),
    st.booleans(),
)  # fmt: skip
ACTOR = st.fixed_dictionaries(
    {
        "burst": st.sampled_from([0, 1, 2, 11, 17, 33]),
        "raise_at": st.sampled_from([0, 0, 0, 4, 9]),
        "timers": st.sampled_from([0, 1, 3, 30]),
        "timer_ns": st.sampled_from([-5, 0, 3, 20, 2**62]),
        "every": st.integers(1, 5),
    }
)


@settings(derandomize=True, deadline=None, max_examples=60)
@given(actors=st.lists(ACTOR, min_size=1, max_size=3), events=st.lists(EVENT, max_size=25))
def test_native_does_what_the_reference_says(
    actors: list[dict[str, int]], events: list[tuple[Any, ...]]
) -> None:
    config = config_of(
        btcusdt(),
        btcusdt_linear(),
        strategies=tuple(
            spec_of("actor", (0, 1) if k % 2 == 0 else (1,), **p) for k, p in enumerate(actors)
        ),
    )
    reference, native = (stage_of(b, config) for b in BACKENDS)
    for k, (event, status, instrument, only, resume) in enumerate(events):
        view = view_of(
            event, 1000 + 7 * k, instrument=instrument, top=replace(top_of(), status=status)
        )
        row = [math.nan if k % 4 == 0 else 0.1 * k, 1.0]
        answers = []
        for stage in (reference, native):
            code, intents = stage.evaluate(
                view, row, [[]] * len(actors), min(only, len(actors) - 1)
            )
            answers.append(
                (code, shorten(intents), stage.next_timer(), stage.pop_timer(1000 + 7 * k))
            )
            if resume:
                for s in range(len(actors)):
                    stage.resume(s)
        assert answers[0] == answers[1]
        assert reference.export_state() == native.export_state()


# -- one strategy, written in several ways --------------------------------------------------------


def outcome(name: str, backend: str, **params: Any) -> tuple[Any, ...]:
    """Intents, codes and the last state of a seeded run."""
    found = drive(backend, config_of(strategies=(spec_of(name, **params),)), seed=5, count=300)
    return [shorten(i) for i in found.intents], found.codes, found.states


@needs_numba
def test_cython_python_and_numba_give_identical_intents() -> None:
    """The shipped every_event is Cython natively and a class on the reference."""
    expected = outcome("every_event", "reference", order_lots=200)
    assert sum(len(i) for i in expected[0]) > 200
    assert outcome("every_event", "native", order_lots=200) == expected
    assert outcome("every_event_numba", "reference", order_lots=200) == expected
    assert outcome("every_event_numba", "native", order_lots=200) == expected


@needs_numba
@pytest.mark.parametrize("name", ["verbs_python", "verbs_numba"])
@backends
def test_every_verb_means_the_same_in_python_and_numba(name: str, backend: str) -> None:
    expected = outcome("verbs_python", "reference")
    assert {i[0] for intents in expected[0] for i in intents} == {
        IntentKind.SUBMIT, IntentKind.CANCEL, IntentKind.REPLACE,
    }  # fmt: skip
    assert outcome(name, backend) == expected


@pytest.mark.parametrize("name", ["threshold_python", "threshold_bank"])
@backends
def test_a_bank_and_a_class_give_identical_intents(name: str, backend: str) -> None:
    expected = outcome("threshold_python", "reference")
    assert sum(len(i) for i in expected[0]) > 10
    assert outcome(name, backend) == expected
