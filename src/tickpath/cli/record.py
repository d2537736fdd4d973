"""Record live markets: raw frames to files, what the engine would take to a store.

  tickpath record trading.toml --out recordings
  tickpath record trading.toml --out recordings --store ticks --rotate-s 3600
  tickpath backtest --data recordings/binance-spot/BTCUSDT/*.gz

The file is that of `tickpath run` (sources and [live]); nothing is traded, no keys are needed. A
frame counts once it is on the disk: killed at any moment, a recording holds every frame that was
acknowledged (`--acks` says which), and the next start cuts the torn tail. Needs the extra `live`;
`--store` also the extra `store`.
"""

import argparse
import sys
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from tickpath.cli.loop import on_loop
from tickpath.cli.output import json_option, write_json
from tickpath.core.errors import BackendError, ConfigError

NS_PER_MS = 10**6


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("config", metavar="CONFIG", help="TOML file of sources and [live]")
    parser.add_argument("--out", metavar="DIR", required=True, help="where the raw frames go")
    parser.add_argument("--store", metavar="STORE", help="folder or URI for normalised rows")
    parser.add_argument("--plain", action="store_true", help="no gzip")
    parser.add_argument("--sync-ms", type=int, default=200, help="how long a frame may wait")
    parser.add_argument("--rotate-mib", type=int, default=64, help="largest file")
    parser.add_argument("--rotate-s", type=int, default=3600, help="oldest open file")
    parser.add_argument("--store-s", type=int, default=60, help="how often rows are published")
    parser.add_argument("--seconds", type=float, default=0, help="stop by itself after so long")
    parser.add_argument("--acks", metavar="FILE", help="a JSON line for each series at each sync")
    parser.add_argument("--instruments", metavar="FILE", help="instrument metadata (TOML)")
    json_option(parser)


def run(args: argparse.Namespace) -> int:
    try:
        from tickpath.storage.recorder.run import RecordOptions, RecordRun
        from tickpath.storage.recorder.writer import WriterOptions
    except ImportError as error:
        raise BackendError(f"record needs {error.name}: pip install 'tickpath[live]'") from error
    for name in ("sync_ms", "rotate_mib", "rotate_s", "store_s"):
        if getattr(args, name) < 1:
            raise ConfigError(f"--{name.replace('_', '-')} {getattr(args, name)}: write 1 or more")
    writer = WriterOptions(
        zipped=not args.plain,
        sync_ns=args.sync_ms * NS_PER_MS,
        rotate_bytes=args.rotate_mib << 20,
        rotate_ns=args.rotate_s * 1000 * NS_PER_MS,
        store_ns=args.store_s * 1000 * NS_PER_MS,
    )
    with ExitStack() as stack:
        acks = None
        if args.acks is not None:
            acks = stack.enter_context(Path(args.acks).open("a", encoding="utf-8"))
        options = RecordOptions(
            out=Path(args.out),
            store=args.store,
            writer=writer,
            seconds=args.seconds,
            instruments=None if args.instruments is None else Path(args.instruments),
            acks=acks,
        )
        screen = sys.stderr if args.json == "-" else sys.stdout
        made = RecordRun(Path(args.config), options, tell=partial(print, flush=True, file=screen))
        code = on_loop(made.run())
        write_json(args, made.figures())
    return code
