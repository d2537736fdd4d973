"""The file of `tickpath venue-sim`: what it means, and mistakes named with their place."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tickpath.core.errors import ConfigError
from tickpath.venues.sim.frames import Builder
from tickpath.venues.sim.server.clock import MS, ManualClock
from tickpath.venues.sim.server.config import load_host
from tickpath.venues.sim.server.host import make_venue
from tickpath.venues.sim.server.units import parse

TEXT = """
seed = 7
[admin]
port = 0
[[venues]]
name = "spot"
protocol = "binance-spot"
clock_skew_ms = 250
limits = { weight_per_minute = 100 }
[[venues.markets]]
symbol = "BTCUSDT"
mid = "60000"
[[venues.markets]]
symbol = "NEWUSDT"
base = "NEW"
quote = "USDT"
tick_size = "0.5"
lot_size = "0.1"
quantity_min = "0.1"
quantity_max = "10"
maker_fee_ppm = 10
taker_fee_ppm = 20
source = "none"
[[venues.accounts]]
name = "alice"
balances = { USDT = "100.5" }
[[venues.accounts.keys]]
name = "key"
kind = "hmac"
secret = "very secret"
[[venues.faults]]
at_s = "1.5"
kind = "cut"
channel = "market"
"""


def load(tmp_path: Path, text: str = TEXT) -> object:
    path = tmp_path / "venues.toml"
    path.write_text(text)
    return load_host(path)


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "venues.toml"
    path.write_text(TEXT)
    spec = load_host(path)
    (venue,) = spec.venues
    assert (spec.seed, venue.name, venue.clock_skew_ms) == (7, "spot", 250)
    assert venue.limits == {"weight_per_minute": 100}
    shipped, own = (entry.market for entry in venue.markets)
    assert (shipped.tick, shipped.step) == (parse("0.01"), parse("0.00001"))
    assert (own.tick, own.taker_fee_ppm, own.notional_min) == (parse("0.5"), 20, 0)
    (account,) = venue.accounts
    assert account.balances == {"USDT": parse("100.5")}
    assert "very secret" not in repr(spec)
    ((at_ns, fault),) = venue.faults
    assert (at_ns, fault.kind, fault.channel) == (1_500_000_000, "cut", "market")


def test_a_venue_is_made_of_it_with_its_schedule(tmp_path: Path) -> None:
    path = tmp_path / "venues.toml"
    path.write_text(TEXT.replace('kind = "cut"', 'kind = "clock_skew"\nvalue = 7'))
    clock = ManualClock()
    venue = make_venue(load_host(path).venues[0], clock, 7)
    venue.start()
    assert venue.skew_ns == 250 * MS
    assert list(venue.exchange.accounts["alice"].keys) == ["key"]
    assert [source.next_ns is not None for source in venue.sources] == [True]
    assert venue.exchange.books["BTCUSDT"].top()[0] == parse("60000")
    clock.move(1_500_000_000)
    venue.advance()
    assert venue.skew_ns == 7 * MS


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("seed = 7", "sed = 7", "unknown key 'sed'; did you mean 'seed'"),
        ("weight_per_minute", "wait", r"\[limits\]: unknown key 'wait'"),
        ('"binance-spot"', '"other"', "protocol is 'other': choose one of"),
        ('mid = "60000"', "", "mid is missing"),
        ('mid = "60000"', "mid = 60000.5", "write '?60000.5"),
        ('tick_size = "0.5"', 'tick_size = "0"', "above 0"),
        ('tick_size = "0.5"', 'tick_size = "0.000000001"', "more than 8 decimals"),
        ('tick_size = "0.5"', "", "tick_size is missing"),
        ('symbol = "NEWUSDT"', 'symbol = "BTCUSDT"', "a market stands twice"),
        ('source = "none"', 'source = "recording"', "recording: name files"),
        ('source = "none"', 'source = "none"\nfills = "queue"', "recordings of Binance alone"),
        (
            'source = "none"',
            'source = "recording"\nrecording = ["a.gz"]\nfills = "queue"\nqueue = "last"',
            "queue is 'last': choose one of",
        ),
        ('kind = "hmac"', 'kind = "ed25519"', "public_key is missing"),
        (
            'kind = "hmac"\nsecret = "very secret"',
            'kind = "rsa"\npublic_key = "absent.pem"',
            "No such file",
        ),
        ('at_s = "1.5"', 'at_s = "-1"', "at_s is -1"),
        ('channel = "market"', 'channel = "x"', "channel is 'x'"),
        ("port = 0", 'host = "0.0.0.0"', "it is for loopback only"),
        ('[[venues.markets]]\nsymbol = "BTCUSDT"', '[[venues.maket]]\nsymbol = "BTCUSDT"', "maket"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert TEXT.count(old) >= 1
    with pytest.raises(ConfigError, match=message) as found:
        load(tmp_path, TEXT.replace(old, new, 1))
    assert "very secret" not in str(found.value)


def test_a_file_without_venues(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no venue"):
        load(tmp_path, "seed = 1")
    one = TEXT.split("[[venues]]")[1]
    with pytest.raises(ConfigError, match="two venues are named 'spot'"):
        load(tmp_path, f"[[venues]]{one}\n[[venues]]{one}")


def test_shipped_products_of_coinbase_are_known(tmp_path: Path) -> None:
    path = tmp_path / "venues.toml"
    path.write_text(
        '[[venues]]\nprotocol = "coinbase-advanced"\n'
        '[[venues.markets]]\nsymbol = "BTC-USD"\nmid = "60000"\n'
    )
    (entry,) = load_host(path).venues[0].markets
    assert (entry.market.base, entry.market.tick) == ("BTC", parse("0.01"))


@pytest.mark.parametrize("text", ["no key", "private", "another kind"])
def test_a_file_that_is_no_public_key_of_its_kind_is_refused(tmp_path: Path, text: str) -> None:
    """A private key most of all: its owner is told before it is used."""
    private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    found = {"no key": text, "private": pem, "another kind": public.decode()}[text]
    (tmp_path / "k.pem").write_text(found)
    kind = "rsa" if text == "another kind" else "ed25519"
    old = 'kind = "hmac"\nsecret = "very secret"'
    with pytest.raises(ConfigError, match=f"no public key of kind {kind}") as error:
        load(tmp_path, TEXT.replace(old, f'kind = "{kind}"\npublic_key = "k.pem"'))
    assert pem.splitlines()[1] not in str(error.value)


def test_a_market_that_nobody_moves(tmp_path: Path) -> None:
    queue = 'fills = "queue"\nqueue = "log"\npartial_fills = false'
    new = f'source = "recording"\nrecording = ["a.gz"]\n{queue}'
    entry = load(tmp_path, TEXT.replace('source = "none"', new)).venues[0].markets[1]
    assert entry.fills == "queue"
    assert (entry.sim.queue, entry.sim.queue_power, entry.sim.partial_fills) == ("log", 2, False)


def test_a_recording_that_cannot_be_replayed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "venues.toml"
    path.write_text(TEXT.replace('source = "none"', 'source = "recording"\nrecording = ["a.gz"]'))
    spec = load_host(path).venues[0]
    builder = Builder()
    builder.add(0, b"{}")
    recording = builder.build("kraken-spot", "BTC/USD")
    with pytest.raises(ConfigError, match="is of kraken-spot"):
        make_venue(spec, ManualClock(), 7, {spec.markets[1].recording: recording})
