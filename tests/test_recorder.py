"""What is kept of a week: books of a country become one origin, columns stand where their names say."""

from datetime import date
from types import SimpleNamespace

import numpy as np
import pytest

from model.events import Action, Event
from model.market.deliveries import Delivered
from model.noting import exports, moved
from model.recorder import FIRM_COLUMNS, MARKETS, TRADE_COLUMNS, Recorder
from model.state.record import Kind
from model.world import load_world
from tests.records import one, state

ZONES, NODES = 2, 4
KG, USD, COST, TARIFF, RENT, NETBACK, TRACKED = range(len(TRADE_COLUMNS))


class Lanes:
    """A week's lanes and flows, in which the test writes what moved."""

    def __init__(self) -> None:
        shape = (1, NODES, NODES)
        self.flow, self.tracked, self.rent = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        self.cost, self.tariff = np.zeros(shape), np.zeros(shape)
        self.delivered, self.netback = np.zeros((1, NODES)), np.zeros((1, NODES))
        self.contracted = Delivered(*np.zeros((2, *shape)), np.zeros((1, ZONES)), *np.zeros((2, *shape)))
        self.tolled = np.zeros((2, 1, ZONES, ZONES))

    def moved(self) -> tuple[list[list[int]], np.ndarray]:
        """Return places (good, origin, destination, market) and amounts."""
        places, amounts = moved(self.flow, self.tracked, self.rent, self.delivered, self.netback, self.cost,
                                 self.tariff, self.contracted, self.tolled)  # fmt: skip
        return places.tolist(), amounts


def test_open_and_home_book_of_a_country_are_one_origin():
    """At home 10 kg from the open book at 200 net and 4 from the home book at 190, both at 205 delivered."""
    lanes = Lanes()
    lanes.flow[0, 0, 0], lanes.flow[0, 2, 0] = 10.0, 4.0
    lanes.tracked[0, 0, 0], lanes.tracked[0, 2, 0] = 6.0, 1.0
    lanes.cost[0, 0, 0], lanes.cost[0, 2, 0] = 5.0, 15.0
    lanes.netback[0, [0, 2]], lanes.delivered[0, 0] = (200.0, 190.0), 205.0
    places, amounts = lanes.moved()
    assert places == [[0, 0, 0, 0]]
    assert amounts.tolist() == [[14, 14 * 205, 50 + 60, 0, 0, 2_000 + 760, 7]]


def test_money_of_a_lane_is_split_into_cost_tariff_rent_and_netback():
    """3 kg at 300 delivered: 40 of cost, of which 25 are tariff, 60 of rent and 200 for the seller."""
    lanes = Lanes()
    lanes.flow[0, 0, 1], lanes.cost[0, 0, 1], lanes.tariff[0, 0, 1], lanes.rent[0, 0, 1] = 3.0, 40.0, 25.0, 60.0
    lanes.delivered[0, 1], lanes.netback[0, 0] = 300.0, 200.0
    places, amounts = lanes.moved()
    assert places == [[0, 0, 1, MARKETS.index("free")]]
    assert amounts[0].tolist() == [3, 900, 45, 75, 180, 600, 0]
    assert amounts[0, USD] == amounts[0, [COST, TARIFF, RENT, NETBACK]].sum()


def test_what_contracts_deliver_comes_on_top():
    """A contract of 20 kg at 200 and a lane of 50, of it 8 duty, beside 3 kg of the exchange; 10 kg are at home."""
    lanes = Lanes()
    lanes.flow[0, 0, 1], lanes.cost[0, 0, 1], lanes.delivered[0, 1], lanes.netback[0, 0] = 3.0, 60.0, 300.0, 240.0
    deal = lanes.contracted
    deal.flow[0, 0, 1], deal.flow[0, 2, 0], deal.tracked[0, 0, 1], deal.price[0, 0] = 20.0, 10.0, 6.0, 200.0
    deal.cost[0, 0, 1], deal.tariff[0, 0, 1] = 50.0, 8.0
    places, amounts = lanes.moved()
    assert places == [[0, 0, 0, 0], [0, 0, 1, 0]]
    assert amounts[0].tolist() == [10, 2_000, 0, 0, 0, 2_000, 0]
    assert amounts[1].tolist() == [23, 900 + 5_000, 180 + 840, 160, 0, 720 + 4_000, 6]


def test_free_licensed_and_tolled_metal_stand_apart_in_the_order_of_places():
    lanes = Lanes()
    lanes.flow[0, 0, 1], lanes.flow[0, 0, 3], lanes.flow[0, 1, 1], lanes.flow[0, 3, 1] = 1.0, 2.0, 3.0, 4.0
    lanes.tolled[:, 0, 1, 1], lanes.tolled[:, 0, 1, 0] = (5.0, 450.0), (6.0, 480.0)
    places, amounts = lanes.moved()
    assert [(o, d, MARKETS[market]) for _, o, d, market in places] == [
        (0, 1, "free"), (0, 1, "licensed"), (1, 0, "tolled"), (1, 1, "free"), (1, 1, "tolled")
    ]  # fmt: skip
    assert amounts[:, KG].tolist() == [1, 2, 6, 7, 5]
    assert amounts[4].tolist() == [5, 450, 0, 0, 0, 450, 0]


def test_a_week_without_trade_leaves_no_rows():
    places, amounts = Lanes().moved()
    assert places == []
    assert amounts.shape == (0, len(TRADE_COLUMNS))


def test_exports_are_what_left_a_country():
    """Own scrap that goes back to its owners is no export."""
    places = np.array([[0, 0, 1, 0], [0, 0, 1, 1], [0, 0, 0, 0], [1, 1, 0, 0], [1, 1, 0, MARKETS.index("tolled")]])
    amounts = np.zeros((5, len(TRADE_COLUMNS)))
    amounts[:, KG] = 1.0, 2.0, 50.0, 4.0, 9.0
    assert exports(places, amounts, 2, ZONES).tolist() == [[3, 0], [0, 4]]


def test_firm_columns_stand_in_the_order_of_their_names_and_makers_output_is_summed():
    firms = state(
        one("a", Kind.PRODUCER), one("b", Kind.REFINER, 1), one("c", Kind.REFINER, 1), one("u", Kind.BUYER, 1)
    )  # fmt: skip
    for number, name in enumerate(FIRM_COLUMNS):
        firms[name][:] = 10.0 * number + np.arange(4)
    lanes = Lanes()
    trades = SimpleNamespace(**vars(lanes), spot_flow=lanes.flow, spot_tracked=lanes.tracked, lanes=lanes)
    recorder = Recorder(load_world(), firms, date(2023, 1, 2))
    recorder.record(0, (lanes.delivered, lanes.netback), trades, lanes.tolled, [])
    kept, made = recorder.weeks[0].firms, recorder.weeks[0].made_kg
    assert kept.tolist() == [[10 * number + i for i in range(4)] for number in range(len(FIRM_COLUMNS))]
    produced = 10 * FIRM_COLUMNS.index("produced_kg")
    assert made.tolist() == [[produced, 2 * produced + 3]]


def test_there_is_nothing_to_hand_out_before_the_first_week():
    recorder = Recorder(load_world(), state(one("a", Kind.PRODUCER)), date(2023, 1, 2))
    with pytest.raises(RuntimeError, match="no week has been recorded"):
        recorder.tables([])


def test_events_say_what_happened_in_words():
    event = Event(3, "China's licences", 1, "CHN", Action.DECIDED, ("gallium-4N",), 1_234.4, granted=2, applications=5)
    assert event.what == "China's licences: 2 of 5 applications granted, 1,234 kg"
    assert Event(3, "ban", 1, "CHN", Action.ENFORCEMENT, share=0.25).did == "enforcement now 25% of shipments"
    assert Event(3, "ban", 1, "CHN", Action.IN_FORCE).what == "ban: in force"
