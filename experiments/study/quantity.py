"""What a study measures, declared: a column of a run's tables, which rows, over which weeks, kept by which labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

# How the weeks of a span become one number.
HOWS = ("sum", "mean", "max", "first", "last", "yearly")


@dataclass(frozen=True)
class Quantity:
    """A number of a run, or several by label: `mean price of free gallium, by country, in 2024`.

    Attributes:
        of: table and column, e.g. ``"firms.consumed_kg"``: the tables of `TradeModel.tables()` and their columns, and
            what `study.observe` derives from them.
        where: label to the value that rows must have, or to a tuple of allowed values, e.g. ``{"zone": "RUS"}``.
        by: labels to keep, the week last, e.g. ``("metal", "week")``; all others are summed over (prices: averaged).
        named: names of these labels in the results, where they are not those of `by`.
        span: first and last day; the weeks whose Mondays lie between them, both included. The whole run when not given.
        by_days: a week that lies in the span with some of its days counts for their share; for sums.
        how: how weeks become one number, one of `HOWS`; `yearly` is the sum at the rate of a year. Ignored where `by`
            keeps the week.
        smooth: weeks of a running mean that is taken before; the first weeks of the span have a shorter one.
        scale: factor from the column's unit, e.g. 1e-3 for t.
        per: what it is divided by (NaN where that is 0); its labels are the first of `by`, or all.
        less: subtracted in the end, e.g. 1 to make a change of a ratio.
        what: the quantity in words.
        unit: key of `study.answers.UNITS`.
    """

    of: str
    where: Mapping[str, Any] = field(default_factory=dict)
    by: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    span: tuple[str, str] | None = None
    by_days: bool = False
    how: str = "sum"
    smooth: int = 1
    scale: float = 1.0
    per: Quantity | None = None
    less: float = 0.0
    what: str = ""
    unit: str = ""

    def __post_init__(self) -> None:
        """Refuse what nothing could read."""
        if self.how not in HOWS or "." not in self.of:
            raise ValueError(f"quantity {self.of!r}, how {self.how!r}: must be table.column and one of {HOWS}")
        if "week" in self.by[:-1] or (self.per is not None and self.per.by != self.by[: len(self.per.by)]):
            raise ValueError(f"quantity {self.of!r}, by {self.by}: the week comes last; labels of `per` come first")

    def but(self, **changes: Any) -> Quantity:
        """Return the same with changes; those of `where` are merged."""
        where = {**self.where, **changes.pop("where", {})}
        return replace(self, where=where, **changes)


def price(**changes: Any) -> Quantity:
    """Return the mean price of free metal, USD/kg, delivered."""
    return Quantity("prices.usd_per_kg", {"market": "free"}, how="mean", unit="usd_per_kg").but(**changes)


def shipped(**changes: Any) -> Quantity:
    """Return metal shipped between countries, t."""
    return Quantity("trade.kg", {"abroad": True}, scale=1e-3, unit="t").but(**changes)


def used(column: str = "consumed_kg", **changes: Any) -> Quantity:
    """Return a column of end users (not of refiners), t."""
    return Quantity(f"firms.{column}", {"kind": "buyer"}, scale=1e-3, unit="t").but(**changes)


def measured(span: tuple[str, str], calm: tuple[str, str]) -> dict[str, dict[str, Quantity]]:
    """Return the tables that a study has to measure in each run.

    Args:
        span: first and last day of the weeks that count.
        calm: those of weeks with calm prices.
    """
    own = used(scale=1.0, by=("metal", "zone", "end_use"), span=span, unit="kg")
    before = own.but(of="firms.bought_kg", span=calm)
    paid = own.but(of="firms.paid_usd", per=before.but(span=span), unit="usd_per_kg")
    quote = price(where={"standard": True}, by=("metal", "zone"), span=span)
    return {
        "metal_used": {
            "used_kg": own.but(what="end use"),
            "short_kg": own.but(of="firms.short_kg", what="planned end use for which there was no metal"),
            "cut_back_kg": own.but(of="firms.cut_back_kg", what="end use given up for the price"),
            "paid_usd_per_kg": paid.but(what="mean cost of metal to its users"),
            "calm_usd_per_kg": paid.but(span=calm, per=before, what="the same in calm times"),
        },
        "metal_quoted": {"usd_per_kg": quote.but(what="mean price of free metal, standard grade")},
    }
