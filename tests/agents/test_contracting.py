"""Contracts: what a user needs, takes and remembers, and how strange a supplier is."""

import numpy as np
import pytest

from agents.contracting import MOST_MAKERS, for_sale_kg, needed_kg, remember, share_of, takes_kg, unfamiliar
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


def shares(sizes, pick):
    before = np.cumsum([0.0, *sizes])
    return [share_of(size, kg, before[-1], len(sizes), pick) for size, kg in zip(sizes, before, strict=False)]


def test_of_few_makers_each_is_asked_by_its_size():
    assert shares([6.0, 3.0, 1.0], 0.9) == [0.6, 0.3, 0.1]


def test_of_many_makers_those_at_equal_distances_are_picked():
    """Twenty-four alike: every second one, the odd ones or the even ones."""
    assert shares([1.0] * 24, 0.2) == [1 / MOST_MAKERS, 0.0] * 12
    assert shares([1.0] * 24, 0.7) == [0.0, 1 / MOST_MAKERS] * 12


@pytest.mark.parametrize("pick", [0.0, 0.3, 1.0 - 1e-9])
def test_picks_add_up_to_one_and_are_never_more_than_the_most(pick):
    found = np.array(shares(np.random.default_rng(1).lognormal(0.0, 2.0, 300), pick))
    assert found.sum() == pytest.approx(1.0)
    assert 0 < np.count_nonzero(found) <= MOST_MAKERS


def test_over_all_users_each_maker_is_asked_by_its_size():
    sizes = np.random.default_rng(1).lognormal(0.0, 2.0, 40)
    asked = np.mean([shares(sizes, (u + 0.5) / 1000) for u in range(1000)], axis=0)
    assert asked == pytest.approx(sizes / sizes.sum(), abs=0.001)
