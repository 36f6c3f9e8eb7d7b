"""Producers: utilisation closes a part of the gap to what the margin asks for, and output is a share of capacity."""

import numpy as np
import pytest

from agents.producer import glut, move_utilisation, produce
from tests.records import fields_that_differ, parameters, record

P = parameters(utilisation_rate=0.25)
PLANT = {
    "normal_output_kg": 60.0, "capacity_kg": 100.0, "utilisation": 0.5, "supply_elasticity": 0.5,
    "log_expected": 5.2, "log_reference": 5.0, "stock_kg": 10.0, "tracked_kg": 4.0,
}  # fmt: skip


def plant(**fields) -> np.void:
    return record(**(PLANT | fields))


def test_a_dearer_price_brings_a_part_of_the_output_it_asks_for():
    """60 kg * (1 + 0.5 * 0.2) = 66 kg are wanted: utilisation goes a quarter of the way from 0.50 to 0.66."""
    maker, before = plant(), plant()
    produce(maker, P)
    assert maker["utilisation"] == pytest.approx(0.54)
    assert maker["produced_kg"] == pytest.approx(54)
    assert maker["stock_kg"] == pytest.approx(64)
    assert fields_that_differ(maker, before) == {"utilisation", "produced_kg", "stock_kg"}


def test_at_the_reference_price_a_plant_makes_its_normal_output():
    maker = plant(log_expected=5.0, utilisation=0.6)
    produce(maker, P)
    assert maker["produced_kg"] == pytest.approx(60)


def test_only_metal_of_the_tracked_country_is_marked():
    maker = plant(of_tracked_origin=True)
    produce(maker, P)
    assert maker["tracked_kg"] == pytest.approx(4 + 54)


@pytest.mark.parametrize(("guaranteed", "utilisation"), [(5.6, 0.57), (5.1, 0.54), (-np.inf, 0.54)])
def test_a_guaranteed_price_counts_where_it_is_above_the_expected_one(guaranteed, utilisation):
    """At 5.6, 60 kg * 1.3 = 78 kg are wanted: 0.50 + 0.25 * 0.28 = 0.57."""
    maker = plant(log_guaranteed=guaranteed)
    produce(maker, P)
    assert maker["utilisation"] == pytest.approx(utilisation)
    assert maker["log_expected"] == 5.2


@pytest.mark.parametrize(("log_expected", "utilisation"), [(9.0, 0.625), (1.0, 0.375)])
def test_nobody_makes_more_than_capacity_or_less_than_nothing(log_expected, utilisation):
    """180 kg are wanted of 100, or -60: utilisation goes a quarter of the way to 1, or to 0."""
    maker = plant(log_expected=log_expected)
    produce(maker, P)
    assert maker["utilisation"] == pytest.approx(utilisation)
    for _ in range(100):
        produce(maker, P)
    assert 0 <= maker["utilisation"] <= 1
    assert maker["produced_kg"] == pytest.approx(100.0 if log_expected > 5 else 0.0, abs=1e-6)


def test_a_plant_without_capacity_makes_nothing():
    for output in (0.0, 60.0):
        maker = plant(capacity_kg=0.0, normal_output_kg=output, utilisation=0.0)
        produce(maker, P)
        assert maker["produced_kg"] == 0
        assert maker["stock_kg"] == 10
        assert 0 <= maker["utilisation"] <= 1


def test_without_elasticity_the_price_does_not_matter():
    maker = plant(supply_elasticity=0.0, log_expected=8.0)
    produce(maker, P)
    assert maker["utilisation"] == pytest.approx(0.5 + 0.25 * 0.1)


def test_utilisation_goes_a_part_of_the_way_to_what_is_wanted():
    """80 of 100 kg are wanted of a plant at a half: a quarter of the way is 0.575; what cannot be made is no aim."""
    for wanted_kg, utilisation in ((80.0, 0.575), (500.0, 0.625), (-20.0, 0.375)):
        maker, before = plant(), plant()
        move_utilisation(maker, wanted_kg, P)
        assert maker["utilisation"] == pytest.approx(utilisation)
        assert fields_that_differ(maker, before) == {"utilisation"}
    closed = plant(capacity_kg=0.0, utilisation=0.0)
    move_utilisation(closed, 0.0, P)
    assert closed["utilisation"] == 0


def test_a_glut_is_what_stands_above_the_norm():
    assert glut(plant(stock_kg=30.0, norm_stock_kg=20.0)) == pytest.approx(0.5)
    assert glut(plant(stock_kg=20.0, norm_stock_kg=20.0)) == 0
    assert glut(plant(stock_kg=0.0, norm_stock_kg=20.0)) == 0
    assert glut(plant(stock_kg=30.0, norm_stock_kg=0.0)) == 0


def test_a_full_warehouse_slows_a_plant():
    """66 kg are wanted; at half again the norm and a response of 2, exp(-1) of it: 24.28 kg."""
    maker = plant(stock_kg=30.0, norm_stock_kg=20.0)
    produce(maker, parameters(utilisation_rate=1.0, glut_response=2.0))
    assert maker["produced_kg"] == pytest.approx(24.28, abs=0.005)


@pytest.mark.parametrize(("ahead_kg", "outage", "made"), [(6.0, 0.0, 60.0), (80.0, 0.0, 100.0), (6.0, 0.25, 46.5)])
def test_what_is_bought_ahead_is_made_on_top_as_far_as_capacity_goes(ahead_kg, outage, made):
    """54 kg and 6 on top; 100 kg at most; with a quarter of it out 40.5 and 6."""
    maker = plant(made_ahead_kg=ahead_kg, outage_share=outage)
    produce(maker, P)
    assert maker["produced_kg"] == pytest.approx(made)
