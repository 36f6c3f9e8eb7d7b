"""Applicants: what they ask for, when they ask again, and what a refusal does to them."""

import numpy as np
import pytest

from agents.books import GRAM_KG
from agents.licence_applicant import applies, hear_decision, wanted_kg
from model.policy.licence_office import FILE
from tests.records import fields_that_differ, parameters, record

P = parameters(reapply_below=0.5, decision_weight=0.2)
WEEK = 20


def file(**fields) -> np.void:
    """Return the file of an applicant whose last application was decided in week 10."""
    files = np.zeros(1, FILE)
    for name, value in ({"decision_week": 10} | fields).items():
        files[name] = value
    return files[0]


def test_a_user_asks_for_its_dependent_use_and_a_trader_for_the_stock_it_wants():
    """13 weeks of 20 kg, of which 60 % came from there: 156 kg."""
    user, trader = record(trend_use_kg=20.0, norm_stock_kg=7.0), record(norm_stock_kg=90.0)
    assert wanted_kg(user, False, 13.0, 0.6) == pytest.approx(156)
    assert wanted_kg(user, False, 13.0, 0.0) == 0
    assert wanted_kg(record(), False, 13.0, 1.0) == 0
    assert wanted_kg(trader, True, 13.0, 0.0) == 90


@pytest.mark.parametrize(
    ("granted", "cleared", "asks"),
    [
        (0.0, 0.0, True),
        (49.0, 0.0, True),
        (20.0, 29.0, True),
        (20.0, 30.0, False),
        (0.0, 60.0, False),
        (51.0, 0.0, False),
    ],
)
def test_one_asks_again_when_less_than_half_an_order_is_left_or_on_its_way(granted, cleared, asks):
    assert applies(file(granted_kg=granted, cleared_kg=cleared), 100.0, WEEK, P) == asks


@pytest.mark.parametrize(("decision_week", "asks"), [(WEEK + 1, False), (WEEK, True), (WEEK - 1, True)])
def test_nobody_asks_while_an_application_is_pending(decision_week, asks):
    assert applies(file(decision_week=decision_week), 100.0, WEEK, P) == asks


def test_a_new_applicant_asks_at_once():
    assert applies(file(decision_week=np.iinfo(np.int64).min), 100.0, WEEK, P)


def test_who_is_barred_or_wants_no_more_than_a_gram_does_not_ask():
    assert not applies(file(barred=True), 100.0, WEEK, P)
    for wanted in (0.0, GRAM_KG / 2, GRAM_KG):
        assert not applies(file(), wanted, WEEK, P)
    assert applies(file(), 2 * GRAM_KG, WEEK, P)


@pytest.mark.parametrize(("granted", "risk"), [(False, 0.25 + 0.2 * 0.75), (True, 0.25 - 0.2 * 0.25)])
def test_a_refusal_moves_the_risk_towards_one_and_a_licence_towards_none(granted, risk):
    buyer = record(perceived_risk=0.25)
    before = buyer.copy()
    hear_decision(buyer, granted, P)
    assert buyer["perceived_risk"] == pytest.approx(risk)
    assert fields_that_differ(buyer, before) == {"perceived_risk"}


def test_an_office_that_turns_generous_is_forgiven():
    """Ten refusals leave fear, ten licences after them take it away again: it cannot pile up."""
    buyer = record(perceived_risk=0.0)
    for _ in range(10):
        hear_decision(buyer, False, P)
    assert buyer["perceived_risk"] == pytest.approx(1.0 - 0.8**10)
    for _ in range(10):
        hear_decision(buyer, True, P)
    assert buyer["perceived_risk"] == pytest.approx((1.0 - 0.8**10) * 0.8**10)
