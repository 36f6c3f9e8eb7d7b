"""Who may offer metal abroad, and how much: exporters by the data, traders among them, within what is usual."""

import numpy as np
import pytest

from model import TradeModel
from model.columns import Kind
from model.world import load_world
from tests.conftest import make_scenario

WORLD = load_world()
CHN = WORLD.zone_index["CHN"]


@pytest.fixture
def model():
    return TradeModel(make_scenario(weeks=4), seed=1)


def test_sellers_of_the_tracked_country_have_room_abroad_where_the_data_say_exporter(model):
    model.step()
    c = model.columns
    exporter = dict(zip(WORLD.firms["firm"], WORLD.firms["exporter"], strict=True))
    sellers = np.flatnonzero((c.zone == CHN) & (c.kind <= Kind.TRADER))
    assert {Kind.PRODUCER, Kind.RECYCLER, Kind.REFINER, Kind.TRADER} == set(c.kind[sellers])
    for row in sellers:
        assert (c.export_cap_kg[row] > 0) == exporter[c.firm[row]], c.firm[row]


def test_makers_handle_the_exports_of_the_start_and_a_trader_the_same_share_of_its_turnover():
    """Traders ship nothing in equilibrium: their room must not be taken from the makers, who ship all of it."""
    model = TradeModel(make_scenario(weeks=4, spin_up_weeks=0), seed=1)
    model.export_room.open_week()
    c, factor = model.columns, model.parameters.handling_factor
    rows = np.flatnonzero((c.zone == CHN) & (c.kind <= Kind.TRADER) & c.exporter)
    for good, name in enumerate(WORLD.goods):
        here = rows[c.good[rows] == good]
        makes = c.kind[here] < Kind.TRADER
        share = c.export_cap_kg[here] / c.output_kg[here]
        assert 0 < makes.sum() < len(here), name
        assert share == pytest.approx(share[0]), name
        received = model.sources.received_from[good, CHN]
        # Output has been raised a little since, for growing stocks.
        assert c.export_cap_kg[here][makes].sum() == pytest.approx(factor * (received.sum() - received[CHN]), rel=0.05)


def test_a_chinese_trader_sells_abroad_where_that_pays(model):
    """With nothing left at the makers, what leaves the country is the traders'."""
    c = model.columns
    makers = np.flatnonzero((c.zone == CHN) & (c.kind <= Kind.REFINER))
    trader = model.row_of("traders-chn", Kind.TRADER, Kind.TRADER, "gallium-4N")
    for column in (c.stock_kg, c.tracked_kg, c.output_kg, c.capacity_kg):
        column[makers] = 0.0
    c.stock_kg[trader] = 5_000.0
    c.normal[c.zone != CHN] += 1.0  # users abroad are ready to pay more
    model.step()
    left = model.exports_kg("CHN", model.trades)[WORLD.good_index["gallium-4N"]]
    assert 0 < left <= c.sold_kg[trader]
    assert left <= c.export_cap_kg[trader] * (1 + 1e-12)


def test_the_rent_of_a_full_lane_goes_to_sellers_of_the_open_book_by_what_they_sold():
    """China lets 7 kg a week through to each country: scarce room, worth something, to those who may use it."""
    office = {"kind": "export_licence", "actor": "CHN", "approval": {"default": 0.0}, "evasion_kg_per_week": 7.0}
    model = TradeModel(make_scenario([office], weeks=20), seed=1).run()
    c, trades, zones = model.columns, model.trades, len(WORLD.zones)
    rent_usd = (trades.flow * trades.rent).sum(axis=2)
    assert rent_usd[:, CHN].sum() > 0
    assert rent_usd[:, CHN + zones].sum() == 0
    sellers = np.flatnonzero((c.zone == CHN) & (c.kind <= Kind.TRADER) & (c.sold_kg - c.tolled_kg > 1e-6))
    sold, usd = c.sold_kg - c.tolled_kg, c.received_usd - c.tolled_usd
    at_home = trades.netback[c.good, CHN + zones]
    stay = sellers[~c.exporter[sellers]]
    assert len(stay) > 0
    assert np.allclose(usd[stay], sold[stay] * at_home[stay])
    for good in range(c.goods):
        ours = sellers[c.good[sellers] == good]
        gained = (usd - sold * at_home)[ours].sum()
        more = trades.netback[good, CHN] - trades.netback[good, CHN + zones]
        assert gained == pytest.approx(rent_usd[good, CHN] + more * trades.flow[good, CHN].sum(), rel=1e-6)
