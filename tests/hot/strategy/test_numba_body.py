"""Strategies compiled by numba: refusals, exceptions, and the reference without numba."""

import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from strategy_support import spec_of, stage_with, view_of

from tickpath.core.codes import Code
from tickpath.core.config import StrategySpec
from tickpath.core.errors import ConfigError
from tickpath.hot.execute.working import parks
from tickpath.hot.strategy.intents import Intents
from tickpath.hot.strategy.numba_body import jitable

HEAD = (
    "import numpy as np\n"
    "from tickpath.hot.strategy.declare import strategy\n"
    "from tickpath.hot.strategy.numba_body import submit, submit_algorithm\n"
    "@strategy(name='toy', events=('book',), language='numba')\n"
    "def toy(view, state, out):\n"
)
needs_numba = pytest.mark.skipif(find_spec("numba") is None, reason="numba is not installed")


@pytest.fixture
def without_numba(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the extra were not installed."""
    for name in ("numba", "numba.extending"):
        monkeypatch.setitem(sys.modules, name, None)


def file_of(folder: Path, name: str, body: str) -> StrategySpec:
    path = folder / f"{name}.py"
    path.write_text(HEAD + body)
    return StrategySpec(name=str(path), instruments=(0,))


@pytest.mark.usefixtures("without_numba")
def test_without_numba_the_native_stage_says_what_to_install() -> None:
    with pytest.raises(ConfigError, match=r"not installed: pip install 'tickpath\[numba\]'"):
        stage_with("native", spec_of("verbs_numba"))


@pytest.mark.usefixtures("without_numba")
def test_without_numba_the_verbs_are_plain_functions() -> None:
    assert jitable(file_of) is file_of


@pytest.mark.usefixtures("without_numba")
def test_without_numba_the_reference_runs_the_function_as_it_is() -> None:
    stage = stage_with("reference", spec_of("verbs_numba"))
    code, intents = stage.evaluate(view_of(), [0.0], [[]])
    assert (code, len(intents)) == (Code.OK, 1)


@needs_numba
def test_what_numba_cannot_compile_is_a_configuration_error(tmp_path: Path) -> None:
    spec = file_of(tmp_path, "no_types", "    return view.no_such_field\n")
    with pytest.raises(ConfigError, match="cannot be compiled by numba"):
        stage_with("native", spec)


@needs_numba
@pytest.mark.parametrize("backend", ["reference", "native"])
def test_an_exception_pauses_and_an_overflow_drops(tmp_path: Path, backend: str) -> None:
    raising = file_of(
        tmp_path,
        f"raising_{backend}",
        "    submit(out, view, 0, 0, 0, 1, 1, 0)\n"
        "    if view.now_ns > 5:\n        raise ValueError('no')\n",
    )
    stage = stage_with(backend, raising)
    assert len(stage.evaluate(view_of(now_ns=5), [], [[]])[1]) == 1
    assert stage.evaluate(view_of(now_ns=6), [], [[]]) == (Code.STRATEGY_RAISED, [])
    assert stage.paused(0)
    greedy = file_of(
        tmp_path,
        f"greedy_{backend}",
        "    for k in range(33):\n        submit(out, view, 0, 0, 0, 1, 1, 0)\n",
    )
    stage = stage_with(backend, greedy)
    assert stage.evaluate(view_of(), [], [[]]) == (Code.STRATEGY_OVERFLOW, [])


@needs_numba
@pytest.mark.parametrize("backend", ["reference", "native"])
def test_dividing_by_zero_does_not_raise(tmp_path: Path, backend: str) -> None:
    spec = file_of(
        tmp_path,
        f"divides_{backend}",
        "    lots = view.position_lots\n"
        "    share = 1.0 / view.score\n"
        "    if share > 1e300:\n"
        "        submit(out, view, 0, 0, 0, view.top.bid_ticks // lots + 7, 1, 0)\n",
    )
    stage = stage_with(backend, spec)
    code, intents = stage.evaluate(view_of(score=0.0), [], [[]])
    assert (code, [i.price_ticks for i in intents]) == (Code.OK, [7])


@needs_numba
@pytest.mark.parametrize("backend", ["reference", "native"])
def test_an_algorithm_means_the_same_in_python_and_numba(tmp_path: Path, backend: str) -> None:
    """All cases in one body: each would be a compilation of half a second."""
    cases = [(limit, algorithm) for limit in (0, 77) for algorithm in (0, 3, -1, 255, 10**6)]
    lines = [
        f"    submit_algorithm(out, view, 1, {algorithm}, {limit}, 50, from_here, 99, 4)\n"
        for limit, algorithm in cases
    ]
    body = "".join(["    from_here = view.now_ns\n", *lines])
    spec = file_of(tmp_path, f"works_{backend}", body)
    view = view_of()
    code, intents = stage_with(backend, spec).evaluate(view, [], [[]])
    out = Intents(view)
    for limit, algorithm in cases:
        out.algorithm(
            1, 50, algorithm=algorithm, limit_ticks=limit, start_ns=view.now_ns, end_ns=99, tag=4
        )
    assert len(intents) == len(cases)
    assert (code, intents) == (Code.OK, out.items)
    assert all(parks(intent) for intent in intents)
