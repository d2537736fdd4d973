"""An engine that writes its inputs down and sends orders by a seed, behind either replay loop."""

import ctypes
from random import Random
from typing import Any

from tickpath.core.config import Config
from tickpath.core.ids import to_text
from tickpath.venues.sim import reference
from tickpath.venues.sim.loop import NativeLoop
from tickpath.venues.sim.loop_reference import ReferenceLoop
from tickpath.venues.sim.native import SimVenue

NEVER = 2**63 - 1
Input = tuple[str, int, int, bytes]

FRAME_FN = ctypes.CFUNCTYPE(
    ctypes.c_int32, ctypes.c_void_p, ctypes.c_int32, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64
)
TIMER_FN = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_int64)
NEXT_FN = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p)
VOID_FN = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
OUT_FN = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.POINTER(ctypes.c_int64))


class Api(ctypes.Structure):
    """tp_engine_api of records.h."""

    _fields_ = (
        ("engine", ctypes.c_void_p), ("on_market_frame", FRAME_FN), ("on_order_frame", FRAME_FN),
        ("on_timer", TIMER_FN), ("next_timer", NEXT_FN), ("out", OUT_FN),
        ("catch_up", VOID_FN),
    )  # fmt: skip


class FakeEngine:
    """Writes its inputs down; sends orders, cancels and timers by a seed."""

    overdue = True

    def __init__(self, config: Config, seed: int = 1) -> None:
        self.inputs: list[Input] = []
        self.random = Random(seed)
        self.symbol = config.instruments[0].symbol
        self.venue = config.instruments[0].venue
        self.requests: list[tuple[int, int, bytes]] = []
        self.caught_up: list[tuple[str, int]] = []
        self.timer_ns = NEVER
        self.ids = 0
        self.held: Any = None

    def on_market_frame(self, source: int, data: bytes, t_ns: int) -> int:
        return self.note("market", source, t_ns, data)

    def on_order_frame(self, source: int, data: bytes, t_ns: int) -> int:
        if self.random.random() < 0.2 and self.overdue:
            self.timer_ns = t_ns - 5_000_000  # already over: due at once, never in the past
        return self.note("order", source, t_ns, data)

    def on_timer(self, t_ns: int) -> int:
        self.timer_ns = NEVER
        return self.note("timer", 0, t_ns, b"")

    def next_timer(self) -> int:
        return self.timer_ns

    def catch_up(self) -> None:
        """Notes behind what kind of input, and how many requests nobody had taken then."""
        self.caught_up.append((self.inputs[-1][0], len(self.requests)))

    def note(self, kind: str, source: int, t_ns: int, data: bytes) -> int:
        self.inputs.append((kind, source, t_ns, data))
        if self.random.random() < 0.05:
            self.timer_ns = t_ns + self.random.choice((0, 1, 40_000_000))
        self.requests = []
        wanted = self.random.choice((0, 0, 0, 1, 2)) if kind == "market" else 0
        if self.random.random() < 0.1:
            wanted = 1
        for _ in range(wanted):
            self.requests.append((self.venue, self.ids, self.request()))
        return 0

    def request(self) -> bytes:
        self.ids += 1
        own, head = to_text((1 << 48) + (1 << 32) + self.ids), '"params":{"symbol":"'
        if self.random.random() < 0.3:
            old = to_text((1 << 48) + (1 << 32) + self.random.randint(1, self.ids))
            return (
                f'{{"id":"c{old}","method":"order.cancel",{head}{self.symbol}",'
                f'"origClientOrderId":"{old}"}}}}'
            ).encode()
        price = 60_000 + self.random.randint(-30, 30) / 10
        side = self.random.choice(("BUY", "SELL"))
        return (
            f'{{"id":"{own}","method":"order.place",{head}{self.symbol}","side":"{side}",'
            f'"type":"LIMIT","timeInForce":"GTC","price":"{price:.2f}","quantity":"0.010",'
            f'"newClientOrderId":"{own}"}}}}'
        ).encode()

    def take_out(self) -> list[tuple[int, int, bytes]]:
        out, self.requests = self.requests, []
        return out

    def capsule(self) -> Any:
        """The engine behind the C interface."""

        def out(_: Any, size: Any) -> int:
            packed = b"".join(
                venue.to_bytes(4, "little") + len(data).to_bytes(4, "little")
                + own.to_bytes(8, "little") + data
                for venue, own, data in self.take_out()
            )  # fmt: skip
            self.held[1] = ctypes.create_string_buffer(packed, max(1, len(packed)))
            size[0] = len(packed)
            return ctypes.addressof(self.held[1])

        api = Api(
            None,
            FRAME_FN(lambda _, s, p, n, t: self.on_market_frame(s, ctypes.string_at(p, n), t)),
            FRAME_FN(lambda _, s, p, n, t: self.on_order_frame(s, padded(p, n), t)),
            TIMER_FN(lambda _, t: self.on_timer(t)),
            NEXT_FN(lambda _: self.next_timer()),
            OUT_FN(out),
            VOID_FN(lambda _: self.catch_up()),
        )
        self.held = [api, None]
        new = ctypes.pythonapi.PyCapsule_New
        new.restype, new.argtypes = ctypes.py_object, (ctypes.c_void_p,) * 3
        self.name = ctypes.create_string_buffer(b"tickpath.engine_api")
        return new(ctypes.addressof(api), ctypes.addressof(self.name), None)


def padded(pointer: int, size: int) -> bytes:
    """A frame; 64 zero bytes stand behind it."""
    assert ctypes.string_at(pointer + size, 64) == bytes(64)
    return ctypes.string_at(pointer, size)


def native_inputs(config: Config, source: Any, frames: int = 10**9) -> tuple[list[Input], Any]:
    engine = FakeEngine(config)
    loop = NativeLoop(engine.capsule(), SimVenue(config), source)
    while loop.run(min(frames, 500)):
        pass
    loop.finish()
    return engine.inputs, loop


def plain_inputs(config: Config, source: Any, make: Any = reference.SimVenue) -> Any:
    engine = FakeEngine(config)
    loop = ReferenceLoop(engine, make(config), source)
    while loop.run(700):
        pass
    loop.finish()
    return engine.inputs, loop


def check_order(inputs: list[Input]) -> None:
    times = [t for _, _, t, _ in inputs]
    assert times == sorted(times)
    assert {kind for kind, _, _, _ in inputs} == {"market", "order", "timer"}
