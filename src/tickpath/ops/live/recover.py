"""State of an engine after its process died, from the journal it left.

    recovery = recover(folder, config)
    journal, config = open_journal(folder, config, state=recovery.state, now_ns=...)
    engine = restored(config, journal, recovery)

The newest epoch is replayed from its last whole snapshot to its last whole record, every outgoing
request compared. What the replay ends with is what the engine had decided; whether the last
requests reached their venue nobody knows, so `sent` names what has to be asked there, and all
venues are down until someone has. Worst case: without snapshots the whole epoch is replayed, at
about 10 us a record.
"""

import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tickpath.backtest.replay import ENGINES, Replay
from tickpath.core.codes import Code
from tickpath.core.config import Config
from tickpath.core.config_json import config_from_json
from tickpath.core.errors import (
    ConfigError,
    DataError,
    JournalError,
    SafetyStopError,
    VerificationError,
)
from tickpath.core.records import Order, OrderState
from tickpath.engine.commands import Command, limit_detail
from tickpath.engine.state import with_models
from tickpath.lanes.journal import Journal
from tickpath.lanes.journal_damage import written_behind
from tickpath.lanes.journal_format import JournalKind, runs_of, segment_name
from tickpath.lanes.journal_reader import EndReason, JournalEnd, JournalReader
from tickpath.lanes.journal_snapshot import (
    FRESH_NOTE,
    Place,
    beginning,
    is_note,
    last_snapshot,
)
from tickpath.ops.live.layout import WITHOUT, changed_limits, refuse_other_layout

UNANSWERED = (
    OrderState.PENDING_NEW,
    OrderState.PENDING_CANCEL,
    OrderState.PENDING_REPLACE,
    OrderState.UNKNOWN,
)
"""States of an order whose last request may or may not have arrived."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Recovery:
    """What a journal gave back. `sent` are orders that wait for an answer: ask the venue, never
    send again. `unsent` are the ids whose last request is not in the journal, so it never left.
    `skipped` are newer epochs that hold nothing. `epoch` and `config` are of the journal read."""

    state: bytes = field(repr=False)
    epoch: int
    config: Config = field(repr=False)
    place: Place
    end: JournalEnd
    seq: int
    now_ns: int
    records: int
    seconds: float
    sent: tuple[Order, ...] = ()
    unsent: tuple[int, ...] = ()
    killed: bool = False
    halted: bool = False
    skipped: tuple[int, ...] = ()


def recover(folder: Path | str, config: Config, engine_name: str = "native") -> Recovery:
    """The state that the engine of this configuration died with.

    JournalError: nothing to read, or damaged in the middle. VerificationError: replayed, it decides
    otherwise than it did. ConfigError: the state has no place under this configuration."""
    start_s = time.perf_counter()
    path = Path(folder)
    newest = _newest(path, config.engine_id)
    if newest is None:
        raise JournalError(
            f"{folder}: no journal of engine {config.engine_id} to recover from: check the folder "
            "and the engine id, or start without a state"
        )
    epoch, place, skipped = newest
    run, end = _replay(path, config.engine_id, epoch, place, engine_name)
    engine = run.engine
    old = config_from_json(run.config_text)
    state: bytes = engine.export_state()
    if replace(config, epoch=old.epoch).hash() != old.hash():
        refuse_other_layout(old, config, epoch)
        trial = ENGINES[engine_name](config)
        if config.model != old.model:
            # A model that remembers rows begins with none: those of the other had other columns.
            state = with_models(state, engine.stages, trial.stages)
        _fits(trial, state, epoch)
    return Recovery(
        state=state,
        epoch=epoch,
        config=old,
        place=place,
        end=end,
        seq=engine.seq,
        now_ns=engine.now_ns,
        records=run.records,
        seconds=time.perf_counter() - start_s,
        sent=tuple(o for o in engine.stages.execute.orders() if o.state in UNANSWERED),
        unsent=tuple(identity for _, identity, _ in run.expected),
        killed=bool(engine.stages.risk.killed),
        halted=engine.halted,
        skipped=skipped,
    )


def recoverable(folder: Path | str, config: Config) -> bool:
    """Whether the folder holds an epoch of this engine id in which something may have been done.
    Raises JournalError where one is damaged so that this cannot be told."""
    return _newest(Path(folder), config.engine_id) is not None


def restored(
    config: Config, journal: Journal, recovery: Recovery, engine_name: str = "native"
) -> Any:
    """The engine that goes on, journalling into `open_journal`'s new epoch. All venues are down:
    bring one up by command when its orders are reconciled. Limits that this configuration changed
    are set by command; a kill holds until a person rearms.

    A journal that became full halted the old process only: that is no input, so the recovered
    engine is not halted and trades again when its new journal has room. An engine halted by its
    ledger stays so: SafetyStopError."""
    if recovery.halted:
        raise SafetyStopError(
            f"epoch {recovery.epoch} ended halted: its ledger does not balance; keep the journal "
            f"and find out why, then {WITHOUT}"
        )
    engine = ENGINES[engine_name](config, journal)
    engine.import_state(recovery.state)
    for venue in range(len(config.venues)):
        _must(engine.on_command(Command.VENUE_DOWN, venue, recovery.now_ns))
    for limit, instrument, value in changed_limits(recovery.config, config):
        detail = limit_detail(limit, instrument)
        _must(engine.on_command(Command.SET_LIMIT, value, recovery.now_ns, detail))
    return engine


def _must(code: int) -> None:
    if code != Code.OK:
        raise SafetyStopError(f"a command of the restart was refused: {Code(code).name}")


def _fits(trial: Any, state: bytes, epoch: int) -> None:
    """Raise ConfigError unless an engine of the new configuration holds exactly this state."""
    try:
        trial.import_state(state)
    except (DataError, VerificationError) as error:
        raise ConfigError(
            f"the state of epoch {epoch} does not fit this configuration: {error}; run with the "
            f"old one, or {WITHOUT}"
        ) from error
    if trial.export_state() != state:
        raise ConfigError(
            f"the state of epoch {epoch} changes under this configuration: run with the old one, "
            f"or {WITHOUT}"
        )


def _newest(folder: Path, engine_id: int) -> tuple[int, Place, tuple[int, ...]] | None:
    """The newest epoch that holds something, where to begin in it, and those passed over."""
    runs = runs_of(folder) if folder.is_dir() else {}
    epochs = sorted((epoch for engine, epoch in runs if engine == engine_id), reverse=True)
    for k, epoch in enumerate(epochs):
        place = last_snapshot(folder, engine_id, epoch)
        if place is None:
            place = beginning(folder, engine_id, epoch)
            if place is None:
                _refuse_unreadable(folder, engine_id, epoch)
                continue
            if _holds_nothing(folder, engine_id, epoch, place):
                continue
        return epoch, place, tuple(epochs[:k])
    return None


def _holds_nothing(folder: Path, engine_id: int, epoch: int, place: Place) -> bool:
    """Whether an epoch ended while the state it was to begin with was written, so that nothing was
    sent in it. Raises JournalError when something was and cannot be read."""
    reader = place.reader(folder, engine_id, epoch)
    for record in reader:
        if record.kind <= JournalKind.OUT or is_note(record, FRESH_NOTE):
            return False
    assert reader.end is not None
    _refuse_damage(folder, engine_id, epoch, reader.end)
    return True


def _refuse_unreadable(folder: Path, engine_id: int, epoch: int) -> None:
    """Raise JournalError for an epoch that does not begin with its configuration, unless nothing
    was ever written to it."""
    first = runs_of(folder)[engine_id, epoch][0]
    if first > 0:
        raise JournalError(
            f"{folder}: epoch {epoch} begins with segment {first} and holds no whole snapshot: "
            f"bring the older segments back, or {WITHOUT}"
        )
    end: JournalEnd | None = JournalEnd(segment=0, offset=0, reason=EndReason.HEADER)
    try:
        reader = JournalReader(folder / segment_name(engine_id, epoch, 0))
    except JournalError:
        pass
    else:
        if next(iter(reader), None) is not None:
            raise JournalError(
                f"{folder}: epoch {epoch} does not begin with a configuration: it is no journal of "
                f"a live engine; take it out of this folder, or {WITHOUT}"
            )
        end = reader.end
    assert end is not None
    _refuse_damage(folder, engine_id, epoch, end)


def _refuse_damage(folder: Path, engine_id: int, epoch: int, end: JournalEnd) -> None:
    """Raise JournalError when the journal goes on behind the place where reading stops."""
    behind = written_behind(folder, engine_id, epoch, end)
    if behind:
        raise JournalError(
            f"{folder}: epoch {epoch} is damaged ({end}), but {behind}: what was done in between "
            f"is lost. Bring the file back from a copy, or {WITHOUT}"
        )


def _replay(
    folder: Path, engine_id: int, epoch: int, place: Place, engine_name: str
) -> tuple[Replay, JournalEnd]:
    """An engine that lived through the journal from a place on, and where it ends."""
    reader = place.reader(folder, engine_id, epoch)
    run = Replay(engine_name)
    for record in place.records(reader):
        run.feed(record.kind, record.seq, record.t_recv_ns, record.payload)
    assert reader.end is not None
    _refuse_damage(folder, engine_id, epoch, reader.end)
    if run.first_difference:
        raise VerificationError(
            f"{folder}: epoch {epoch}: {run.first_difference}: replayed, the engine decides "
            "otherwise than it did. Recover with the build that wrote the journal "
            f"(its hash is {reader.header.build_hash})"
        )
    return run, reader.end
