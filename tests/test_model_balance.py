"""Book-keeping: every kg and every dollar of a run is accounted for, week by week."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from model import TradeModel
from model.state.record import Kind
from tests.conftest import make_scenario

KG, USD = 1e-6, 1e-6
RELATIONS = {"contract_share": 0.7, "switching_cost": 0.03}
# Every policy that adds or moves metal in its own way, on top of one another.
CROWDED = [
    {"kind": "export_quota", "actor": "CAN", "tonnes_per_year": 10},
    {"kind": "tariff", "actor": "USA", "rate_share": 0.2},
    {"kind": "sanction", "actor": "USA", "targets": ["RUS"]},
    {"kind": "stockpile", "actor": "JPN", "good": "gallium-4N", "target_kg": 20_000, "initial_kg": 500},
    {
        "kind": "stockpile", "actor": "DEU", "good": "germanium-5N", "target_kg": 5_000, "initial_kg": 5_000,
        "release_above_usd_per_kg": 1,
    },
    {
        "kind": "capacity_support", "actor": "DEU", "good": "germanium-HP", "input_good": "germanium-5N",
        "capacity_t_per_year": 10, "output_t_per_year": 8, "cost_usd_per_kg": 300, "until": "2023-10-02",
    },
    {"kind": "export_licence", "actor": "CHN", "processing_weeks": [2, 4], "evasion_kg_per_week": 5},
    {"kind": "price_floor", "actor": "CAN", "good": "germanium-5N", "floor_usd_per_kg": 2500},
    {"kind": "recycling_support", "actor": "JPN", "increase_share": 0.5, "ramp_weeks": 10, "until": "2023-11-06"},
    {"kind": "reexport_ban", "actor": "CHN", "targets": ["USA"], "enforcement": 0.2},
]  # fmt: skip


@dataclass
class Audit:
    """A run with what the tables do not hold: the state before week 0, and weekly payments by row."""

    model: TradeModel
    tables: dict[str, pd.DataFrame]
    held_before: np.ndarray
    paid: np.ndarray
    received: np.ndarray
    support: np.ndarray
    cash: np.ndarray
    broken: list[str]

    def firms(self, column: str) -> np.ndarray:
        return self.tables["firms"][column].to_numpy().reshape(len(self.paid), -1)

    def weekly(self, *columns: str) -> np.ndarray:
        trade = self.tables["trade"]
        return trade.groupby("week")[list(columns)].sum().sum(axis=1).to_numpy()


def audited(scenario) -> Audit:
    model = TradeModel(scenario, seed=1)
    f = model.firms
    before, paid, received, support, cash = f["stock_kg"] + f["in_transit_kg"], [], [], [], [f["cash_usd"].copy()]
    broken: list[str] = []
    for _ in range(scenario.weeks):
        model.step()
        limits = {
            "stock below 0": f["stock_kg"] >= 0,
            "metal in transit below 0": f.transit_kg >= 0,
            "tracked metal above stock": f["tracked_kg"] <= f["stock_kg"] + KG,
            "tracked metal below 0": f["tracked_kg"] >= -KG,
            "tracked metal in transit above all of it": f.transit_tracked_kg <= f.transit_kg + KG,
            "output above capacity": f["produced_kg"] <= f["capacity_kg"] + KG,
            "utilisation above 1": f["utilisation"] <= 1 + 1e-12,
            "a licence balance below 0": f["licence_balance_kg"] >= 0,
            "a risk below 0": f["perceived_risk"] >= 0,
        }
        for name, kept in limits.items():
            broken += [
                f"week {model.week - 1}: {name}: {f.businesses[i].firm}" for i in sorted({*np.nonzero(~kept)[0]})
            ]
        paid.append(f["paid_usd"].copy())
        received.append(f["received_usd"].copy())
        support.append(f["support_usd"].copy())
        cash.append(f["cash_usd"].copy())
    booked = [np.array(each) for each in (paid, received, support, cash)]
    return Audit(model, model.tables(), before, *booked, broken)


@pytest.fixture(scope="module", params=["history", "free_trade", "crowded", "driven", "contracts", "crowded contracts"])
def audit(request, history, free_trade):
    made = {"history": history, "free_trade": free_trade, "crowded": make_scenario(CROWDED)}
    made["driven"] = make_scenario(CROWDED, drivers=True, parameters={"outages_per_year": 3.0, "outage_depth": 1.0})
    made["contracts"] = history.model_copy(update={"parameters": RELATIONS})
    made["crowded contracts"] = make_scenario(CROWDED, parameters=RELATIONS)
    return audited(made[request.param])


def test_mass_balances_for_every_firm_good_and_week(audit):
    held = np.vstack([audit.held_before, audit.firms("stock_kg") + audit.firms("in_transit_kg")])
    flows = audit.firms("produced_kg") + audit.firms("bought_kg") - audit.firms("sold_kg") - audit.firms("consumed_kg")
    gap = np.abs(np.diff(held, axis=0) - flows)
    week, row = np.unravel_index(gap.argmax(), gap.shape)
    assert gap.max() < KG, f"{audit.model.firms.businesses[row]} in week {week} is off by {gap.max()} kg"


def test_no_row_leaves_its_limits_in_any_week(audit):
    assert not audit.broken, f"{len(audit.broken)} cases, first:\n" + "\n".join(audit.broken[:8])


def test_something_moves_in_every_week_and_kind(audit):
    assert (audit.firms("sold_kg").sum(axis=1) > 0).all()
    assert (audit.firms("consumed_kg").sum(axis=1) > 0).all()
    kinds = audit.model.firms["kind"]
    # Traders live on price gaps; in free trade there are none that pay for the freight.
    traders = [Kind.TRADER] if audit.model.policies else []
    for kind in (Kind.PRODUCER, Kind.RECYCLER, Kind.REFINER, *traders):
        assert audit.firms("sold_kg")[:, kinds == kind].sum() > 0
    for kind in (*traders, Kind.REFINER_INPUT, Kind.BUYER):
        assert audit.firms("bought_kg")[:, kinds == kind].sum() > 0


def test_traded_kg_are_what_firms_sold_and_bought(audit):
    """By good and country: origins against sellers' rows, destinations against buyers' rows."""
    trade, firms = audit.tables["trade"], audit.tables["firms"]
    for place, column in (("origin", "sold_kg"), ("destination", "bought_kg")):
        moved = trade.groupby(["week", "good", place], observed=False)["kg"].sum()
        booked = firms.groupby(["week", "good", "zone"], observed=False)[column].sum()
        gap = np.abs(moved.to_numpy() - booked.to_numpy())
        assert len(moved) == len(booked)
        assert gap.max() < KG


def test_payments_of_each_week_cover_receipts_lanes_and_tariffs(audit):
    paid, received = audit.paid.sum(axis=1), audit.received.sum(axis=1)
    assert paid.min() > 0
    costs = audit.weekly("lane_cost_usd", "tariff_usd")
    assert np.abs(paid - received - costs).max() < USD


def test_trade_table_holds_the_same_money_as_the_firms_books(audit):
    assert np.abs(audit.weekly("usd") - audit.paid.sum(axis=1)).max() < USD
    assert np.abs(audit.weekly("netback_usd", "rent_usd") - audit.received.sum(axis=1)).max() < USD


def test_every_flow_is_worth_its_netback_lane_tariff_and_rent(audit):
    trade = audit.tables["trade"]
    parts = trade[["netback_usd", "lane_cost_usd", "tariff_usd", "rent_usd"]].sum(axis=1)
    assert np.abs(trade["usd"] - parts).max() < USD
    assert (trade[["kg", "usd", "lane_cost_usd", "tariff_usd", "rent_usd", "netback_usd"]] >= 0).all(axis=None)
    assert trade["tracked_kg"].between(-KG, trade["kg"] + KG).all()


def test_cash_is_receipts_and_support_less_payments(audit):
    assert np.abs(np.diff(audit.cash, axis=0) - (audit.received + audit.support - audit.paid)).max() < USD


def test_refiners_make_their_yield_of_what_they_put_in(audit):
    f = audit.model.firms
    outputs, inputs = f.of(Kind.REFINER), f.of(Kind.REFINER_INPUT)
    lines = f["line"][outputs]
    assert sorted(lines) == list(range(inputs.start, inputs.stop))
    assert (f["line"][lines] == np.arange(outputs.start, outputs.stop)).all()
    assert (f["firm"][lines] == f["firm"][outputs]).all()
    made, used = audit.firms("produced_kg")[:, outputs], audit.firms("consumed_kg")[:, lines]
    assert np.abs(made - used * f["yield_share"][outputs]).max() < KG


def test_nobody_sells_what_it_buys_to_use_and_nobody_makes_what_it_trades(audit):
    kinds = audit.model.firms["kind"]
    users = np.isin(kinds, [Kind.REFINER_INPUT, Kind.BUYER])
    makers = np.isin(kinds, [Kind.PRODUCER, Kind.RECYCLER, Kind.REFINER])
    assert audit.firms("sold_kg")[:, users].max() == 0
    assert audit.firms("bought_kg")[:, makers].max() == 0
    assert audit.firms("produced_kg")[:, ~makers].max() == 0
    assert audit.firms("consumed_kg")[:, ~users].max() == 0


def test_tracked_metal_starts_in_the_tracked_country(audit):
    """Primary metal of every other country is untracked: only China, or whoever bought from it, ships tracked kg."""
    trade = audit.tables["trade"]
    tracked = trade[trade["market"] != "tolled"].groupby("origin", observed=False)["tracked_kg"].sum()
    assert tracked["CHN"] == tracked.max()
    from_china = trade[(trade["origin"] == "CHN") & (trade["market"] != "tolled")]
    assert from_china["tracked_kg"].sum() > 0.8 * from_china["kg"].sum()


def test_shares_add_up_to_one(audit):
    shares = audit.tables["shares"].groupby(["week", "good"], observed=True)
    for column, kg in (("share_of_production", "produced_kg"), ("share_of_world_trade", "exported_kg")):
        total, amount = shares[column].sum(), shares[kg].sum()
        assert np.allclose(total[amount > 0], 1.0, rtol=0, atol=1e-12)
        assert (total[amount == 0] == 0).all()
