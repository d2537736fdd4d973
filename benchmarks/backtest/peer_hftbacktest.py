"""The side of hftbacktest 2.4.4, run in an environment of its own: reads commands, prints JSON.

    peer_hftbacktest.py DATA.npz --tick=0.1 --lot=0.001 ...

Data are events as hftbacktest defines them. `noop` reads the best bid every `--step-ns`; `quote` is
the twin of `touch_quoter.py`. After its first line it runs what it is told ("quote power
constant": strategy, queue model, latency model) and prints figures, orders and fills.
"""

import argparse
import json
import time

import numpy as np
from hftbacktest import (
    BUY,
    FILLED,
    GTX,
    LIMIT,
    NONE,
    BacktestAsset,
    ROIVectorMarketDepthBacktest,
)
from numba import njit
from numba.typed import List


def latencies_of(path):
    """The file of latencies as rows of request, exchange and response time."""
    with np.load(path) as found:
        rows = np.zeros(
            len(found["request_t_ns"]),
            [("req_ts", "i8"), ("exch_ts", "i8"), ("resp_ts", "i8"), ("_padding", "i8")],
        )
        rows["req_ts"] = found["request_t_ns"]
        rows["exch_ts"] = rows["req_ts"] + found["request_latency_ns"]
        rows["resp_ts"] = rows["exch_ts"] + found["report_latency_ns"]
    return rows


def asset_of(args, data, queue, latency):
    made = BacktestAsset().data(data)
    if args.kind == "inverse":
        made = made.inverse_asset(args.multiplier)
    else:
        made = made.linear_asset(args.multiplier)
    if latency == "constant":
        made = made.constant_order_latency(args.entry_ns, args.response_ns)
    else:
        args.kept = latencies_of(args.latencies)  # the peer borrows the array
        made = made.intp_order_latency(args.kept, 0)
    made = (
        made.tick_size(args.tick)
        .lot_size(args.lot)
        .trading_value_fee_model(args.maker_fee, args.taker_fee)
        .roi_lb(args.low)
        .roi_ub(args.high)
    )
    made = made.no_partial_fill_exchange()
    return {
        "pessimistic": made.risk_adverse_queue_model,
        "power": lambda: made.power_prob_queue_model(float(args.power)),
        "power2": lambda: made.power_prob_queue_model2(float(args.power)),
        "power3": lambda: made.power_prob_queue_model3(float(args.power)),
        "log": made.log_prob_queue_model,
        "log2": made.log_prob_queue_model2,
    }[queue]()


@njit
def as_row(a, b, c, d):
    return np.int64(a), np.int64(b), np.int64(c), np.int64(d)


@njit
def noop(hbt, step):
    total = 0.0
    while hbt.elapse(step) == 0:
        total += hbt.depth(0).best_bid
    return total


@njit
def quote(hbt, first, step, lots, most, lot, tick, orders, fills):
    """Orders as (id, local ns, side, price) and fills as (id, exchange ns, price, side)."""
    count = 0
    hbt.elapse(first)
    while hbt.elapse(step) == 0:
        done = hbt.orders(0).values()
        while done.has_next():
            order = done.get()
            if order.status == FILLED:
                fills.append(
                    as_row(order.order_id, order.exch_timestamp, order.price_tick, order.side)
                )
        hbt.clear_inactive_orders(0)
        depth = hbt.depth(0)
        bid, ask = depth.best_bid_tick, depth.best_ask_tick
        if not 0 < bid < ask:
            continue
        held = round(hbt.position(0) / lot)
        buy_wanted = held <= most - lots
        sell_wanted = held >= lots - most
        buy = sell = 0
        found = hbt.orders(0).values()
        while found.has_next():
            order = found.get()
            price = bid if order.side == BUY else ask
            wanted = buy_wanted if order.side == BUY else sell_wanted
            if order.side == BUY:
                buy += 1
            else:
                sell += 1
            if (
                order.cancellable
                and order.req == NONE
                and (order.price_tick != price or not wanted)
            ):
                hbt.cancel(0, order.order_id, False)
        if buy == 0 and buy_wanted:
            count += 1
            orders.append(as_row(count, hbt.current_timestamp, 0, bid))
            hbt.submit_buy_order(0, count, bid * tick, lots * lot, GTX, LIMIT, False)
        if sell == 0 and sell_wanted:
            count += 1
            orders.append(as_row(count, hbt.current_timestamp, 1, ask))
            hbt.submit_sell_order(0, count, ask * tick, lots * lot, GTX, LIMIT, False)
    return count


def rows():
    """An empty typed list of tuples of integers."""
    made = List()
    made.append((np.int64(0),) * 4)
    made.pop()
    return made


def run(args, data, name, queue, latency):
    hbt = ROIVectorMarketDepthBacktest([asset_of(args, data, queue, latency)])
    orders, fills = rows(), rows()
    start = time.perf_counter()
    if name == "noop":
        noop(hbt, args.step_ns)
    else:
        quote(
            hbt,
            args.feed_ns,
            args.step_ns,
            args.lots,
            args.most,
            args.lot,
            args.tick,
            orders,
            fills,
        )
    wall_s = time.perf_counter() - start
    state = hbt.state_values(0)
    mid = float((hbt.depth(0).best_bid + hbt.depth(0).best_ask) / 2)
    held = float(state.position) * args.multiplier
    equity = float(state.balance) + held * mid
    if args.kind == "inverse":
        equity = -float(state.balance) - held / mid
    figures = {
        "wall_s": wall_s,
        "mid": mid,
        "profit": equity - float(state.fee),
        "orders": [list(map(int, o)) for o in orders],
        "fills_at": [list(map(int, f)) for f in fills],
    }
    hbt.close()
    return figures


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data")
    for name, kind, default in (
        ("tick", float, 0.1), ("lot", float, 0.001), ("entry-ns", int, 1_000_000),
        ("feed-ns", int, 500_000), ("response-ns", int, 1_000_000),
        ("maker-fee", float, 0.0002), ("taker-fee", float, 0.0005),
        ("low", float, 0.0), ("high", float, 100_000.0), ("step-ns", int, 100_000_000),
        ("lots", int, 2), ("most", int, 10), ("power", int, 2),
        ("latencies", str, ""), ("kind", str, "linear"), ("multiplier", float, 1.0),
    ):  # fmt: skip
        parser.add_argument(f"--{name}", type=kind, default=default)
    args = parser.parse_args()
    data = np.load(args.data)["data"]
    for name in ("noop", "quote"):
        run(args, data[:1000], name, "pessimistic", "constant")
    print(json.dumps({"ready": len(data)}), flush=True)
    while (line := input()) != "end":
        print(json.dumps(run(args, data, *line.split())), flush=True)


if __name__ == "__main__":
    main()
