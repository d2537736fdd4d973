"""A test that needs recorded data or a tool skips on a user's machine, and fails the run in CI.
Property tests draw the same examples in every run."""

import gc
import os
from collections.abc import Generator

import pytest
from hypothesis import settings

settings.register_profile("seeded", derandomize=True, deadline=None)
settings.load_profile("seeded")
ALLOWED_IN_CI = (
    "sanitizer",
    "this processor lacks",
    "this host does not allow",
    "no NVIDIA driver",
    "no CPU build of PyTorch",
)
"""What no tool that CI could install would change."""
GARBAGE = 10_000
"""New objects before the collector looks among them: Python's 700 is a test's small change."""
SKIPPED = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[SKIPPED] = []


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is collected lives to the end: a seventh of collecting went into looking for rubbish in
    it, and each full search during the tests would walk its half a million objects again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.set_threshold(GARBAGE)
        gc.enable()


def reason_of(report: pytest.TestReport | pytest.CollectReport) -> str:
    """The text given to skip."""
    detail = report.longrepr
    return str(detail[2]) if isinstance(detail, tuple) else str(detail)


class SkipsFailInCi:
    """Collects skips; `pytest_sessionfinish` turns unexpected ones into a failure."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            reason = reason_of(report)
            if not any(word in reason for word in ALLOWED_IN_CI):
                self.config.stash[SKIPPED].append(f"{report.nodeid}: {reason}")


def pytest_sessionstart(session: pytest.Session) -> None:
    without = os.environ.get("TICKPATH_WITHOUT_FIXTURES") == "1"
    if os.environ.get("CI") == "true" and not without:
        session.config.pluginmanager.register(SkipsFailInCi(session.config))


def pytest_sessionfinish(session: pytest.Session) -> None:
    if session.config.stash[SKIPPED] and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for report in terminalreporter.stats.get("passed", []):
        for name, value in report.user_properties:
            terminalreporter.line(f"{report.nodeid}: {value} {name}")
    skipped = terminalreporter.config.stash[SKIPPED]
    if skipped:
        terminalreporter.section("skipped in CI, which must run everything", red=True)
        for line in skipped:
            terminalreporter.line(line)
