"""Contracts: what a user needs, takes and remembers, and how strange a supplier is."""

import pytest

from agents.contracting import for_sale_kg, needed_kg, remember, takes_kg, unfamiliar
from tests.records import parameters, record

P = parameters(order_closure=0.1, precaution=0.0, dependence_memory=0.02, familiar_share=0.05)


def test_metal_from_own_scrap_is_neither_needed_nor_for_sale():
    assert needed_kg(record(trend_use_kg=10.0, tolling_kg=4.0)) == 6
    assert for_sale_kg(record(normal_output_kg=10.0, tolling_kg=4.0)) == 6
    assert needed_kg(record(trend_use_kg=3.0, tolling_kg=4.0)) == 0


@pytest.mark.parametrize(("agreed", "taken"), [(9.0, 9.0), (20.0, 13.0)])
def test_a_user_takes_no_more_than_it_would_order(agreed, taken):
    """It means to use 5 kg and orders a tenth of 8 weeks' cover of 10 kg on top."""
    user = record(planned_use_kg=5.0, trend_use_kg=10.0, calm_cover_weeks=8.0)
    assert takes_kg(user, agreed, P) == pytest.approx(taken)


def test_memory_follows_slowly():
    assert remember(100.0, 0.0, P) == pytest.approx(98)


@pytest.mark.parametrize(("share", "left"), [(0.0, 1.0), (0.05, 0.5), (0.95, 0.05)])
def test_experience_wears_strangeness_off(share, left):
    assert unfamiliar(share, P) == pytest.approx(left)
