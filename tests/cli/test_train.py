"""`tickpath train` and `tickpath models` as a person types them, the how-to page first."""

import json
import re
import shlex
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tickpath.backtest.recording import write_recording
from tickpath.cli.main import main
from tickpath.ml.registry import Registry
from tickpath.venues.sim.generator import generate

for module in ("pyarrow", "duckdb", "onnx", "onnxruntime", "sklearn", "xgboost", "lightgbm"):
    pytest.importorskip(module, reason="extras `store` and `ml` are not installed")

PAGE = Path(__file__).resolve().parents[2] / "docs/howto/train-a-model.md"
BLOCK = re.compile(r"^ *```(\w+)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
FILES = {"python": ["score.py"], "toml": ["score.toml", "fixed.toml", "venues.toml", "paper.toml"]}
PAPER_S = 6
HASTE = 10
"""The paper run's market is as much faster, to trade within the test."""


def files_of(page: str) -> dict[str, str]:
    """What the page has a reader write, in its order."""
    left = {kind: list(names) for kind, names in FILES.items()}
    return {
        left[kind].pop(0): re.sub(r"^   ", "", text, flags=re.MULTILINE)
        for kind, text in BLOCK.findall(page)
        if kind in left
    }


def commands_of(page: str, shell: str) -> list[list[str]]:
    """Words of the commands in blocks of a shell: `sh` is fast, `bash` wants a venue or PyTorch."""
    texts = [text for kind, text in BLOCK.findall(page) if kind == shell]
    return [shlex.split(line) for text in texts for line in text.strip().splitlines()]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the page was worked through."""
    folder = tmp_path_factory.mktemp("train")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        write_recording(generate(7, 6000), "day.gz")
        page = PAGE.read_text()
        for file, text in files_of(page).items():
            Path(file).write_text(text)
        for name, *words in commands_of(page, "sh"):
            assert name == "tickpath", words
            assert main(words) == 0, words
    return folder


class Typed:
    """Runs commands in the folder."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *words: str) -> Any:
        assert main([*words, "--json", "-"]) == 0
        return json.loads(self._capsys.readouterr().out)

    def refused(self, *words: str, code: int = 2) -> str:
        """The one line of a mistake."""
        assert main(list(words)) == code
        err = self._capsys.readouterr().err
        assert err.count("\n") == 1
        return err


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.mark.slow
def test_the_page_trades_on_paper(
    trained: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(trained)
    port = str(free_port())
    for file in FILES["toml"][2:]:
        text = Path(file).read_text().replace("18101", port).replace("day.gz", "quick.gz")
        Path(file).write_text(text)
    day = generate(7, 6000)
    times = day.t_ns[0] + (day.t_ns - day.t_ns[0]) // HASTE
    write_recording(replace(day, t_ns=times), "quick.gz")
    venue, *rest = [words for words in commands_of(PAGE.read_text(), "bash") if "net" not in words]
    start = [sys.executable, "-m", "tickpath.cli.main"]
    with subprocess.Popen([*start, *venue[1:]], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert port in process.stdout.readline()
        for name, *words in rest:
            if name == "export":
                for word in words:
                    monkeypatch.setenv(*word.split("=", 1))
            elif words[0] == "run":
                words[-1] = str(PAPER_S)
                run = subprocess.run([*start, *words], capture_output=True, text=True, check=False)
                assert (run.returncode, run.stderr) == (0, ""), run.stdout
                process.send_signal(signal.SIGINT)
            else:
                assert main(words) == 0, words
    used = Registry("models").current("score")
    assert f"model score {used} decides" in run.stdout
    assert "every book good" in run.stdout
    said = " ".join(capsys.readouterr().out.split())
    assert f"score {used}" in said
    assert "decisions a only │ 0" in said
    assert "decisions matched │ 0" not in said
    assert "decisions b only │ 0" in said


@pytest.mark.slow
def test_the_page_trains_networks(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch", reason="no CPU build of PyTorch")
    monkeypatch.chdir(trained)
    lines = [words for words in commands_of(PAGE.read_text(), "bash") if "net" in words]
    assert len(lines) >= 2
    for _, *words in lines:
        assert main(words) == 0, words


@pytest.fixture
def typed(
    trained: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Typed:
    monkeypatch.chdir(trained)
    capsys.readouterr()
    return Typed(capsys)


def scores(typed: Typed) -> list[dict[str, Any]]:
    """Models of the page's first name, the oldest first."""
    return [m for m in typed("models", "list")["models"] if m["name"] == "score"]


TRAIN = ("train", "score.toml", "--store", "ticks")


def test_the_page_leaves_the_first_model_in_use(typed: Typed) -> None:
    models = scores(typed)
    assert [(m["name"], m["in_use"], m["sound"]) for m in models] == [
        ("score", True, True),
        ("score", False, True),
    ]
    shown = typed("models", "show", "score", models[0]["hash"][:8])
    assert shown["metadata"]["tickpath.kind"] == "linear"
    assert shown["card"]["parity"][0]["differ"] == 0
    result = json.loads(Path("one/result.json").read_text())
    assert result["orders"] > 0
    assert result["model"] == f"score {models[0]['hash']}"
    fixed = json.loads(Path("two/result.json").read_text())
    assert (fixed["decisions_hash"], fixed["model"]) == (result["decisions_hash"], "")


def test_a_run_is_replayed_with_the_model_that_decided(typed: Typed, tmp_path: Path) -> None:
    first, second = (m["hash"] for m in scores(typed)[:2])
    typed("models", "use", "score", second)
    again = typed("replay", "one/journal")
    assert again["equal"]
    assert again["model"] == f"score {first}"
    run = ("backtest", "--data", "day.gz", "--config", "score.toml", "--out", "second")
    assert typed(*run)["model"] == f"score {second}"
    found = typed("explain", "one", "second")
    assert found["models"] == [f"score {first}", f"score {second}"]
    assert "other model" in {row["why"] for row in found["orders"]}
    file = Path(f"models/score/{first}.onnx")
    file.rename(tmp_path / "aside")
    file.write_bytes(Path(f"models/score/{second}.onnx").read_bytes())
    said = typed.refused("replay", "one/journal")
    assert f"its hash is {second}, the configuration was read with {first}" in said
    (tmp_path / "aside").rename(file)
    typed("models", "use", "score", first)


def test_the_same_training_gives_the_same_model(typed: Typed) -> None:
    before = scores(typed)
    again = typed(*TRAIN)
    assert again["hash"] == before[0]["hash"]
    assert not again["in_use"]
    assert len(again["folds"]) == 5
    value, low, high = again["whole"]["figures"]["auc"]
    assert low <= value <= high
    assert len(scores(typed)) == len(before)


def test_another_target_has_its_own_figures(typed: Typed) -> None:
    found = typed(*TRAIN, "--target", "return", "--folds", "2", "--name", "other")
    assert list(found["whole"]["figures"]) == ["ic", "r2"]
    assert found["price"] == "bbo"
    assert typed("models", "use", "other", found["hash"][:5])["hash"] == found["hash"]


def test_both_engines_decide_alike(typed: Typed) -> None:
    words = ("backtest", "--data", "day.gz", "--config", "score.toml", "--max-events", "1500")
    one, two = (typed(*words, "--engine", e, "--out", e) for e in ("native", "reference"))
    assert one["decisions_hash"] == two["decisions_hash"]
    assert one["state_hash"] == two["state_hash"]
    assert one["orders"] == two["orders"] > 0


def test_a_model_of_other_columns_is_not_run(typed: Typed) -> None:
    changed = Path("score.py").read_text().replace('"ofi", period=20', '"ofi", period=21')
    Path("wrong.py").write_text(changed)
    Path("wrong.toml").write_text(Path("score.toml").read_text().replace("score.py", "wrong.py"))
    said = typed.refused("backtest", "--data", "day.gz", "--config", "wrong.toml", "--out", "no")
    assert "only of the model: ['ofi_mid_20'], only of the strategies: ['ofi_mid_21']" in said


def test_a_model_becomes_a_bank_that_trades(typed: Typed) -> None:
    words = ("models", "quantise", "score", "--config", "score.toml", "--store", "ticks")
    found = typed(*words, "--edge", "0.1", "--out", "fixed.py")
    assert found["flipped"] == 0
    assert found["decided"] > 100
    assert found["error_max"] < 1e-5
    run = ("backtest", "--data", "day.gz", "--config", "fixed.toml", "--max-events", "1500")
    one, two = (typed(*run, "--engine", e, "--out", f"fixed-{e}") for e in ("native", "reference"))
    assert one["decisions_hash"] == two["decisions_hash"]
    assert one["state_hash"] == two["state_hash"]
    assert one["orders"] == two["orders"] > 0
    assert "above 0, below 0.5" in typed.refused(*words, "--edge", "0.5", "--out", "fixed.py")
    assert "must end in .py" in typed.refused(*words, "--edge", "0.1", "--out", "fixed.txt")
    said = typed.refused(*words, "--edge", "0.1", "--out", "score.py")
    assert "not written by this command" in said
    assert "no model is in use" in typed.refused(
        "models", "quantise", "nobody", *words[3:], "--edge", "0.1", "--out", "fixed.py"
    )


def test_a_model_of_ones_own_is_checked_and_kept(typed: Typed) -> None:
    (used, *_) = scores(typed)
    own = f"models/{used['name']}/{used['hash']}.onnx"
    found = typed("models", "add", own, "mine", "--features", "a,b,c,d", "--output", "0", "--use")
    shown = typed("models", "show", "mine", found["hash"])
    assert json.loads(shown["metadata"]["tickpath.features"]) == ["a", "b", "c", "d"]
    assert shown["in_use"]
    for words, wanted in (
        (("--features", "a,b"), "4 columns and the feature row 2"),
        (("--output", "7"), "tickpath.output is 7, the output has 1"),
        (("--output", "-1"), "0 or more"),
    ):
        assert wanted in typed.refused("models", "add", own, "mine", *words)
    Path("bad.onnx").write_bytes(b"no model")
    assert "bad.onnx" in typed.refused("models", "add", "bad.onnx", "mine", "--features", "a")


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("--horizon-ms", "0"), "--horizon-ms is above 0"),
        (("--folds", "1"), "2 to 100"),
        (("--horizon-ms", "100000000"), "samples of"),
        (("--symbol", "ETHUSDT"), "--symbol chooses one of BTCUSDT"),
        (("--name", "../m"), "model name"),
        (("--store", "nothing"), "nothing"),
        (("--from", "2030-01-01"), "no rows"),
    ],
)
def test_mistakes_are_one_line(typed: Typed, words: tuple[str, ...], wanted: str) -> None:
    assert wanted in typed.refused(*TRAIN, *words)


def test_a_damaged_model_is_seen(typed: Typed, capsys: pytest.CaptureFixture[str]) -> None:
    found = typed(
        "models", "add", next(iter(map(str, Path("models/score").glob("*.onnx")))), "torn"
    )
    path = Path(f"models/torn/{found['hash']}.onnx")
    path.write_bytes(path.read_bytes()[:-1])
    assert main(["models", "list"]) == 4
    assert "DAMAGED" in capsys.readouterr().out
    assert "restore the file" in typed.refused("models", "use", "torn", found["hash"])
    path.unlink()
    assert "nothing was in use before" in typed.refused("models", "rollback", "torn")
