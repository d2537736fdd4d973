"""Names of messages: what a run missed leaves the others theirs."""

import pytest
from sbe_frames import sbe_of

from tickpath.backtest.journal_messages import Key, Keys
from tickpath.core import ids
from tickpath.core.config import Config
from tickpath.core.config_load import config_from
from tickpath.core.records import ReportKind

ORDER = ids.client_order_id(1, 1, 7)
OWN = ids.to_text(ORDER)
PLACED = (
    f'{{"id":"{OWN}","status":200,"result":{{"symbol":"BTCUSDT","transactTime":1700000000001}}}}'
)
STANDS = (
    f'{{"id":"q{OWN}","status":200,"result":{{"symbol":"BTCUSDT","orderId":5,"status":"NEW",'
    '"executedQty":"0.00000","time":1700000000001,"updateTime":1700000000002}}'
)
GONE = f'{{"id":"c{OWN}","status":400,"error":{{"code":-2011,"msg":"Unknown order sent."}}}}'
UNSENT = f'{{"id":"c{OWN}","status":400,"error":{{"code":0,"msg":""}}}}'
REFUSED = f'{{"id":"{OWN}","status":400,"error":{{"code":-2010,"msg":"no balance"}}}}'
NEW = (
    f'{{"e":"executionReport","s":"BTCUSDT","c":"{OWN}","C":"","x":"NEW","X":"NEW","i":5,'
    '"z":"0.00000","T":1700000000001}'
)
MS = 1_000_000


@pytest.fixture
def config() -> Config:
    return config_from("binance-spot", ["BTCUSDT"], ())


def test_an_answer_and_an_event_have_names_of_their_own(config: Config) -> None:
    keys = Keys(config)
    found = [keys.name(0, text.encode()) for text in (PLACED, NEW, NEW, STANDS, GONE)]
    assert [each and each.key for each in found] == [
        Key(ORDER, "", ReportKind.ACK, 0),
        Key(ORDER, "e", ReportKind.ACK, 0),
        Key(ORDER, "e", ReportKind.ACK, 1),
        Key(ORDER, "q", ReportKind.ACK, 0),
        Key(ORDER, "c", ReportKind.CANCEL_REJECT, 0),
    ]
    without = Keys(config).name(0, NEW.encode())
    assert without is not None
    assert without.key.ordinal == 0


def test_times_of_the_venue_and_of_the_order(config: Config) -> None:
    keys = Keys(config)
    placed, stands = keys.name(0, PLACED.encode()), keys.name(0, STANDS.encode())
    assert placed is not None
    assert stands is not None
    assert (placed.venue_ns, placed.created_ns) == (1_700_000_000_001 * MS, 0)
    assert (stands.venue_ns, stands.created_ns) == (
        1_700_000_000_002 * MS,
        1_700_000_000_001 * MS,
    )
    refused = keys.name(0, REFUSED.encode())
    assert refused is not None
    assert refused.refused
    assert not placed.refused
    gone, unsent = keys.name(0, GONE.encode()), keys.name(0, UNSENT.encode())
    assert gone is not None
    assert unsent is not None
    assert unsent.refused
    assert not gone.refused


def test_sbe_has_the_names_and_times_of_json(config: Config) -> None:
    said = [PLACED, STANDS, GONE, REFUSED]
    json, sbe = Keys(config), Keys(config)
    for text in said:
        assert json.name(0, text.encode()) == sbe.name(0, sbe_of(text.encode()))


def test_what_means_no_order_has_no_name(config: Config) -> None:
    assert Keys(config).name(0, b'{"e":"outboundAccountPosition"}') is None
    assert Keys(config).name(0, b"nonsense") is None
    assert Keys(config).name(0, b'{"id":"17","status":200,"result":{}}') is None


def test_a_request_is_named_as_its_answer(config: Config) -> None:
    keys = Keys(config)
    spot = config.venues.index("binance-spot")
    for text, letter in ((PLACED, ""), (STANDS, "q"), (GONE, "c")):
        request = text.replace('"status"', '"method"').encode()
        assert keys.about(spot, ORDER, request) == (ORDER, letter)
    coinbase = config.venues.index("coinbase")
    assert keys.about(coinbase, ORDER, STANDS.encode()) == (ORDER, "")
