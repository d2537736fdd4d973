"""Configuration files: what is read, and that each mistake is one line which names its place."""

import hashlib
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from support import btcusd_inverse, btcusdt_linear, btcusdt_shipped, config_of

from tickpath.core.config import (
    VENUES,
    ModelSpec,
    RiskSpec,
    RouteSpec,
    SimSpec,
    Source,
    StrategySpec,
)
from tickpath.core.config_json import config_from_json, config_to_json
from tickpath.core.config_load import SourceChoice, StrategyChoice, config_from, load_config
from tickpath.core.errors import ConfigError, LimitError, MetadataError
from tickpath.core.instruments_file import lines_to_add, load_instruments, shipped_files

MINIMAL = """
[[sources]]
venue = "binance-spot"
symbols = ["BTCUSDT"]
"""
WHOLE = """
engine_id = 7
epoch = 3
seed = 99
stale_policy = "reduce"
instruments = "own.toml"

[balances]
USDT = "5000.5"
BTC = 2

[[sources]]
name = "spot"
venue = "binance-spot"
symbols = ["BTCUSDT", "MINEUSDT"]

[[sources]]
venue = "binance-coinm"
symbols = ["BTCUSD_PERP"]

[[strategies]]
name = "quoter"
instruments = ["binance-coinm:BTCUSD_PERP", "MINEUSDT"]
params = { levels = 3, edge = 0.5 }

[[strategies]]
name = "own/taker.py"

[model]
kind = "dense"
path = "model.npz"

[risk]
order_quantity_max = "10"
order_notional_max = "20000"
position_ceiling_ppm = 10000
price_collar_ppm = 2000
order_rate_per_s = 20
order_burst = 5
stale_ns = 1000000000

[route]
latency_ns = { binance-coinm = 5000000 }
latency_cost_ppm_per_ms = 3

[sim]
order_latency_ns = 1
response_latency_ns = 2
feed_latency_ns = 3
latency_jitter_ns = 0
queue = "front"
queue_power = 4
self_impact = true

[backends]
book = "reference"
"""
OWN = """
[currencies.MINE]
decimals = 2

[binance-spot.MINEUSDT]
base = "MINE"
quote = "USDT"
tick_size = "0.5"
lot_size = 1
quantity_min = "1"
quantity_max = "100"
maker_fee_ppm = -10
taker_fee_ppm = 20
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "own.toml").write_text(OWN)
    return tmp_path


def write(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text)
    return path


def test_a_whole_file(folder: Path) -> None:
    config = load_config(write(folder, WHOLE))
    assert (config.engine_id, config.epoch, config.seed) == (7, 3, 99)
    assert config.stale_policy == "reduce"
    assert [c.name for c in config.currencies] == ["BTC", "USDT", "MINE", "USD"]
    assert [c.decimals for c in config.currencies] == [8, 8, 2, 8]
    assert config.balances == {"USDT": Decimal("5000.5"), "BTC": Decimal(2)}
    assert [(i.index, i.symbol, i.venue) for i in config.instruments] == [
        (0, "BTCUSDT", 0),
        (1, "MINEUSDT", 0),
        (2, "BTCUSD_PERP", 2),
    ]
    mine = config.instruments[1]
    assert (mine.base, mine.quote, mine.settle, mine.settle_decimals) == (2, 1, 1, 8)
    assert (mine.tick_size, mine.lot_size) == (Decimal("0.5"), Decimal(1))
    assert config.sources == (
        Source(name="spot", venue=0, instruments=(0, 1)),
        Source(name="binance-coinm-1", venue=2, instruments=(2,)),
    )
    assert config.strategies == (
        StrategySpec(name="quoter", instruments=(2, 1), params={"levels": 3, "edge": 0.5}),
        StrategySpec(name=str(folder / "own/taker.py"), instruments=(0, 1, 2)),
    )
    assert config.model == ModelSpec(kind="dense", path=str(folder / "model.npz"))
    assert config.risk == RiskSpec(
        order_quantity_max=Decimal(10),
        order_notional_max=Decimal(20000),
        position_ceiling_ppm=10000,
        price_collar_ppm=2000,
        order_rate_per_s=20,
        order_burst=5,
        stale_ns=10**9,
    )
    latency = (0, 0, 5_000_000) + (0,) * (len(VENUES) - 3)
    assert config.route == RouteSpec(latency_ns=latency, latency_cost_ppm_per_ms=3)
    assert config.sim == SimSpec(
        order_latency_ns=1,
        response_latency_ns=2,
        feed_latency_ns=3,
        latency_jitter_ns=0,
        queue="front",
        queue_power=4,
        self_impact=True,
    )
    assert config.backends == {"book": "reference"}


def test_a_minimal_file_takes_the_defaults(folder: Path) -> None:
    config = load_config(write(folder, MINIMAL))
    assert config.instruments == (btcusdt_shipped(),)
    assert config.balances == {"USDT": Decimal(100_000), "BTC": Decimal(1)}
    assert config.risk == RiskSpec()
    assert config.sim == SimSpec()
    assert config.route == RouteSpec()
    assert config.strategies == ()


def test_the_same_file_gives_the_same_hash(folder: Path) -> None:
    path = write(folder, WHOLE)
    assert load_config(path).hash() == load_config(path).hash()


def test_instruments_named_on_the_command_line_win(folder: Path) -> None:
    other = folder / "other.toml"
    other.write_text(OWN.replace('"0.5"', '"0.25"'))
    config = load_config(write(folder, WHOLE), other)
    assert config.instruments[1].tick_size == Decimal("0.25")


def test_the_shipped_files_hold_what_the_tests_use() -> None:
    assert shipped_files()
    table = load_instruments()
    for instrument, venue in [
        (btcusdt_shipped(), "binance-spot"),
        (btcusdt_linear(), "binance-usdm"),
        (btcusd_inverse(), "binance-coinm"),
    ]:
        made = config_from(venue, [instrument.symbol]).instruments[0]
        names = {"base": 0, "quote": 0, "settle": 0}
        assert replace(made, **names) == replace(instrument, **names)
    assert table.find("binance-spot", "ETHUSDT").kind.name == "SPOT"


def test_every_shipped_instrument_can_be_used() -> None:
    table = load_instruments()
    for venue, symbol in table.entries:
        balances = {table.find(venue, symbol).settle: Decimal(1)}
        assert config_from(venue, [symbol], instruments=table, balances=balances).instruments
    assert len(table.entries) >= 15


def test_a_configuration_for_a_recording() -> None:
    choice = StrategyChoice(name="quoter", instruments=["ETHUSDT"], params={"levels": 2})
    config = config_from(
        "binance-spot", ["BTCUSDT", "ETHUSDT"], ["taker", choice], seed=4, risk=RiskSpec()
    )
    assert [s.instruments for s in config.sources] == [(0,), (1,)]
    assert config.strategies == (
        StrategySpec(name="taker", instruments=(0, 1)),
        StrategySpec(name="quoter", instruments=(1,), params={"levels": 2}),
    )
    assert config.seed == 4
    one = config_from("binance-spot", ["BTCUSDT"])
    assert one.instruments == config_of(btcusdt_shipped()).instruments


def test_missing_metadata_are_answered_with_the_lines_to_add(folder: Path) -> None:
    with pytest.raises(MetadataError) as caught:
        config_from("binance-spot", ["NEWUSDT"], instruments=folder / "own.toml")
    message = str(caught.value)
    assert "NEWUSDT on binance-spot" in message
    assert str(folder / "own.toml") in message
    lines = lines_to_add("binance-spot", "NEWUSDT")
    assert lines in message
    filled = lines.replace('"?"', '"1"').replace("?", "1")
    assert "?" not in filled
    (folder / "own.toml").write_text(OWN + filled)
    config = config_from("binance-spot", ["NEWUSDT"], instruments=folder / "own.toml")
    assert config.instruments[0].tick_size == 1


@pytest.mark.parametrize("symbol", ["NEWUSD_PERP", "SHIBUSD_250926", "A/USD"])
def test_the_lines_for_an_inverse_contract_are_whole(folder: Path, symbol: str) -> None:
    filled = lines_to_add("binance-coinm", symbol).replace('"?"', '"1"').replace("?", "1")
    (folder / "own.toml").write_text(filled)
    entry = load_instruments(folder / "own.toml").find("binance-coinm", symbol)
    assert entry.settle == entry.base
    assert entry.quote == "USD"


def test_lines_left_unfilled_are_refused(folder: Path) -> None:
    (folder / "own.toml").write_text(lines_to_add("binance-spot", "NEWUSDT"))
    with pytest.raises(ConfigError, match="not TOML"):
        load_instruments(folder / "own.toml")


def test_a_near_miss_is_named() -> None:
    with pytest.raises(MetadataError, match="did you mean BTCUSDT"):
        config_from("binance-spot", ["BTCUSTD"])


def test_an_account(folder: Path) -> None:
    text = '[account]\ncost = "fifo"\nhedging = ["binance-coinm"]\ncurrencies = ["BNB", "BTC"]\n'
    config = load_config(write(folder, WHOLE + text + 'reporting = "BNB"\nfx_stale_ns = 5\n'))
    account = config.account
    assert (account.cost, account.hedging, account.reporting) == ("fifo", ("binance-coinm",), "BNB")
    assert [c.name for c in config.currencies] == ["BTC", "USDT", "MINE", "USD", "BNB"]
    assert config_from_json(config_to_json(config)) == config


BROKEN = [
    ("seed = 1.5", "seed is a number: write an integer"),
    ('seed = "1"', "seed is text: write an integer"),
    ("seed = true", "seed is true or false: write an integer"),
    ("seed = -1", "seed is -1: write 0.."),
    ("seeed = 1", "unknown key 'seeed'; did you mean 'seed'"),
    ("engine_id = 0", "engine_id is 0: write 1..65535"),
    ("epoch = 65536", "epoch is 65536"),
    ("stale_policy = 'hold'", "choose one of keep, cancel, reduce"),
    ("sources = 3", "sources is an integer: write a list"),
    ("balances = []", "balances is a list: write a table"),
    ('[account]\ncost = "lifo"', "choose one of average, fifo, average+fifo"),
    ('[account]\nhedging = ["binance-spot"]', "long and short positions are kept on"),
    ('[account]\nreporting = "DOGE"', "reporting names 'DOGE', which is no currency here"),
    ("[account]\nfx_stale_ns = -1", "fx_stale_ns is -1: write 0.."),
    ("[risk]\nposition_ceiling_ppm = 20001", "position_ceiling_ppm = 20000: write at most"),
    ("[risk]\norder_rate_per_s = 1001", "order_rate_per_s_max = 1000"),
    ("[risk]\norder_rate_per_s = 0", "order_rate_per_s is 0: write 1.."),
    ("[risk]\nstale_ns = 5000000001", "stale_ns_max = 5000000000"),
    ("[risk]\norder_notional_max = 0.5", "floats are not exact"),
    ('[risk]\norder_quantity_max = "0"', "write a number above 0"),
    ("[risk]\nmax_order = 1", "[risk]: unknown key 'max_order'"),
    ("[balances]\nDOGE = 1", "[balances]: DOGE: no instrument uses this currency"),
    ('[balances]\nUSDT = "-1"', "USDT is negative"),
    ("[balances]\nUSDT = 0.5", "floats are not exact"),
    ('[balances]\nUSDT = "1e-9"', "8 decimals"),
    ('[balances]\nUSDT = "1e18"', "64 bits"),
    ("[balances]\nBTC = 1", "no starting equity in USDT"),
    ("[model]\nkind = 'dense'", "give both or none"),
    ("[model]\npath = 'x.npz'", "give both or none"),
    ("[model]\nkind = 'forest'", "choose one of none, dense, trees, recurrent, onnx"),
    ("[route]\nlatency_ns = {kraken = 1}", "unknown key 'kraken'"),
    ("[sim]\nqueue_power = 0", "queue_power is 0"),
    ("[sim]\nself_impact = 1", "write true or false"),
    ("[backends]\nbook = 'fast'", "choose one of reference, native, onnx, gpu, fpga"),
    ("[backends]\nbok = 'native'", "did you mean 'book'"),
    ("[[strategies]]", "[[strategies]] 1: name is missing"),
    ("[[strategies]]\nname = 'a'\ninstruments = ['ETHUSDT']", "'ETHUSDT' is in no source"),
    ("[[strategies]]\nname = 'a'\ninstruments = 'BTCUSDT'", "write a list"),
    ("[[strategies]]\nname = 'a'\ninstruments = [1]", "write a list of text"),
    ("[[strategies]]\nname = 'a'\nparams = {x = 'y'}", "x is 'y': write a number"),
    ("[[strategies]]\nname = 'a'\nparams = {x = true}", "write a number"),
    ("[[strategies]]\nname = 'a'\nwarmup = 3", "unknown key 'warmup'"),
    ("[[sources]]\nvenue = 'binance'\nsymbols = ['X']", "choose one of binance-spot"),
    ("[[sources]]\nvenue = 'binance-usdm'\nsymbols = []", "names no symbols"),
    (
        "[[sources]]\nvenue = 'binance-usdm'\nsymbols = ['BTCUSDT']\n"
        "[[strategies]]\nname = 'a'\ninstruments = ['BTCUSDT']",
        "is on several venues: write one of binance-spot:BTCUSDT, binance-usdm:BTCUSDT",
    ),
    (
        "[[sources]]\nname = 'binance-spot-0'\nvenue = 'binance-usdm'\nsymbols = ['BTCUSDT']",
        "two sources are named",
    ),
    (
        "[[sources]]\nvenue = 'binance-usdm'\nsymbols = ['BTCUSDT', 'BTCUSDT']",
        "names 'BTCUSDT' twice",
    ),
    ("[[strategies]]\nname = 'a'\n" * 17, "strategies_max = 16"),
    ("= 3", "not TOML"),
]


@pytest.mark.parametrize(("text", "wanted"), BROKEN)
def test_each_mistake_is_one_line_with_its_place(folder: Path, text: str, wanted: str) -> None:
    simple = not text.startswith("[")
    path = write(folder, f"{text}\n{MINIMAL}" if simple else f"{MINIMAL}\n{text}\n")
    if text.startswith("sources"):
        path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    message = str(caught.value)
    assert wanted in message
    assert str(path) in message
    assert "\n" not in message


def test_a_looser_limit_is_a_limit_error(folder: Path) -> None:
    with pytest.raises(LimitError):
        load_config(write(folder, MINIMAL + "[risk]\nposition_ceiling_ppm = 30000\n"))


INSTRUMENT = [
    ('tick_size = "0.5"', 'tick_size = "0"', "tick_size is 0: write a number above 0"),
    ('tick_size = "0.5"', "", "tick_size is missing"),
    ('tick_size = "0.5"', "tick_size = 0.5", "floats are not exact"),
    ('tick_size = "0.5"', 'tick_size = "1e-19"', "more than 18 decimals"),
    ('quantity_max = "100"', 'quantity_max = "0.5"', "below quantity_min"),
    ('quantity_max = "100"', 'quantity_max = "1e30"', "quantity_max"),
    ("maker_fee_ppm = -10", "", "maker_fee_ppm is missing"),
    ("maker_fee_ppm = -10", "maker_fee_ppm = 200000", "maker_fee_ppm is 200000"),
    ('quote = "USDT"', 'quote = "USDT"\nsettle = "MINE"', "settles in USDT"),
    ('quote = "USDT"', 'quote = "USDT"\nmultiplier = "2"', "spot has 1"),
    ('quote = "USDT"', 'quote = "USDT"\nkind = "swap"', "choose one of spot, linear, inverse"),
    ('quote = "USDT"', 'quote = "USDT"\nkind = "inverse"', "multiplier is missing"),
    ('quote = "USDT"', 'quote = "USDT"\nnotional_min = "-1"', "notional_min is negative"),
    ('quote = "USDT"', 'quote = "USDT"\nnotional_min = "1e-9"', "8 decimals"),
    ('quote = "USDT"', 'quote = "USDT"\ntick = 1', "unknown key 'tick'"),
    ("[binance-spot.MINEUSDT]", "[kraken.MINEUSDT]", "unknown key 'kraken'"),
    ("MINEUSDT]", f"{'M' * 32}]", "1..31 ASCII"),
    ("decimals = 2", "decimals = 19", "decimals is 19"),
    ("decimals = 2", "decimals = 2\nname = 'x'", "unknown key 'name'"),
]


@pytest.mark.parametrize(("old", "new", "wanted"), INSTRUMENT)
def test_each_mistake_in_an_instruments_file(folder: Path, old: str, new: str, wanted: str) -> None:
    path = folder / "own.toml"
    path.write_text(OWN.replace(old, new))
    with pytest.raises(ConfigError) as caught:
        config_from("binance-spot", ["MINEUSDT"], instruments=path)
    message = str(caught.value)
    assert wanted in message
    assert str(path) in message
    assert "\n" not in message


def test_files_that_cannot_be_read_are_named(folder: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.toml: cannot be read"):
        load_config(folder / "absent.toml")
    (folder / "raw.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load_config(folder / "raw.toml")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(folder)


def test_no_sources_is_refused(folder: Path) -> None:
    with pytest.raises(ConfigError, match=r"no \[\[sources\]\]"):
        load_config(write(folder, "seed = 1"))
    with pytest.raises(ConfigError, match=r"no .*sources"):
        config_from("binance-spot", [])


def test_more_instruments_than_the_engine_holds_are_refused(folder: Path) -> None:
    entry = OWN.split("[binance-spot.MINEUSDT]")[1]
    names = [f"S{k}USDT" for k in range(65)]
    (folder / "own.toml").write_text("".join(f"[binance-spot.{n}]{entry}" for n in names))
    with pytest.raises(ConfigError, match="_max = 64"):
        config_from("binance-spot", names, instruments=folder / "own.toml")


def test_choices_by_name() -> None:
    assert SourceChoice(venue="binance-spot", symbols=["X"]).name == ""


def test_a_model_is_named_by_its_bytes_and_a_link_by_what_it_leads_to(folder):
    (folder / "score").mkdir()
    (folder / "score/one.npz").write_bytes(b"one")
    (folder / "score/current.npz").symlink_to("one.npz")
    text = MINIMAL + '[model]\nkind = "dense"\npath = "score/current.npz"\n'
    (folder / "run.toml").write_text(text)
    found = load_config(folder / "run.toml")
    one = hashlib.blake2b(b"one", digest_size=8).hexdigest()
    assert found.model.path == str(folder / "score/one.npz")
    assert found.model.hash == one
    assert found.model.label == f"{found.model.path} {one}"
    (folder / "score/one.npz").rename(folder / f"score/{one}.npz")
    (folder / "run.toml").write_text(text.replace("current", one))
    assert load_config(folder / "run.toml").model.label == f"score {one}"
    (folder / f"score/{one}.npz").write_bytes(b"two")
    assert load_config(folder / "run.toml").hash() != found.hash()
    assert config_from_json(config_to_json(found)).model == found.model
