"""What every record does: it forgets last week's flows and follows the trend; a handle reads and writes it."""

from types import SimpleNamespace

import mesa
import numpy as np
import pytest

from agents.firm import GROWING, Field, Firm, grow, tracked_part_kg
from model.stages import begin_week
from model.state.record import RECORD, WEEKLY
from tests.records import fields_that_differ, record


def full() -> np.void:
    """Return a record in which no field is 0."""
    return record(**{name: 1 if RECORD[name].kind in "ib" else 3.0 for name in RECORD.names or ()})


def test_a_week_begins_with_no_flows_and_forgets_nothing_else():
    table, before = np.array([full()]), full()
    begin_week(table)
    firm = table[0]
    assert {name: firm[name] for name in WEEKLY} == dict.fromkeys(WEEKLY, 0.0)
    assert fields_that_differ(firm, before) == set(WEEKLY)
    assert {"produced_kg", "paid_usd", "duty_usd", "rent_usd", "support_usd", "tolling_kg"} <= set(WEEKLY)


def test_quantities_follow_the_trend_and_nothing_else_does():
    firm, before = full(), full()
    firm["growth"] = before["growth"] = 1.02
    grow(firm)
    assert fields_that_differ(firm, before) == set(GROWING)
    assert [firm[name] for name in GROWING] == pytest.approx([3.06] * len(GROWING))
    assert {"trend_use_kg", "normal_output_kg", "capacity_kg", "norm_stock_kg"} <= set(GROWING)


def test_a_firm_without_growth_stays_as_it_is():
    firm, before = full(), full()
    firm["growth"] = before["growth"] = 1.0
    grow(firm)
    assert not fields_that_differ(firm, before)


def test_any_part_of_a_stock_has_its_share_of_tracked_metal():
    assert tracked_part_kg(record(stock_kg=40.0, tracked_kg=10.0), 8.0) == 2
    assert tracked_part_kg(record(stock_kg=40.0, tracked_kg=10.0), 40.0) == 10
    assert tracked_part_kg(record(stock_kg=40.0), 8.0) == 0
    assert tracked_part_kg(record(), 8.0) == 0


@pytest.fixture
def model() -> mesa.Model:
    """A model with three records, of gallium, gallium and germanium."""
    model = mesa.Model(seed=1)
    table = np.zeros(3, RECORD)
    table["good"], table["log_expected"] = [0, 0, 1], np.log([200.0, 300.0, 1_200.0])
    model.world = SimpleNamespace(goods=("gallium", "germanium"))
    model.firms = _Columns(table)
    return model


class _Columns:
    """The part of `model.state.firms.Firms` that a handle needs."""

    def __init__(self, table: np.ndarray) -> None:
        self.table = table

    def __getitem__(self, name: str) -> np.ndarray:
        return self.table[name]


def test_a_handle_writes_through_to_its_records_alone(model):
    firm = Firm(model, "a", "A", "DEU", np.array([0, 2]))
    firm.stock_kg = np.array([5.0, 7.0])
    assert model.firms["stock_kg"].tolist() == [5, 0, 7]
    firm.stock_kg = 2.0
    assert model.firms["stock_kg"].tolist() == [2, 0, 2]
    assert firm.stock_kg.tolist() == [2, 2]


def test_a_handle_on_one_record_gives_a_number(model):
    firm = Firm(model, "b", "B", "DEU", np.array([1]))
    model.firms["cash_usd"][1] = -4.5
    assert firm.cash_usd == -4.5
    assert type(firm.cash_usd) is float
    assert isinstance(Firm.cash_usd, Field)


def test_records_of_a_handle_are_a_copy(model):
    firm = Firm(model, "a", "A", "DEU", np.array([0, 2]))
    firm.records["stock_kg"] = 99.0
    assert model.firms["stock_kg"].tolist() == [0, 0, 0]


def test_a_handle_knows_its_goods_and_the_prices_it_expects(model):
    firm = Firm(model, "a", "A", "DEU", np.array([0, 2]))
    assert firm.goods == ["gallium", "germanium"]
    assert firm.price_expected_usd_per_kg == pytest.approx({"gallium": 200.0, "germanium": 1_200.0})
