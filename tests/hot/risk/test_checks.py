"""Every boundary and case of every check's spec, alone and in the order of checks/ORDER."""

from importlib import import_module
from types import ModuleType
from typing import Any

import pytest

from tickpath.core.backend import Backend, load
from tickpath.core.codes import Code
from tickpath.hot.risk.reference import ORDER_FILE, check_order
from tickpath.hot.risk.spec import Boundary, Case, CheckSpec, changed, passing_input

STEMS = check_order()


def module_of(stem: str) -> ModuleType:
    return import_module(f"tickpath.hot.risk.checks.{stem}")


def spec_of(stem: str) -> CheckSpec:
    spec: CheckSpec = module_of(stem).SPEC
    return spec


BOUNDARIES = [(stem, b) for stem in STEMS for b in spec_of(stem).boundaries]
CASES = [(stem, c) for stem in STEMS for c in spec_of(stem).cases]


def name_of(value: Any) -> str:
    return value.name.replace(" ", "_") if isinstance(value, Boundary | Case) else str(value)


@pytest.fixture(params=["reference", "native"])
def verdict(request: pytest.FixtureRequest) -> Any:
    return load("risk", Backend(request.param)).verdict


def test_the_passing_input_passes(verdict: Any) -> None:
    assert verdict(passing_input()) == Code.OK


@pytest.mark.parametrize(("stem", "boundary"), BOUNDARIES, ids=name_of)
def test_at_the_limit_passes_and_one_past_fails(
    verdict: Any, stem: str, boundary: Boundary
) -> None:
    given = changed(passing_input(), boundary.given)
    at = changed(given, {boundary.path: boundary.at})
    past = changed(given, {boundary.path: boundary.past})
    assert abs(boundary.at - boundary.past) == 1
    assert module_of(stem).check(at) == Code.OK
    assert module_of(stem).check(past) == boundary.code
    assert verdict(at) == Code.OK
    assert verdict(past) == boundary.code


@pytest.mark.parametrize(("stem", "case"), CASES, ids=name_of)
def test_cases(verdict: Any, stem: str, case: Case) -> None:
    x = changed(passing_input(), case.changes)
    assert verdict(x) == case.code
    alone = module_of(stem).check(x)
    assert alone in (case.code, Code.OK)
    if case.code == spec_of(stem).code:
        assert alone == case.code


@pytest.mark.parametrize("stem", STEMS)
def test_every_check_proves_its_refusal(stem: str) -> None:
    spec = spec_of(stem)
    refused = {b.code for b in spec.boundaries} | {c.code for c in spec.cases}
    assert spec.code in refused
    assert spec.boundaries or any(c.code == Code.OK for c in spec.cases)
    assert spec.what
    assert spec.limit
    assert all(b.code == spec.code for b in spec.boundaries)


def test_order_names_every_check_once() -> None:
    found = {path.stem for path in ORDER_FILE.parent.glob("[a-z]*.py")}
    assert sorted(STEMS) == sorted(found)
    assert STEMS[0] == "killed"
    assert STEMS[-1] == "rate", "a refused order costs no token"
