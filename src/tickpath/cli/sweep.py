"""Backtest many parameter sets of a strategy, on all processors or a cluster, and judge the choice.

  tickpath sweep --data btcusdt_20240808.gz --strategy imbalance_maker \\
      --grid order_lots=100,200,400 --grid half_spread_ppm=5:25:5 --workers 2
  tickpath sweep --data day1.gz --strategy ema_cross --range fast_period=5:100:log \\
      --range slow_period=200:2000 --optuna 64 --objective pnl
  tickpath sweep --data day1.gz --strategy ema_cross --grid band_ppm=5:50:5 \\
      --walk-forward train=6h,test=1h
  tickpath sweep --data day1.gz --strategy ema_cross --grid band_ppm=5:50:5 \\
      --cv purged,folds=5,embargo=60s
  tickpath sweep --data day1.gz --strategy imbalance_maker --executor batch \\
      --random 10000 --range half_spread_ppm=1:60 --range lean_ppm=0:60
  tickpath sweep --resume runs/sweep-20240808T120000

Writes report.html, rows.parquet and result.json under runs/ or --out DIR, and rows.log as rows
arrive: after Ctrl-C or a crash --resume goes on, unless data, code or sets have changed. A set that
raises, takes longer than --timeout or ends its worker has a row that says so. Exit code 4: no set
has figures.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tickpath.cli.backtest import parse_params
from tickpath.cli.output import console, json_option, progress_bar, run_folder, table, write_json
from tickpath.core.config import VENUES
from tickpath.core.errors import ConfigError

if TYPE_CHECKING:
    from rich.console import Console

    from tickpath.backtest.sweep.backtests import Loaded
    from tickpath.backtest.sweep.objective import Objective
    from tickpath.backtest.sweep.page import Report
    from tickpath.backtest.sweep.run import SweepResult
    from tickpath.backtest.sweep.samplers import Sampler
    from tickpath.backtest.sweep.verdict import Plan

EXIT_OK, EXIT_VERIFY, EXIT_INTERRUPT = 0, 4, 130
SPEC_NAME = "sweep.json"
SEED = 1
DECIDING = (
    "data", "strategy", "venue", "symbol", "config", "instruments", "param", "seed", "max_events",
    "grid", "range", "random", "optuna", "sampler_seed", "batch", "objective", "walk_forward",
    "cv", "points", "timeout", "format",
)  # fmt: skip
"""Options that are kept beside the rows, so that --resume needs no other."""

PATHS = ("config", "instruments")


def arguments(parser: argparse.ArgumentParser) -> None:
    what = parser.add_argument_group("what is swept")
    what.add_argument(
        "--data", nargs="+", action="extend", metavar="PATH", help="recordings, or a tick store"
    )
    what.add_argument("--strategy", help="shipped name or path of a .py file")
    what.add_argument("--venue", help=", ".join(VENUES))
    what.add_argument("--symbol", help="the product meant, where the recordings hold several")
    what.add_argument("--config", metavar="FILE", help="engine configuration (TOML)")
    what.add_argument("--instruments", metavar="FILE", help="instrument metadata (TOML)")
    what.add_argument(
        "--param", action="append", default=[], metavar="NAME=VALUE", help="stays as it is"
    )
    what.add_argument("--seed", type=int, help="seed of the simulated venue and strategies")
    what.add_argument("--max-events", type=int, help="stop each backtest after so many inputs")
    sets = parser.add_argument_group("parameter sets")
    sets.add_argument(
        "--grid", action="append", default=[], metavar="NAME=VALUES",
        help="1,2,4 or FROM:TO:STEP",
    )  # fmt: skip
    sets.add_argument(
        "--range", action="append", default=[], metavar="NAME=LOW:HIGH[:log]",
        help="any value between, for --random and --optuna",
    )  # fmt: skip
    drawn = sets.add_mutually_exclusive_group()
    drawn.add_argument("--random", type=int, metavar="N", help="N sets drawn evenly")
    drawn.add_argument("--optuna", type=int, metavar="N", help="N sets that Optuna proposes")
    sets.add_argument("--sampler-seed", type=int, help=f"of --random and --optuna ({SEED})")
    sets.add_argument("--batch", type=int, help="sets that Optuna is asked for at once (8)")
    sets.add_argument("--objective", help="what is to be large (pnl); =-NAME: small")
    judged = parser.add_argument_group("validation").add_mutually_exclusive_group()
    judged.add_argument(
        "--walk-forward", metavar="train=6h,test=1h", help="also step=, gap=, anchored"
    )
    judged.add_argument(
        "--cv", metavar="purged,folds=5,embargo=60s",
        help="also purge=; or combinatorial,groups=6,test=2",
    )  # fmt: skip
    runs = parser.add_argument_group("how it runs")
    runs.add_argument("--executor", default="process", help="thread, process, ray, dask, batch")
    runs.add_argument("--workers", type=int, help="default: the processors there are")
    runs.add_argument("--address", help="of a Ray or Dask cluster that is there already")
    runs.add_argument("--timeout", type=float, metavar="S", help="longest time of a backtest")
    runs.add_argument("--retries", type=int, default=2, help="of a set whose worker died")
    runs.add_argument("--points", type=int, help="equity samples kept in a row (240); 0: none")
    runs.add_argument("--out", metavar="DIR", help="folder of the sweep (default: under runs/)")
    runs.add_argument("--resume", metavar="DIR", help="go on with the sweep in this folder")
    runs.add_argument("--retry-failed", action="store_true", help="with --resume: failed ones too")
    runs.add_argument("--format", choices=["parquet", "arrow"], help="of the rows (parquet)")
    json_option(parser)


def remember(args: argparse.Namespace, folder: Path) -> None:
    """The deciding options, beside the rows."""
    spec = {name: getattr(args, name) for name in DECIDING}
    spec["data"] = [str(Path(p).resolve()) for p in args.data]
    spec |= {n: str(Path(spec[n]).resolve()) for n in PATHS if spec[n] is not None}
    if args.strategy is not None and "/" in args.strategy:
        spec["strategy"] = str(Path(args.strategy).resolve())
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SPEC_NAME).write_text(json.dumps(spec, indent=1) + "\n")


def recall(args: argparse.Namespace) -> Path:
    """Options that were not given again are those of the sweep that goes on."""
    folder = Path(args.resume)
    try:
        spec: dict[str, Any] = json.loads((folder / SPEC_NAME).read_text())
    except (OSError, ValueError) as error:
        raise ConfigError(f"{folder}: holds no sweep that could go on ({error})") from error
    for name in DECIDING:
        if getattr(args, name) in (None, []):
            setattr(args, name, spec.get(name))
    return folder


def prepare(args: argparse.Namespace) -> "tuple[Loaded, Sampler, Objective, Plan | None]":
    """Everything that can be wrong is found here, before a worker starts."""
    from tickpath.backtest.sweep import samplers
    from tickpath.backtest.sweep.backtest_job import SERIES_POINTS
    from tickpath.backtest.sweep.backtests import Subject
    from tickpath.backtest.sweep.objective import Objective
    from tickpath.backtest.sweep.plans import parse_cross_validation, parse_walk_forward
    from tickpath.backtest.sweep.space import parse_space
    from tickpath.backtest.sweep.verdict import check_score

    space = parse_space(args.grid, args.range)
    objective = Objective(args.objective or "pnl")
    seed = SEED if args.sampler_seed is None else args.sampler_seed
    sampler: Sampler
    if args.optuna is not None:
        if args.walk_forward or args.cv:
            raise ConfigError("--optuna learns from whole backtests: take --grid or --random here")
        batch = samplers.BATCH if args.batch is None else args.batch
        sampler = samplers.Optuna(
            space, args.optuna, objective, named=objective.text, seed=seed, batch_size=batch
        )
    elif args.random is not None:
        sampler = samplers.Random(space, args.random, seed)
    else:
        sampler = samplers.Grid(space)
    points = SERIES_POINTS if args.points is None else args.points
    if args.cv:
        check_score(objective)
        if points == 0:
            raise ConfigError("--cv judges samples of equity: leave --points 0 out")
    subject = Subject(
        paths=args.data, strategy=args.strategy, params=parse_params(args.param),
        venue=args.venue, symbol=args.symbol, config_path=args.config,
        instruments_path=args.instruments, seed=args.seed,
        max_events=2**62 if args.max_events is None else args.max_events, points=points,
    )  # fmt: skip
    loaded = subject.load()
    loaded.check(list(space))
    plan = None
    if args.walk_forward:
        plan = parse_walk_forward(args.walk_forward, loaded.begin_ns, loaded.end_ns)
    elif args.cv:
        plan = parse_cross_validation(args.cv, loaded.begin_ns, loaded.end_ns)
    return loaded, sampler, objective, plan


def report_of(
    result: "SweepResult", objective: "Objective", plan: "Plan | None", title: str
) -> "Report":
    """Rows and what they are worth."""
    from tickpath.backtest.sweep.page import Report, unit_of
    from tickpath.backtest.sweep.verdict import selection, validate

    objective.check(result.rows)
    common: dict[str, Any] = {
        "title": title, "result": result, "objective": objective, "plan": plan,
        "unit": unit_of(result.good, objective),
    }  # fmt: skip
    if plan is None:
        return Report(**common, selection=selection(result.good, objective))
    return Report(**common, validated=validate(result.rows, plan, objective))


def figures(report: "Report") -> dict[str, Any]:
    """The contract of `--json`. Scores of money are whole units of its currency."""
    from tickpath.backtest.sweep.objective import best_rows

    result = report.result
    best = best_rows(result.good, report.objective)[:10]
    data = {
        "result_hash": result.hash,
        "total": result.total,
        "rows": len(result.rows),
        "failed": len(result.failed),
        "resumed": result.resumed,
        "damaged": result.damaged,
        "lost": result.lost,
        "interrupted": result.interrupted,
        "executor": result.executor,
        "workers": result.workers,
        "wall_s": round(result.wall_s, 3),
        "work_s": round(result.work_s, 3),
        "chunks": result.chunks,
        "worker_rss_mib_max": max((r.rss_mib for r in result.rows), default=0.0),
        "objective": report.objective.text,
        "best": [
            {
                "index": r.index,
                "window": None if report.plan is None else r.window,
                "params": r.params,
                "score": report.objective(r),
                "figures": {k: v for k, v in r.figures.items() if not isinstance(v, list)},
            }
            for r in best
        ],
        "errors": [
            {"index": r.index, "params": r.params, "error": r.error} for r in result.failed[:20]
        ],
        "selection": dict(report.selection) or None,
        "validation": None,
    }
    if report.validated is not None:
        data["validation"] = report.validated.figures()
    return data


def show(report: "Report", screen: "Console", page: Path) -> None:
    """What a person reads in the terminal."""
    from tickpath.backtest.sweep import page as pages
    from tickpath.backtest.sweep.objective import best_rows

    result = report.result
    screen.print(table("Sweep", ("", "figure"), pages.summary_rows(report)))
    best = best_rows(result.good, report.objective)[:10]
    if best and report.plan is None:
        screen.print(table(f"Best by {report.head}", *pages.best_table(report, best)))
    if report.validated is None:
        worth = pages.selection_rows(report.selection)
        screen.print(table("What the choice is worth", ("", "figure"), worth))
    else:
        titles = ("split", "judged, s", "chosen", "score there", "judged", "rank")
        screen.print(table("Splits", titles, pages.judgement_rows(report)))
        screen.print(table("Validation", ("", "figure"), pages.validation_rows(report)))
    for row in result.failed[:3]:
        screen.print(f"failed: {pages.parameters(row)}: {row.error}", soft_wrap=True)
    if len(result.failed) > 3:
        screen.print(f"and {len(result.failed) - 3} more failed sets: see the report")
    screen.print(f"report: {page}", soft_wrap=True)


def exit_code(result: "SweepResult") -> int:
    """0, 130 after Ctrl-C, 4 when no set has figures that mean anything."""
    if result.interrupted:
        return EXIT_INTERRUPT
    usable = any(row.figures.get("exit_code") in (None, 0, 3) for row in result.good)
    return EXIT_OK if usable else EXIT_VERIFY


def run(args: argparse.Namespace) -> int:
    from tickpath.backtest.sweep.backtests import sweep_backtests
    from tickpath.backtest.sweep.page import write_page
    from tickpath.backtest.sweep.run import LOG_NAME
    from tickpath.backtest.sweep.table import import_arrow, write_table

    import_arrow()
    folder = recall(args) if args.resume else run_folder("sweep", args.out)
    if args.retry_failed and not args.resume:
        raise ConfigError("--retry-failed goes with --resume: say which sweep")
    if not args.data:
        raise ConfigError("--data PATH is missing: the recordings to sweep over")
    loaded, sampler, objective, plan = prepare(args)
    screen = console(args)
    if not args.resume:
        if (folder / LOG_NAME).exists():
            raise ConfigError(f"{folder}: holds a sweep already: --resume {folder} goes on with it")
        remember(args, folder)
    windows: Sequence[Any] = () if plan is None else plan.windows
    with progress_bar(screen, "sweep") as progress:
        result = sweep_backtests(
            loaded, sampler, folder=folder, resume=bool(args.resume),
            windows=(lambda begin, end: windows) if windows else None,
            retry_failed=args.retry_failed, executor=args.executor, workers=args.workers,
            address=args.address, timeout_s=args.timeout, retries=args.retries, progress=progress,
        )  # fmt: skip
    title = f"Sweep over {', '.join(Path(p).name for p in args.data)}"
    report = report_of(result, objective, plan, title)
    write_table(result.rows, folder / f"rows.{args.format or 'parquet'}")
    page = write_page(report, folder)
    data = figures(report)
    (folder / "result.json").write_text(json.dumps(data, indent=1) + "\n")
    show(report, screen, page)
    if result.interrupted:
        done = f"{len(result.rows)} of {result.total} are kept"
        screen.print(f"interrupted: {done}; go on with: tickpath sweep --resume {folder}")
    write_json(args, data)
    return exit_code(result)
