"""The page of a run: complete, self-contained, safe, and there for every odd run."""

import json
import re
import xml.etree.ElementTree as Xml
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from made_runs import SECOND, fills_of, mids_of, orders_of, run_of, samples_of
from support import RECORDINGS, btcusd_inverse, btcusdt, config_of, require

from tickpath.backtest.recording import read_recordings
from tickpath.backtest.report import SECTIONS, html, notebook, summary_rows, write_report
from tickpath.backtest.result import Result
from tickpath.backtest.run import Backtest, Options
from tickpath.backtest.setup import config_for
from tickpath.core.config import StrategySpec

HOSTILE = '<img src=x onerror="alert(1)">&\''
VOID = {"meta", "img", "br"}


class Balance(HTMLParser):
    """Every element is closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        for name, value in attrs:
            assert name != "src"
            assert not name.startswith("on")
            assert name != "href" or str(value).startswith("#")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def check_page(page: str) -> Balance:
    """Well-formed, no script, nothing from outside, no number that is none."""
    balance = Balance()
    balance.feed(page)
    assert not balance.open
    assert not {"script", "img", "link", "iframe"} & set(balance.seen)
    assert not re.search(r"https?:|url\(|@import", page)
    for svg in re.findall(r"<svg.*?</svg>", page, flags=re.S):
        Xml.fromstring(svg)
    text = re.sub(r"<style>.*?</style>|<[^>]*>", " ", page, flags=re.S)
    assert not re.search(r"\bnan\b|\binf\b", text)
    return balance


def two_currencies() -> Result:
    """Spot in USDT and an inverse contract in BTC, both with fills of all reasons."""
    config = config_of(
        btcusdt(), btcusd_inverse(),
        strategies=(StrategySpec(name="a", instruments=(0,)),
                    StrategySpec(name="b", instruments=(1,))),
    )  # fmt: skip
    orders, fills = [], []
    for n in range(40):
        k = n % 2
        ticks = (6_000_000 if k == 0 else 600_000) + 10 * n
        orders.append({"t_ns": n * SECOND, "client_order_id": n + 1, "instrument": k,
                       "strategy": k, "side": n // 2 % 2, "price_ticks": ticks,
                       "quantity_lots": 60})  # fmt: skip
        fills.append({"t_ns": n * SECOND + 5 * 10**7, "client_order_id": n + 1, "instrument": k,
                      "side": n // 2 % 2, "price_ticks": ticks, "quantity_lots": 50,
                      "fee_units": 300, "why": n % 4, "maker": n % 4 != 0})  # fmt: skip
    mids = [(n * SECOND, (12_000_000 if n % 2 == 0 else 1_200_000) + 21 * n, n % 2)
            for n in range(100)]  # fmt: skip
    equity = {0: [n * 7 % 90 for n in range(2400)], 1: [-n * n for n in range(2400)]}
    lots = [[50 * (n % 3 - 1), 20 * (n % 5 - 2)] for n in range(2400)]
    return run_of(
        config, samples_of(config, equity, lots, mid2=1_200_000), fill_rows=fills_of(*fills),
        order_rows=orders_of(*orders), mid_rows=mids_of(*mids), latency_ns={"p50": 1.0, "p99": 2.0},
        histograms={"Latency, total": ([1.0, 2.0], [3, 4])},
    )  # fmt: skip


def test_a_page_of_two_currencies_shows_everything() -> None:
    page = html(two_currencies(), "Two")
    check_page(page)
    for name, _, _ in SECTIONS:
        assert page.count(f'id="{name}"') == 1
        assert f'href="#{name}"' in page
    for text in ("USDT", "BTC", "Perold 1988", "stationary bootstrap", "Lo 2002", "promise",
                 "binance-coinm:BTCUSD_PERP", "0: a", "1: b", "queue", "through", "cross",
                 "prefers-color-scheme:dark"):  # fmt: skip
        assert text in page, text


def test_a_run_without_anything_has_a_page() -> None:
    page = html(run_of(), "Empty")
    check_page(page)
    assert "run too short" in page
    assert "Nothing was filled" in page


def test_a_run_of_one_sample_and_one_fill_has_a_page() -> None:
    config = config_of()
    fills = fills_of({"price_ticks": 100, "quantity_lots": 3, "client_order_id": 9})
    result = run_of(config, samples_of(config, {1: [5]}, mid2=200), fill_rows=fills)
    page = html(result, "One")
    check_page(page)
    assert "run too short" in page
    assert result.drawdown().tolist() == [0.0]
    assert result.exposure()["gross"].tolist() == [0.0]


def test_an_account_without_money_has_a_page() -> None:
    config = replace(config_of(), balances={})
    check_page(html(run_of(config, samples_of(config, {1: [0, -5] * 1200})), "Poor"))


def test_hostile_names_stay_text() -> None:
    config = config_of(btcusdt(symbol=HOSTILE), strategies=(
        StrategySpec(name=HOSTILE, instruments=(0,)),))  # fmt: skip
    fills = fills_of({"price_ticks": 100, "quantity_lots": 3, "client_order_id": 9})
    orders = orders_of({"client_order_id": 9, "quantity_lots": 3})
    result = run_of(config, samples_of(config, {1: [1, 2]}), fill_rows=fills, order_rows=orders,
                    message=HOSTILE, codes={HOSTILE: 1}, book={HOSTILE: 2}, engine=HOSTILE,
                    histograms={HOSTILE: ([1.0], [1])}, latency_ns={"p50": 1.0},
                    stages_ns={HOSTILE: {"p50": 1.0}})  # fmt: skip
    page = html(result, HOSTILE)
    check_page(page)
    assert "&lt;img src" in page
    check_page(notebook(result))


def test_a_notebook_shows_a_result() -> None:
    shown = two_currencies()._repr_html_()
    check_page(shown)
    assert "Equity at mid" in shown


def test_what_a_report_cannot_tell_follows_the_run() -> None:
    result = run_of(book={"gaps": 3, "bbo_checked": 9, "bbo_equal": 7}, order_stride=4,
                    mid_spacing_ns=2_000_000)  # fmt: skip
    page = html(result, "Gaps")
    assert "The data has 3 gaps" in page
    assert "In 2 of 9 comparisons" in page
    assert "every 4th client order id" in page
    assert "The mid is known to 2 ms" in page


def test_exposure_is_positions_at_mid() -> None:
    config = config_of(btcusdt(), btcusdt(symbol="OTHER"))
    samples = samples_of(config, {1: [0, 0]}, [[1_000, -3_000], [0, 0]], mid2=12_000_000)
    found = run_of(config, samples).exposure("USDT")
    assert found["gross"].tolist() == pytest.approx([600 + 1800, 0])
    assert found["net"].tolist() == pytest.approx([600 - 1800, 0])
    assert found["leverage"].tolist() == pytest.approx([0.024, 0])


@pytest.mark.recordings
def test_a_recorded_session_has_a_full_report(tmp_path: Path) -> None:
    recording = read_recordings([require(RECORDINGS / "spot_btcusdt_20240808.gz")])
    config = config_for(recording, strategy="imbalance_maker")
    result = Backtest(config, recording, Options(measure=False, direct_orders=True)).run()
    page = write_report(result, tmp_path, "Recorded").read_text()
    check_page(page)
    assert {p.name for p in tmp_path.iterdir()} == {"report.html", "result.json", "series.npz"}
    assert json.loads((tmp_path / "result.json").read_text()) == result.to_json()
    found = result.markouts()
    assert found.known[:, 0].all()
    assert (result.shortfall.decision_mid2 > 0).all()
    (part,) = result.profit_by("strategy").values()
    assert part == result.pnl_units[1]
    trips = result.trip_figures()
    assert trips.count > 100
    assert len(summary_rows(result)) > 10
