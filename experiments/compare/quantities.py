"""What is measured of a user's scenarios: prices, trade, use and what is given up, by country and end use."""

from __future__ import annotations

from datetime import date

from experiments.study.metal_used import measured
from experiments.study.quantity import Quantity, price, shipped, used
from experiments.study.study import Tables
from model.world import World

LAST_WEEKS, PEAK_WEEKS = 13, 4
USE_BY = ("metal", "zone", "end_use")


def tables(world: World, exporter: str, span: tuple[date, date], calm: tuple[date, date]) -> Tables:
    """Return the quantities of a window; value at risk is held against the costs of calm weeks.

    Returns:
        prices: by good and zone, of free metal; trade and use: by metal and zone (and end use), t in a year;
            weekly: by metal and zone, prices of the standard grades; weeks: by metal, exports and use given up;
            `metal_used` and `metal_quoted`: see `study.value`.
    """
    first, last = (str(day) for day in span)
    quote = price(by=("good", "zone"), span=(first, last))
    own = used(by=USE_BY, span=(first, last), how="yearly", unit="t_per_yr")
    return {
        "prices": {
            "mean_usd_per_kg": quote.but(what="mean price"),
            "peak_usd_per_kg": quote.but(how="max", smooth=PEAK_WEEKS, what="highest four-week mean price"),
            "last_usd_per_kg": quote.but(how="last", smooth=LAST_WEEKS, what="mean price of the last thirteen weeks"),
        },
        "trade": _trade((first, last)),
        "use": {
            "used_t": own.but(what="use"),
            "lost_t": own.but(of="firms.lost_kg", what="use given up"),
            "short_t": own.but(of="firms.short_kg", what="use for which the metal was not there"),
            "cut_back_t": own.but(of="firms.cut_back_kg", what="use cut back because metal is dear"),
            "trend_t": own.but(of="firms.trend_use_kg", what="use at calm prices"),
        },
        "weekly": {
            "usd_per_kg": price(where={"standard": True, "zone": world.quoted_zones}, by=("metal", "zone", "week"))
        },
        "weeks": _weeks(exporter),
        **measured((first, last), (str(calm[0]), str(calm[1]))),
    }


def _trade(span: tuple[str, str]) -> dict[str, Quantity]:
    into = shipped(by=("metal", "zone"), span=span, how="yearly", unit="t_per_yr")
    out = into.but(by=("metal", "origin_zone"), named=("metal", "zone"))
    return {
        "exports_t": out.but(what="exports"),
        "imports_t": into.but(what="imports"),
        "from_tracked_t": into.but(where={"from_tracked": True}, what="imports from the country with the controls"),
    }


def _weeks(exporter: str) -> dict[str, Quantity]:
    by = ("metal", "week")
    return {
        "exports_t": shipped(where={"origin_zone": exporter}, by=by),
        "lost_t": used("lost_kg", by=by),
        "trend_t": used("trend_use_kg", by=by),
    }


# Words of `--above` to table, quantity and the label that its second word names.
ASKED = {
    "price": ("prices", "mean_usd_per_kg", "good"),
    "peak": ("prices", "peak_usd_per_kg", "good"),
    "last": ("prices", "last_usd_per_kg", "good"),
    "exports": ("trade", "exports_t", "metal"),
    "imports": ("trade", "imports_t", "metal"),
    "use": ("use", "used_t", "metal"),
    "forgone": ("use", "lost_t", "metal"),
    "short": ("use", "short_t", "metal"),
}
