"""Who may offer metal abroad, and how much: exporters by the data, traders among them, within what is usual."""

import numpy as np
import pytest

from agents import exporter
from model import TradeModel
from model.state.record import Kind
from model.world import load_world
from tests.conftest import make_scenario

WORLD = load_world()
CHN = WORLD.zone_index["CHN"]


@pytest.fixture
def model():
    return TradeModel(make_scenario(weeks=4), seed=1)


def test_sellers_of_the_tracked_country_have_room_abroad_where_the_data_say_exporter(model):
    model.step()
    firms = model.firms
    by_the_data = dict(zip(WORLD.firms["firm"], WORLD.firms["exporter"], strict=True))
    sellers = np.flatnonzero((firms["zone"] == CHN) & (firms["kind"] <= Kind.TRADER))
    assert {Kind.PRODUCER, Kind.RECYCLER, Kind.REFINER, Kind.TRADER} == set(firms["kind"][sellers])
    for row in sellers:
        firm = firms.businesses[row].firm
        assert (firms["export_limit_kg"][row] > 0) == by_the_data[firm], firm


def test_makers_handle_the_exports_of_the_start_and_a_trader_the_same_share_of_its_turnover():
    """Traders ship nothing in equilibrium: their room must not be taken from the makers, who ship all of it."""
    model = TradeModel(make_scenario(weeks=4, spin_up_weeks=0), seed=1)
    firms, p = model.firms, model.parameters
    rows = np.flatnonzero((firms["zone"] == CHN) & (firms["kind"] <= Kind.TRADER) & firms["exporter"])
    for row in rows:
        exporter.pack(firms.table[row], 1.0, p.by_good[firms["good"][row]])
    for good, name in enumerate(WORLD.goods):
        here = firms.table[rows[firms["good"][rows] == good]]
        makes = here["kind"] < Kind.TRADER
        share = here["export_limit_kg"] / np.where(makes, here["normal_output_kg"], here["turnover_kg"])
        assert 0 < makes.sum() < len(here), name
        assert share == pytest.approx(share[0]), name
        received = model.sources.received_from[good, CHN]
        # Output has been raised a little since, for growing stocks.
        abroad = received.sum() - received[CHN]
        assert here["export_limit_kg"][makes].sum() == pytest.approx(p.handling_factor * abroad, rel=0.05)


def test_a_chinese_trader_sells_abroad_where_that_pays(model):
    """With nothing left at the makers, what leaves the country is the traders'."""
    firms, gallium = model.firms, WORLD.good_index["gallium-4N"]
    makers = np.flatnonzero((firms["zone"] == CHN) & (firms["kind"] <= Kind.REFINER))
    trader = firms.row_of("traders-chn", firms.of(Kind.TRADER), gallium)
    for name in ("stock_kg", "tracked_kg", "normal_output_kg", "capacity_kg"):
        firms[name][makers] = 0.0
    abroad = np.flatnonzero((firms["zone"] != CHN) & (firms["kind"] <= Kind.TRADER))
    firms["stock_kg"][abroad] *= 0.25  # and little is to be had elsewhere
    firms["stock_kg"][trader] = 5_000.0
    firms["log_normal"][firms["zone"] != CHN] += 1.0  # users abroad are ready to pay more
    model.step()
    left = model.desk.exports_kg(CHN)[gallium]
    assert 0 < left <= firms["sold_kg"][trader]
    assert left <= firms["export_limit_kg"][trader] * (1 + 1e-12)


def test_the_rent_of_a_full_lane_goes_to_sellers_of_the_open_book_by_what_they_sold():
    """China lets 7 kg a week through to each country: scarce room, worth something, to those who may use it."""
    office = {"kind": "export_licence", "actor": "CHN", "approval": {"default": 0.0}, "evasion_kg_per_week": 7.0}
    spot = {"contract_share": 0.0}  # contracts pay a price of their own
    model = TradeModel(make_scenario([office], weeks=20, parameters=spot), seed=1).run()
    firms, trades, zones = model.firms, model.trades, len(WORLD.zones)
    rent_usd = (trades.flow * trades.rent).sum(axis=2)
    assert rent_usd[:, CHN].sum() > 0
    assert rent_usd[:, CHN + zones].sum() == 0
    good = firms["good"]
    sold, usd = firms["sold_kg"] - firms["tolling_kg"], firms["received_usd"] - firms["tolling_usd"]
    sellers = np.flatnonzero((firms["zone"] == CHN) & (firms["kind"] <= Kind.TRADER) & (sold > 1e-6))
    at_home = trades.netback[good, CHN + zones]
    stay = sellers[~firms["exporter"][sellers]]
    assert len(stay) > 0
    assert np.allclose(usd[stay], sold[stay] * at_home[stay])
    for g in range(firms.goods):
        ours = sellers[good[sellers] == g]
        gained = (usd - sold * at_home)[ours].sum()
        more = trades.netback[g, CHN] - trades.netback[g, CHN + zones]
        assert gained == pytest.approx(rent_usd[g, CHN] + more * trades.flow[g, CHN].sum(), rel=1e-6)
        assert firms["rent_usd"][ours].sum() == pytest.approx(rent_usd[g, CHN], rel=1e-6)
