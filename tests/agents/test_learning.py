"""Learning: expectations mix what was seen, the trend and fundamentals; news becomes risk, and risk fades."""

import pytest

from agents.learning import expect, hold_normal, perceive_risk
from tests.records import fields_that_differ, parameters, record

P = parameters(
    adaptation=0.2, fundamental_weight=0.05, trend_memory=0.15, normal_price_rate=0.02, news_rate=0.5, risk_decay=0.01,
    shortage_risk=0.04, normal_price_anchor=0.0,
)  # fmt: skip


def test_expectations_follow_what_was_seen_the_trend_and_the_reference():
    """Step 0.2 * 0.5 + 0.05 * 0.2 = 0.11; trend 0.02 + 0.15 * 0.09 = 0.0335, of which a share of 0.4 counts."""
    firm = record(log_expected=5.0, log_reference=5.2, log_trend=0.02, trend_weight=0.4)
    before = firm.copy()
    expect(firm, 5.5, P)
    assert firm["log_trend"] == pytest.approx(0.0335)
    assert firm["log_expected"] == pytest.approx(5.0 + 0.11 + 0.4 * 0.0335)
    assert fields_that_differ(firm, before) == {"log_trend", "log_expected"}


def test_who_follows_no_trend_adapts_and_who_sees_what_it_expects_stays():
    firm = record(log_expected=5.0, log_reference=5.0)
    expect(firm, 5.5, P)
    assert firm["log_expected"] == pytest.approx(5.1)
    calm = record(log_expected=5.0, log_reference=5.0, trend_weight=0.6)
    expect(calm, 5.0, P)
    assert (calm["log_expected"], calm["log_trend"]) == (5.0, 0.0)


def test_a_trend_cannot_feed_itself():
    """With nothing to learn any more it dies out by its memory alone, whatever the weight."""
    firm = record(log_expected=5.0, log_reference=5.0, log_trend=0.1, trend_weight=0.6)
    for week in range(1, 6):
        expect(firm, float(firm["log_expected"]), parameters(fundamental_weight=0.0, trend_memory=0.15))
        assert firm["log_trend"] == pytest.approx(0.1 * 0.85**week)


def test_the_normal_price_follows_slowly():
    buyer = record(log_normal=5.0)
    hold_normal(buyer, 5.5, P)
    assert buyer["log_normal"] == pytest.approx(5.01)
    hold_normal(buyer, 5.01, P)
    assert buyer["log_normal"] == pytest.approx(5.01)


def test_the_normal_price_is_anchored_at_marginal_cost():
    """0.02 of the way from 5 to 5.5, then 0.1 of the way back to 4.8: 0.9 * 5.01 + 0.1 * 4.8."""
    anchored = parameters(normal_price_rate=0.02, normal_price_anchor=0.1)
    buyer = record(log_normal=5.0, log_reference=4.8)
    hold_normal(buyer, 5.5, anchored)
    assert buyer["log_normal"] == pytest.approx(0.9 * 5.01 + 0.1 * 4.8)
    for _ in range(1000):
        hold_normal(buyer, 5.5, anchored)
    assert buyer["log_normal"] < 4.8 + 0.2 * (5.5 - 4.8)  # a high price that lasts does not become normal


def test_news_becomes_risk_part_by_part_and_shortage_adds_to_it():
    """0.3 + 0.5 * 0.4 - 0.01 * 0.3 + 0.04 * 3 / 12 = 0.507; half the news is left to hear."""
    buyer = record(perceived_risk=0.3, news=0.4, short_kg=3.0, planned_use_kg=12.0)
    before = buyer.copy()
    perceive_risk(buyer, P)
    assert buyer["perceived_risk"] == pytest.approx(0.507)
    assert buyer["news"] == pytest.approx(0.2)
    assert fields_that_differ(buyer, before) == {"perceived_risk", "news"}


@pytest.mark.parametrize("risk", [0.9, 1.0, 1.1])
def test_risk_is_at_most_one(risk):
    """A refusal may have brought it above 1 for the moment."""
    buyer = record(perceived_risk=risk, news=1.5)
    perceive_risk(buyer, P)
    assert buyer["perceived_risk"] == 1


def test_without_news_risk_fades_and_without_planned_use_nobody_is_short():
    buyer = record(perceived_risk=0.5, short_kg=3.0)
    perceive_risk(buyer, P)
    assert buyer["perceived_risk"] == pytest.approx(0.495)
    trusting = record()
    perceive_risk(trusting, P)
    assert trusting["perceived_risk"] == 0
