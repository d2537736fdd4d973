"""Around recovery: epochs and what they begin with, other configurations, kill, full journals."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from restarts import desk_config, desk_frames, live_through, settle

from tickpath.backtest.replay import replay
from tickpath.cli.main import main
from tickpath.core.codes import Code
from tickpath.core.config import AccountSpec, Config, Currency, RiskSpec, StrategySpec
from tickpath.core.config_json import config_to_json
from tickpath.core.errors import CapacityError, ConfigError, JournalError, VerificationError
from tickpath.engine.commands import Command
from tickpath.engine.native import Engine
from tickpath.engine.state import digest
from tickpath.hot.risk.control.state import HEADER, INSTRUMENT
from tickpath.lanes.journal import Journal
from tickpath.lanes.journal_format import JournalHeader, JournalKind
from tickpath.lanes.journal_reader import JournalReader
from tickpath.lanes.journal_snapshot import CONFIG_NOTE, parts_of
from tickpath.ops.live import (
    JournalOptions,
    open_journal,
    recover,
    recoverable,
    restored,
    write_snapshot,
)

SMALL = JournalOptions(segment_bytes=64 * 1024, wait_s=1.0)


def first_epoch(folder: Path, frames: int = 80, **changes: Any) -> Engine:
    """An engine of epoch 1 that traded; its journal is closed."""
    journal, config = open_journal(
        folder, replace(desk_config(), **changes), state=None, now_ns=1, options=SMALL
    )
    engine = Engine(config, journal)
    for _ in live_through(engine, 1, desk_frames(2, frames)):
        while not journal.ready:
            pass
    journal.close()
    return engine


def go_on(folder: Path, config: Config) -> tuple[Any, Journal, Config]:
    found = recover(folder, config)
    journal, begun = open_journal(folder, config, state=found.state, now_ns=2, options=SMALL)
    return restored(begun, journal, found), journal, begun


def test_an_epoch_replays_from_its_own_journal_alone(tmp_path: Path) -> None:
    engine = first_epoch(tmp_path)
    assert engine.stages.execute.positions[0].open_order_count > 0
    again, journal, begun = go_on(tmp_path, desk_config())
    assert (begun.epoch, begun.engine_id) == (2, 1)
    settle(again)
    assert list(live_through(again, 2, desk_frames(2, 200)[80:]))[-1] == 120
    assert write_snapshot(journal, again)
    journal.close()
    for path in tmp_path.glob("0001-0001-*"):
        path.unlink()
    for name in ("native", "reference"):
        for part in (False, True):
            found = replay(tmp_path, name, from_last_snapshot=part)
            assert found["equal"], found
            assert found["state_hash"] == digest(again.export_state())
    assert main(["replay", str(tmp_path), "--epoch", "2", "--json", "-"]) == 0


def test_nothing_new_leaves_before_a_venue_is_up(tmp_path: Path) -> None:
    first_epoch(tmp_path)
    engine, journal, _ = go_on(tmp_path, desk_config())
    before = engine.stages.execute.positions[0].open_order_count
    for _, t_ns, data in desk_frames(2, 200)[80:]:
        engine.on_market_frame(0, data, t_ns)
        assert all(b'"order.place"' not in data for _, _, data in engine.take_out())
    assert engine.stages.execute.positions[0].open_order_count <= before
    journal.close()


def test_a_kill_survives(tmp_path: Path) -> None:
    journal, config = open_journal(tmp_path, desk_config(), state=None, now_ns=1, options=SMALL)
    engine = Engine(config, journal)
    engine.on_command(Command.KILL, 0, 10)
    journal.close()
    assert recover(tmp_path, desk_config()).killed
    for _ in range(2):
        again, journal, _ = go_on(tmp_path, desk_config())
        settle(again)
        assert again.stages.risk.killed
        for _, t_ns, data in desk_frames(2, 60):
            again.on_market_frame(0, data, t_ns)
            assert again.take_out() == []
        journal.close()
    again, journal, _ = go_on(tmp_path, desk_config())
    again.on_command(Command.REARM, 0, again.now_ns)
    journal.close()
    assert not recover(tmp_path, desk_config()).killed


def test_an_engine_halted_by_a_full_journal_trades_again(tmp_path: Path) -> None:
    options = replace(SMALL, segments_max=1)
    journal, config = open_journal(tmp_path, desk_config(), state=None, now_ns=1, options=options)
    engine = Engine(config, journal)
    for _ in live_through(engine, 1, desk_frames(2, 400)):
        pass
    assert engine.halted
    assert engine.codes[Code.ENGINE_JOURNAL_FULL] == 1
    assert not write_snapshot(journal, engine)
    journal.close()
    found = recover(tmp_path, desk_config())
    assert (found.halted, found.killed) == (False, False)
    again, journal, _ = go_on(tmp_path, desk_config())
    settle(again)
    assert list(live_through(again, 2, desk_frames(2, 700)[400:]))[-1] == 300
    journal.close()
    out = [r for r in JournalReader(tmp_path, epoch=2) if r.kind == JournalKind.OUT]
    assert len(out) > 10
    assert not again.halted


def begun_without_a_state(folder: Path) -> None:
    """An epoch whose process died before the state was whole in it."""
    config = replace(desk_config(), epoch=2)
    with Journal.create(folder, JournalHeader(epoch=2), segment_bytes=65536) as journal:
        journal.append(JournalKind.NOTE, 0, 0, CONFIG_NOTE + config_to_json(config).encode())
        journal.append(JournalKind.SNAPSHOT, 0, 0, parts_of(bytes(1000), 400)[0])


@pytest.mark.parametrize(
    "leave",
    [
        lambda folder: (folder / "0001-0002-00000000.tpj").write_bytes(b""),
        lambda folder: (folder / "0001-0002-00000000.tpj").write_bytes(bytes(65536)),
        lambda folder: (folder / "0001-0002-00000000.tpj").write_bytes(b"TICKJNL1" + bytes(900)),
        begun_without_a_state,
    ],
    ids=["empty", "zeros", "half a header", "half a state"],
)
def test_an_epoch_that_holds_nothing_is_passed_over(
    tmp_path: Path, leave: Callable[[Path], object]
) -> None:
    engine = first_epoch(tmp_path)
    leave(tmp_path)
    found = recover(tmp_path, desk_config())
    assert (found.epoch, found.skipped) == (1, (2,))
    assert found.state == engine.export_state()
    _, journal, begun = go_on(tmp_path, desk_config())
    journal.close()
    assert begun.epoch == 3, "the epoch that holds nothing is used up"


def test_a_start_without_a_state_is_not_passed_over(tmp_path: Path) -> None:
    """Somebody decided to begin empty: what was before must not come back."""
    assert not recoverable(tmp_path, desk_config())
    first_epoch(tmp_path)
    journal, _ = open_journal(tmp_path, desk_config(), state=None, now_ns=2, options=SMALL)
    journal.close()
    found = recover(tmp_path, desk_config())
    assert (found.epoch, found.seq, found.skipped) == (2, 0, ())
    assert recoverable(tmp_path, desk_config())
    assert not recoverable(tmp_path, replace(desk_config(), engine_id=2))
    with pytest.raises(JournalError, match="no journal of engine 2"):
        recover(tmp_path, replace(desk_config(), engine_id=2))


def test_a_state_larger_than_a_segment(tmp_path: Path) -> None:
    engine = first_epoch(tmp_path, 400)
    state = engine.export_state()
    options = replace(SMALL, segment_bytes=8192)
    assert len(state) > 2 * options.segment_bytes
    journal, _ = open_journal(tmp_path, desk_config(), state=state, now_ns=3, options=options)
    journal.close()
    found = recover(tmp_path, desk_config())
    assert (found.epoch, found.state) == (2, state)
    options = replace(options, segments_max=2)
    with pytest.raises(CapacityError, match="epoch 3 do not fit"):
        open_journal(tmp_path, desk_config(), state=state, now_ns=3, options=options)
    assert recover(tmp_path, desk_config()).state == state, "the epoch that failed holds nothing"


def test_a_snapshot_of_another_state_is_a_difference(tmp_path: Path) -> None:
    journal, config = open_journal(tmp_path, desk_config(), state=None, now_ns=1, options=SMALL)
    engine = Engine(config, journal)
    for _ in live_through(engine, 1, desk_frames(2, 50)):
        pass
    state = bytearray(engine.export_state())
    state[-1] ^= 1
    for part in parts_of(bytes(state)):
        journal.append(JournalKind.SNAPSHOT, engine.seq, engine.now_ns, part)
    journal.close()
    found = replay(tmp_path)
    assert "snapshot" in found["first_difference"]
    assert not found["equal"]
    assert main(["replay", str(tmp_path)]) == 4
    with pytest.raises(VerificationError, match="snapshot"):
        recover(tmp_path, desk_config())


def test_a_journal_without_its_first_segments(tmp_path: Path) -> None:
    options = replace(SMALL, segments_kept=2)
    journal, config = open_journal(tmp_path, desk_config(), state=None, now_ns=1, options=options)
    engine = Engine(config, journal)
    for count in live_through(engine, 1, desk_frames(2, 1500)):
        while not journal.ready:
            pass
        if count % 100 == 0:
            assert write_snapshot(journal, engine)
    journal.close()
    assert not (tmp_path / "0001-0001-00000000.tpj").exists()
    assert recover(tmp_path, desk_config()).state == engine.export_state()
    with pytest.raises(JournalError, match="last snapshot"):
        replay(tmp_path)
    assert replay(tmp_path, from_last_snapshot=True)["equal"]


OTHER: dict[str, dict[str, Any]] = {
    "currencies": {"currencies": (Currency(name="BTC"), Currency(name="USDT", decimals=6))},
    "venues": {"venues": ("binance-spot", "kraken-spot")},
    "instruments": {"instruments": ()},
    "strategies": {"strategies": (StrategySpec(name="imbalance_maker", instruments=(0,)),)},
    "account": {"account": AccountSpec(cost="fifo")},
}


@pytest.mark.parametrize("name", OTHER)
def test_a_state_is_not_taken_over_by_another_layout(tmp_path: Path, name: str) -> None:
    first_epoch(tmp_path)
    changes = OTHER[name]
    if name == "instruments":
        (one,) = desk_config().instruments
        changes = {"instruments": (replace(one, tick_size=Decimal("0.1")),)}
    if name == "currencies":
        changes = {"currencies": (*changes["currencies"], Currency(name="USD"))}
    with pytest.raises(ConfigError, match=f"differs from that of epoch 1 in {name}") as caught:
        recover(tmp_path, replace(desk_config(), **changes))
    assert "without a state" in str(caught.value)


def test_changed_limits_hold_after_a_restart(tmp_path: Path) -> None:
    """The state carries the limits it was run with; those the configuration changed are set, those
    that a command set and the configuration did not change stay."""
    journal, config = open_journal(tmp_path, desk_config(), state=None, now_ns=1, options=SMALL)
    engine = Engine(config, journal)
    assert engine.on_command(Command.SET_LIMIT, 7, 5, 9) == Code.OK  # open orders
    journal.close()
    tight = replace(
        desk_config(), risk=RiskSpec(order_rate_per_s=50, order_quantity_max=Decimal("0.5"))
    )
    again, journal, begun = go_on(tmp_path, tight)
    journal.close()
    state = again.stages.control.export_state()
    want = Engine(begun)
    want.on_command(Command.SET_LIMIT, 7, 5, 9)
    assert limits(state) == limits(want.stages.control.export_state())
    assert limits(state) != limits(engine.stages.control.export_state())


def limits(state: bytes) -> bytes:
    """The limits of the one instrument in control's state."""
    return state[HEADER.size : HEADER.size + INSTRUMENT.size - 8]
