"""[live] of a configuration: every key, and every mistake one line with its place."""

from pathlib import Path
from typing import Any

import pytest
from live_text import load, mistake

from tickpath.core.errors import ConfigError
from tickpath.ops.live.host import Policies, Policy

SOURCES = """
[[sources]]
venue = "binance-spot"
symbols = ["BTCUSDT"]
[[sources]]
venue = "binance-usdm"
symbols = ["BTCUSDT"]
[balances]
USDT = "1000"
"""
SPOT = '[[live.venues]]\nname = "binance-spot"\n'
USDM = '[[live.venues]]\nname = "binance-usdm"\n'
STATE = '[live]\nstate = "state"\n'


def test_what_is_not_said_has_a_default(tmp_path: Path) -> None:
    spec = load(tmp_path, SOURCES + STATE + SPOT + USDM)
    assert spec.state == tmp_path / "state"
    assert spec.policies == Policies()
    assert (spec.status_s, spec.snapshot_s, spec.segment_mib, spec.stop_s) == (10, 300, 64, 10)
    assert (spec.kill_file, spec.watchdog_s, spec.audit_s) == (None, 10, 30)
    spot = spec.venue("binance-spot")
    assert spot is not None
    assert spot.urls == {
        "market": ("wss://stream.binance.com:9443",),
        "orders": ("wss://ws-api.binance.com:443/ws-api/v3",),
        "events": (),
    }
    assert spot.rest == "https://api.binance.com"
    assert (spot.keys, spot.keys_from, spot.client, spot.lines) == ("", "env", "picows", 1)
    assert (spot.recv_window_ms, spot.cancel_after_s, spot.production) == (5000, 30, True)
    assert spot.authorities is None
    assert not spot.sbe
    usdm = spec.venue("binance-usdm")
    assert usdm is not None
    assert usdm.urls["events"] == ("wss://fstream.binance.com",)
    assert spec.venue("kraken-spot") is None


WHOLE = f"""
[live]
state = "/var/state"
status_s = 3600
snapshot_s = 1
segment_mib = 1024
audit_s = 86400
stop_s = 600
kill_file = "stop"
watchdog_s = 0
[live.reconcile]
orders = "halt"
balances = "adopt"
positions = "report"
{SPOT}
market = ["wss://a.test", "wss://b.test:1"]
orders = ["ws://127.0.0.1:9/api"]
rest = "http://localhost:9"
keys = "desk-1"
keys_from = "keys.enc"
authorities = "ca.pem"
client = "aiohttp"
lines = 2
recv_window_ms = 60000
rest_windows = [40, 20, 1, 5]
cancel_after_s = 0
sbe = true
{USDM}
market = ["wss://a.test"]
orders = ["wss://a.test"]
events = ["wss://a.test"]
rest = "https://a.test"
"""


def test_every_key_is_read(tmp_path: Path) -> None:
    spec = load(tmp_path, SOURCES + WHOLE)
    assert spec.state == Path("/var/state")
    assert spec.policies == Policies(
        orders=Policy.HALT, balances=Policy.ADOPT, positions=Policy.REPORT
    )
    assert (spec.status_s, spec.snapshot_s, spec.segment_mib, spec.stop_s) == (3600, 1, 1024, 600)
    assert (spec.kill_file, spec.watchdog_s, spec.audit_s) == (tmp_path / "stop", 0, 86_400)
    spot, usdm = spec.venues
    assert spot.urls["market"] == ("wss://a.test", "wss://b.test:1")
    assert (spot.keys, spot.keys_from) == ("desk-1", str(tmp_path / "keys.enc"))
    assert (spot.authorities, spot.client, spot.lines) == (tmp_path / "ca.pem", "aiohttp", 2)
    assert (spot.recv_window_ms, spot.cancel_after_s) == (60_000, 0)
    assert (spot.rest_windows, usdm.rest_windows) == (((40, 20), (1, 5)), ())
    assert (spot.sbe, usdm.sbe) == (True, False)
    assert not spot.production
    assert not usdm.production
    for kind in ("env", "keyring"):
        text = WHOLE.replace('"keys.enc"', f'"{kind}"')
        assert load(tmp_path, SOURCES + text).venues[0].keys_from == kind


@pytest.mark.parametrize(
    ("url", "production"),
    [
        ("wss://stream.binance.com:9443", True),
        ("wss://STREAM.Binance.com", True),
        ("wss://stream.binance.com.:443", True),
        ("wss://ws-api2.binance.com", True),
        ("wss://binance.com", True),
        ("wss://stream.testnet.binance.vision", False),
        ("wss://notbinance.com", False),
        ("ws://127.0.0.1:9", False),
    ],
)
def test_the_venues_own_hosts_are_known(tmp_path: Path, url: str, production: bool) -> None:
    text = WHOLE.replace("ws://127.0.0.1:9/api", url)
    assert load(tmp_path, SOURCES + text).venues[0].production is production


MISTAKES: list[tuple[str, str, str]] = [
    ('state = "/var/state"', "", "state is missing"),
    ('state = "/var/state"', "state = 3", "state is an integer"),
    ("status_s = 3600", "status_s = 0", "status_s is 0: write 1..3600"),
    ("snapshot_s = 1", "snapshot_s = 86401", "snapshot_s is 86401"),
    ("segment_mib = 1024", 'segment_mib = "1"', "segment_mib is text"),
    ("audit_s = 86400", "audit_s = 0", "audit_s is 0: write 1..86400"),
    ("stop_s = 600", "stop_s = 601", "stop_s is 601"),
    ('kill_file = "stop"', "kill_file = true", "kill_file is true or false"),
    ("watchdog_s = 0", "watchdog_s = -1", "watchdog_s is -1"),
    ("watchdog_s = 0", "watchdogs = 0", "watchdogs"),
    ('orders = "halt"', 'orders = "adopt"', "orders is 'adopt': choose one of"),
    ('balances = "adopt"', 'balances = "cancel"', "balances is 'cancel'"),
    ('positions = "report"', 'positions = "adopt"', "positions is 'adopt'"),
    ('positions = "report"', 'place = "report"', "place"),
    ('name = "binance-spot"', 'name = "mars"', "name is 'mars': choose one of"),
    (
        'name = "binance-spot"',
        'name = "binance-coinm"',
        "name = 'binance-spot'",
    ),
    ('name = "binance-spot"', 'name = "binance-usdm"', "binance-spot"),
    ('"wss://b.test:1"', '"wss://a.test"', "market names 'wss://a.test' twice"),
    ('"wss://b.test:1"', '"https://a.test"', "market is 'https://a.test': write wss://"),
    ('"wss://b.test:1"', '"ws://b.test"', "without TLS only to this host"),
    ('"wss://b.test:1"', '"wss://"', "market is 'wss://'"),
    ('"wss://b.test:1"', '"wss://user@b.test"', "market is"),
    ('"wss://b.test:1"', '"wss://b.test?x=1"', "market is"),
    ('"wss://b.test:1"', '"wss://b.test:port"', "market is"),
    ('"wss://b.test:1"', '"wss://[::1"', "market is"),
    ('"wss://b.test:1"', "3", "market holds an integer"),
    ('market = ["wss://a.test", "wss://b.test:1"]', "market = []", "market"),
    ('orders = ["ws://127.0.0.1:9/api"]', "orders = []", "orders"),
    ('rest = "http://localhost:9"', 'rest = "ftp://localhost"', "rest is 'ftp://localhost'"),
    ('rest = "http://localhost:9"', 'rest = "http://a.test"', "without TLS only to this host"),
    ('rest = "http://localhost:9"', "rest = 3", "rest is an integer"),
    ('keys = "desk-1"', 'keys = "Desk 1"', "keys 'Desk 1'"),
    ('keys_from = "keys.enc"', "keys_from = 3", "keys_from is an integer"),
    ('authorities = "ca.pem"', "authorities = 3", "authorities is an integer"),
    ('client = "aiohttp"', 'client = "curl"', "client is 'curl': choose one of picows, aiohttp"),
    ("lines = 2", "lines = 3", "lines is 3: write 1..2"),
    ("recv_window_ms = 60000", "recv_window_ms = 60001", "recv_window_ms is 60001"),
    ("recv_window_ms = 60000", "recv_window_ms = 99", "recv_window_ms is 99"),
    ("[40, 20, 1, 5]", "[40, 20, 1]", "rest_windows: write seconds, weight"),
    ("[40, 20, 1, 5]", "[40, 0]", "rest_windows holds 0"),
    ("cancel_after_s = 0", "cancel_after_s = 3601", "cancel_after_s is 3601"),
    ("cancel_after_s = 0", "cancel_after = 0", "cancel_after"),
    ("sbe = true", 'sbe = "3:5"', "sbe is"),
    ('rest = "https://a.test"', 'rest = "https://a.test"\nsbe = true', "'binance-usdm' has no SBE"),
]


@pytest.mark.parametrize(("right", "wrong", "said"), MISTAKES)
def test_a_mistake_is_one_line_with_its_place(
    tmp_path: Path, right: str, wrong: str, said: str
) -> None:
    assert said in mistake(tmp_path, SOURCES + WHOLE, right, wrong)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no [live]"),
        (STATE, "a source is on binance-spot"),
        (STATE + SPOT, "a source is on binance-usdm"),
        (STATE + SPOT + USDM + SPOT, "'binance-spot' twice"),
        (STATE + SPOT + USDM + '[[live.venues]]\nname = "binance-coinm"\n', "has no source"),
        ('[live]\nstate = "s"\nvenues = 3\n', "venues"),
    ],
)
def test_venues_and_sources_fit(tmp_path: Path, text: str, said: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, SOURCES + text)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
