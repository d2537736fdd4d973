"""Orders to bytes in RTL against a plain reading of its header."""

import ctypes
import random
import struct
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from tickpath.devices.fpga import verilate

SETTINGS = struct.Struct("<64s7Q")
U32 = 2**32 - 1


@dataclass(frozen=True)
class Template:
    length: int = 47
    side_at: int = 19
    lots_at: int = 20
    price_at: int = 32
    token_at: int = 5
    buy: int = ord("B")
    sell: int = ord("S")
    plain: bytes = bytes(range(64, 128))

    def pack(self) -> bytes:
        return SETTINGS.pack(
            self.plain, self.length, self.side_at, self.lots_at, self.price_at, self.token_at,
            self.buy, self.sell,
        )  # fmt: skip

    def put(self, side: int, lots: int, price: int, tag: int) -> bytes:
        """The bytes of an order; later fields win, what lies past the end is cut."""
        image = bytearray(self.plain + bytes(8))
        for at, piece in (
            (self.side_at, bytes([self.sell if side else self.buy])),
            (self.lots_at, lots.to_bytes(4, "big")),
            (self.price_at, price.to_bytes(4, "big")),
            (self.token_at, f"{tag:08X}".encode()),
        ):
            image[at : at + len(piece)] = piece
        return bytes(image[: min(64, self.length)])


@dataclass
class Script:
    steps: list[tuple[int, int, int]] = field(default_factory=list)
    templates: list[Template] = field(default_factory=list)
    wanted: list[bytes] = field(default_factory=list)
    dropped: int = 0

    def commit(self, template: Template) -> None:
        self.steps.append((1, len(self.templates), 0))
        self.templates.append(template)

    def order(self, side: int, lots: int, price: int, tag: int) -> None:
        self.steps.append((0, side << 8 | lots << 32, price | tag << 32))
        if self.templates and self.templates[-1].length:
            self.wanted.append(self.templates[-1].put(side, lots, price, tag))
        else:
            self.dropped += 1


@dataclass
class Result:
    packets: list[bytes]
    beats: list[tuple[int, int, int, int]]
    clocks: list[int]
    sent: int
    dropped: int


@pytest.fixture(scope="module")
def library(needs_verilator: None) -> ctypes.CDLL:
    folder = verilate.fabric_folder()
    sources = [folder / f"rtl/{name}.sv" for name in ("axis_fifo", "order_template")]
    path = verilate.library("tp_template", folder / "sim/order_template_rig.cpp", sources)
    made = ctypes.CDLL(str(path))
    made.rig_run.restype = ctypes.c_int64
    made.rig_run.argtypes = [
        ctypes.c_void_p, ctypes.c_uint64, ctypes.c_char_p, ctypes.c_uint64, ctypes.c_uint64,
        ctypes.c_void_p, ctypes.c_uint64, ctypes.c_void_p, ctypes.c_void_p,
    ]  # fmt: skip
    return made


def run(library: ctypes.CDLL, script: Script, seed: int = 1, take: int = 256) -> Result:
    steps = np.array(script.steps, np.uint64)
    out = np.zeros((8 * len(steps) + 8, 4), np.uint64)
    clocks, counts = np.zeros(len(steps), np.uint64), np.zeros(2, np.uint64)
    table = b"".join(t.pack() for t in script.templates)
    made = library.rig_run(
        steps.ctypes.data, len(steps), table, seed, take, out.ctypes.data, len(out),
        clocks.ctypes.data, counts.ctypes.data,
    )  # fmt: skip
    assert made >= 0, f"fault {made}"
    packets, packet = [], b""
    beats = [tuple(row) for row in out[:made].tolist()]
    for data, keep, last, _ in beats:
        size = keep.bit_length()
        assert keep == (1 << size) - 1, "bytes are kept from the first on"
        assert last or size == 8
        packet += data.to_bytes(8, "little")[:size]
        if last:
            packets.append(packet)
            packet = b""
    assert packet == b"" or any(step[0] == 2 for step in script.steps)
    return Result(packets, beats, clocks.tolist(), int(counts[0]), int(counts[1]))


def order_of(rng: random.Random) -> tuple[int, int, int, int]:
    words = [rng.choice((0, 1, 0x01020304, 0x89ABCDEF, U32, rng.getrandbits(32))) for _ in range(3)]
    return rng.randint(0, 1), words[0], words[1], words[2]


@pytest.mark.parametrize("seed", range(6))
def test_bytes_are_those_of_the_template(library: ctypes.CDLL, seed: int) -> None:
    rng = random.Random(seed)
    script = Script()
    script.order(0, 1, 2, 3)
    for _ in range(60):
        places = [rng.randint(0, 63) for _ in range(4)]
        length = rng.choice((0, 1, 7, 8, 9, 47, 63, 64, 65, 127))
        script.commit(
            Template(length, places[0], places[1], places[2], places[3], plain=rng.randbytes(64))
        )
        for _ in range(rng.randint(0, 40)):
            script.order(*order_of(rng))
    found = run(library, script, seed, (256, 100, 30)[seed % 3])
    assert found.packets == script.wanted
    assert (found.sent, found.dropped) == (len(script.wanted), script.dropped)


def test_the_first_beat_can_be_taken_after_three_clocks(library: ctypes.CDLL) -> None:
    script = Script()
    script.commit(Template())
    script.order(1, 7, 100, 0xCAFE)
    found = run(library, script)
    assert found.beats[0][3] - found.clocks[1] == 3
    assert [beat[3] - found.beats[0][3] for beat in found.beats] == list(range(6))


def test_orders_follow_each_other_without_a_gap(library: ctypes.CDLL) -> None:
    script = Script()
    script.commit(Template(length=64))
    for tag in range(10):
        script.order(tag & 1, tag, 100, tag)
    beats = run(library, script).beats
    assert beats[-1][3] - beats[0][3] == 79


def test_a_full_queue_holds_orders_back_and_loses_none(library: ctypes.CDLL) -> None:
    script = Script()
    script.commit(Template(length=64))
    for tag in range(100):
        script.order(0, 1, 2, tag)
    found = run(library, script, take=20)
    assert found.packets == script.wanted
    assert found.clocks[60] - found.clocks[20] > 40 * 8


def test_a_reset_forgets_orders_and_template(library: ctypes.CDLL) -> None:
    script = Script()
    script.commit(Template(length=64))
    for tag in range(8):
        script.order(0, 1, 2, tag)
    script.steps.append((2, 0, 0))
    script.steps.append((0, 0, 0))
    script.commit(Template(length=9))
    script.order(1, 5, 6, 9)
    found = run(library, script, take=120)
    # The first packet is the one that the reset cut, and the last.
    assert found.packets[-1].endswith(replace(Template(), length=9).put(1, 5, 6, 9))
    assert (found.sent, found.dropped) == (1, 1)
