"""What a stockpile does beside what it is for: it is bought from a short market, and moves metal between stores."""

from __future__ import annotations

from experiments.mitigation.cells import NOTHING
from experiments.mitigation.tables import Found, each

STOCKED = "stockpile, 6 months"


def raised(found: Found) -> list[str]:
    """Return by how much buying stockpiles has moved the US price that the disruption starts from, by metal."""
    if STOCKED not in found.effects["cell"]:
        return []
    before = found.effects["before_us"]
    rise = before.sel(cell=STOCKED, drop=True) / before.sel(cell=NOTHING, drop=True) - 1.0
    taken = found.effects["more_lost_before_t"].sel(cell=STOCKED)
    return [
        "A stockpile is bought from the same short market: six months of stock move the US price shortly before the "
        f"disruption by {each(rise, 'change', 'for')}, and the use lost in the US and the EU until then by "
        f"{each(taken, 't_change', 'of')}; what is avoided is net of that."
    ]


def moved(found: Found) -> list[str]:
    """Return how much of a stockpile only changes hands: it empties users' own stores, and fills them again."""
    if STOCKED not in found.effects["cell"]:
        return []
    own, without = (found.effects.sel(cell=cell, drop=True) for cell in (STOCKED, NOTHING))
    taken, back = (own[name] - without[name] for name in ("stored_before_t", "stored_t"))
    held, short = each(own["held_t"], "t", "of"), each(without["short_t"], "t", "of")
    before, after = (each(values, "t_change", "of") for values in (taken, back))
    return [
        f"Much of a stockpile only changes hands: when China stops, six months of stock hold {held}, while users' own "
        f"stores, all countries, differ by {before}; two years later, when what was held is released, they differ by "
        f"{after}, which counts for nothing here. Metal that was not to be had makes {short} of the loss without a "
        "measure; the rest is dear metal, which buying makes dearer first."
    ]
