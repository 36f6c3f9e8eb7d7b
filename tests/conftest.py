"""Shared runs: scenarios built from a few lines, each played once per worker, and questions to ask their tables."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from datetime import date
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from model import Scenario, TradeModel, load_scenario, parse_scenario
from model.state.firms import Business
from tests.typical import TYPICAL

ROOT = Path(__file__).parents[1]
SCENARIOS = ROOT / "experiments" / "scenarios"
ANNOUNCED, EFFECTIVE = date(2023, 3, 6), date(2023, 4, 3)  # Mondays, weeks 9 and 13
EFFECTIVE_WEEK = 13
UNTIL = "CHOKEPOINT_TESTS_UNTIL"  # seconds since 1970, after which no test is begun (`.ci/run`)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out what a slow machine has no time for, in words, rather than be stopped in the middle of it."""
    if time.time() > float(os.environ.get(UNTIL, "inf")):
        pytest.skip("no time left on this machine")


class Played:
    """A finished run. It is shared between tests: read, never step it."""

    def __init__(self, model: TradeModel) -> None:
        self.model = model

    @cached_property
    def tables(self) -> dict[str, pd.DataFrame]:
        return self.model.tables()

    @property
    def weeks(self) -> pd.DatetimeIndex:
        return pd.DatetimeIndex(self.tables["prices"]["week"].unique())

    def flow(self, origin=None, destination=None, good=None, market=None, column="kg", abroad=False) -> np.ndarray:
        """Return what moved in each week, [weeks]; each filter is a value, or nothing for all."""
        trade = self.tables["trade"]
        keep = np.ones(len(trade), dtype=bool)
        wanted = {"origin": origin, "destination": destination, "market": market}
        for name, value in wanted.items():
            if value is not None:
                keep &= (trade[name] == value).to_numpy()
        if good is not None:
            keep &= trade["good"].astype(str).str.startswith(good).to_numpy()
        if abroad:
            keep &= trade["origin"].astype(str).to_numpy() != trade["destination"].astype(str).to_numpy()
        return trade[keep].groupby("week")[column].sum().reindex(self.weeks, fill_value=0.0).to_numpy()

    def exports(self, origin: str, good: str | None = None) -> np.ndarray:
        """Return what left a country in each week, kg, [weeks]; own scrap that goes back to its owners is no export."""
        return self.flow(origin, good=good, abroad=True) - self.flow(origin, good=good, abroad=True, market="tolled")

    def price(self, good: str, zone: str, market: str = "free", column: str = "usd_per_kg") -> np.ndarray:
        """Return a price in each week, USD/kg, [weeks]."""
        prices = self.tables["prices"]
        keep = (prices["good"] == good) & (prices["zone"] == zone) & (prices["market"] == market)
        return prices[keep].set_index("week")[column].reindex(self.weeks).to_numpy()

    def firm(self, firm: str, column: str, good: str | None = None, kind: str | None = None) -> np.ndarray:
        """Return a column of a firm's rows, summed, in each week, [weeks]."""
        firms = self.tables["firms"]
        keep = firms["firm"] == firm
        if good is not None:
            keep &= firms["good"] == good
        if kind is not None:
            keep &= firms["kind"] == kind
        return firms[keep].groupby("week")[column].sum().reindex(self.weeks).to_numpy()


def make_scenario(policies: Iterable[dict[str, Any]] = (), **keys: Any) -> Scenario:
    """Return a checked scenario; policies without dates are announced and effective on the module's dates.

    Parameters that are not given have the round values of `tests.typical`.
    """
    dated = []
    for policy in policies:
        dates = {} if "when" in policy else {"announced": ANNOUNCED, "effective": EFFECTIVE}
        dated.append({**dates, **policy})
    parameters = TYPICAL | keys.pop("parameters", {})
    return parse_scenario({"name": "test", "weeks": 52, **keys, "parameters": parameters, "policies": dated}, "test")


_played: dict[str, Played] = {}


def play(policies: Iterable[dict[str, Any]] = (), seed: int = 1, extra_rows: Iterable[Business] = (), **keys) -> Played:
    """Run a small scenario to its end, once per worker."""
    policies, rows = list(policies), list(extra_rows)
    key = repr((policies, seed, rows, sorted(keys.items())))
    if key not in _played:
        _played[key] = Played(TradeModel(make_scenario(policies, **keys), seed=seed, extra=rows).run())
    return _played[key]


def parquet(table: pd.DataFrame) -> bytes:
    """Return a table as the bytes of a Parquet file."""
    buffer = BytesIO()
    table.to_parquet(buffer, index=False)
    return buffer.getvalue()


@pytest.fixture(scope="session")
def history() -> Scenario:
    return load_scenario(SCENARIOS / "history.toml")


@pytest.fixture(scope="session")
def free_trade() -> Scenario:
    return load_scenario(SCENARIOS / "free_trade.toml")


@pytest.fixture(scope="session")
def played_history(history) -> Played:
    return Played(TradeModel(history, seed=1).run())


@pytest.fixture(scope="session")
def played_free_trade(free_trade) -> Played:
    return Played(TradeModel(free_trade, seed=1).run())
