"""Runs of one scenario over several seeds, and the small weekly series that figures and reports need from each run."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import warnings
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.ensemble.worlds import open_world
from experiments.study.shown import Shown, shown_of
from model import InputError, Scenario, TradeModel

QUANTILES = {"low": 0.1, "median": 0.5, "high": 0.9}

Tables = dict[str, pd.DataFrame]
Series = dict[str, pd.DataFrame]
# One frame per column of a series: indexed by time, with `median` and, for several runs, `low` and `high`.
Bands = dict[tuple[str, ...], pd.DataFrame]


@dataclass(frozen=True)
class Run:
    """One finished run: its tidy tables and the series made from them."""

    number: int
    seed: int
    tables: Tables
    series: Series


def run_once(scenario: Scenario, seed: int, number: int, data: Path | None = None) -> Run:
    """Run a scenario with one seed, from spin-up to its last week, in the world of a folder or the packaged one."""
    world = open_world(data)
    tables = TradeModel(scenario, seed=seed, world=world).run().tables(number)
    return Run(number, seed, tables, all_series(tables, shown_of(world, scenario)))


def run_seeds(scenario: Scenario, seeds: Sequence[int], jobs: int = 1, data: Path | None = None) -> Iterator[Run]:
    """Yield one finished run per seed, in the order of the seeds whatever the number of processes.

    At most two runs per process are under way or waiting, so that memory stays flat.
    """
    if jobs <= 1:
        for number, seed in enumerate(seeds):
            yield run_once(scenario, seed, number, data)
        return
    context = multiprocessing.get_context("spawn")
    todo = iter(enumerate(seeds))
    with ProcessPoolExecutor(max_workers=jobs, mp_context=context, initializer=_end_with_parent) as pool:
        waiting: deque[Future[Run]] = deque()
        try:
            while True:
                with _interrupts_ignored():  # worker processes inherit this: Ctrl-C is for the parent to answer
                    for number, seed in islice(todo, 2 * jobs - len(waiting)):
                        waiting.append(pool.submit(run_once, scenario, seed, number, data))
                if not waiting:
                    return
                yield waiting.popleft().result()
        except BrokenProcessPool:
            raise InputError("a worker process was killed, perhaps for want of memory; try --jobs 1") from None
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _end_with_parent() -> None:
    """End this process when the one that started it is gone, however that ended."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


# ---- from tables to series -------------------------------------------------------------------------------------------


def all_series(tables: Tables, shown: Shown | None = None) -> Series:
    """Reduce one run's tables to the series below, by name; those about the US only where there is one.

    What is shown is that of the record's world without policies when not given.
    """
    shown = shown or shown_of(open_world(None))
    trade = tables["trade"].assign(metal=_metal(tables["trade"]["good"], shown))
    cover, unmet = cover_series(tables["firms"], shown)
    of_us = {
        "us_direct": us_imports(trade, shown, direct=True, column="kg"),
        "us_indirect": us_imports(trade, shown, direct=False, column="tracked_kg"),
        "us_others": us_imports(trade, shown, direct=False, column="kg"),
    }
    return {
        "prices": price_series(tables["prices"], shown),
        "licensed": licensed_sums(trade),
        "exports": export_series(trade, shown),
        "weekly_exports": weekly_exports(trade, shown),
        **(of_us if "USA" in shown.world.zones else {}),
        "production": share_series(tables["shares"], shown, "share_of_production"),
        "world_trade": share_series(tables["shares"], shown, "share_of_world_trade"),
        "cover": cover,
        "unmet": unmet,
        "flows": flow_sums(trade, shown),
        "map_prices": map_prices(tables["prices"], shown),
    }


def price_series(prices: pd.DataFrame, shown: Shown) -> pd.DataFrame:
    """Return delivered prices of the standard grades, USD/kg: weeks x (good, zone, market)."""
    kept = prices[prices["good"].isin(shown.standard.values())]
    wide = kept.pivot(index="week", columns=["good", "zone", "market"], values="usd_per_kg")
    return wide.reindex(prices["week"].unique())


def licensed_sums(trade: pd.DataFrame) -> pd.DataFrame:
    """Return metal bought under licences, kg: one row, columns (zone,)."""
    kg = trade[trade["market"] == "licensed"].groupby("destination", observed=False)["kg"].sum()
    return _keyed(kg.to_frame().T)


def export_series(trade: pd.DataFrame, shown: Shown) -> pd.DataFrame:
    """Return the exporter's exports, kg: months (of the weeks' Mondays) x (metal,)."""
    abroad = _leaving(trade, shown)
    kg = abroad.groupby([abroad["week"].to_numpy().astype("datetime64[M]"), "metal"])["kg"].sum().unstack()
    every = np.unique(trade["week"].to_numpy().astype("datetime64[M]"))
    return _keyed(kg.reindex(index=every, columns=list(shown.standard)).fillna(0.0))


def weekly_exports(trade: pd.DataFrame, shown: Shown) -> pd.DataFrame:
    """Return the exporter's exports, kg: weeks x (metal,)."""
    kg = _leaving(trade, shown).groupby(["week", "metal"])["kg"].sum().unstack()
    return _keyed(kg.reindex(index=trade["week"].unique(), columns=list(shown.standard)).fillna(0.0))


def _leaving(trade: pd.DataFrame, shown: Shown) -> pd.DataFrame:
    return trade[(trade["origin"] == shown.exporter) & (trade["destination"] != shown.exporter)]


def us_imports(trade: pd.DataFrame, shown: Shown, direct: bool, column: str) -> pd.DataFrame:
    """Return US imports, kg: weeks x (metal,), from the exporter or from others (`tracked_kg`: the exporter's)."""
    from_there = trade["origin"] == shown.exporter
    into = trade[(trade["destination"] == "USA") & (trade["origin"] != "USA") & (from_there == direct)]
    kg = into.groupby(["week", "metal"])[column].sum().unstack()
    return _keyed(kg.reindex(index=trade["week"].unique(), columns=list(shown.standard)).fillna(0.0))


def share_series(shares: pd.DataFrame, shown: Shown, column: str) -> pd.DataFrame:
    """Return shares, mean of four weeks: weeks x (good, seller), for the standard grades."""
    kept = shares[shares["good"].isin(shown.standard.values())]
    return kept.pivot(index="week", columns=["good", "seller"], values=column).rolling(4, min_periods=1).mean()


def cover_series(firms: pd.DataFrame, shown: Shown) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return weeks of cover and unmet share of planned use of a country's users and refiners, weeks x (metal, zone).

    Cover is stock and metal in transit over the mean use of the last 13 weeks; unmet use is a mean of four weeks.
    """
    users = firms[firms["kind"].isin(["buyer", "refiner_input"]) & firms["zone"].isin(shown.users)]
    by = [users["week"], _metal(users["good"], shown).rename("metal"), users["zone"]]
    held = (users["stock_kg"] + users["in_transit_kg"]).groupby(by, observed=True).sum().unstack([1, 2])
    used = users["consumed_kg"].groupby(by, observed=True).sum().unstack([1, 2])
    short = users["short_kg"].groupby(by, observed=True).sum().unstack([1, 2])
    usual = used.rolling(13, min_periods=1).mean()
    planned = (used + short).rolling(4, min_periods=1).sum()
    unmet = short.rolling(4, min_periods=1).sum() / planned.where(planned > 0)
    return held / usual.where(usual > 0), unmet


def flow_sums(trade: pd.DataFrame, shown: Shown) -> pd.DataFrame:
    """Return flows between countries at a yearly rate, kg/yr: one row, columns (span, metal, origin, destination)."""
    parts = {}
    for span, ends in shown.spans.items():
        within = trade[trade["week"].between(*map(pd.Timestamp, ends)) & (trade["origin"] != trade["destination"])]
        weeks = max(within["week"].nunique(), 1)
        kg = within.groupby(["metal", "origin", "destination"], observed=True)["kg"].sum() * 365.25 / 7 / weeks
        parts[span] = kg
    return pd.concat(parts, names=["span"]).to_frame().T


def map_prices(prices: pd.DataFrame, shown: Shown) -> pd.DataFrame:
    """Return mean prices of free metal in the map's spans, USD/kg: one row, columns (span, metal, zone)."""
    free = prices[(prices["market"] == "free") & prices["good"].isin(shown.standard.values())]
    free = free.assign(metal=_metal(free["good"], shown))
    parts = {}
    for span, ends in shown.spans.items():
        within = free[free["week"].between(*map(pd.Timestamp, ends))]
        parts[span] = within.groupby(["metal", "zone"], observed=True)["usd_per_kg"].mean()
    return pd.concat(parts, names=["span"]).to_frame().T


def _metal(good: pd.Series, shown: Shown) -> pd.Series:
    return good.astype(str).map(shown.metal_of)


def _keyed(frame: pd.DataFrame) -> pd.DataFrame:
    frame.columns = pd.MultiIndex.from_tuples([(name,) for name in frame.columns])
    return frame


# ---- from runs to bands ----------------------------------------------------------------------------------------------


def bands(frames: Sequence[pd.DataFrame], empty: float = np.nan) -> Bands:
    """Return 10, 50 and 90 % quantiles across runs for each column; one run has a `median` only.

    Args:
        frames: the same series of several runs.
        empty: value of a column that a run does not have.
    """
    columns = list(dict.fromkeys(column for frame in frames for column in frame.columns))
    index = frames[0].index
    every = pd.MultiIndex.from_tuples(columns, names=frames[0].columns.names) if columns else frames[0].columns
    stacked = np.array([frame.reindex(columns=every, fill_value=empty).to_numpy(dtype=float) for frame in frames])
    if len(frames) == 1:
        return {column: pd.DataFrame({"median": stacked[0, :, i]}, index) for i, column in enumerate(columns)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a week in which no run has a price stays NaN
        cuts = dict(zip(QUANTILES, np.nanquantile(stacked, list(QUANTILES.values()), axis=0), strict=True))
    return {c: pd.DataFrame({name: cut[:, i] for name, cut in cuts.items()}, index) for i, c in enumerate(columns)}
