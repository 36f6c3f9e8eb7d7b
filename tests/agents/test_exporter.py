"""Exporters: what can be packed and cleared, what users at home come first for, and hands that grow used to more."""

import numpy as np
import pytest

from agents.exporter import get_used, keep_for_home, pack, usual_kg
from tests.records import fields_that_differ, parameters, record

P = parameters(handling_factor=1.5, handling_adaptation=0.1, domestic_reserve_weeks=4.0)


def test_a_maker_sells_its_output_and_a_trader_its_turnover():
    assert usual_kg(record(normal_output_kg=20.0)) == 20
    assert usual_kg(record(turnover_kg=30.0)) == 30
    assert usual_kg(record()) == 0


@pytest.mark.parametrize(("used_to", "limit_kg"), [(1.0, 12.0), (2.0, 24.0), (0.3, 12.0)])
def test_exports_are_limited_by_what_exporters_are_used_to(used_to, limit_kg):
    """1.5 times 0.4 of 20 kg a week, times what they are used to; hands that idle stay."""
    for fields in ({"normal_output_kg": 20.0}, {"turnover_kg": 20.0}):
        exporter = record(normal_export_share=0.4, **fields)
        before = exporter.copy()
        pack(exporter, used_to, P)
        assert exporter["export_limit_kg"] == pytest.approx(limit_kg)
        assert fields_that_differ(exporter, before) == {"export_limit_kg"}


def test_who_is_no_exporter_sells_at_home():
    seller = record(normal_output_kg=20.0, normal_export_share=0.0)
    pack(seller, 3.0, P)
    assert seller["export_limit_kg"] == 0


def test_the_reserve_for_home_is_shared_by_output():
    """The maker of a fifth of the output keeps a fifth of four weeks' use: 0.2 * 4 * 50 = 40 of its 100 kg."""
    maker = record(normal_output_kg=20.0, stock_kg=100.0)
    keep_for_home(maker, 50.0, 100.0, P)
    assert maker["export_limit_kg"] == pytest.approx(60)


@pytest.mark.parametrize(("stock_kg", "limit_kg"), [(40.0, 0.0), (30.0, 0.0), (0.0, 0.0), (45.0, 5.0)])
def test_below_the_reserve_nothing_leaves(stock_kg, limit_kg):
    maker = record(normal_output_kg=20.0, stock_kg=stock_kg)
    keep_for_home(maker, 50.0, 100.0, P)
    assert maker["export_limit_kg"] == pytest.approx(limit_kg)


def test_the_tighter_limit_holds():
    maker = record(normal_output_kg=20.0, stock_kg=100.0, export_limit_kg=7.0)
    keep_for_home(maker, 50.0, 100.0, P)
    assert maker["export_limit_kg"] == 7


def test_where_nobody_uses_or_makes_the_good_all_of_the_stock_may_leave():
    for use_kg, output_kg in ((0.0, 100.0), (50.0, 0.0), (0.0, 0.0)):
        maker = record(normal_output_kg=20.0 if output_kg else 0.0, stock_kg=100.0)
        keep_for_home(maker, use_kg, output_kg, P)
        assert maker["export_limit_kg"] == 100


def test_exporters_get_used_to_what_they_ship():
    """A tenth of the way from 1.2 times normal exports to 150 / 60 = 2.5 times."""
    assert get_used(1.2, 150.0, 60.0, P) == pytest.approx(1.33)
    assert get_used(1.2, 0.0, 60.0, P) == pytest.approx(1.08)
    assert get_used(1.0, 60.0, 60.0, P) == pytest.approx(1.0)


def test_without_normal_exports_what_is_usual_is_one():
    assert get_used(1.2, 150.0, 0.0, P) == pytest.approx(1.18)
    assert np.isfinite(get_used(1.0, 0.0, 0.0, P))
