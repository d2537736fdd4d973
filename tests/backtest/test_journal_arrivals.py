"""When requests arrived, by what was heard: with requests that were lost on their way."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from backtest.explain.explain_rig import checked, run

from tickpath.backtest.explain import read_run
from tickpath.backtest.journal_again import rerun
from tickpath.backtest.journal_arrivals import HELD, NEVER, arrivals
from tickpath.backtest.journal_inputs import read_inputs
from tickpath.backtest.journal_ways import heard_of, ways_of
from tickpath.core.records import IntentKind, ReportKind
from tickpath.venues.sim.generator import generate

MS = 1_000_000
RESPONSE_NS = 2 * MS + 77
WAYS = {"order_latency_ns": 3 * MS + 123, "response_latency_ns": RESPONSE_NS, "feed_latency_ns": 0}
LOSS = {"request_loss_ppm": 100_000}


@cache
def market(venue: str) -> Any:
    """Frames on whole milliseconds, the grain of the venue's stamps."""
    made = generate(seed=5, frames=2100, venue=venue)
    return replace(made, t_ns=made.t_ns // MS * MS)


@pytest.mark.parametrize("venue", ["binance-spot", "binance-usdm"])
@pytest.mark.parametrize(
    ("strategy", "response_ns"),
    [("imbalance_maker", None), ("imbalance_maker", RESPONSE_NS), ("every_event", None)],
)
def test_lost_requests_are_lost_again(
    tmp_path: Path, venue: str, strategy: str, response_ns: int | None
) -> None:
    """Lost orders, cancels, replaces and queries: the same run, by stamps and by exact times."""
    made = run(tmp_path / "run", market(venue), strategy, sim={**WAYS, **LOSS}, direct=False,
               events=1500 if strategy == "imbalance_maker" else 700)  # fmt: skip
    rerun(made, tmp_path / "again", recorded=True, response_ns=response_ns)
    found, again = read_run(made), read_run(tmp_path / "again")
    assert found.decisions == again.decisions
    assert {IntentKind(d.kind) for d in found.decisions} >= {IntentKind.SUBMIT, IntentKind.QUERY}
    assert checked(made, tmp_path / "again").equal


def test_what_is_known_of_each_arrival(tmp_path: Path) -> None:
    """To the millisecond where an answer says it; that a query arrived; that others never did."""
    made = run(tmp_path, market("binance-spot"), sim={**WAYS, **LOSS}, direct=False)
    tables, (inputs, _) = read_run(made), read_inputs(made)
    heard = heard_of(tables.config, inputs, None)
    found = arrivals(tables, heard, None)
    held = [d for d, t in zip(tables.decisions, found, strict=True) if t == HELD]
    never = [d for d, t in zip(tables.decisions, found, strict=True) if t == NEVER]
    assert IntentKind.QUERY in {d.kind for d in held}
    assert len(never) > 3
    for decision, t_ns in zip(tables.decisions, found, strict=True):
        if t_ns not in (HELD, NEVER):
            assert t_ns == (decision.t_ns + WAYS["order_latency_ns"]) // MS * MS
    exact = arrivals(tables, heard_of(tables.config, inputs, RESPONSE_NS), RESPONSE_NS)
    for decision, t_ns in zip(tables.decisions, exact, strict=True):
        assert t_ns in (NEVER, decision.t_ns + WAYS["order_latency_ns"])


def test_what_was_missed_and_what_is_new(tmp_path: Path) -> None:
    """An order that was asked for, or said twice: missed. A fill that nobody heard of is new."""
    made = run(tmp_path, market("binance-spot"), sim={**WAYS, **LOSS}, direct=False)
    tables, (inputs, _) = read_run(made), read_inputs(made)
    ways = ways_of(tables, inputs)
    heard = [each for each in heard_of(tables.config, inputs, None) if each is not None]
    asked = {d.target for d in tables.decisions if d.kind == IntentKind.QUERY}
    assert asked & ways.doubted
    fill = next(each for each in heard if each.kind == ReportKind.FILL)
    ack = next(each for each in heard if each.kind == ReportKind.ACK)
    assert not {fill.key.order, ack.key.order} & ways.doubted
    assert ways.lost(ack, 0)
    assert not ways.lost(fill, 0)
    asked_for = fill.key._replace(order=min(asked & ways.doubted))
    assert ways.lost(replace(fill, key=asked_for), 0)
    assert not ways.lost(replace(ack, rows=((ack.key.order, ReportKind.EXPIRE),)), 0)
    begin, end = ways.silent[0]
    assert [ways.lost(fill, t_ns) for t_ns in (begin, end - 1, end)] == [True, True, False]
