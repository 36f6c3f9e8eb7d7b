"""A threshold that the user asks about: `--above "price gallium-4N DEU 1000"`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import xarray as xr

from experiments.compare.quantities import ASKED
from experiments.study.answers import quantity, with_article
from experiments.study.shown import Shown
from experiments.study.study import Tables
from model import InputError
from model.errors import nearest
from model.world import World


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
