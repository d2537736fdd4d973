"""What a run was given, out of its journal."""

from pathlib import Path

import pytest
from backtest.explain.explain_rig import MARKETS, config_with, run

from tickpath.backtest.explain import read_run
from tickpath.backtest.journal_inputs import journal_recording, read_inputs, recording_of
from tickpath.backtest.replay import replay
from tickpath.backtest.run import Backtest, Options
from tickpath.backtest.timed import Timed
from tickpath.core.errors import ConfigError
from tickpath.engine.commands import Command
from tickpath.engine.native import Engine
from tickpath.engine.state import digest
from tickpath.lanes.journal_format import JournalKind
from tickpath.ops.live.journal import open_journal

FRAMES = 2000


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run(tmp_path_factory.mktemp("run"), MARKETS["spot"], direct=False)


def test_inputs_make_the_same_state(journal: Path) -> None:
    inputs, state = read_inputs(journal)
    assert state is None
    engine = Engine(read_run(journal).config)
    for each in inputs:
        each.give(engine)
        engine.take_out()
    assert digest(engine.export_state()) == replay(journal / "journal")["state_hash"]
    kinds = [each.kind for each in inputs]
    assert kinds.count(JournalKind.MARKET) == FRAMES
    assert kinds.count(JournalKind.ORDER) > 100


def test_a_run_from_a_snapshot_has_its_state(journal: Path, tmp_path: Path) -> None:
    config = read_run(journal).config
    first = Engine(config)
    inputs, _ = read_inputs(journal)
    for each in inputs[:500]:
        each.give(first)
        first.take_out()
    state = first.export_state()
    written, _ = open_journal(tmp_path / "journal", config, state=state, now_ns=1)
    written.close()
    assert read_inputs(tmp_path / "journal") == ([], state)


def test_commands_come_with_their_words(tmp_path: Path) -> None:
    t_ns = int(MARKETS["spot"].t_ns[100])
    told = Timed(t_ns=t_ns, command=Command.TRANSFER, argument=0, words=(5_000_000,))
    config = config_with(MARKETS["spot"], "imbalance_maker", {}, {})
    options = Options(journal=tmp_path / "journal", measure=False, max_events=200, commands=(told,))
    Backtest(config, MARKETS["spot"], options).run()
    inputs, _ = read_inputs(tmp_path)
    found = [each.command() for each in inputs if each.kind == JournalKind.COMMAND]
    assert found == [told]


def test_frames_of_every_source_in_the_order_of_receipt(journal: Path) -> None:
    inputs, _ = read_inputs(journal)
    found = recording_of(inputs, read_run(journal).config)
    assert found.t_ns.tolist() == MARKETS["spot"].t_ns[:FRAMES].tolist()
    assert [found.source_of(k) for k in (0, FRAMES - 1)] == [0, 0]


def test_market_data_come_back_as_they_were_received(journal: Path) -> None:
    market = MARKETS["spot"]
    found = journal_recording(journal, "binance-spot:BTCUSDT")
    assert len(found) == FRAMES
    for k in (0, 1000, FRAMES - 1):
        frames = [bytes(r.blob[r.offsets[k] : r.offsets[k] + r.sizes[k]]) for r in (market, found)]
        assert frames[0] == frames[1]
    assert found.t_ns.tolist() == market.t_ns[:FRAMES].tolist()
    with pytest.raises(ConfigError, match="no binance-usdm:ETHUSDT in it"):
        journal_recording(journal, "binance-usdm:ETHUSDT")
