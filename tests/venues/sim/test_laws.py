"""Latencies by a law: bits of the tables, their formulas by other means, and refusals."""

import hashlib
import math
from dataclasses import replace
from decimal import localcontext
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

from tickpath.core.config import SimSpec
from tickpath.core.config_sim import sim_of
from tickpath.core.errors import ConfigError
from tickpath.core.toml_table import TomlTable
from tickpath.venues.sim.delays import MODES, read_delays
from tickpath.venues.sim.laws import PLACES, latency_table, quantiles

P = (2 * np.arange(PLACES) + 1) / (2 * PLACES)
LOG = SimSpec(latency="lognormal", order_spread_ns=400_000, latency_shape_ppm=600_000)


@pytest.mark.parametrize(
    ("law", "shape_ppm", "digest"),
    [
        ("exponential", 0, "123079216255fdd6"),
        ("lognormal", 600_000, "4170d0d89c49ce3f"),
        ("gamma", 100_000, "1a399fa20b038660"),
        ("gamma", 50_000_000, "5aac3612904e5eaf"),
    ],
)
def test_a_table_has_the_same_bits_everywhere(law: str, shape_ppm: int, digest: str) -> None:
    with localcontext() as context:  # the caller's arithmetic is not used
        context.prec = 3
        table = latency_table(law, 1_000, 777_777_777_777, shape_ppm)
    assert (table.dtype, len(table)) == (np.int64, PLACES)
    assert (np.diff(table) >= 0).all()
    assert hashlib.blake2b(table.tobytes(), digest_size=8).hexdigest() == digest


def found(law: str, shape_ppm: int) -> Any:
    return np.array([float(q) for q in quantiles(law, shape_ppm)])


def test_exponential_and_lognormal_are_those_of_the_library() -> None:
    assert np.allclose(found("exponential", 0), -np.log1p(-P), rtol=1e-14, atol=0)
    wanted = [math.exp(0.6 * NormalDist().inv_cdf(p)) for p in P.tolist()]
    assert np.allclose(found("lognormal", 600_000), wanted, rtol=1e-13, atol=0)


def test_gamma_of_shape_one_is_exponential() -> None:
    one = latency_table("gamma", 0, 10**12, 1_000_000)
    assert one.tolist() == latency_table("exponential", 0, 10**12, 0).tolist()


def test_the_mean_at_the_edges_of_the_shape() -> None:
    thin, thick = found("gamma", 100_000), found("gamma", 50_000_000)
    assert abs(thin.mean() - 1) < 1e-2
    assert abs(thick.mean() - 1) < 1e-4


def test_a_law_is_a_distribution_of_both_ways() -> None:
    sim = replace(LOG, response_latency_ns=5)
    requests, reports = read_delays(sim)
    assert requests.mode == reports.mode == MODES["distribution"]
    assert len(requests.t_ns) == len(requests.latency_ns) == PLACES
    assert abs(int(np.median(requests.latency_ns)) - 1_400_000) < 200
    assert set(reports.latency_ns.tolist()) == {5}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"latency": "lognormal", "order_spread_ns": 5}, "latency_shape_ppm is 0: write 10000.."),
        ({"latency": "gamma", "latency_shape_ppm": 99_999}, "write 100000..50000000"),
        ({"latency": "exponential", "latency_shape_ppm": 5}, "no shape, leave it out"),
        ({"latency": "exponential"}, "needs order_spread_ns or response_spread_ns"),
        ({"order_spread_ns": 5}, "belong to exponential, lognormal, gamma"),
        ({"latency_shape_ppm": 5}, "no shape, leave it out"),
        ({"latency": "gamma", "latency_file": "x.npz"}, "no use for latency_file"),
        ({"latency": "gauss"}, "choose one of"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(values: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        sim_of(TomlTable(values, "x.toml: [sim]"), Path())
