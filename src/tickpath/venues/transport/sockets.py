"""A connected TCP socket with the options of a trading link.

TCP_NODELAY always; SO_BUSY_POLL when asked for, where the kernel has it and allows it. What could
not be set is told to the caller, not raised: a link without it works.
"""

import asyncio
import socket

from tickpath.venues.transport.base import Endpoint

SO_BUSY_POLL = 46
"""asm-generic/socket.h; the socket module has no name for it."""


def tune(sock: socket.socket, busy_poll_us: int) -> str:
    """Set the options. Returns why busy polling is off although asked for, or ""."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if busy_poll_us <= 0:
        return ""
    try:
        sock.setsockopt(socket.SOL_SOCKET, SO_BUSY_POLL, busy_poll_us)
    except OSError as error:
        return f"SO_BUSY_POLL {busy_poll_us} us: {error.strerror} (needs CAP_NET_ADMIN)"
    return ""


async def connected(endpoint: Endpoint) -> socket.socket:
    """A non-blocking connected socket. Raises OSError; the caller bounds the time."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
    problem: OSError | None = None
    for family, kind, protocol, _, address in found:
        sock = socket.socket(family, kind, protocol)
        try:
            sock.setblocking(False)
            tune(sock, endpoint.busy_poll_us)
            await loop.sock_connect(sock, address)
        except OSError as error:
            sock.close()
            problem = error
        except BaseException:
            sock.close()
            raise
        else:
            return sock
    raise problem or OSError(f"{endpoint.host}: no address")
