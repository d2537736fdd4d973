"""The XDP program: its instructions, and what the kernel answers when it runs them on packets."""

import os
import struct
from collections.abc import Iterator

import pytest

from tickpath.venues.transport import bpf
from tickpath.venues.transport.bpf import XDP_PASS, XDP_REDIRECT, BpfError

PORT = 26477


def frame(
    port: int = PORT, *, tag: bool = False, protocol: int = 17, fragment: int = 0, options: int = 0,
    kind: int = 0x0800,
) -> bytes:  # fmt: skip
    udp = struct.pack(">HHHH", 1, port, 24, 0) + bytes(16)
    size = 20 + 4 * options
    ip = struct.pack(
        ">BBHHHBBH4s4s", 0x40 | size // 4, 0, size + len(udp), 0, fragment, 9, protocol, 0,
        bytes(4), bytes(4),
    ) + bytes(4 * options)  # fmt: skip
    return bytes(12) + (b"\x81\x00\x00\x07" if tag else b"") + struct.pack(">H", kind) + ip + udp


@pytest.fixture(scope="module")
def map_fd() -> Iterator[int]:
    """A map that has no socket; a skip where bpf(2) is not allowed."""
    try:
        made = bpf.create_map()
    except BpfError as error:
        pytest.skip(f"this host does not allow bpf(2): {error}")
    yield made
    os.close(made)


@pytest.fixture(scope="module")
def loaded(map_fd: int) -> Iterator[int]:
    """The program of PORT as receivers load it."""
    program = bpf.load_program(bpf.program(PORT, map_fd))
    yield program
    os.close(program)


@pytest.fixture(scope="module")
def compared(map_fd: int) -> Iterator[int]:
    """The same comparisons without the look-up in the map, which answers XDP_PASS to everything as
    long as no socket is in it: XDP_REDIRECT is a datagram of PORT here, and nothing else is."""
    assert map_fd >= 0
    listed = bpf.steps(PORT, 0)
    at = next(k for k, s in enumerate(listed) if s[0] == bpf.LOAD_64_IMM)
    end = next(k for k, s in enumerate(listed) if k > at and s[0] == bpf.EXIT)
    short = [*listed[:at], (bpf.MOV_IMM, 0, 0, 0, XDP_REDIRECT), *listed[end:]]
    program = bpf.load_program(bpf.assemble(short))
    yield program
    os.close(program)


def test_instructions_are_eight_bytes_and_jumps_stay_inside() -> None:
    code = bpf.program(PORT, 7)
    assert len(code) % 8 == 0
    for at in range(len(code) // 8):
        operation, _, offset, _ = struct.unpack_from("<BBhi", code, at * 8)
        if operation in (bpf.IF_EQUAL, bpf.IF_OTHER, bpf.IF_ABOVE):
            assert at < at + 1 + offset < len(code) // 8, "forwards only, so that it ends"
    assert struct.pack("<i", bpf.swapped(PORT)) in code


@pytest.mark.parametrize(
    "data",
    [frame(PORT + 1), frame(protocol=6), frame(fragment=0x2000), frame(fragment=1),
     frame(kind=0x86DD), frame(kind=0x8100), frame(tag=True, kind=0x8100), frame()[:41],
     frame(tag=True)[:45], frame(options=10)[:81], frame(PORT ^ 0x0100), frame(PORT ^ 0x0001),
     frame(tag=True, protocol=6), frame(tag=True, fragment=0x2000), frame(PORT + 1, tag=True),
     frame(tag=True).replace(b"\x81\x00", b"\x88\xa8", 1)],
)  # fmt: skip
def test_everything_else_is_left_to_the_kernel(compared: int, data: bytes) -> None:
    assert bpf.test_run(compared, data) == XDP_PASS


@pytest.mark.parametrize("data", [frame(), frame(tag=True), frame(options=3)])
def test_a_datagram_of_the_port_without_a_socket_is_left_too(loaded: int, data: bytes) -> None:
    """The map has no socket for the queue: redirecting falls back to XDP_PASS."""
    assert bpf.test_run(loaded, data) == XDP_PASS


@pytest.mark.parametrize(
    "data",
    [frame(), frame(tag=True), frame(options=3), frame(options=10), frame(fragment=0x4000),
     frame()[:42], frame(tag=True)[:46], frame(options=10)[:82]],
)  # fmt: skip
def test_a_datagram_of_the_port_is_redirected(compared: int, data: bytes) -> None:
    """Down to the shortest frames that hold the headers; 0x4000 forbids fragments."""
    assert bpf.test_run(compared, data) == XDP_REDIRECT


def test_a_refused_program_says_why(map_fd: int) -> None:
    assert map_fd >= 0
    with pytest.raises(BpfError, match="PROG_LOAD") as refused:
        bpf.load_program(struct.pack("<BBhi", bpf.EXIT, 0, 0, 0))
    assert "R0" in str(refused.value), "the verifier's words"
