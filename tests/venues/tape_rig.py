"""A live session that a tape is played to: sockets, session, host, engine; and the same again
without any of them, for what must be equal.

The engine of the session is watched: every input but the frames is written down with its stamp. A
second engine is given these inputs and the frames as the tape has them.
"""

import asyncio
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from venues.live import live
from venues.tape import Item, Manners, Tape

from tickpath.core.codes import Code
from tickpath.core.config import Config
from tickpath.engine.native import Engine
from tickpath.ops.live.config import LiveSpec, LiveVenue
from tickpath.ops.live.host import Host
from tickpath.ops.live.session import LiveSession, Mode
from tickpath.venues.market_driver import MarketDriver
from tickpath.venues.session_actions import NS_PER_S, SessionTimes

uvloop = live("uvloop")
live("picows")
LIMIT_S = 60
PATIENT = SessionTimes(
    quiet_ns=LIMIT_S * NS_PER_S, open_ns=LIMIT_S * NS_PER_S, answer_ns=LIMIT_S * NS_PER_S
)
"""A host that is busy elsewhere does not end a line: the order of the tape is what counts."""

See = Callable[[Any, bytes, int], None]


class Watch:
    """An engine whose inputs are written down; what it does not know is the engine's."""

    def __init__(self, engine: Any, see: See | None) -> None:
        self.engine = engine
        self.inputs: list[tuple[str, tuple[Any, ...]]] = []
        self.frames = 0
        self.look: Callable[[int], None] = lambda _: None
        self.take_out = engine.take_out
        self.next_timer = engine.next_timer
        self._see = see

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)

    def on_market_frame(self, source: int, data: bytes, t_ns: int) -> int:
        code: int = self.engine.on_market_frame(source, data, t_ns)
        self.inputs.append(("on_market_frame", (source, t_ns)))
        self.frames += 1
        if self._see is not None:
            self._see(self.engine, data, code)
        self.look(self.frames)
        return code

    def on_order_frame(self, *words: Any) -> int:
        self.inputs.append(("on_order_frame", words))
        return int(self.engine.on_order_frame(*words))

    def on_timer(self, *words: Any) -> int:
        self.inputs.append(("on_timer", words))
        return int(self.engine.on_timer(*words))

    def on_command(self, *words: Any) -> int:
        self.inputs.append(("on_command", words))
        return int(self.engine.on_command(*words))


@dataclass
class Run:
    """What a session ended with."""

    config: Config
    watch: Watch
    host: Host
    driver: MarketDriver
    tape: Tape
    told: list[str] = field(default_factory=list)

    @property
    def engine(self) -> Any:
        return self.watch.engine

    @property
    def counters(self) -> dict[str, int]:
        """Those of the session that are not 0."""
        counters = self.driver.session.counters
        found = {name: getattr(counters, name) for name in type(counters).__slots__}
        return {name: value for name, value in found.items() if value}

    def again(self, make: Any = Engine) -> tuple[Any, str]:
        """An engine that was given the same, and the hash over its decisions."""
        engine, digest = make(self.config), hashlib.blake2b(digest_size=8)
        frames = iter(self.tape.played)
        for name, words in self.watch.inputs:
            if name == "on_market_frame":
                engine.on_market_frame(words[0], next(frames), words[1])
            else:
                getattr(engine, name)(*words)
            if engine.take_out():
                digest.update(engine.take_decisions().tobytes())
        digest.update(engine.take_decisions().tobytes())
        assert next(frames, None) is None, "a frame of the tape did not come in"
        return engine, digest.hexdigest()


def codes(engine: Any) -> dict[str, int]:
    """How often an engine said what."""
    return {Code(int(k)).name: int(v) for k, v in engine.codes.items() if v}


def frame_codes(run: Run) -> dict[str, int]:
    """The same of frames alone; commands of a session are all taken."""
    found = codes(run.engine)
    found["OK"] -= sum(name == "on_command" for name, _ in run.watch.inputs)
    return found


def books(engine: Any) -> list[Any]:
    """Status, best prices and every level of every book."""
    return [
        [book.top(1), book.depth(0, 1 << 20), book.depth(1, 1 << 20)]
        for book in engine.stages.books
    ]


def check_equal(run: Run, make: Any = Engine) -> None:
    """Decisions, codes, books and the whole state are those of an engine without a session."""
    engine, decisions = run.again(make)
    assert codes(engine) == codes(run.engine)
    assert books(engine) == books(run.engine)
    assert run.host.decisions_hash == decisions
    assert engine.export_state() == run.engine.export_state()


def play(
    config: Config, manners: Manners, track: Iterable[Item], *, make: Any = Engine,
    client: str = "picows", shadow: bool = False, see: See | None = None,
) -> Run:  # fmt: skip
    """Play a track to a session of the configuration's only source, to its end. `shadow`: what the
    engine wants to send goes to simulated venues, else nowhere."""
    if shadow:
        config = replace(config, sim=replace(config.sim, direct_orders=True))
    runs: list[Run] = []

    async def whole() -> None:
        async with Tape(manners, track) as tape:
            told: list[str] = []
            watch = Watch(make(config), see)
            watch.look = tape.look
            host = Host(watch, alert=told.append)
            name = config.venues[config.sources[0].venue]
            entry = LiveVenue(name=name, urls={"market": (tape.url,)}, rest=tape.rest,
                              client=client)  # fmt: skip
            session = LiveSession(
                host, LiveSpec(state=Path(), venues=(entry,)),
                Mode.SHADOW if shadow else Mode.LIVE, keys=_no_keys, alert=told.append,
                market_times=PATIENT)  # fmt: skip
            async with session:
                runs.append(Run(config, watch, host, session.markets[0], tape, told))
                await asyncio.wait_for(tape.ended, LIMIT_S)

    uvloop.run(whole())
    return runs[0]


def _no_keys(venue: LiveVenue) -> Any:
    raise AssertionError(f"{venue.name}: market data need no keys")
