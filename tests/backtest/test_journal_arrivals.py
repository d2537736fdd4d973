"""When requests arrived, by what was heard: with requests that were lost on their way."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from backtest.explain.explain_rig import checked, run

from tickpath.backtest.explain import read_run
from tickpath.backtest.explain.tables import Decision, RunTables, Terms, Trigger
from tickpath.backtest.journal_again import rerun
from tickpath.backtest.journal_arrivals import HELD, NEVER, answers_of, arrivals, silences
from tickpath.backtest.journal_inputs import read_inputs
from tickpath.backtest.journal_messages import Heard, Key
from tickpath.backtest.journal_ways import heard_of, ways_of
from tickpath.core.config_load import config_from
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


def arrivals_of(
    tables: RunTables, heard: Sequence[Heard | None], response_ns: int | None
) -> list[int]:
    """Of each request, with the answers that were heard."""
    known = [each for each in heard if each is not None]
    return arrivals(tables, known, answers_of(tables, known), response_ns)


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
    found = arrivals_of(tables, heard_of(tables.config, inputs, None), None)
    held = [d for d, t in zip(tables.decisions, found, strict=True) if t == HELD]
    never = [d for d, t in zip(tables.decisions, found, strict=True) if t == NEVER]
    assert IntentKind.QUERY in {d.kind for d in held}
    assert len(never) > 3
    for decision, t_ns in zip(tables.decisions, found, strict=True):
        if t_ns not in (HELD, NEVER):
            assert t_ns == (decision.t_ns + WAYS["order_latency_ns"]) // MS * MS
    exact = arrivals_of(tables, heard_of(tables.config, inputs, RESPONSE_NS), RESPONSE_NS)
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


def request(t_ns: int, kind: IntentKind, order: int = 0, target: int = 0) -> Decision:
    """One request that left."""
    terms = Terms(0, 0, 0, Decimal(1), Decimal(1))
    return Decision(
        n=1, t_ns=t_ns, kind=kind, order=order, target=target, instrument="binance-spot:BTCUSDT",
        strategy="", side=0, terms=terms, trigger=Trigger("frame"),
    )  # fmt: skip


def message(
    t_ns: int, order: int, by: str, kind: ReportKind, venue_ns: int = 0, created_ns: int = 0
) -> Heard:
    """One message about an order."""
    rows = ((order, int(kind)),)
    return Heard(Key(order, by, kind, 0), rows, venue_ns, -1, created_ns, t_ns)


def found_of(requests: list[Decision], heard: list[Heard]) -> list[int]:
    config = config_from("binance-spot", ["BTCUSDT"], ())
    tables = RunTables(Path(), config, "", False, decisions=requests)
    return arrivals_of(tables, heard, None)


NEW, CANCEL, QUERY = IntentKind.SUBMIT, IntentKind.CANCEL, IntentKind.QUERY


def test_a_lost_answer_is_told_by_events_or_by_a_query() -> None:
    """An event's time, else when the queried order was made, which is not when it changed last."""
    heard = [
        message(30, 1, "e", ReportKind.ACK, 20),
        message(40, 1, "e", ReportKind.FILL, 35),
        message(70, 2, "q", ReportKind.ACK, 50, 22),
    ]
    requests = [request(10, NEW, 1), request(11, NEW, 2), request(60, QUERY, 0, 2)]
    assert found_of([*requests, request(12, NEW, 3)], heard) == [20, 22, HELD, NEVER]


def test_a_lost_cancel_arrived_when_its_order_ended() -> None:
    """The last that was sent before the end was heard of; none where another's answer says so."""
    ends = message(60, 1, "e", ReportKind.CANCEL_ACK, 50)
    asks = [request(10, CANCEL, 0, 1), request(20, CANCEL, 0, 1), request(70, CANCEL, 0, 1)]
    assert found_of(asks, [ends]) == [NEVER, 50, NEVER]
    answer = message(55, 1, "c", ReportKind.CANCEL_ACK, 50)
    assert found_of(asks[:2], [answer, ends]) == [NEVER, 50]
    assert found_of([*asks[:1], request(58, CANCEL, 0, 1)], [answer, ends]) == [50, NEVER]


def test_of_several_answers_the_later_is_of_the_later_request() -> None:
    """A refused cancel and one that ended the order; what was never answered is the earliest."""
    asks = [request(10, CANCEL, 0, 1), request(20, CANCEL, 0, 1), request(30, CANCEL, 0, 1)]
    heard = [
        message(40, 1, "c", ReportKind.CANCEL_ACK, 35),
        message(45, 1, "c", ReportKind.CANCEL_REJECT),
    ]
    assert found_of(asks, heard) == [NEVER, 35, HELD]


def test_a_refused_order_never_arrived() -> None:
    refused = message(20, 1, "", ReportKind.REJECT)
    assert found_of([request(10, NEW, 1)], [refused]) == [NEVER]


def test_a_silence_is_around_a_request_that_was_not_answered() -> None:
    """Not where messages do not say what they answer: there no request is known to be so."""
    heard = [message(5, 1, "", ReportKind.ACK, 4), message(90, 3, "", ReportKind.ACK, 85)]
    asks = [request(1, NEW, 1), request(20, NEW, 2), request(80, NEW, 3)]
    tables = RunTables(Path(), config_from("binance-spot", ["BTCUSDT"], ()), "", False)
    tables.decisions = asks
    assert silences(tables, heard, answers_of(tables, heard)) == [(5, 90)]
    tables.decisions = [replace(each, instrument="coinbase:BTC-USD") for each in asks]
    assert silences(tables, heard, {}) == []
