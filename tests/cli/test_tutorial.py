"""Every command of the research tutorial is run, in its order, in one folder."""

import os
import re
import shlex
from pathlib import Path

import pytest

from tickpath.backtest.recording import write_recording
from tickpath.cli.main import main
from tickpath.venues.sim.generator import generate

PAGE = Path(__file__).resolve().parents[2] / "docs/tutorial/research.md"
BLOCK = re.compile(r"^ *```(\w+)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)


def blocks() -> list[tuple[str, str]]:
    """(language, text) of the page's blocks."""
    return [(kind, text) for kind, text in BLOCK.findall(PAGE.read_text())]


def test_the_tutorial_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_recording(generate(7, 4000), "day.gz")
    commands = 0
    for kind, text in blocks():
        if kind == "toml":
            Path("slow.toml").write_text(text)
            continue
        for line in text.strip().splitlines():
            name, *words = shlex.split(line)
            assert name == "tickpath", line
            assert main(words) == 0, (line, capsys.readouterr())
            commands += 1
    assert commands >= 10
    said = capsys.readouterr().out
    for wanted in ("decisions hash", "latency", "gaps"):
        assert wanted in said, wanted
    for made in ("one/report.html", "two/report.html", "compare.html", "explain.html"):
        assert os.path.getsize(made) > 5_000, made
    assert ">residual</td>" in Path("explain.html").read_text()
