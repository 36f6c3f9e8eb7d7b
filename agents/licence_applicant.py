"""How buyers abroad apply for export licences: how much they ask for, and when they ask again."""

from __future__ import annotations

from agents.books import GRAM_KG
from agents.rule import rule


@rule
def wanted_kg(applicant, is_trader, order_weeks, dependence):
    """Return what a buyer asks for, kg: a user its dependent use over the order, a trader the stock it wants.

    Args:
        applicant: its record.
        is_trader: whether it trades.
        order_weeks: weeks of use that one application asks for.
        dependence: share of its country's metal that came from the licensing country before the restriction.
    """
    if is_trader:
        return applicant.norm_stock_kg
    return order_weeks * applicant.trend_use_kg * dependence


@rule
def applies(file, wanted, week, p):
    """Return whether a buyer files an application this week: nothing pending, and little left of earlier licences.

    Args:
        file: its file at the licence office (`model.policy.licence_office.FILE`).
        wanted: what it would ask for, kg.
        week: the week it is.
        p: parameters.
    """
    if file.barred or file.decision_week > week or wanted <= GRAM_KG:
        return False
    return file.granted_kg + file.cleared_kg < p.reapply_below * wanted


@rule
def hear_decision(applicant, granted, p):
    """Learn from a decision how likely supply is: a refusal moves the risk perceived towards 1, a licence towards 0."""
    outcome = 0.0 if granted else 1.0
    applicant.perceived_risk += p.decision_weight * (outcome - applicant.perceived_risk)
