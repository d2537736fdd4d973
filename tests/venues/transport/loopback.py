"""A WebSocket server on loopback that does exactly what a test says, byte by byte.

It is written against RFC 6455 with nothing of the clients under test. Certificates are made here.
"""

import asyncio
import base64
import datetime
import hashlib
import ipaddress
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from venues.live import live

x509 = live("cryptography.x509")
hashes = live("cryptography.hazmat.primitives.hashes")
ec = live("cryptography.hazmat.primitives.asymmetric.ec")
serialization = live("cryptography.hazmat.primitives.serialization")

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
STARTED = datetime.datetime(2020, 1, 1)
ENDS = datetime.datetime(2100, 1, 1)


def frame(opcode: int, payload: bytes, *, fin: bool = True, reserved: int = 0) -> bytes:
    """One unmasked frame, as a server sends it."""
    head = bytes([fin << 7 | reserved << 4 | opcode])
    size = len(payload)
    if size < 126:
        return head + bytes([size]) + payload
    if size < 1 << 16:
        return head + b"\x7e" + struct.pack(">H", size) + payload
    return head + b"\x7f" + struct.pack(">Q", size) + payload


def close_frame(code: int, text: str = "") -> bytes:
    return frame(CLOSE, struct.pack(">H", code) + text.encode())


class Peer:
    """The server's end of one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.request = b""

    async def upgrade(self, extra: bytes = b"", accept: bytes | None = None) -> None:
        self.request = await self.reader.readuntil(b"\r\n\r\n")
        self.agree(extra, accept)

    def agree(self, extra: bytes = b"", accept: bytes | None = None) -> None:
        """Answer the request in hand."""
        key = self.header(b"sec-websocket-key")
        if accept is None:
            accept = base64.b64encode(hashlib.sha1(key + GUID).digest())
        self.writer.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n" + extra
        )

    def header(self, name: bytes) -> bytes:
        for line in self.request.split(b"\r\n"):
            if line.lower().startswith(name + b":"):
                return line.partition(b":")[2].strip()
        return b""

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def receive(self) -> tuple[int, bytes]:
        """Opcode and unmasked payload of the next frame. Checks what a client must do."""
        first, second = await self.reader.readexactly(2)
        assert first & 0x70 == 0
        assert second & 0x80, "a client masks"
        size = second & 0x7F
        if size == 126:
            (size,) = struct.unpack(">H", await self.reader.readexactly(2))
            assert size > 125
        elif size == 127:
            (size,) = struct.unpack(">Q", await self.reader.readexactly(8))
            assert size > 65535
        mask = await self.reader.readexactly(4)
        data = await self.reader.readexactly(size)
        assert first & 0x80
        mask = (mask * (size // 4 + 1))[:size]
        number = int.from_bytes(data) ^ int.from_bytes(mask)
        return first & 15, number.to_bytes(size)

    async def receive_close(self) -> int:
        """The code of the next close frame, other frames passed over."""
        while True:
            opcode, payload = await self.receive()
            if opcode == CLOSE:
                return int.from_bytes(payload[:2])

    def reset(self) -> None:
        """End with a TCP reset."""
        raw = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def gone(self) -> bytes:
        """What still comes until the client ends."""
        try:
            return await self.reader.read(-1)
        except OSError:
            return b""


Handler = Callable[[Peer], Awaitable[None]]


class Server:
    """Runs `handler` for each connection; errors in it are raised at the end."""

    def __init__(self, handler: Handler, context: ssl.SSLContext | None = None) -> None:
        self.handler, self.context = handler, context
        self.errors: list[BaseException] = []
        self.tasks: set[asyncio.Task[None]] = set()
        self.names: list[str | None] = []

    async def __aenter__(self) -> "Server":
        if self.context is not None:
            self.context.sni_callback = lambda _, name, __: self.names.append(name)
        self.server = await asyncio.start_server(
            self._serve, "127.0.0.1", 0, ssl=self.context, limit=1 << 22
        )
        port = self.server.sockets[0].getsockname()[1]
        scheme = "wss" if self.context else "ws"
        self.url = f"{scheme}://{'localhost' if self.context else '127.0.0.1'}:{port}/ws"
        return self

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        try:
            await self.handler(Peer(reader, writer))
        except asyncio.CancelledError:
            pass
        except BaseException as error:
            self.errors.append(error)
        finally:
            writer.close()

    async def __aexit__(self, *_: object) -> None:
        self.server.close()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        if self.errors:
            raise self.errors[0]


class Certificate:
    """An authority of its own and a leaf it signed for `names`."""

    def __init__(self, folder: Path, *names: str) -> None:
        authority_key = ec.generate_private_key(ec.SECP256R1())
        key = ec.generate_private_key(ec.SECP256R1())
        issuer = x509.Name(
            [x509.NameAttribute(x509.NameOID.COMMON_NAME, f"authority {folder.name}")]
        )
        authority = (
            self._builder(issuer, issuer, authority_key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(authority_key, hashes.SHA256())
        )
        found = [
            x509.IPAddress(ipaddress.ip_address(n)) if n[0].isdigit() else x509.DNSName(n)
            for n in names
        ]
        leaf = (
            self._builder(x509.Name([]), issuer, key)
            .add_extension(x509.SubjectAlternativeName(found), critical=True)
            .sign(authority_key, hashes.SHA256())
        )
        self.authorities = folder / "authority.pem"
        self.authorities.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
        chain = folder / "leaf.pem"
        form = (
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        chain.write_bytes(leaf.public_bytes(form[0]) + key.private_bytes(*form))
        self.chain = chain

    @staticmethod
    def _builder(subject: x509.Name, issuer: x509.Name, key: Any) -> Any:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(STARTED)
            .not_valid_after(ENDS)
        )

    def context(self) -> ssl.SSLContext:
        """The server's side."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.chain)
        return context
