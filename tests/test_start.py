"""The state a run starts from: every quantity belongs to the date of the start, whatever start the scenario has."""

from datetime import date, timedelta

import numpy as np
import pytest

from agents import exporter
from model import TradeModel
from model.calendar import WEEKS_PER_YEAR, monday
from model.state.record import Kind
from model.world import load_world
from tests.conftest import make_scenario

WORLD = load_world()
REFERENCE_WEEK = WORLD.reference_date - timedelta(days=WORLD.reference_date.weekday())
TREND = ("trend_use_kg", "normal_output_kg", "turnover_kg", "capacity_kg", "calm_stock_kg")
STOCKS = ("stock_kg", "transit_kg", "norm_stock_kg", "planned_use_kg")


def started(start: date, spin_up_weeks: int = 0, policies=(), **keys) -> TradeModel:
    return TradeModel(make_scenario(policies, start=start, spin_up_weeks=spin_up_weeks, **keys), seed=1)


def grown(model: TradeModel, weeks: float) -> np.ndarray:
    return model.firms["growth"] ** weeks


def column(model: TradeModel, name: str) -> np.ndarray:
    """Return a field of all records, or what they have under way by week of arrival."""
    return model.firms.transit_kg if name == "transit_kg" else model.firms[name]


def yearly_t(model: TradeModel, zone: str, metal: str, name: str) -> float:
    world, makers = model.world, model.firms.table[model.firms.of(Kind.PRODUCER)]
    of_metal = np.array([world.metal_of_good[good] == metal for good in makers["good"]])
    here = of_metal & (makers["zone"] == world.zone_index[zone])
    return float(makers[name][here].sum() * WEEKS_PER_YEAR / 1000)


def same(one: np.ndarray, other: np.ndarray) -> bool:
    """Return whether two arrays are equal to nine digits, or to a microgram (what rounding leaves of a whole week)."""
    return bool(np.allclose(one, other, rtol=1e-9, atol=1e-9))


def test_the_quantities_of_the_data_hold_on_its_reference_date():
    assert WORLD.reference_date == date(2023, 7, 2)
    model = started(REFERENCE_WEEK)
    model.step()  # its week begins on 26 June 2023
    weeks = (REFERENCE_WEEK - WORLD.reference_date).days / 7
    recorded = np.array([row.use_kg_per_year for row in model.firms.businesses]) / WEEKS_PER_YEAR
    buyers = model.firms.of(Kind.BUYER)
    assert same(model.firms["trend_use_kg"][buyers], (recorded * grown(model, weeks))[buyers])


@pytest.mark.parametrize("spin_up_weeks", [0, 30])
@pytest.mark.parametrize("start", [date(2021, 3, 1), date(2024, 6, 3), date(2025, 9, 1), date(2030, 1, 7)])
def test_a_date_has_the_same_trend_in_scenarios_with_different_starts(start, spin_up_weeks):
    """The day lies half a year after the later start and two and a half after the earlier one."""
    later, earlier = started(start, spin_up_weeks), started(start - timedelta(weeks=104), spin_up_weeks)
    later.run(26)
    earlier.run(130)
    assert monday(later.week, later.start) == monday(earlier.week, earlier.start)
    for name in TREND:
        assert same(column(later, name), column(earlier, name)), name


@pytest.mark.parametrize("year", [2022, 2023, 2024, 2025, 2026, 2030])
def test_capacity_is_at_least_what_was_published_for_the_latest_year_not_after_the_date(year):
    first = date(year, 1, 8) - timedelta(days=date(year, 1, 8).weekday())
    model = started(first)
    model.step()
    years = (first - WORLD.reference_date).days / 365.25
    for metal, recorded in (("gallium", 800), ("germanium", 180)):
        published = [t for y, t in WORLD.capacity_by_year[metal, "CHN"].items() if y <= year]
        trend = recorded * (1 + model.parameters.values[f"growth_{metal}"]) ** years
        expected = max([trend, *published[-1:]])
        assert yearly_t(model, "CHN", metal, "capacity_kg") == pytest.approx(expected, rel=1e-9)


def test_a_raised_nameplate_stands_idle():
    """On 6 January 2025 germanium capacity in China rises from the trend of 180 to 200 t a year, output does not."""
    model = started(date(2024, 12, 30))
    made, capacity = [], []
    for _ in range(2):
        model.step()
        made.append(yearly_t(model, "CHN", "germanium", "produced_kg"))
        capacity.append(yearly_t(model, "CHN", "germanium", "capacity_kg"))
    assert capacity[1] == pytest.approx(200)
    assert capacity[0] < 192
    assert made[1] == pytest.approx(made[0], rel=0.003)


def test_supported_capacity_comes_on_top_of_the_nameplate_and_goes_again():
    support = {
        "kind": "capacity_support", "actor": "CHN", "firm": "yunnan-chihong", "good": "germanium-5N",
        "capacity_t_per_year": 50, "output_t_per_year": 0, "ramp_weeks": 1,
        "announced": "2024-09-02", "effective": "2024-10-07", "until": "2025-06-02",
    }  # fmt: skip
    plain, more = started(date(2024, 9, 2)), started(date(2024, 9, 2), policies=[support])
    gap = []
    for _ in range(45):
        plain.step()
        more.step()
        gap.append(
            yearly_t(more, "CHN", "germanium", "capacity_kg") - yearly_t(plain, "CHN", "germanium", "capacity_kg")
        )
    years = 30 / WEEKS_PER_YEAR
    assert gap[5] == pytest.approx(50)
    assert gap[35] == pytest.approx(50 * (1 + more.parameters.growth_germanium) ** years)
    assert gap[-1] == pytest.approx(0, abs=1e-9)


def test_a_start_in_2030_begins_with_the_quantities_of_2030():
    """Stocks, goods under way, normal exports and the record of sources have grown like use."""
    early, late = started(REFERENCE_WEEK), started(date(2030, 7, 1))
    weeks = (late.start - early.start).days / 7
    for name in (*TREND, *STOCKS):
        one, other = column(early, name), column(late, name)
        factor = grown(early, weeks) if one.ndim == 1 else grown(early, weeks)[:, None]
        if name == "capacity_kg":  # published nameplates are another matter
            continue
        assert same(other, one * factor), name
        assert other.sum() > 1.2 * one.sum() > 0
    by_good = (1 + early.parameters.by_good["growth"]) ** (weeks / WEEKS_PER_YEAR)
    for exports in (lambda m: m.sources.received_from, lambda m: m.sources.tracked_received[:, :, None]):
        assert same(exports(late), exports(early) * by_good[:, None, None])
    assert same(normal_exports(late), normal_exports(early) * by_good)


def test_governments_stocks_follow_their_policy_alone():
    pile = {"kind": "stockpile", "actor": "JPN", "good": "gallium-4N", "target_kg": 20_000, "initial_kg": 500}
    for year in (2023, 2030):
        model = started(date(year, 1, 7) - timedelta(days=date(year, 1, 7).weekday()), policies=[pile])
        assert model.firms["stock_kg"][model.firms.of(Kind.STOCKPILE)].tolist() == [500]


def normal_exports(model: TradeModel) -> np.ndarray:
    """Return what China's makers can handle before they are used to more, over the handling factor, kg, [G]."""
    firms, p, rows = model.firms, model.parameters, model.firms.of(Kind.PRODUCER, Kind.REFINER)
    for row in range(rows.start, rows.stop):
        exporter.pack(firms.table[row], 1.0, p.by_good[firms["good"][row]])
    here = firms["zone"][rows] == model.tracked
    limits = np.where(here, firms["export_limit_kg"][rows], 0.0) / p.handling_factor
    return np.bincount(firms["good"][rows], limits, firms.goods)


def test_normal_exports_are_those_of_the_equilibrium():
    model = started(date(2023, 1, 2))
    flow = model.sources.received_from[:, model.tracked]
    abroad = flow.sum(axis=1) - flow[:, model.tracked]
    assert (abroad > 0).all()
    assert same(normal_exports(model), abroad)


@pytest.mark.parametrize("spin_up_weeks", [52, 260])
def test_normal_exports_do_not_hang_on_the_length_of_the_spin_up(spin_up_weeks):
    start = date(2023, 1, 2)
    assert same(normal_exports(started(start, spin_up_weeks)), normal_exports(started(start)))


def test_the_spin_up_leaves_the_scale_of_the_start_alone():
    """Stocks of a long spin-up and of none are the same size: free trade is steady from its first week.

    Contracts spread trade further than costs alone do, so a little more is under way once they are at work.
    """
    one, other = (started(date(2023, 1, 2), weeks).firms for weeks in (0, 104))
    metal = np.array([WORLD.metal_of_good[good] for good in one["good"]])
    for name in ("gallium", "germanium"):
        of_metal = metal == name
        held, later = (f["stock_kg"][of_metal].sum() + f["in_transit_kg"][of_metal].sum() for f in (one, other))
        assert later == pytest.approx(held, rel=0.08)
