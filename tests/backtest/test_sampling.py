"""Orders kept for a report: joined with their times, ended by what ended them, thinned evenly."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickpath.backtest.run import Backtest, Options
from tickpath.backtest.sampling import (
    END_AT_ONCE,
    END_CANCEL,
    END_NONE,
    END_REPLACE,
    PENDING_MAX,
    OrderLog,
)
from tickpath.backtest.setup import config_for
from tickpath.core.records import DECISION_DTYPE, IntentKind, OrderType, TimeInForce
from tickpath.venues.sim import GeneratedMarket
from tickpath.venues.sim.tape import SENT_DTYPE, Tape


def decisions_of(rows: list[tuple[int, int, int]]) -> np.ndarray:
    """(kind, client order id, original id)."""
    made = np.zeros(len(rows), dtype=DECISION_DTYPE)
    for k, (kind, own, original) in enumerate(rows):
        made[k]["kind"], made[k]["client_order_id"] = kind, own
        made[k]["orig_client_order_id"], made[k]["price_ticks"] = original, 10 * own
    return made


def sent_of(ids: list[int], first_ns: int) -> np.ndarray:
    return np.array([(first_ns + k, n) for k, n in enumerate(ids)], dtype=SENT_DTYPE)


def test_an_order_ends_with_the_first_request_that_names_it() -> None:
    rows = [
        (IntentKind.SUBMIT, 1, 0),
        (IntentKind.SUBMIT, 2, 0),
        (IntentKind.REPLACE, 3, 1),
        (IntentKind.CANCEL, 2, 0),
        (IntentKind.CANCEL, 2, 0),
        (IntentKind.CANCEL, 4, 3),
    ]
    log, tape = OrderLog(), Tape()
    log.add(decisions_of(rows), tape)
    tape.add_sent(sent_of([r[1] for r in rows], 100))
    found = log.finish(tape)
    assert found["client_order_id"].tolist() == [1, 2, 3]
    assert found["t_ns"].tolist() == [100, 101, 102]
    assert found["end_ns"].tolist() == [102, 103, 105]
    assert found["end"].tolist() == [END_REPLACE, END_CANCEL, END_CANCEL]
    assert found["price_ticks"].tolist() == [10, 20, 30]


def test_orders_that_do_not_rest_end_at_once() -> None:
    made = decisions_of([(IntentKind.SUBMIT, n, 0) for n in (1, 2, 3)])
    made["time_in_force"][0] = TimeInForce.IOC
    made["type"][1] = OrderType.MARKET
    log, tape = OrderLog(), Tape()
    log.add(made, tape)
    tape.add_sent(sent_of([1, 2, 3], 0))
    assert log.finish(tape)["end"].tolist() == [END_AT_ONCE, END_AT_ONCE, END_NONE]


@settings(max_examples=30)
@given(st.lists(st.integers(1, 9), max_size=20), st.integers(0, 3))
def test_times_may_come_later_than_decisions(pieces: list[int], behind: int) -> None:
    log, tape, n = OrderLog(), Tape(), 0
    late: list[np.ndarray] = []
    for size in pieces:
        ids = list(range(n + 1, n + 1 + size))
        log.add(decisions_of([(IntentKind.SUBMIT, i, 0) for i in ids]), tape)
        late.append(sent_of(ids, n))
        while len(late) > behind:
            tape.add_sent(late.pop(0))
        log._join(tape)
        n += size
    for rows in late:
        tape.add_sent(rows)
    found = log.finish(tape)
    assert found["client_order_id"].tolist() == list(range(1, n + 1))
    assert found["t_ns"].tolist() == list(range(n))


def test_memory_is_bounded_and_what_is_kept_is_even() -> None:
    log, tape = OrderLog(orders_max=1000), Tape()
    total = PENDING_MAX + 5000
    for first in range(1, total, 100):
        ids = list(range(first, first + 100))
        log.add(decisions_of([(IntentKind.REPLACE, i, i - 1) for i in ids]), tape)
        tape.add_sent(sent_of(ids, first))
    found = log.finish(tape)
    assert 500 <= len(found) <= 1000
    assert log.stride == 64
    assert found["client_order_id"].tolist() == [64 * (k + 1) for k in range(len(found))]
    ended = found[:-1]
    assert (ended["end"] == END_REPLACE).all()
    assert (ended["end_ns"] == ended["t_ns"] + 1).all()


@pytest.mark.parametrize("engine", ["native", "reference"])
def test_a_run_keeps_every_order_it_sent(engine: str) -> None:
    frames = 800
    config = config_for(GeneratedMarket(4, frames), strategy="imbalance_maker")
    run = Backtest(config, GeneratedMarket(4, frames), Options(engine=engine))
    result = run.run()
    assert result.order_stride == 1
    assert 0 < len(result.order_rows) <= result.orders
    assert np.isin(result.fill_rows["client_order_id"], result.order_rows["client_order_id"]).all()
    assert (result.shortfall.decision_mid2 > 0).all()
    assert result.end_ns >= result.order_rows["t_ns"].max()
