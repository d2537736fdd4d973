"""The table [lane], and where "gpu" may stand in [backends]."""

from pathlib import Path

import pytest

from tickpath.core.config import LaneSpec
from tickpath.core.config_json import config_from_json, config_to_json
from tickpath.core.config_load import load_config
from tickpath.core.errors import ConfigError

SOURCE = '[[sources]]\nvenue = "binance-spot"\nsymbols = ["BTCUSDT"]\n'
MODEL = '[model]\npath = "m.npz"\nkind = "dense"\n'


def load(tmp_path: Path, text: str):
    path = tmp_path / "run.toml"
    path.write_text(SOURCE + text)
    return load_config(path)


def test_nothing_is_off_the_path_unless_asked_for(tmp_path: Path) -> None:
    config = load(tmp_path, "")
    assert config.lane == LaneSpec()
    assert not config.lane.scores


def test_a_lane_comes_back_from_the_journal(tmp_path: Path) -> None:
    text = "[lane]\nscores = true\nage_ns_max = 5000\nage_inputs_max = 9\nrows = 64\n"
    config = load(tmp_path, MODEL + text + '[backends]\nmodel = "gpu"\n')
    assert config.lane == LaneSpec(scores=True, age_ns_max=5000, age_inputs_max=9, rows=64)
    assert config_from_json(config_to_json(config)) == config
    assert config.hash() != load(tmp_path, MODEL).hash()


def test_a_bank_lies_beside_the_file(tmp_path: Path) -> None:
    text = '[lane]\nscores = true\nbank = "votes.bank"\n[backends]\nstrategy = "gpu"\n'
    assert load(tmp_path, text).lane.bank == str(tmp_path / "votes.bank")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "[lane]\nscores = true\n",
            "[lane] scores: there is no model: add [model] path, or a bank",
        ),
        ("[lane]\nscores = 1\n", "scores is an integer: write true or false"),
        ("[lane]\nage_ns_max = 999\n", "age_ns_max is 999: write 1000..60000000000"),
        ("[lane]\nage_inputs_max = -1\n", "age_inputs_max is -1"),
        ("[lane]\nrows = 100\n", "rows is 100: write a power of two"),
        ("[lane]\nrows = 1\n", "rows is 1: write 2.."),
        ("[lane]\nscore = true\n", "unknown key 'score'; did you mean 'scores'"),
        ('[backends]\nmodel = "gpu"\n', "add [lane] scores = true"),
        ('[backends]\nrisk = "gpu"\n', "nothing to compute: add [portfolio] grid_ns"),
        ('[backends]\nfeatures = "gpu"\n', "call tickpath.hot.features.gpu"),
        ('[backends]\nstrategy = "gpu"\n', "name a bank that the lane scores in [lane] bank"),
        ('[lane]\nbank = "b"\n', "[lane] bank: it needs scores = true and no [model]"),
        (MODEL + '[lane]\nscores = true\nbank = "b"\n', "and no [model]"),
        (
            '[lane]\nscores = true\nbank = "b"\n[backends]\nmodel = "gpu"\n',
            "add [lane] scores = true, no bank",
        ),
        ('[backends]\nbook = "gpu"\n', '[backends] book = "gpu": this stage has no batches'),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    assert words in str(caught.value)
    assert "run.toml" in str(caught.value)
