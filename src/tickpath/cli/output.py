"""What every command shares: `--json`, tables, progress, and where runs are written."""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

RUNS = Path("runs")


def json_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--json", metavar="FILE", help="write the figures as JSON; - for stdout and nothing else"
    )


def console(args: argparse.Namespace) -> Console:
    """Where people read: stderr when JSON owns stdout."""
    return Console(stderr=args.json == "-", highlight=False)


def write_json(args: argparse.Namespace, data: Any) -> None:
    """Honour `--json`."""
    if args.json is None:
        return
    text = json.dumps(data, indent=1)
    if args.json == "-":
        sys.stdout.write(text + "\n")
    else:
        Path(args.json).write_text(text + "\n")


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    """A readable table; numbers to the right."""
    made = Table(title=title, title_justify="left", title_style="bold")
    for k, name in enumerate(head):
        made.add_column(name, justify="left" if k == 0 else "right", overflow="fold")
    for row in rows:
        made.add_row(*(str(cell) for cell in row))
    return made


@contextmanager
def progress_bar(screen: Console, label: str) -> Iterator[Callable[[int, int], None]]:
    """A bar for long work; silent when the screen is not a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns, TimeRemainingColumn(), console=screen, disable=not screen.is_terminal
    ) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def run_folder(name: str, wanted: str | None) -> Path:
    """`--out DIR`, or a new folder under runs/."""
    if wanted is not None:
        return Path(wanted)
    stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
    for attempt in range(100):
        folder = RUNS / (f"{name}-{stamp}" + (f"-{attempt}" if attempt else ""))
        if not folder.exists():
            return folder
    return RUNS / f"{name}-{stamp}-{time.time_ns()}"
