"""Every door: ways to loosen a compiled ceiling, tried on the native engine, judged by its bytes.

An attempt gets a configuration whose strategy wants one lot more than 2 % of equity, tries
something, and hands back the engine it got, if it got one. Then market data arrive and what leaves
is looked at: never an order above the ceiling. The same engine with one lot less does send, so
the judgement can fail.

The reference engine is plain Python: who changes Python changes it. That is why the native one
trades live, and why only it is judged here. Money is no ceiling: balances and an imported ledger
say what equity is, and 2 % of a wrong equity is beyond this test, as is writing into the memory of
the process.
"""

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from copy import copy
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support import btcusdt, config_of

from tickpath.core import compiled, config_json, config_load, limits
from tickpath.core import config as config_module
from tickpath.core.config import Config, RiskSpec, StrategySpec
from tickpath.core.errors import TickpathError
from tickpath.core.limits import LIMITS
from tickpath.engine import native
from tickpath.engine.commands import (
    LIMITS_VALUE,
    Command,
    LimitName,
    command_bytes,
    limit_detail,
    limits_value,
)
from tickpath.hot.risk import context, reference
from tickpath.hot.risk import limits as risk_limits
from tickpath.hot.risk import native as risk_native
from tickpath.hot.risk.checks import collar, killed, notional_max, position, rate
from tickpath.hot.risk.context import OrderLimits
from tickpath.lanes.slot import Slot

Attempt = Callable[[Config, pytest.MonkeyPatch, Path], Any]
ATTEMPTS: dict[str, Attempt] = {}
CEILING_LOTS = 4000
"""2 % of 100 000 USDT at 50 000.00, in lots of 0.00001."""
SNAPSHOT = b'{"lastUpdateId":10,"bids":[["49999.98","1.0"]],"asks":[["50000.00","1.0"]]}'
LOOSE = dict.fromkeys(LIMITS, 2**40)


def door(attempt: Attempt) -> Attempt:
    ATTEMPTS[attempt.__name__] = attempt
    return attempt


def wanting(lots: int, count: int = 1) -> Config:
    """Strategies that each answer every event with an order of so many lots."""
    spec = StrategySpec(name="every_event", instruments=(0,), params={"order_lots": lots})
    return config_of(btcusdt(), strategies=(spec,) * count)


def sent_lots(engine: Any) -> list[int]:
    """What leaves on the first book, in lots, read from the order bytes."""
    engine.on_market_frame(0, SNAPSHOT, 1000)
    orders = [json.loads(data)["params"] for _, _, data in engine.take_out()]
    return [int(Decimal(order["quantity"]) / Decimal("0.00001")) for order in orders]


def with_forced(config: Config, **values: Any) -> Config:
    """The frozen risk table written into."""
    risk = copy(config.risk)
    for name, value in values.items():
        object.__setattr__(risk, name, value)
    return replace(config, risk=risk)


def from_file(config: Config, folder: Path, text: str) -> Any:
    path = folder / "engine.toml"
    path.write_text(
        '[[sources]]\nvenue = "binance-spot"\nsymbols = ["BTCUSDT"]\n'
        '[[strategies]]\nname = "every_event"\nparams = { order_lots = 40010 }\n' + text
    )
    return native.Engine(config_load.load_config(path))


FILES = {
    "ppm": "position_ceiling_ppm = 1000000",
    "text": 'position_ceiling_ppm = "1000000"',
    "float": "position_ceiling_ppm = 1e6",
    "infinity": "position_ceiling_ppm = inf",
    "nan": "position_ceiling_ppm = nan",
    "true": "position_ceiling_ppm = true",
    "hex": "position_ceiling_ppm = 0xFFFFFFFF",
    "negative": "position_ceiling_ppm = -1",
    "one word more": "position_ceiling_ppm = 18446744073709571616",
    "list": "position_ceiling_ppm = [1000000]",
    "order ceiling": "order_notional_ceiling_ppm = 1000000",
    "ceiling table": "[limits]\nposition_ceiling_ppm = 1000000",
    "checks": "checks = []",
}
for _name, _text in FILES.items():

    def _file(config: Config, patch: pytest.MonkeyPatch, path: Path, text: str = _text) -> Any:
        return from_file(config, path, "[risk]\n" + text)

    ATTEMPTS[f"file: {_name}"] = _file

FORCED: dict[str, Any] = {
    "ppm": 10**6,
    "32 bits around": 2**32 + 10**6,
    "64 bits around": 2**64 + 10**6,
    "negative": -1,
    "nan": float("nan"),
    "infinity": float("inf"),
    "text": "1000000",
    "decimal": Decimal(10**6),
    "true": True,
    "none": None,
}
for _name, _value in FORCED.items():

    def _forced(config: Config, patch: pytest.MonkeyPatch, path: Path, value: Any = _value) -> Any:
        return native.Engine(with_forced(config, position_ceiling_ppm=value))

    ATTEMPTS[f"object.__setattr__: {_name}"] = _forced


class Lie(int):
    """An integer that is small whenever it is asked."""

    def __le__(self, other: Any) -> bool:
        return True

    def __lt__(self, other: Any) -> bool:
        return True

    def __ge__(self, other: Any) -> bool:
        return True

    def __gt__(self, other: Any) -> bool:
        return False


class LooseSpec(RiskSpec):
    """A risk table that does not look at itself."""

    def __post_init__(self) -> None:
        pass


class LooseEngine(native.Engine):
    """An engine whose Python face says yes."""

    def validate(self, *_: Any) -> list[int]:
        return [0]


class LooseRisk(risk_native.Risk):
    """A risk handle whose Python face says yes."""

    def validate(self, intents: Any, context: Any) -> list[int]:
        return [0] * len(intents)


class NoRisk:
    """No risk at all."""

    def __init__(self, config: Config) -> None: ...


@door
def constructor(config: Config, patch: pytest.MonkeyPatch, path: Path) -> Any:
    return native.Engine(replace(config, risk=RiskSpec(position_ceiling_ppm=10**6)))


@door
def dataclass_replace(config: Config, patch: pytest.MonkeyPatch, path: Path) -> Any:
    return native.Engine(replace(config, risk=replace(config.risk, position_ceiling_ppm=20_001)))


@door
def integer_that_lies(config: Config, patch: pytest.MonkeyPatch, path: Path) -> Any:
    return native.Engine(replace(config, risk=RiskSpec(position_ceiling_ppm=Lie(10**6))))


@door
def subclass_of_the_table(config: Config, patch: pytest.MonkeyPatch, path: Path) -> Any:
    return native.Engine(replace(config, risk=LooseSpec(position_ceiling_ppm=10**6)))


@door
def pickled_configuration(config: Config, patch: pytest.MonkeyPatch, path: Path) -> Any:
    data = pickle.dumps(with_forced(config, position_ceiling_ppm=10**6))
    return native.Engine(pickle.loads(data))


@door
def configuration_of_a_journal(config: Config, patch: pytest.MonkeyPatch, path: Path) -> Any:
    text = config_json.config_to_json(with_forced(config, position_ceiling_ppm=10**6))
    return native.Engine(config_json.config_from_json(text))


@door
def environment(config: Config, patch: pytest.MonkeyPatch, path: Path) -> Any:
    for name in LIMITS:
        for prefix in ("", "TP_", "TICKPATH_", "TICKPATH_RISK_", "TICKPATH_LIMITS_"):
            patch.setenv(f"{prefix}{name}".upper(), "1000000")
    return native.Engine(config)


@door
def limits_written(config: Config, patch: pytest.MonkeyPatch, path: Path) -> Any:
    LIMITS["position_ceiling_ppm"] = 10**6  # type: ignore[index]
    return native.Engine(config)


@door
def limits_replaced_everywhere(config: Config, patch: pytest.MonkeyPatch, path: Path) -> Any:
    loose = LOOSE | {"instruments_max": LIMITS["instruments_max"]}
    modules = (limits, config_module, context, risk_limits, reference, position, notional_max, rate)
    for module in modules:
        patch.setattr(module, "LIMITS", loose, raising=False)
    return native.Engine(with_forced(config, position_ceiling_ppm=10**6))


@door
def compiled_limits_replaced(config: Config, patch: pytest.MonkeyPatch, path: Path) -> Any:
    patch.setattr(compiled, "limits", lambda: LOOSE)
    patch.setattr(limits, "LIMITS", LOOSE)
    patch.setattr(context, "LIMITS", LOOSE | {"instruments_max": 64})
    return native.Engine(with_forced(config, position_ceiling_ppm=10**6))


@door
def ceilings_emptied(config: Config, patch: pytest.MonkeyPatch, path: Path) -> Any:
    patch.setattr(context, "CEILINGS", {})
    patch.setattr(config_module, "CEILINGS", {})
    return native.Engine(replace(config, risk=RiskSpec(position_ceiling_ppm=10**6)))


@door
def limits_of_replaced(config: Config, patch: pytest.MonkeyPatch, path: Path) -> Any:
    wide = OrderLimits(2**62, 2**62, 10**6, 10**6, 10**6, 10**6, 2**62)
    patch.setattr(context, "limits_of", lambda config: [wide])
    patch.setattr(risk_native, "limits_of", lambda config: [wide])
    return native.Engine(config)


@door
def python_checks_replaced(config: Config, patch: pytest.MonkeyPatch, path: Path) -> Any:
    for module in (position, notional_max, collar, rate, killed):
        patch.setattr(module, "check", lambda x: 0)
    patch.setattr(reference, "CHECKS", ())
    patch.setattr(reference, "verdict", lambda x: 0)
    return native.Engine(config)


@door
def python_risk_replaced(config: Config, patch: pytest.MonkeyPatch, path: Path) -> Any:
    patch.setattr(reference.Risk, "validate", lambda self, intents, at: [0] * len(intents))
    patch.setattr(reference, "Risk", NoRisk)
    return native.Engine(config)


@door
def order_of_checks_emptied(config: Config, patch: pytest.MonkeyPatch, path: Path) -> Any:
    (path / "ORDER").write_text("rate\n")
    patch.setattr(reference, "ORDER_FILE", path / "ORDER")
    return native.Engine(config)


@door
def native_risk_replaced_by_none(config: Config, patch: pytest.MonkeyPatch, path: Path) -> Any:
    patch.setattr(risk_native, "Risk", NoRisk)
    return native.Engine(config)


@door
def native_risk_replaced_by_the_plain_one(
    config: Config, patch: pytest.MonkeyPatch, path: Path
) -> Any:
    patch.setattr(risk_native, "Risk", reference.Risk)
    return native.Engine(config)


@door
def native_risk_replaced_by_its_subclass(
    config: Config, patch: pytest.MonkeyPatch, path: Path
) -> Any:
    patch.setattr(risk_native, "Risk", LooseRisk)
    return native.Engine(config)


@door
def native_verdict_replaced(config: Config, patch: pytest.MonkeyPatch, path: Path) -> Any:
    patch.setattr(risk_native, "verdict", lambda x: 0)
    return native.Engine(config)


@door
def subclass_of_the_engine(config: Config, patch: pytest.MonkeyPatch, path: Path) -> Any:
    return LooseEngine(config)


@door
def stage_replaced_in_a_running_engine(
    config: Config, patch: pytest.MonkeyPatch, path: Path
) -> Any:
    """And its memory is not given back under the walk's feet."""
    made = native.Engine(config)
    made.stages.risk = NoRisk(config)
    made.stages.control = None
    made.stages.execute = None
    made.stages.books.clear()
    for _ in range(200):
        risk_native.Risk(config)
    return made


@door
def built_again_over_itself(config: Config, patch: pytest.MonkeyPatch, path: Path) -> Any:
    made = native.Engine(config)
    with pytest.raises(Exception, match="built once"):
        made.__init__(with_forced(config, position_ceiling_ppm=10**6))  # type: ignore[misc]
    return made


def running(config: Config) -> Any:
    made = native.Engine(config)
    made.on_timer(1)
    return made


@door
def handle_method(config: Config, patch: pytest.MonkeyPatch, path: Path) -> Any:
    made = running(config)
    for value in (20_001, 10**6, 2**32 + 10**6, -1, -(2**63), 2**63 - 1):
        for limit in range(-1, 9):
            made.stages.risk.set_limit(limit, -1, value)
            made.stages.control.set_limit(limit, -1, value)
    made.stages.control.set_limits(5, [2**62] * 7)
    made.stages.risk.set_gate(0, 0)
    return made


@door
def handle_method_with_more_than_a_word(
    config: Config, patch: pytest.MonkeyPatch, path: Path
) -> Any:
    made = running(config)
    for value in (2**64 + 10**6, float("nan"), float("inf"), "1000000", None):
        with pytest.raises((OverflowError, TypeError)):
            made.stages.risk.set_limit(LimitName.POSITION_CEILING_PPM, -1, value)
    return made


@door
def handle_attribute(config: Config, patch: pytest.MonkeyPatch, path: Path) -> Any:
    made = running(config)
    for name in ("state", "limits", "killed", "validate"):
        with pytest.raises(AttributeError):
            setattr(made.stages.risk, name, lambda *_: [0])
    return made


@door
def command(config: Config, patch: pytest.MonkeyPatch, path: Path) -> Any:
    made = running(config)
    for limit in range(256):
        for value in (20_001, 10**6, 2**32 + 10**6, -1, -(2**63), 2**63 - 1):
            for instrument in (-1, 0):
                detail = limit | (instrument + 1) << 8
                made.on_command(Command.SET_LIMIT, value, 2, detail)
    return made


@door
def command_of_every_number(config: Config, patch: pytest.MonkeyPatch, path: Path) -> Any:
    made = running(config)
    for number in range(-300, 300):
        if number != Command.KILL:
            made.on_command(number, 10**6, 2, limit_detail(LimitName.POSITION_CEILING_PPM))
    assert len(command_bytes(Command.SET_LIMIT, 10**6)) == 16
    return made


@door
def limits_slot(config: Config, patch: pytest.MonkeyPatch, path: Path) -> Any:
    made, slot = running(config), Slot.create(LIMITS_VALUE.size)
    made.attach_limits(slot)
    for version, value in enumerate((20_001, 10**6, 2**32 + 10**6, -2, 2**63 - 1), 1):
        slot.write(limits_value(version, dict.fromkeys(LimitName, value)))
        made.on_timer(2)
    return made


@door
def forged_slot_record(config: Config, patch: pytest.MonkeyPatch, path: Path) -> Any:
    made = running(config)
    for byte in (0x7F, 0xFF, 0x80, 0x01):
        made.on_limits(bytes([byte]) * LIMITS_VALUE.size, 2)
    return made


@door
def forged_state(config: Config, patch: pytest.MonkeyPatch, path: Path) -> Any:
    """Each word of the limits in control's state, as wide as it goes."""
    made = running(config)
    data = made.stages.control.export_state()
    for k, ceiling in enumerate(risk_limits.ceilings()):
        at = 36 + 8 * k
        for value in (ceiling + 1, -1, 2**63 - 1):
            forged = data[:at] + value.to_bytes(8, "little", signed=True) + data[at + 8 :]
            with pytest.raises(Exception, match="ceiling"):
                made.stages.control.import_state(forged)
    return made


@door
def forged_tokens(config: Config, patch: pytest.MonkeyPatch, path: Path) -> Any:
    made = running(config)
    data = made.stages.risk.export_state()
    for value in (-1, -(2**63), 2**62):
        forged = data[:32] + value.to_bytes(8, "little", signed=True) + data[40:]
        with pytest.raises(Exception, match="rate limit"):
            made.stages.risk.import_state(forged)
    return made


@door
def state_of_a_looser_engine(config: Config, patch: pytest.MonkeyPatch, path: Path) -> Any:
    """A plain engine, changed in Python to be loose, hands its state on."""
    from tickpath.engine.reference import Engine

    loose = Engine(config)
    for row in loose.stages.risk._limits:
        row.position_ceiling_ppm = 10**6
    made = running(config)
    with pytest.raises(Exception, match="ceiling"):
        made.import_state(loose.export_state())
    return made


@door
def quantity_that_wraps(config: Config, patch: pytest.MonkeyPatch, path: Path) -> Any:
    return native.Engine(wanting(2**62))


@door
def quantity_below_zero(config: Config, patch: pytest.MonkeyPatch, path: Path) -> Any:
    return native.Engine(wanting(-4001))


@door
def many_at_once(config: Config, patch: pytest.MonkeyPatch, path: Path) -> Any:
    """No order alone passes the ceiling, all together would."""
    return native.Engine(wanting(1500, 16))


@door
def one_after_the_other(config: Config, patch: pytest.MonkeyPatch, path: Path) -> Any:
    """Unanswered orders count as if they filled."""
    made = native.Engine(wanting(1500))
    total = sum(sent_lots(made))
    for k in range(12):
        frame = (
            f'{{"e":"depthUpdate","E":1,"s":"BTCUSDT","U":{11 + k},"u":{11 + k},'
            f'"b":[["49999.98","{2 + k}.0"]],"a":[]}}'
        )
        made.on_market_frame(0, frame.encode(), 2000 + k)
        orders = [json.loads(data)["params"] for _, _, data in made.take_out()]
        total += sum(
            int(Decimal(o["quantity"]) / Decimal("0.00001")) for o in orders if o["side"] == "BUY"
        )
    assert total <= CEILING_LOTS
    return made


@door
def wide_instrument(config: Config, patch: pytest.MonkeyPatch, path: Path) -> Any:
    """A multiplier so large that the notional does not fit a word."""
    big = btcusdt(multiplier=Decimal("1E18"), notional_min=Decimal(0))
    return native.Engine(replace(config, instruments=(big,)))


def test_the_judgement_can_fail() -> None:
    assert sent_lots(native.Engine(wanting(CEILING_LOTS))) == [CEILING_LOTS]
    assert sent_lots(native.Engine(wanting(CEILING_LOTS + 1))) == []


def test_there_are_many_doors() -> None:
    assert len(ATTEMPTS) >= 50


@pytest.mark.parametrize("name", ATTEMPTS)
def test_a_door_stays_shut(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = wanting(CEILING_LOTS + 1)
    try:
        engine = ATTEMPTS[name](config, monkeypatch, tmp_path)
    except (TickpathError, TypeError, ValueError, OverflowError, pickle.PickleError):
        monkeypatch.undo()
        engine = native.Engine(config)
    assert isinstance(engine, native.Engine)
    lots = sent_lots(engine)
    assert sum(lots) <= CEILING_LOTS
    assert lots or any(600 <= code < 700 for code in engine.codes), "an order was asked for"


FRESH = """
import sys
from decimal import Decimal
sys.path[:0] = sys.argv[1:]
from test_every_door import CEILING_LOTS, sent_lots, wanting
from tickpath.engine import native
print(sent_lots(native.Engine(wanting(CEILING_LOTS + 1))), native.Engine.__module__)
"""


def test_a_fresh_process_reads_no_environment_and_no_file(tmp_path: Path) -> None:
    """Limits are compiled in: an edited limits.toml beside it and every variable change nothing."""
    (tmp_path / "limits.toml").write_text("[risk]\nposition_ceiling_ppm = 1000000\n")
    environment = {f"{p}{n}".upper(): "1000000" for n in LIMITS for p in ("TP_", "TICKPATH_")}
    environment |= {"TICKPATH_LIMITS": str(tmp_path / "limits.toml"), "PATH": os.environ["PATH"]}
    paths = [str(Path(__file__).parent), str(Path(native.__file__).parents[2]), *sys.path]
    done = subprocess.run(
        [sys.executable, "-c", FRESH, *paths],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout == "[] tickpath.engine.native\n", done.stderr
