"""What is measured of a user's scenarios: prices, trade, use given up, by country and end use; what `--above` asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from experiments.study.answers import quantity, with_article
from experiments.study.quantity import Quantity, measured, price, shipped, used
from experiments.study.shown import Shown
from experiments.study.study import Tables
from model import InputError
from model.errors import nearest
from model.world import World

if TYPE_CHECKING:
    import xarray as xr

LAST_WEEKS, PEAK_WEEKS = 13, 4
USE_BY = ("metal", "zone", "end_use")
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


@dataclass(frozen=True)
class Threshold:
    """A quantity of one good or metal in one country, and a bound."""

    word: str
    of: str
    zone: str
    bound: float

    def values(self, found: Mapping[str, xr.Dataset]) -> xr.DataArray:
        """Return the quantity by cell and run."""
        table, column, label = ASKED[self.word]
        values = found[table][column].sel({label: self.of, "zone": self.zone})
        return values.sum("end_use", min_count=1) if "end_use" in values.dims else values

    def text(self, tables: Tables, shown: Shown) -> str:
        """Write it in words, e.g. `mean price of gallium-4N in Germany above 1,000 USD/kg`."""
        table, column, _label = ASKED[self.word]
        asked, place = tables[table][column], with_article(shown.names[self.zone])
        return f"{asked.what} of {self.of} in {place} above {quantity(self.bound, asked.unit)}"


def parse_threshold(text: str, world: World) -> Threshold:
    """Read a threshold.

    Raises:
        InputError: one line that says what is allowed.
    """
    words = text.split()
    if len(words) != 4:
        raise InputError(f'--above "{text}": must be QUANTITY METAL COUNTRY NUMBER, e.g. "price gallium-4N DEU 1000"')
    word, of, zone, bound = words
    if word not in ASKED:
        raise InputError(f'--above "{text}": {word!r}: no such quantity; {nearest(word, ASKED)}')
    names = world.goods if ASKED[word][2] == "good" else world.metals
    for name, allowed in ((of, names), (zone, world.zones)):
        if name not in allowed:
            raise InputError(f'--above "{text}": {name!r}: not in this world; {nearest(name, allowed)}')
    try:
        value = float(bound)
    except ValueError:
        value = float("nan")
    if not abs(value) < float("inf"):
        raise InputError(f'--above "{text}": {bound!r} is not a number')
    return Threshold(word, of, zone, value)
