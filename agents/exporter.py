"""How much a seller may offer abroad in a week: packing and customs, domestic users first."""

from __future__ import annotations

from agents.rule import rule


@rule
def usual_kg(seller):
    """Return what it sells in a normal week, kg: a trader its turnover, everybody else its output."""
    return seller.turnover_kg + seller.normal_output_kg


@rule
def pack(exporter, handling, p):
    """Limit the week's exports to what can be packed and cleared.

    Args:
        exporter: record of a seller in the controlling country; one that is no exporter sells at home.
        handling: what exporters of the good are used to ship, as a multiple of normal exports. Hands that idle stay.
        p: parameters.
    """
    normal_kg = exporter.normal_export_share * usual_kg(exporter)
    exporter.export_limit_kg = p.handling_factor * max(handling, 1.0) * normal_kg


@rule
def keep_for_home(seller, home_use_kg, home_output_kg, p):
    """Offer abroad only the surplus over a reserve for the users at home.

    Args:
        seller: record of a seller that serves its own country first.
        home_use_kg: planned use of the good in its country, kg a week.
        home_output_kg: normal output there; the seller keeps its part of the reserve.
        p: parameters.
    """
    part = usual_kg(seller) / home_output_kg if home_output_kg > 0.0 else 0.0
    surplus = max(seller.stock_kg - p.domestic_reserve_weeks * part * home_use_kg, 0.0)
    seller.export_limit_kg = min(seller.export_limit_kg, surplus)


@rule
def get_used(handling, shipped_kg, normal_kg, p):
    """Return what exporters are used to ship after a week's shipments: more hands and slots take months.

    Args:
        handling: the same before, as a multiple of normal exports.
        shipped_kg: exports of the week.
        normal_kg: normal exports.
        p: parameters.
    """
    pace = shipped_kg / normal_kg if normal_kg > 0.0 else 1.0
    return handling + p.handling_adaptation * (pace - handling)
