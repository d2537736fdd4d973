"""A run's journal as tables: the engine runs once more and is looked at after every input.

In: a run folder (`runs/...`, `--out DIR`, the state of `tickpath run`), a journal folder or a
segment. Out: `RunTables`. What a torn journal has lost is noted, the whole part is used. Worst
case: about 10 us of Python a frame and 40 us a report.
"""

import hashlib
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from tickpath.backtest.explain.tables import (
    Decision,
    Frames,
    Holdings,
    Posting,
    ReportRow,
    RunTables,
    Shown,
    Terms,
    Trigger,
)
from tickpath.backtest.journal_setup import HEAD_BYTES
from tickpath.backtest.replay import Replay
from tickpath.core.backend import Backend
from tickpath.core.codes import Code
from tickpath.core.config import Config, Instrument
from tickpath.core.errors import JournalError, VerificationError
from tickpath.core.records import IntentKind, Report, ReportKind
from tickpath.engine.commands import Command, command_parse
from tickpath.engine.reference import mid_twice
from tickpath.engine.stages import order_codec
from tickpath.lanes.journal_format import SUFFIX, JournalKind
from tickpath.lanes.journal_reader import JournalReader
from tickpath.lanes.journal_snapshot import FRESH_NOTE

MONEY_REPORTS = (ReportKind.FILL, ReportKind.BUST)
INPUTS = (JournalKind.MARKET, JournalKind.ORDER, JournalKind.TIMER, JournalKind.COMMAND)


def journal_of(path: Path) -> Path:
    """Where the journal of a run is. Raises JournalError when there is none."""
    if path.is_file():
        return path
    if not path.is_dir():
        raise JournalError(f"{path}: no such run: name a run folder or a folder of its journal")
    for folder in (path, path / "journal", path / "state" / "journal"):
        if folder.is_dir() and any(folder.glob(f"*{SUFFIX}")):
            return folder
    raise JournalError(
        f"{path}: no journal (*{SUFFIX}) in it or in its folder journal: run without --no-journal"
    )


class Looked:
    """An engine whose decisions and codes are kept; what it does not know is the engine's."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self.code = 0
        self.decided: Any = ()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def on_market_frame(self, source: int, data: bytes, t_ns: int) -> int:
        self.code = int(self._engine.on_market_frame(source, data, t_ns))
        return self.code

    def take_decisions(self) -> Any:
        self.decided = self._engine.take_decisions()
        return self.decided


class Reading(Replay):
    """A replay that fills tables on its way."""

    def __init__(self, path: Path, build_hash: str) -> None:
        super().__init__("native")
        self.path, self.build_hash = path, build_hash
        self.tables: RunTables | None = None
        self._codecs: dict[int, Any] = {}
        self._ordinals: Counter[tuple[int, str]] = Counter()
        self._seen: set[tuple[int, int, int]] = set()
        self._held = Holdings((), (), ())
        self._strategies: list[str] = []
        self._instrument_of: dict[int, str] = {}
        self._live = False

    def feed(self, kind: int, seq: int, t_ns: int, payload: bytes) -> None:
        """One record in order, and what it did."""
        if kind == JournalKind.NOTE and payload[:HEAD_BYTES] == FRESH_NOTE:
            self._live = True
        begins = self.inputs == 0
        super().feed(kind, seq, t_ns, payload)
        if kind == JournalKind.SNAPSHOT and begins:
            self._live = True
        if kind not in INPUTS:
            return
        tables, body = self.tables, payload[HEAD_BYTES:]
        assert tables is not None
        source = int.from_bytes(payload[:4], "little", signed=True)
        tables.last_ns = max(tables.last_ns, t_ns)
        if kind == JournalKind.MARKET:
            self._frame(tables, source, body, t_ns)
        elif kind == JournalKind.ORDER:
            self._reports(tables, source, body, t_ns)
        elif kind == JournalKind.TIMER:
            self._decisions(tables, t_ns, Trigger("timer"))
            self._show(tables, range(len(tables.names)))
        else:
            self._command(tables, body, t_ns)

    # -- inputs -----------------------------------------------------------------------------------

    def _configure(self, text: str) -> None:
        first = self.engine is None
        super()._configure(text)
        if not first:
            return
        self.engine = Looked(self.engine)
        config: Config = self.engine.config
        counted: Counter[str] = Counter()
        for spec in config.strategies:
            counted[spec.name] += 1
            again = f" ({counted[spec.name]})" if counted[spec.name] > 1 else ""
            self._strategies.append(spec.name + again)
        self.tables = RunTables(self.path, config, self.build_hash, True)
        self._begin(self.tables)

    def _snapshot(self, seq: int, state: bytes) -> None:
        super()._snapshot(seq, state)
        if self.tables is not None and self.inputs == 0:
            self._begin(self.tables)

    def _begin(self, tables: RunTables) -> None:
        """What the run starts with."""
        self._held = tables.start = self._holdings(tables.config)
        for order in self.engine.stages.execute.orders():
            self._instrument_of[order.client_order_id] = tables.names[order.instrument]
            tables.begun.add(order.client_order_id)
        tables.shown.clear()
        self._show(tables, range(len(tables.names)))

    def _frame(self, tables: RunTables, source: int, body: bytes, t_ns: int) -> None:
        if self.engine.code == Code.FEED_CONTROL:
            return
        index = int(self.engine.stages.feed.last_instrument)
        name = tables.names[index] if index >= 0 else ""
        frames = tables.frames.setdefault(name, Frames())
        tables.first_ns = tables.first_ns or t_ns
        tables.market_ns = t_ns
        frames.n.append(self.inputs)
        frames.t_ns.append(t_ns)
        frames.key.append(hashlib.blake2b(body, digest_size=8).digest())
        if len(self.engine.decided):
            touched = self._decisions(tables, t_ns, Trigger("frame", name, 0, "", len(frames.n)))
            self._show(tables, touched)

    def _reports(self, tables: RunTables, venue: int, body: bytes, t_ns: int) -> None:
        rows: list[ReportRow] = []
        trigger = Trigger("report")
        touched: set[int] = set()
        for report in self._decode(venue, body):
            row = self._row(tables, report, t_ns)
            if not rows:
                name = ReportKind(report.kind).name
                count = self._ordinals[row.order, name]
                trigger = Trigger("report", "", row.order, name, count)
                self._ordinals[row.order, name] += 1
            rows.append(row)
            tables.reports.setdefault(row.order, []).append(row)
            if 0 <= report.instrument < len(tables.names):
                touched.add(report.instrument)
        stamps = [row.t_venue_ns for row in rows if row.t_venue_ns]
        tables.messages.append((t_ns, stamps[0] if stamps else 0))
        touched |= self._decisions(tables, t_ns, trigger)
        self._post(tables, t_ns, rows)
        self._show(tables, touched)

    def _command(self, tables: RunTables, body: bytes, t_ns: int) -> None:
        command, argument, detail = command_parse(body)
        name = Command(command).name if command in list(Command) else str(command)
        text = f"{name} {argument} {detail} {body[16:].hex()}".strip()
        tables.commands.append((self.inputs, t_ns, text))
        self._decisions(tables, t_ns, Trigger("command", detail=text))
        self._post(tables, t_ns, [], text)
        self._show(tables, range(len(tables.names)))

    # -- rows -------------------------------------------------------------------------------------

    def _decode(self, venue: int, body: bytes) -> list[Report]:
        """Reports of a frame, read beside the engine, whose codec may remember what it read."""
        if venue not in self._codecs:
            known = 0 <= venue < len(self.engine.config.venues)
            codec = order_codec(self.engine.config, venue, Backend.NATIVE) if known else None
            self._codecs[venue] = codec
        codec = self._codecs[venue]
        return [] if codec is None else list(codec.decode(body)[1])

    def _row(self, tables: RunTables, report: Report, t_ns: int) -> ReportRow:
        order = report.client_order_id
        name = self._instrument_of.get(order)
        price = quantity = Decimal(0)
        if report.kind in MONEY_REPORTS and name is not None:
            about = tables.config.instruments[tables.names.index(name)]
            price, quantity = report.last_ticks * about.tick_size, report.last_lots * about.lot_size
        return ReportRow(
            self.inputs, t_ns, order, report.kind, price, quantity, report.maker,
            report.trade_id, report.t_venue_ns,
        )  # fmt: skip

    def _decisions(self, tables: RunTables, t_ns: int, trigger: Trigger) -> set[int]:
        """The requests of the input in hand; which instruments they are of."""
        touched = set()
        for row in self.engine.decided:
            about = tables.config.instruments[int(row["instrument"])]
            kind, order = int(row["kind"]), int(row["client_order_id"])
            target = int(row["orig_client_order_id"])
            if kind in (IntentKind.CANCEL, IntentKind.QUERY):
                order, target = 0, target or order
            else:
                self._instrument_of[order] = tables.names[about.index]
            strategy = int(row["strategy"])
            named = 0 <= strategy < len(self._strategies)
            tables.decisions.append(
                Decision(
                    self.inputs, t_ns, kind, order, target, tables.names[about.index],
                    self._strategies[strategy] if named else "", int(row["side"]),
                    _terms(about, row), trigger,
                )
            )  # fmt: skip
            touched.add(about.index)
        return touched

    def _post(self, tables: RunTables, t_ns: int, rows: list[ReportRow], command: str = "") -> None:
        """What the input did to the money, when it did something."""
        before, after = self._held, self._holdings(tables.config)
        counted = [row for row in rows if row.kind in MONEY_REPORTS and self._fresh(row)]
        if before == after:
            return
        self._held = after
        orders = [row.order for row in counted or rows]
        order = orders[0] if orders else 0
        tables.postings.append(
            Posting(
                self.inputs, t_ns, before, after, tuple(counted), order,
                self._instrument_of.get(order, ""), command,
            )
        )  # fmt: skip

    def _fresh(self, row: ReportRow) -> bool:
        """Whether a fill was not reported before: venues tell it more than once."""
        key = (row.order, row.kind, row.trade_id if row.trade_id >= 0 else -row.n)
        known = key in self._seen
        self._seen.add(key)
        return not known

    def _holdings(self, config: Config) -> Holdings:
        execute = self.engine.stages.execute
        accounts = [execute.ledger(k) for k in range(len(config.currencies))]
        held = [execute.money.position(i.index) for i in config.instruments]
        return Holdings(
            tuple(a["cash"] for a in accounts),
            tuple(a["fees"] for a in accounts),
            tuple((p.position_lots, p.entry_value) for p in held),
        )

    def _show(self, tables: RunTables, instruments: Any) -> None:
        """What strategies see of instruments from the next input on."""
        execute = self.engine.stages.execute
        for index in instruments:
            about, name = tables.config.instruments[index], tables.names[index]
            own = [
                (strategy, o.side, o.price_ticks * about.tick_size, o.leaves_lots, o.state)
                for k, strategy in enumerate(self._strategies)
                for o in execute.own(k, index)
            ]
            found = Shown(execute.money.position(index).position_lots, tuple(sorted(own)))
            rows = tables.shown.setdefault(name, [])
            if not rows or rows[-1][1] != found:
                rows.append((self.inputs, found))

    def finish(self, end: str, torn: bool) -> RunTables:
        """The tables of the whole journal. Raises JournalError, VerificationError."""
        if self.tables is None:
            raise JournalError(f"{self.path}: nothing to read: {end or 'the journal is empty'}")
        if self.first_difference:
            raise VerificationError(
                f"{self.path}: replayed, the run sends other bytes ({self.first_difference}): "
                "explain it with the program and the strategy files that wrote it"
            )
        tables = replace(self.tables, simulated=not self._live, inputs=self.inputs, end=self._held)
        tops = [book.top(1) for book in self.engine.stages.books]
        tables.mids2 = [mid_twice(top) for top in tops]
        execute = self.engine.stages.execute
        currencies = range(len(tables.config.currencies))
        tables.equity_units = [execute.equity_units(c, tables.mids2) for c in currencies]
        if torn:
            tables.notes.append(f"{self.path}: torn, used up to {end}")
        return tables


def _terms(about: Instrument, row: Any) -> Terms:
    price = int(row["price_ticks"]) * about.tick_size
    quantity = int(row["quantity_lots"]) * about.lot_size
    return Terms(
        int(row["type"]), int(row["time_in_force"]), int(row["flags"]), price, quantity
    )  # fmt: skip


def read_run(path: Path, *, engine_id: int | None = None, epoch: int | None = None) -> RunTables:
    """The tables of a run. Raises JournalError when there is nothing that can be read, and
    VerificationError when a replay does not give what the run sent."""
    folder = journal_of(path)
    reader = JournalReader(folder, engine_id=engine_id, epoch=epoch)
    if reader.first_segment > 0:
        raise JournalError(
            f"{folder}: the journal begins with segment {reader.first_segment}, older ones are "
            "gone: only a run that is there from its start can be explained"
        )
    run = Reading(path, reader.header.build_hash)
    try:
        for record in reader:
            run.feed(record.kind, record.seq, record.t_recv_ns, record.payload)
    except JournalError as error:
        raise JournalError(f"{folder}: {error}") from error
    return run.finish(str(reader.end), reader.end is not None and reader.end.torn)
