"""The register block against cocotbext-axi's AXI4-Lite master: a second reading of the bus's rules.

What it must hold is computed here from regmap.toml alone, not from the files written from it.
"""

import random
import tomllib
from pathlib import Path
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, with_timeout
from cocotbext.axi import AxiLiteBus, AxiLiteMaster, AxiResp

TOP = "regs_bench"
MAP = tomllib.loads((Path(__file__).resolve().parents[2] / "regmap.toml").read_text())
SETTINGS, CONTROL = MAP["map"]["settings"], MAP["map"]["control"]
IDENTITY, COUNTERS = MAP["map"]["identity"], MAP["map"]["counters"]
PARAMETERS, PARAMETERS_WORDS = 0x4000, 4096
COMMIT = CONTROL + 4
WORD = 0xFFFFFFFF
POLLS_MAX = 100


def mask_of(register: dict[str, Any]) -> int:
    """Bits that a setting keeps."""
    fields = register.get("fields")
    if fields is None:
        return (1 << register.get("width", 32)) - 1
    return sum(((1 << bits) - 1) << low for low, bits, _ in fields.values())


MASKS = {SETTINGS + 4 * k: mask_of(each) for k, each in enumerate(MAP["settings"])}
READ_ONLY = {IDENTITY + 4 * k: 0x1D000000 + k for k in range(len(MAP["identity"]))} | {
    COUNTERS + 4 * k: 0xC0000000 + k for k in range(len(MAP["counters"]))
}
KNOWN = {*MASKS, *READ_ONLY, *(CONTROL + 4 * k for k in range(len(MAP["control"])))}
UNKNOWN = [a for a in range(0, PARAMETERS, 4) if a not in KNOWN]


def pauses(seed: int, share: float) -> Any:
    """Endless booleans: pause or not."""
    draw = random.Random(seed)
    while True:
        yield draw.random() < share


async def started(dut: Any, share: float = 0.0) -> AxiLiteMaster:
    """Clock, reset, and a master that pauses on all five channels."""
    cocotb.start_soon(Clock(dut.aclk, 4, unit="ns").start())
    dut.s_axil_awprot.value = dut.s_axil_arprot.value = 0
    bus = AxiLiteBus.from_prefix(dut, "s_axil")
    master = AxiLiteMaster(bus, dut.aclk, dut.aresetn, reset_active_level=False)
    if share:
        channels = (
            master.write_if.aw_channel, master.write_if.w_channel, master.write_if.b_channel,
            master.read_if.ar_channel, master.read_if.r_channel,
        )  # fmt: skip
        for seed, channel in enumerate(channels):
            channel.set_pause_generator(pauses(seed, share))
    dut.aresetn.value = 0
    await ClockCycles(dut.aclk, 5)
    dut.aresetn.value = 1
    await ClockCycles(dut.aclk, 2)
    return master


async def commit(master: AxiLiteMaster) -> None:
    """Ask for a commit and wait until it is done."""
    assert (await master.write(COMMIT, b"\1")).resp == AxiResp.OKAY
    await done(master)


async def done(master: AxiLiteMaster) -> None:
    """Wait until no commit is under way."""
    for _ in range(POLLS_MAX):
        if not (await master.read(COMMIT, 4)).data[0] & 1:
            return
    raise AssertionError("the commit does not end")


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def settings_take_bytes_by_their_strobes(dut: Any) -> None:
    master, draw = await started(dut, 0.4), random.Random(1)
    held = dict.fromkeys(MASKS, 0)
    for _ in range(4):
        for _ in range(100):
            at = draw.choice(list(MASKS)[1:])  # in MODE chain, some shapes are refused
            first = draw.randrange(4)
            data = draw.randbytes(draw.randint(1, 4 - first))
            assert (await master.write(at + first, data)).resp == AxiResp.OKAY
            word = bytearray(held[at].to_bytes(4, "little"))
            word[first : first + len(data)] = data
            held[at] = int.from_bytes(word, "little") & MASKS[at]
        await commit(master)
        for at, value in held.items():
            answer = await master.read(at, 4)
            assert answer.resp == AxiResp.OKAY
            assert int.from_bytes(answer.data, "little") == value, hex(at)


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def unknown_and_read_only_answer_slverr(dut: Any) -> None:
    master, draw = await started(dut, 0.4), random.Random(2)
    for at in draw.sample(UNKNOWN, 60):
        answer = await master.read(at, 4)
        assert answer.resp == AxiResp.SLVERR, hex(at)
        assert not any(answer.data), "what is refused tells nothing"
        assert (await master.write(at, draw.randbytes(4))).resp == AxiResp.SLVERR, hex(at)
    for at, value in READ_ONLY.items():
        assert (await master.write(at, draw.randbytes(4))).resp == AxiResp.SLVERR, hex(at)
        answer = await master.read(at, 4)
        assert answer.resp == AxiResp.OKAY
        assert int.from_bytes(answer.data, "little") == value, hex(at)


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def the_table_takes_whole_words_only(dut: Any) -> None:
    master, draw = await started(dut, 0.3), random.Random(3)
    written = 0
    for _ in range(60):
        at, data = draw.randrange(PARAMETERS_WORDS), draw.randbytes(draw.randint(1, 4))
        first = draw.randrange(5 - len(data))
        answer = await master.write(PARAMETERS + 4 * at + first, data)
        whole = len(data) == 4
        written += whole
        assert answer.resp == (AxiResp.OKAY if whole else AxiResp.SLVERR)
        assert int(dut.words_written.value) == written
        if whole:
            assert int(dut.last_word.value) == at << 32 | int.from_bytes(data, "little")


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def while_a_commit_lasts_settings_refuse(dut: Any) -> None:
    master = await started(dut)
    at = next(a for a, mask in MASKS.items() if mask == WORD)
    assert (await master.write(at, b"\1\2\3\4")).resp == AxiResp.OKAY
    assert (await master.write(PARAMETERS, b"\1\2\3\4")).resp == AxiResp.OKAY
    assert (await master.write(COMMIT, b"\1")).resp == AxiResp.OKAY
    assert (await master.write(at, b"\5\6\7\b")).resp == AxiResp.SLVERR
    assert (await master.write(PARAMETERS, b"\5\6\7\b")).resp == AxiResp.SLVERR
    assert (await master.write(COMMIT, b"\1")).resp == AxiResp.SLVERR
    await done(master)
    assert (await master.read(at, 4)).data == b"\1\2\3\4"


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def a_slow_master_loses_no_answer(dut: Any) -> None:
    master = await started(dut)
    places = [at for at, mask in MASKS.items() if mask == WORD][:8]
    for channel in (master.write_if.b_channel, master.read_if.r_channel):
        channel.pause = True
    writes = [cocotb.start_soon(master.write(at, at.to_bytes(4, "big"))) for at in places]
    reads = [cocotb.start_soon(master.read(at, 4)) for at in (*READ_ONLY, UNKNOWN[0])]
    await ClockCycles(dut.aclk, 200)
    assert not any(task.done() for task in (*writes, *reads))
    for channel in (master.write_if.b_channel, master.read_if.r_channel):
        channel.pause = False
    for task in writes:
        assert (await with_timeout(task, 10, "us")).resp == AxiResp.OKAY
    answers = [await with_timeout(task, 10, "us") for task in reads]
    assert [int.from_bytes(each.data, "little") for each in answers[:-1]] == [*READ_ONLY.values()]
    assert answers[-1].resp == AxiResp.SLVERR
    await commit(master)
    for at in places:
        assert (await master.read(at, 4)).data == at.to_bytes(4, "big")


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def reset_between_transfers_forgets_everything(dut: Any) -> None:
    master = await started(dut, 0.3)
    at = next(a for a, mask in MASKS.items() if mask == WORD)
    await master.write(at, b"\1\2\3\4")
    await commit(master)
    dut.aresetn.value = 0
    await ClockCycles(dut.aclk, 3)
    dut.aresetn.value = 1
    await ClockCycles(dut.aclk, 3)
    assert not any((await master.read(at, 4)).data)
