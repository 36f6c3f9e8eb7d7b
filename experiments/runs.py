"""Runs of one scenario over several seeds, and the small weekly series that figures and reports need from each run."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import warnings
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice

import numpy as np
import pandas as pd

from model import InputError, Scenario, TradeModel
from model.world import World, load_world

STANDARD_GOOD = {"gallium": "gallium-4N", "germanium": "germanium-5N"}
# Countries of the record that are shown; a world without them shows its own: quoted ones, or the largest users.
COVER_ZONES = ("CHN", "USA", "JPN", "DEU", "KOR", "RUS")
QUOTED_ZONES, LICENSED_ZONES = ("CHN", "DEU", "USA"), ("DEU", "JPN")  # in the order in which they are drawn
# Spans that the map compares: name to first and last day.
SPANS = {"before": ("2023-01-01", "2023-06-30"), "after": ("2024-01-01", "2024-06-30")}
QUANTILES = {"low": 0.1, "median": 0.5, "high": 0.9}


@dataclass(frozen=True)
class Scope:
    """What of a world is followed through a run.

    Attributes:
        standard: metal to the good whose price stands for it.
        quoted, licensed: zones whose free and whose licensed prices are shown.
        cover: zones whose cover is shown.
        controlling, target: the country whose controls are studied, and the one whose imports are followed (none in
            a world without the United States).
    """

    standard: Mapping[str, str]
    quoted: tuple[str, ...]
    licensed: tuple[str, ...]
    cover: tuple[str, ...]
    controlling: str
    target: str

    @property
    def metals(self) -> tuple[str, ...]:
        """The metals, in the world's order."""
        return tuple(self.standard)


def scope(world: World | None = None) -> Scope:
    """Return what is followed in a world (the one in use when not given)."""
    world = world or load_world()
    known = set(world.zones)
    use = world.balance()["use_t"].groupby("zone").sum().sort_values(ascending=False)
    largest = tuple(str(zone) for zone in use.index[: len(COVER_ZONES)])
    licensed = tuple(zone for zone in LICENSED_ZONES if zone in known)
    return Scope(
        standard=dict(zip(world.metals, world.standard_goods, strict=True)),
        quoted=QUOTED_ZONES if set(QUOTED_ZONES) <= known else world.quoted_zones,
        licensed=licensed or tuple(zone for zone in largest if zone != world.tracked_zone)[:2],
        cover=COVER_ZONES if set(COVER_ZONES) <= known else largest,
        controlling=world.tracked_zone,
        target="USA" if "USA" in known else "",
    )


def spans_of(weeks: pd.Series | pd.Index) -> dict[str, tuple[str, str]]:
    """Return the spans that maps compare: those of the record, or a run's first half year and its last."""
    first, last = pd.Timestamp(weeks.min()), pd.Timestamp(weeks.max())
    if first <= pd.Timestamp(SPANS["before"][1]) and last >= pd.Timestamp(SPANS["before"][0]):
        return SPANS
    half = pd.Timedelta(weeks=26)
    ends = {"before": (first, first + half), "after": (max(first, last - half), last)}
    return {name: (f"{a:%Y-%m-%d}", f"{b:%Y-%m-%d}") for name, (a, b) in ends.items()}


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


def run_once(scenario: Scenario, seed: int, number: int) -> Run:
    """Run a scenario with one seed, from spin-up to its last week."""
    tables = TradeModel(scenario, seed=seed).run().tables(number)
    return Run(number, seed, tables, all_series(tables))


def run_seeds(scenario: Scenario, seeds: Sequence[int], jobs: int = 1) -> Iterator[Run]:
    """Yield one finished run per seed, in the order of the seeds whatever the number of processes.

    At most two runs per process are under way or waiting, so that memory stays flat.
    """
    if jobs <= 1:
        for number, seed in enumerate(seeds):
            yield run_once(scenario, seed, number)
        return
    context = multiprocessing.get_context("spawn")
    todo = iter(enumerate(seeds))
    with ProcessPoolExecutor(max_workers=jobs, mp_context=context, initializer=_end_with_parent) as pool:
        waiting: deque[Future[Run]] = deque()
        try:
            while True:
                with _interrupts_ignored():  # worker processes inherit this: Ctrl-C is for the parent to answer
                    for number, seed in islice(todo, 2 * jobs - len(waiting)):
                        waiting.append(pool.submit(run_once, scenario, seed, number))
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


def all_series(tables: Tables) -> Series:
    """Reduce one run's tables to the series below, by name."""
    trade = tables["trade"].assign(metal=_metal(tables["trade"]["good"]))
    cover, unmet = cover_series(tables["firms"])
    return {
        "prices": price_series(tables["prices"]),
        "exports": export_series(trade),
        "weekly_exports": weekly_exports(trade),
        "us_direct": us_imports(trade, direct=True, column="kg"),
        "us_indirect": us_imports(trade, direct=False, column="tracked_kg"),
        "us_others": us_imports(trade, direct=False, column="kg"),
        "production": share_series(tables["shares"], "share_of_production"),
        "world_trade": share_series(tables["shares"], "share_of_world_trade"),
        "cover": cover,
        "unmet": unmet,
        "flows": flow_sums(trade),
        "map_prices": map_prices(tables["prices"]),
    }


def price_series(prices: pd.DataFrame) -> pd.DataFrame:
    """Return delivered prices, USD/kg: weeks x (good, zone, market), for the standard grades where they are shown."""
    here = scope()
    kept = prices[prices["good"].isin(here.standard.values()) & prices["zone"].isin([*here.quoted, *here.licensed])]
    wide = kept.pivot(index="week", columns=["good", "zone", "market"], values="usd_per_kg")
    return wide.reindex(prices["week"].unique())


def export_series(trade: pd.DataFrame) -> pd.DataFrame:
    """Return the controlling country's exports, kg: months (of the weeks' Mondays) x (metal,)."""
    here = scope()
    origin = here.controlling
    abroad = trade[(trade["origin"] == origin) & (trade["destination"] != origin)]
    months = abroad["week"].to_numpy().astype("datetime64[M]")
    kg = abroad.groupby([months, "metal"])["kg"].sum().unstack()
    every = np.unique(trade["week"].to_numpy().astype("datetime64[M]"))
    return _keyed(kg.reindex(index=every, columns=here.metals).fillna(0.0))


def weekly_exports(trade: pd.DataFrame) -> pd.DataFrame:
    """Return the controlling country's exports, kg: weeks x (metal,)."""
    here = scope()
    origin = here.controlling
    abroad = trade[(trade["origin"] == origin) & (trade["destination"] != origin)]
    kg = abroad.groupby(["week", "metal"])["kg"].sum().unstack()
    return _keyed(kg.reindex(index=trade["week"].unique(), columns=here.metals).fillna(0.0))


def us_imports(trade: pd.DataFrame, direct: bool, column: str) -> pd.DataFrame:
    """Return US imports, kg: weeks x (metal,), from China itself or from others (`tracked_kg`: Chinese metal)."""
    here = scope()
    from_china, target = trade["origin"] == here.controlling, here.target
    into = trade[(trade["destination"] == target) & (trade["origin"] != target) & (from_china == direct)]
    kg = into.groupby(["week", "metal"])[column].sum().unstack()
    return _keyed(kg.reindex(index=trade["week"].unique(), columns=here.metals).fillna(0.0))


def share_series(shares: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return shares, mean of four weeks: weeks x (good, seller), for the standard grades."""
    kept = shares[shares["good"].isin(scope().standard.values())]
    return kept.pivot(index="week", columns=["good", "seller"], values=column).rolling(4, min_periods=1).mean()


def cover_series(firms: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return weeks of cover and unmet share of planned use of a country's users and refiners, weeks x (metal, zone).

    Cover is stock and metal in transit over the mean use of the last 13 weeks; unmet use is a mean of four weeks.
    """
    users = firms[firms["kind"].isin(["buyer", "refiner_input"]) & firms["zone"].isin(scope().cover)]
    by = [users["week"], _metal(users["good"]).rename("metal"), users["zone"]]
    held = (users["stock_kg"] + users["in_transit_kg"]).groupby(by, observed=True).sum().unstack([1, 2])
    used = users["consumed_kg"].groupby(by, observed=True).sum().unstack([1, 2])
    short = users["short_kg"].groupby(by, observed=True).sum().unstack([1, 2])
    usual = used.rolling(13, min_periods=1).mean()
    planned = (used + short).rolling(4, min_periods=1).sum()
    unmet = short.rolling(4, min_periods=1).sum() / planned.where(planned > 0)
    return held / usual.where(usual > 0), unmet


def flow_sums(trade: pd.DataFrame) -> pd.DataFrame:
    """Return flows between countries at a yearly rate, kg/yr: one row, columns (span, metal, origin, destination)."""
    parts = {}
    for span, (first, last) in spans_of(trade["week"]).items():
        within = trade[trade["week"].between(first, last) & (trade["origin"] != trade["destination"])]
        weeks = max(within["week"].nunique(), 1)
        kg = within.groupby(["metal", "origin", "destination"], observed=True)["kg"].sum() * 365.25 / 7 / weeks
        parts[span] = kg
    return pd.concat(parts, names=["span"]).to_frame().T


def map_prices(prices: pd.DataFrame) -> pd.DataFrame:
    """Return mean prices of free metal in the map's spans, USD/kg: one row, columns (span, metal, zone)."""
    free = prices[(prices["market"] == "free") & prices["good"].isin(scope().standard.values())]
    free = free.assign(metal=_metal(free["good"]))
    parts = {
        span: free[free["week"].between(*ends)].groupby(["metal", "zone"], observed=True)["usd_per_kg"].mean()
        for span, ends in spans_of(prices["week"]).items()
    }
    return pd.concat(parts, names=["span"]).to_frame().T


def _metal(good: pd.Series) -> pd.Series:
    return good.astype(str).str.split("-").str[0]


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
