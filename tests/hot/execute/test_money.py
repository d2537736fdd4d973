"""Positions and money: both backends and the model under one stream; the rules one by one."""

import os
import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from money_rig import BACKENDS, GUARD, MIDS, Rig, account_of, random_event
from support import btcusdt, config_of

from tickpath.core.codes import Code
from tickpath.core.config import AccountSpec
from tickpath.core.errors import ConfigError, DataError
from tickpath.core.limits import LIMITS

COSTS = ("average", "fifo", "average+fifo")
STORM_N = int(os.environ.get("TICKPATH_STORM_N", "240"))
SPOT, LINEAR, INVERSE = range(3)
BTC, USDT, USD = range(3)


@pytest.mark.parametrize("hedging", [False, True])
@pytest.mark.parametrize("cost", COSTS)
def test_storm(cost: str, hedging: bool) -> None:
    """Every kind of event; both backends to the byte, the model within the rounding."""
    rng = random.Random(f"{cost}{hedging}")
    rig = Rig(account_of(cost, hedging))
    for k in range(STORM_N):
        random_event(rig, rng, busts=k > STORM_N // 2)
        if k % 7 == 0 or k == STORM_N - 1:
            rig.check()
        if k % 100 == 99:
            states = [hand.export_state() for hand in rig.hands]
            rig.hands = [make(rig.config) for make in BACKENDS.values()]
            for hand, state in zip(rig.hands, reversed(states), strict=True):
                hand.import_state(state)
    assert rig.trades > STORM_N // 2


@settings(max_examples=40, derandomize=True, deadline=None)
@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(-5, 5)), max_size=25), st.data())
def test_every_sequence_of_fills(moves: list[tuple[int, int]], data: st.DataObject) -> None:
    cost = data.draw(st.sampled_from(COSTS))
    instrument = data.draw(st.integers(0, 2))
    rig = Rig(account_of(cost))
    for lots, move in moves:
        if lots:
            rig.fill(instrument, lots, 120_000 + move * 1000, strategy=abs(move) % 3)
    rig.check()
    if rig.model.fills:
        rig.bust(data.draw(st.sampled_from([f.key for f in rig.model.fills])))
        rig.check()


@pytest.mark.parametrize("instrument", [SPOT, LINEAR, INVERSE])
def test_cost_methods_agree_in_total(instrument: int) -> None:
    """Realised plus unrealised is the same within two guard units an event."""
    totals = []
    for cost in COSTS:
        rng, rig = random.Random(7), Rig(account_of(cost))
        for _ in range(120):
            lots = rng.randrange(1, 9) * rng.choice((-1, 1))
            rig.fill(instrument, lots, 120_000 + rng.randrange(50) * 13, fee=(0, -1))
        settle = rig.config.instruments[instrument].settle
        earned = -rig.hands[1].ledger(settle)["realised"]
        totals.append(earned + rig.hands[1].unrealised_guard(instrument, MIDS[instrument]))
        rig.check()
    assert max(totals) - min(totals) <= 2 * 120


def test_first_in_first_out_by_hand() -> None:
    rig = Rig(account_of("fifo"))
    for lots, ticks in ((10, 100), (10, 200), (-15, 300)):
        rig.fill(LINEAR, lots, ticks, fee=(0, -1))
    # one tick x lot is 10^4 units (0.10 USDT x 0.001): 10 x 200 + 5 x 100 ticks earned
    hand = rig.hands[1]
    assert hand.position(LINEAR).realised_units == 2_500 * 10_000
    assert [(lot.lots, lot.entry_ticks) for lot in hand.lots(LINEAR, 0).lots] == [(5, 200)]
    assert hand.legs(LINEAR)[0].entry_ticks == 200
    rig.check()


def test_the_two_oldest_lots_merge_when_the_queue_is_full() -> None:
    rig = Rig(account_of("fifo"))
    full = LIMITS["fifo_lots_max"]
    for k in range(full + 3):
        rig.fill(INVERSE, 1, 100_000 + k * 11, fee=(0, -1))
    for hand in rig.hands:
        lots = hand.lots(INVERSE, 0).lots
        assert len(lots) == full
        assert [lot.lots for lot in lots[:2]] == [4, 1]
        assert lots[0].entry_ticks == 0
        assert sum(lot.value for lot in lots) == hand.position(INVERSE).entry_value
    before = rig.model.profit(INVERSE, Fraction(MIDS[INVERSE], 2))
    rig.fill(INVERSE, -(full + 3), 130_000, fee=(0, -1))
    assert rig.hands[1].lots(INVERSE, 0).lots == []
    rig.check()
    assert before != rig.model.profit(INVERSE, Fraction(MIDS[INVERSE], 2))


@pytest.mark.parametrize("cost", COSTS)
@pytest.mark.parametrize("instrument", [SPOT, LINEAR, INVERSE])
def test_a_bust_right_after_its_fill_restores_every_account(cost: str, instrument: int) -> None:
    rng = random.Random(cost)
    for lots in (5, -5, -20, 40):
        rig = Rig(account_of(cost))
        rig.fill(instrument, 12, 120_000, strategy=1)
        rig.fill(instrument, 3, 120_700, strategy=2)
        names = ("position", "legs", "funding_units")
        read = [[getattr(hand, n)(instrument) for n in names] for hand in rig.hands]
        read += [[hand.ledger(c) for c in range(3)] for hand in rig.hands]
        read += [[hand.share(s, instrument) for s in range(3)] for hand in rig.hands]
        fee = rng.choice((None, (77, BTC), (-5, USDT)))
        rig.fill(instrument, lots, 121_100, strategy=1, fee=fee)
        assert rig.bust(rig.model.fills[-1].key) == Code.OK
        again = [[getattr(hand, n)(instrument) for n in names] for hand in rig.hands]
        again += [[hand.ledger(c) for c in range(3)] for hand in rig.hands]
        again += [[hand.share(s, instrument) for s in range(3)] for hand in rig.hands]
        assert again == read
        rig.check()


@pytest.mark.parametrize("cost", COSTS)
@pytest.mark.parametrize("instrument", [SPOT, LINEAR, INVERSE])
@pytest.mark.parametrize("lots", [(10, 10, -10), (10, -15, 3), (-7, -7, 20), (5, 6, -4)])
def test_cost_that_fits_no_position_becomes_profit(
    cost: str, instrument: int, lots: tuple[int, ...]
) -> None:
    """Each fill busted in turn, long after it: the total stays that of the fills that remain."""
    for gone in range(len(lots)):
        rig = Rig(account_of(cost))
        for k, moved in enumerate(lots):
            rig.fill(instrument, moved, 120_000 + 9_000 * k, strategy=k % 2, fee=(3, k))
        assert rig.bust(rig.model.fills[gone].key) == Code.OK
        rig.check()
        rig.fill(instrument, -rig.model.lots(instrument) or 1, 99_000, fee=(0, -1))
        rig.check()


def test_a_bust_is_made_once_and_only_of_what_is_remembered() -> None:
    rig = Rig(account_of())
    rig.fill(LINEAR, 5, 120_000)
    key = rig.model.fills[0].key
    assert rig.bust((key[0], 99)) == Code.EXECUTE_BUST
    assert rig.bust(key) == Code.OK
    assert rig.all("bust", *key) == (Code.EXECUTE_DUPLICATE, 0)
    rig.fill(LINEAR, 5, 120_000)
    old = rig.model.fills[0].key
    for _ in range(LIMITS["bust_fills_max"]):
        rig.fill(LINEAR, 1, 120_000)
    assert rig.all("bust", *old) == (Code.EXECUTE_BUST, 0)
    rig.check()


def test_funding_is_paid_by_longs_to_shorts() -> None:
    for instrument, lots, paid in ((LINEAR, 10, 12_000_000), (LINEAR, -10, -12_000_000)):
        rig = Rig(account_of())
        rig.fill(instrument, lots, 120_000, fee=(0, -1))
        # 10 x 0.001 BTC at 12 000 USDT is 120 USDT; 0.1 % of it
        assert rig.funding(instrument, 10**9, 120_000, 1) == Code.OK
        assert rig.hands[1].funding_units(instrument) == paid
        assert rig.hands[1].ledger(USDT)["funding"] == paid * GUARD
        assert rig.hands[1].share(0, instrument).funding_guard == paid * GUARD
        rig.check()


def test_funding_of_hedged_legs_cancels() -> None:
    rig = Rig(account_of(hedging=True))
    rig.fill(INVERSE, 7, 120_000)
    rig.fill(INVERSE, -7, 120_500, leg=1)
    assert rig.hands[1].position(INVERSE).position_lots == 0
    assert [leg.lots for leg in rig.hands[1].legs(INVERSE)] == [7, -7]
    assert rig.funding(INVERSE, 10**8, 120_000, 1) == Code.OK
    assert rig.hands[1].ledger(BTC)["funding"] == 0
    rig.check()


@pytest.mark.parametrize("words", [(0, 1, 1, 1), (1, 1, 0, 1), (1, 1, 1, 0), (9, 1, 1, 1)])
def test_funding_that_makes_no_sense_is_refused(words: tuple[int, int, int, int]) -> None:
    rig = Rig(account_of())
    states = [hand.export_state() for hand in rig.hands]
    assert rig.funding(*words) == Code.EXECUTE_MONEY_COMMAND
    assert [hand.export_state() for hand in rig.hands] == states


def test_position_sides() -> None:
    netting, hedging = Rig(account_of()), Rig(account_of(hedging=True))
    for flags, net, hedge in ((0, True, False), (256, False, True), (512, False, True)):
        assert netting.all("side_fits", LINEAR, flags) is net
        assert hedging.all("side_fits", LINEAR, flags) is hedge
    assert hedging.all("side_fits", LINEAR, 256 | 512) is False
    assert hedging.all("side_fits", SPOT, 0) is True
    assert hedging.fill(LINEAR, -1, 100) == Code.EXECUTE_POSITION_SIDE
    assert hedging.all("halted", LINEAR) == Code.EXECUTE_POSITION_SIDE
    assert hedging.all("may_send", LINEAR) is False
    assert hedging.all("resume", LINEAR) == Code.OK
    assert hedging.all("may_send", LINEAR) is True
    hedging.check()


def test_equity_in_one_currency() -> None:
    rig = Rig(account_of(fx_stale_ns=1000))
    rig.transfer(USD, 5_00000000)
    rig.fill(SPOT, 3, 2_400_000, fee=(700, BTC))
    assert rig.all("equity_in", USDT, MIDS, 0) == (Code.EXECUTE_FX, 0)
    assert rig.all("fx_rate", BTC, USDT, 24_000, 1, 50) == Code.OK
    assert rig.all("equity_in", USDT, MIDS, 60) == (Code.EXECUTE_FX, 0)
    assert rig.all("fx_rate", USDT, USD, 3, 2, 60) == Code.OK
    code, units = rig.all("equity_in", USDT, MIDS, 1050)
    each = [rig.hands[0].equity(c, MIDS) for c in range(3)]
    assert (code, units) == (Code.OK, round(each[0] * 24_000 + each[1] + Fraction(each[2] * 2, 3)))
    assert rig.all("equity_in", USDT, MIDS, 1051) == (Code.EXECUTE_FX, 0)
    assert rig.all("equity_in", 5, MIDS, 0) == (Code.EXECUTE_MONEY_COMMAND, 0)
    for bad in ((0, 0, 1, 1), (0, 1, 0, 1), (0, 1, 1, 0), (0, 9, 1, 1), (-1, 1, 1, 1)):
        assert rig.all("fx_rate", *bad, 0) == Code.EXECUTE_MONEY_COMMAND
    rig.check()


def test_equity_of_nothing_and_less() -> None:
    rig = Rig(account_of())
    rig.transfer(USDT, -100_000_00000000)
    assert rig.all("equity", USDT, MIDS) == 0
    rig.fill(LINEAR, 1000, 2**30, fee=(0, -1))
    assert rig.all("equity", USDT, [0, 1, 0]) < 0
    rig.check()


def test_money_that_does_not_fit_halts_the_instrument_and_posts_nothing() -> None:
    rig = Rig(account_of())
    for lots, ticks in ((2**62, 2**62), (2**62, 1), (-(2**62), 1), (1, 2**62)):
        states = [hand.export_state() for hand in rig.hands]
        if rig.fill(LINEAR, lots, ticks) == Code.RISK_OVERFLOW:
            assert rig.all("halted", LINEAR) == Code.RISK_OVERFLOW
            rig.all("resume", LINEAR)
            assert [hand.export_state() for hand in rig.hands] == states
    assert rig.all("halted", SPOT) == 0


def test_extreme_fills_and_payments_on_both_backends() -> None:
    rng = random.Random(11)
    for cost in COSTS:
        rig, refused = Rig(account_of(cost)), 0
        for _ in range(150):
            lots, ticks = (rng.randrange(1, 2 ** rng.randrange(1, 64)) for _ in range(2))
            instrument = rng.randrange(3)
            fee = (rng.randrange(-(2**62), 2**62), rng.randrange(-1, 4))
            code = (
                rig.fill(instrument, lots * rng.choice((-1, 1)), ticks, fee=rng.choice((None, fee)))
                if rng.random() < 0.8
                else rig.all("funding", instrument, rng.randrange(-(2**62), 2**62), ticks, lots)
            )
            refused += code != Code.OK
            rig.all("resume", instrument)
            rig.all("equity", USDT, [lots, ticks, ticks])
            rig.all("unrealised_guard", instrument, ticks)
            if rig.model.fills and rng.random() < 0.1:
                rig.all("bust", *rng.choice(rig.model.fills).key)
            assert rig.hands[0].export_state() == rig.hands[1].export_state()
        assert rig.all("check") == Code.OK
        assert refused > 30


def test_a_ledger_that_does_not_balance_is_found() -> None:
    """Every byte of the accounts, changed, stops trading at the import's proof."""
    for make in BACKENDS.values():
        hand = make(config_of(btcusdt()))
        good = hand.export_state()
        at = good.rindex((100_000 * 10**8 * GUARD).to_bytes(16, "little"))
        for k in range(0, 16, 5):
            hand.import_state(good[: at + k] + bytes([good[at + k] ^ 1]) + good[at + k + 1 :])
            assert hand.stopped == Code.EXECUTE_LEDGER
            assert not hand.may_send(0)
            hand.import_state(good)
            assert hand.stopped == 0


def test_import_refuses_what_is_not_its_state() -> None:
    for make in BACKENDS.values():
        hand = make(account_of("fifo"))
        good = hand.export_state()
        others = [make(account_of()), make(account_of("fifo", True)), make(config_of(btcusdt()))]
        bad = [b"", good[:-1], good + b"x", b"\7" + good[1:]]
        bad += [other.export_state() for other in others]
        for data in bad:
            with pytest.raises(DataError, match="positions and money"):
                hand.import_state(data)
        assert hand.export_state() == good


@pytest.mark.parametrize(
    "account",
    [
        AccountSpec(cost="lifo"),
        AccountSpec(hedging=("binance-spot",)),
        AccountSpec(hedging=("nowhere",)),
    ],
)
def test_an_account_that_cannot_be_is_refused(account: AccountSpec) -> None:
    for make in BACKENDS.values():
        with pytest.raises(ConfigError, match=r"\[account\]"):
            make(config_of(btcusdt(), account=account))


def test_positions_as_an_array_without_a_copy() -> None:
    hand = BACKENDS["native"](account_of())
    rows = hand.position_array()
    assert rows.shape == (3,)
    assert not rows.flags.writeable
    assert rows["position_lots"].tolist() == [0, 0, 0]
    rig = Rig(account_of())
    rig.hands[1] = hand
    rig.fill(LINEAR, 4, 120_000)
    assert rows["position_lots"].tolist() == [0, 4, 0]
    del hand, rig
    assert rows["bought_lots"].tolist() == [0, 4, 0]
