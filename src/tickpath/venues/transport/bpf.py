"""The XDP program of a port, as instructions, and the few bpf(2) calls that load it. No libbpf.

`program(port, map_fd)` sends IPv4 UDP datagrams of one destination port to the AF_XDP socket of
their receive queue and leaves everything else to the kernel: other packets, fragments, queues
without a socket. One VLAN tag is skipped. Cold: runs once when a receiver opens.
Sources: bpf(2), the kernel's instruction set and AF_XDP documentation.
"""

import ctypes
import errno
import os
import platform
import struct

from tickpath.core.errors import BackendError

BPF_MAP_CREATE, BPF_MAP_UPDATE_ELEM, BPF_PROG_LOAD, BPF_PROG_TEST_RUN, BPF_LINK_CREATE = (
    0, 2, 5, 10, 28,
)  # fmt: skip
MAP_XSKMAP, PROG_XDP, ATTACH_XDP = 17, 6, 37
XDP_PASS, XDP_REDIRECT = 2, 4
FLAG_GENERIC, FLAG_DRIVER = 2, 4
"""How a program is attached: the kernel's own path for any interface, or the driver's."""

SYSCALLS = {"x86_64": 321, "aarch64": 280}
ATTR_BYTES = 128
LOG_BYTES = 65_536
QUEUES_MAX = 64

ETHERNET, IP, UDP = 14, 20, 8
TYPE_IPV4, TYPE_VLAN = 0x0800, 0x8100
HELPER_REDIRECT_MAP = 51
PSEUDO_MAP_FD = 1

MOV, MOV_IMM, ADD, ADD_IMM, AND_IMM, SHIFT_IMM = 0xBF, 0xB7, 0x0F, 0x07, 0x57, 0x67
LOAD_8, LOAD_16, LOAD_32, LOAD_64_IMM = 0x71, 0x69, 0x61, 0x18
IF_EQUAL, IF_OTHER, IF_ABOVE, CALL, EXIT = 0x15, 0x55, 0x2D, 0x85, 0x95

Step = tuple[int, int, int, int, int] | tuple[int, int, int, str, int] | str
"""(operation, destination, source, offset or label, immediate), or a label."""


def swapped(value: int) -> int:
    """16 bits of the wire as a little-endian load reads them."""
    return int.from_bytes(value.to_bytes(2, "big"), "little")


def steps(port: int, map_fd: int) -> list[Step]:
    """r1 context, r2 packet, r3 its end, r6 context, r7 UDP header."""
    return [
        (MOV, 6, 1, 0, 0),
        (LOAD_32, 2, 1, 0, 0),
        (LOAD_32, 3, 1, 4, 0),
        (MOV, 4, 2, 0, 0),
        (ADD_IMM, 4, 0, 0, ETHERNET + IP + UDP),
        (IF_ABOVE, 4, 3, "pass", 0),
        (LOAD_16, 5, 2, 12, 0),
        (IF_EQUAL, 5, 0, "ip", swapped(TYPE_IPV4)),
        (IF_OTHER, 5, 0, "pass", swapped(TYPE_VLAN)),
        (ADD_IMM, 2, 0, 0, 4),
        (MOV, 4, 2, 0, 0),
        (ADD_IMM, 4, 0, 0, ETHERNET + IP + UDP),
        (IF_ABOVE, 4, 3, "pass", 0),
        (LOAD_16, 5, 2, 12, 0),
        (IF_OTHER, 5, 0, "pass", swapped(TYPE_IPV4)),
        "ip",
        (LOAD_16, 5, 2, ETHERNET + 6, 0),
        (AND_IMM, 5, 0, 0, swapped(0x3FFF)),
        (IF_OTHER, 5, 0, "pass", 0),
        (LOAD_8, 5, 2, ETHERNET + 9, 0),
        (IF_OTHER, 5, 0, "pass", 17),
        (LOAD_8, 5, 2, ETHERNET, 0),
        (AND_IMM, 5, 0, 0, 15),
        (SHIFT_IMM, 5, 0, 0, 2),
        (MOV, 7, 2, 0, 0),
        (ADD_IMM, 7, 0, 0, ETHERNET),
        (ADD, 7, 5, 0, 0),
        (MOV, 4, 7, 0, 0),
        (ADD_IMM, 4, 0, 0, UDP),
        (IF_ABOVE, 4, 3, "pass", 0),
        (LOAD_16, 5, 7, 2, 0),
        (IF_OTHER, 5, 0, "pass", swapped(port)),
        (LOAD_64_IMM, 1, PSEUDO_MAP_FD, 0, map_fd),
        (0, 0, 0, 0, 0),
        (LOAD_32, 2, 6, 16, 0),
        (MOV_IMM, 3, 0, 0, XDP_PASS),
        (CALL, 0, 0, 0, HELPER_REDIRECT_MAP),
        (EXIT, 0, 0, 0, 0),
        "pass",
        (MOV_IMM, 0, 0, 0, XDP_PASS),
        (EXIT, 0, 0, 0, 0),
    ]


def program(port: int, map_fd: int) -> bytes:
    """The instructions as the kernel takes them."""
    return assemble(steps(port, map_fd))


def assemble(listed: list[Step]) -> bytes:
    """Instructions as bytes, labels as distances."""
    places: dict[str, int] = {}
    at = 0
    for step in listed:
        if isinstance(step, str):
            places[step] = at
        else:
            at += 1
    code = b""
    for step in listed:
        if isinstance(step, str):
            continue
        operation, target, source, offset, value = step
        here = len(code) // 8
        jump = places[offset] - here - 1 if isinstance(offset, str) else offset
        code += struct.pack("<BBhi", operation, source << 4 | target, jump, value)
    return code


class BpfError(BackendError):
    """A bpf(2) call that the kernel refused; `errno` says why."""

    def __init__(self, call: str, number: int, log: str = "") -> None:
        super().__init__(
            f"{call}: {errno.errorcode.get(number, number)} {os.strerror(number)}{log}"
        )
        self.errno = number


def bpf(command: int, attributes: bytes, call: str) -> int:
    """One call. Raises BpfError."""
    number = SYSCALLS.get(platform.machine())
    if number is None:
        raise BpfError(call, errno.ENOSYS)
    libc = ctypes.CDLL(None, use_errno=True)
    buffer = ctypes.create_string_buffer(attributes, ATTR_BYTES)
    found = int(libc.syscall(number, command, buffer, ATTR_BYTES))
    if found < 0:
        raise BpfError(call, ctypes.get_errno())
    return found


def create_map() -> int:
    """A map from receive queue to AF_XDP socket; a file descriptor."""
    return bpf(
        BPF_MAP_CREATE, struct.pack("<IIIII", MAP_XSKMAP, 4, 4, QUEUES_MAX, 0), "bpf(MAP_CREATE)"
    )


def load_program(code: bytes) -> int:
    """A file descriptor. Raises BpfError with the end of the verifier's log."""
    held = ctypes.create_string_buffer(code, len(code))
    licence = ctypes.create_string_buffer(b"GPL")
    log = ctypes.create_string_buffer(LOG_BYTES)
    head = struct.pack(
        "<IIQQIIQ", PROG_XDP, len(code) // 8, ctypes.addressof(held), ctypes.addressof(licence),
        1, LOG_BYTES, ctypes.addressof(log),
    )  # fmt: skip
    try:
        return bpf(BPF_PROG_LOAD, head, "bpf(PROG_LOAD)")
    except BpfError as error:
        text = log.value.decode(errors="replace").strip()[-400:]
        raise BpfError("bpf(PROG_LOAD)", error.errno, f": {text}" if text else "") from None


def put_socket(map_fd: int, queue: int, socket_fd: int) -> None:
    """The socket of a receive queue."""
    key = ctypes.create_string_buffer(struct.pack("<I", queue), 4)
    value = ctypes.create_string_buffer(struct.pack("<I", socket_fd), 4)
    bpf(
        BPF_MAP_UPDATE_ELEM,
        struct.pack("<IIQQQ", map_fd, 0, ctypes.addressof(key), ctypes.addressof(value), 0),
        "bpf(MAP_UPDATE_ELEM)",
    )


def attach(program_fd: int, interface: int, flags: int) -> int:
    """A link that holds the program on the interface for as long as it is open."""
    return bpf(
        BPF_LINK_CREATE,
        struct.pack("<IIII", program_fd, interface, ATTACH_XDP, flags),
        "bpf(LINK_CREATE)",
    )


def test_run(program_fd: int, packet: bytes) -> int:
    """What the program answers to a packet; nothing is sent anywhere."""
    given = ctypes.create_string_buffer(packet, len(packet))
    out = ctypes.create_string_buffer(len(packet) + 256)
    attributes = ctypes.create_string_buffer(
        struct.pack(
            "<IIIIQQII", program_fd, 0, len(packet), len(out), ctypes.addressof(given),
            ctypes.addressof(out), 1, 0,
        ),
        ATTR_BYTES,
    )  # fmt: skip
    libc = ctypes.CDLL(None, use_errno=True)
    number = SYSCALLS[platform.machine()]
    if libc.syscall(number, BPF_PROG_TEST_RUN, attributes, ATTR_BYTES) < 0:
        raise BpfError("bpf(PROG_TEST_RUN)", ctypes.get_errno())
    (answer,) = struct.unpack_from("<I", attributes.raw, 4)
    return int(answer)
