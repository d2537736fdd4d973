"""Writes the reference pages that are lists of what the code declares.

  python -m tickpath.cli.pages docs/reference

In: the indicators, checks and strategies found in their folders, and limits.toml as compiled. Out:
one Markdown page each; a test fails when a page is not what this writes.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from pathlib import Path

import tickpath.strategies
from tickpath.core.limits import LIMITS
from tickpath.hot.features.catalogue import indicator, stems
from tickpath.hot.features.spec import Params
from tickpath.hot.risk.reference import check_order
from tickpath.hot.risk.spec import CheckSpec
from tickpath.hot.strategy.declare import Declaration

MADE = "Written by `make docs` from the code. Change the code, not this page.\n\n"


def rows(head: Sequence[str], cells: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [f"| {' | '.join(head)} |", f"| {' | '.join('---' for _ in head)} |"]
    lines += [f"| {' | '.join(str(c).replace('|', chr(92) + '|') for c in row)} |" for row in cells]
    return "\n".join(lines) + "\n"


def indicators_page() -> str:
    """Every indicator: formula, units, parameters, when it is warm, where it comes from."""
    text = "# Indicators\n\n" + MADE
    text += (
        "A strategy names the columns it wants; a column is an indicator over a source with its "
        "parameters.\n`tickpath.indicators` offers each one as a stream and over whole arrays. A "
        "value is NaN until warm.\nAn input that is NaN, infinite or beyond 2**200 gives NaN and "
        "is left out: the state does not change.\nReference, native and batch give the same "
        "bits unless said. A column that reads bars also has the\nparameter `bar`, samples of a "
        "bar, 1 unless given; a column reads prices in ticks and quantities in lots.\n"
        "Arrays are `(time,)`, `(symbols, time)`, or with `axis=0` `(time, symbols)`, each column "
        "with the bits\nof streaming; book inputs are `(levels, time)`.\n"
    )
    for stem in stems():
        s = indicator(stem)
        text += f"\n## `{stem}`\n{s.title}; unit: {s.units}. Formula: {s.formula}."
        text += f" Source: {s.origin}."
        read = ", ".join(f"`{x.name.lower()}`" for x in s.sources)
        text += f"\nInputs: {', '.join(f'`{name}`' for name in s.inputs)}."
        text += f" A column reads {read}." if read else " In Python only, no column."
        steps = s.warm(Params({p.name: p.default for p in s.params}))
        text += f" Warm after {steps} steps{' at the earliest' * s.varies} with the defaults."
        if s.talib:
            text += f" TA-Lib: {s.talib}."
        if s.reorders:
            text += " Batch: to 1e-10 of streaming, equal with `exact=True`."
        if s.notes:
            text += f" {s.notes}"
        text += "\n"
        if s.params:
            text += "\n" + rows(
                ("parameter", "default", "from", "to", "meaning"),
                (
                    (f"`{p.name}`", f"{p.default:g}", f"{p.least:g}", f"{p.most:g}", p.meaning)
                    for p in s.params
                ),
            )
    return text


def risk_checks_page() -> str:
    """Every pre-trade check in the order they run."""
    found: list[tuple[str, CheckSpec]] = [
        (stem, import_module(f"tickpath.hot.risk.checks.{stem}").SPEC) for stem in check_order()
    ]
    text = "# Pre-trade checks\n\n" + MADE
    text += (
        "They run in this order on every new or replaced order; the first refusal wins. Cancels "
        "are always\nallowed. Nothing configures a check away, and configuration only tightens "
        "a limit.\n\n"
    )
    return text + rows(
        ("check", "allows an order when", "limit", "code"),
        ((f"`{stem}`", s.what, s.limit, f"`{s.code.name}` {int(s.code)}") for stem, s in found),
    )


def declarations() -> list[tuple[Declaration, str]]:
    """Shipped strategies by name, each with a line about it."""
    folder = Path(tickpath.strategies.__file__).parent
    names = sorted(p.stem for p in folder.glob("*.py") if not p.stem.startswith("_"))
    modules = [import_module(f"tickpath.strategies.{name}") for name in names]
    found = [
        (x, (x.text or m.__doc__ or "").strip().splitlines()[0])
        for m in modules
        for x in vars(m).values()
        if isinstance(x, Declaration)
    ]
    return sorted(found, key=lambda pair: pair[0].name)


def has_twin(declaration: Declaration) -> bool:
    """Whether a Cython body stands beside the Python one."""
    name = f"{declaration.name}_native.pyi"
    return (Path(tickpath.strategies.__file__).parent / name).exists()


def strategies_page() -> str:
    """Every shipped strategy with its parameters."""
    text = "# Shipped strategies\n\n" + MADE
    text += "They are examples: on the recorded sessions they lose to fees.\n"
    for d, about in declarations():
        text += f"\n## `{d.name}`\n{about} Reads {', '.join(d.events) or 'nothing'}; state "
        text += f"{d.state.itemsize} bytes{', also in Cython' if has_twin(d) else ''}.\n\n"
        if d.params:
            text += rows(
                ("parameter", "default", "from", "to", "meaning"),
                ((f"`{n}`", p.default, p.min, p.max, p.text) for n, p in d.params.items()),
            )
    return text


def limits_page() -> str:
    """The compiled ceilings and bounds of this build."""
    text = "# Compiled limits\n\n" + MADE
    text += (
        "From `limits.toml`, compiled into the native code. Configuration, environment and API "
        "can only tighten\nthem; `tickpath doctor` prints those of an installed build.\n\n"
    )
    return text + rows(("name", "value"), ((f"`{k}`", v) for k, v in LIMITS.items()))


PAGES: dict[str, Callable[[], str]] = {
    "indicators.md": indicators_page,
    "risk-checks.md": risk_checks_page,
    "strategies.md": strategies_page,
    "limits.md": limits_page,
}


def main(folder: str) -> None:
    """Write every page."""
    for name, page in PAGES.items():
        (Path(folder) / name).write_text(page())


if __name__ == "__main__":
    main(sys.argv[1])
