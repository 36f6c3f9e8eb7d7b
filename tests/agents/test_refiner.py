"""Refiners: input becomes high purity, as far as margin, warehouse, capacity and input in stock allow."""

import numpy as np
import pytest

from agents.refiner import refine
from tests.records import parameters, record

P = parameters(refining_elasticity=2.0, glut_response=0.5, utilisation_rate=0.5)
OUTPUT = {
    "log_expected": 6.0, "log_reference": 5.9, "stock_kg": 20.0, "norm_stock_kg": 20.0, "tracked_kg": 5.0,
    "normal_output_kg": 50.0, "capacity_kg": 100.0, "utilisation": 0.5, "yield_share": 0.8,
}  # fmt: skip
INPUT = {"log_expected": 5.5, "log_reference": 5.45, "stock_kg": 200.0, "tracked_kg": 50.0}


def line(source=(), **output) -> tuple[np.void, np.void]:
    return record(**(OUTPUT | output)), record(**(INPUT | dict(source)))


def test_a_week_of_refining_at_a_good_margin():
    """Margin 0.10 - 0.05 = 0.05: 50 kg * exp(2 * 0.05) = 55.2585 kg wanted, half way there from 50: 52.62927 kg.

    That takes 52.62927 / 0.8 = 65.78659 kg of the 200 in stock, a quarter of them (16.44665 kg) of tracked origin.
    """
    output, source = line()
    refine(output, source, P)
    assert output["utilisation"] == pytest.approx(0.5262927)
    assert output["produced_kg"] == pytest.approx(52.62927)
    assert output["stock_kg"] == pytest.approx(72.62927)
    assert output["tracked_kg"] == pytest.approx(5 + 0.8 * 16.44665)
    assert source["planned_use_kg"] == source["consumed_kg"] == pytest.approx(65.78659)
    assert source["short_kg"] == 0
    assert source["stock_kg"] == pytest.approx(200 - 65.78659)
    assert source["tracked_kg"] == pytest.approx(50 - 16.44665)


@pytest.mark.parametrize(("stock_kg", "wanted_kg"), [(20.0, 55.25855), (10.0, 55.25855), (60.0, 20.32848)])
def test_nobody_refines_for_the_shelf(stock_kg, wanted_kg):
    """Three times the norm: exp(2 * 0.05 - 0.5 * 2) = 0.40657 of 50 kg. A half-empty warehouse adds nothing."""
    output, source = line(stock_kg=stock_kg)
    refine(output, source, P)
    assert output["utilisation"] == pytest.approx(0.5 + 0.5 * (wanted_kg / 100 - 0.5))


def test_too_little_input_is_used_up_and_the_rest_falls_short():
    output, source = line({"stock_kg": 40.0, "tracked_kg": 10.0})
    refine(output, source, P)
    assert source["consumed_kg"] == pytest.approx(40)
    assert source["short_kg"] == pytest.approx(25.78659)
    assert (source["stock_kg"], source["tracked_kg"]) == (0, 0)
    assert output["produced_kg"] == pytest.approx(32)
    assert output["tracked_kg"] == pytest.approx(5 + 8)


def test_without_input_nothing_is_made():
    output, source = line({"stock_kg": 0.0, "tracked_kg": 0.0})
    refine(output, source, P)
    assert output["produced_kg"] == 0
    assert output["tracked_kg"] == 5
    assert source["short_kg"] == source["planned_use_kg"] == pytest.approx(65.78659)


def test_capacity_is_the_most():
    output, source = line({"stock_kg": 1e6}, log_expected=9.0)
    for _ in range(60):
        output["stock_kg"] = 20.0  # sold every week
        refine(output, source, P)
    assert output["utilisation"] == pytest.approx(1)
    assert output["produced_kg"] == pytest.approx(100)


def test_a_line_without_capacity_or_a_norm_stands_still():
    output, source = line(capacity_kg=0.0, normal_output_kg=0.0, norm_stock_kg=0.0, utilisation=0.0)
    refine(output, source, P)
    assert output["utilisation"] == output["produced_kg"] == source["consumed_kg"] == 0
    assert source["stock_kg"] == 200
