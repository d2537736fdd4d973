"""Endpoints refuse what cannot be connected to; socket options are set where they can be."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tickpath.core.errors import ConfigError
from tickpath.core.limits import LIMITS
from tickpath.venues.transport import sockets
from tickpath.venues.transport.base import Endpoint, TlsOptions, close_text

REFUSED = "SO_BUSY_POLL 50 us: Operation not permitted (needs CAP_NET_ADMIN)"


@pytest.mark.parametrize(
    "change",
    [
        {"url": "http://a"}, {"url": "wss://"}, {"url": "wss://u:p@a"}, {"url": "wss://a#b"},
        {"ping_idle_s": 1.0, "pong_timeout_s": 2.0}, {"pong_timeout_s": 0.0},
        {"message_bytes_max": 0}, {"message_bytes_max": LIMITS["frame_bytes_max"] + 1},
        {"outgoing_bytes_max": 0},
        {"outgoing_bytes_max": LIMITS["link_outgoing_bytes_max"] + 1},
        {"busy_poll_us": -1}, {"busy_poll_us": 1 << 40},
        {"headers": {"a": "b\r\nc: d"}}, {"headers": {"é": "b"}},
    ],
)  # fmt: skip
def test_an_endpoint_out_of_bounds_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        Endpoint(**{"url": "wss://a", **change})


def test_ports_and_names() -> None:
    plain, secure = Endpoint(url="ws://a/x"), Endpoint(url="wss://b:9443")
    assert (plain.port, plain.secure, plain.server_name) == (80, False, "a")
    assert (secure.port, secure.secure, secure.server_name) == (9443, True, "b")
    assert Endpoint(url="wss://b").port == 443
    assert Endpoint(url="wss://b", tls=TlsOptions(server_name="c")).server_name == "c"


def test_paths_and_headers_stay_out_of_repr() -> None:
    endpoint = Endpoint(url="wss://a/ws/l1stenkey?token=t0ken", headers={"X": "k3y"})
    assert repr(endpoint) == "Endpoint(wss://a:443)"


def test_a_missing_authority_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="absent"):
        TlsOptions(authorities=tmp_path / "absent.pem").context()
    empty = tmp_path / "empty.pem"
    empty.write_text("")
    with pytest.raises(ConfigError):
        TlsOptions(authorities=empty).context()


def test_certificates_are_verified_by_default() -> None:
    import ssl

    context = TlsOptions().context()
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


def test_options_of_a_socket() -> None:
    with socket.socket() as sock:
        assert sockets.tune(sock, 0) == ""
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
        before = sock.getsockopt(socket.SOL_SOCKET, sockets.SO_BUSY_POLL)
        problem = sockets.tune(sock, 50)
        assert problem in ("", REFUSED)
        after = sock.getsockopt(socket.SOL_SOCKET, sockets.SO_BUSY_POLL)
        assert after == (before if problem else 50)


def test_a_process_without_rights_busy_polls_or_is_told_so() -> None:
    """In a child that gave its rights away; some kernels ask for none. Never silence and no
    polling."""
    code = (
        "import os, socket; from tickpath.venues.transport.sockets import tune; "
        "os.getuid() or os.setuid(65534); s = socket.socket(); "
        "print(tune(s, 50), s.getsockopt(socket.SOL_SOCKET, 46), sep=';')"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environment
    )
    assert done.stdout.strip() in (";50", f"{REFUSED};0")


@pytest.mark.parametrize(("text", "kept"), [("", 0), ("x" * 200, 123), ("é" * 100, 122)])
def test_a_close_text_is_cut_at_a_character(text: str, kept: int) -> None:
    found = close_text(text)
    assert len(found) == kept
    assert text.encode().startswith(found)
    found.decode()
