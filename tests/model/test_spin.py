"""Spin models of what crosses threads: no error in the model, and every seeded bug is found.

Each model of spin/ says in its head what it shows, what it leaves out, and which lines of lanes/
and engine/ it stands for. A seeded bug takes one fence, one order or one step away: a model that
does not notice would prove nothing.
"""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

SPIN = Path(__file__).parent / "spin"
COMPILE = ("gcc", "-w", "-DSAFETY", "-DCOLLAPSE", "-DMEMLIM=2000", "-o", "pan", "pan.c")
DEPTH = 200_000
WHOLE = {
    ("ring", ()): 1000,
    ("ring_lossy", ()): 5000,
    ("ring_lossy", ("-DWEAK_STAMP",)): 5000,
    ("ring_lossy", ("-DWEAK_HEAD",)): 5000,
    ("slot", ("-DREADERS=1",)): 20_000,
    ("slot", ("-DWRITES=2",)): 500_000,
    ("limits", ()): 50_000,
    ("kill", ()): 200_000,
}
"""(model, settings) to the fewest states that a search of all of it stores."""

QUICK = {
    ("kill", "BUG_ASK_LOST"), ("limits", "BUG_NO_ACQUIRE"), ("ring", "BUG_NO_ACQUIRE_TAIL"),
    ("ring_lossy", "BUG_NOT_ODD"), ("slot", "BUG_NO_RECHECK"),
}  # fmt: skip
"""One bug of each model that the fast suite looks for."""

SMALLER = {"slot": ("-DREADERS=1",)}
BUGS = [
    (path.stem, bug)
    for path in sorted(SPIN.glob("*.pml"))
    for bug in sorted(set(re.findall(r"\bBUG_[A-Z_]+", path.read_text())))
]

pytestmark = pytest.mark.skipif(
    shutil.which("spin") is None or shutil.which("gcc") is None,
    reason="spin or gcc absent: apt-get install spin gcc",
)


def search(model: str, settings: tuple[str, ...], folder: Path, level: str) -> tuple[int, int, str]:
    """(states, errors, output) of a search of every interleaving, compiled at a level: to optimise
    takes longer than most searches."""
    for path in SPIN.glob("*.pml"):
        shutil.copy(path, folder)
    subprocess.run(
        ["spin", "-a", *settings, f"{model}.pml"], cwd=folder, check=True, capture_output=True
    )
    subprocess.run([*COMPILE, level], cwd=folder, check=True, capture_output=True)
    done = subprocess.run(
        ["./pan", f"-m{DEPTH}"], cwd=folder, check=False, capture_output=True, text=True
    )
    text = done.stdout + done.stderr
    states = re.search(r"(\d+) states, stored", text)
    errors = re.search(r"errors: (\d+)", text)
    assert states is not None, text
    assert errors is not None, text
    assert "max search depth too small" not in text
    assert "out of memory" not in text
    return int(states.group(1)), int(errors.group(1)), text


@pytest.mark.slow
@pytest.mark.parametrize(("model", "settings"), WHOLE, ids=lambda x: str(x))
def test_the_model_has_no_error(
    model: str,
    settings: tuple[str, ...],
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    states, errors, text = search(model, settings, tmp_path, "-O1")
    record_property("states", states)
    assert errors == 0, text
    assert states >= WHOLE[model, settings]


@pytest.mark.parametrize(
    ("model", "bug"),
    [c if c in QUICK else pytest.param(*c, marks=pytest.mark.slow) for c in BUGS],
)
def test_a_seeded_bug_is_found(model: str, bug: str, tmp_path: Path) -> None:
    _, errors, text = search(model, (*SMALLER.get(model, ()), f"-D{bug}"), tmp_path, "-O0")
    assert errors > 0, text
    assert "assertion violated" in text


def test_every_model_has_bugs_to_find() -> None:
    assert {model for model, _ in BUGS} == {model for model, _ in WHOLE}
    assert len(BUGS) == 33
    assert set(BUGS) >= QUICK
    assert {model for model, _ in QUICK} == {model for model, _ in WHOLE}
