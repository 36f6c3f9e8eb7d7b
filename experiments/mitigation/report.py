"""Report of the mitigation experiment."""

from __future__ import annotations

import xarray as xr

from experiments.mitigation.cells import ENFORCEMENT, NOTHING, UNDISTURBED
from experiments.mitigation.effects import TARGETED
from experiments.mitigation.figures import CAPTIONS
from experiments.mitigation.quantities import METALS
from experiments.mitigation.stockpiles import STOCKED, moved, raised
from experiments.mitigation.tables import Found, each, effect_table, risk_section, targeted_table, where_table
from experiments.mitigation.words import LEFT_OUT, measures
from experiments.study.answers import bullets, counted, listed, percent
from experiments.study.bands import band
from experiments.study.report import Report
from experiments.study.rules import Headline
from experiments.study.uncertain import sampled
from model.parameters import parameter_table

SINGLE = ("stockpile, 3 months", STOCKED, "stockpile, 12 months", "new plants", "more recycling")
LEAST_T = 0.05  # a smaller loss is none


def answer(found: Found) -> list[str]:
    """Return the sentences that answer the question."""
    lines = []
    for metal in METALS:

        def say(cell: str, key: str, unit: str, metal: str = metal) -> str:
            return found.band(cell, metal, key).text(unit)

        name, values = metal.capitalize(), found.effects.sel(metal=metal)
        lines.append(
            f"{name}: when China stops all exports in January 2027, the US and the EU lose "
            f"{say(NOTHING, 'lost_t', 't')} of use in two years; under the controls of the record alone, without a ban "
            f"on the US, they lose {say(UNDISTURBED, 'lost_t', 't')}. The US price peaks at "
            f"{say(NOTHING, 'peak_us', 'usd_per_kg')}, against {say(UNDISTURBED, 'peak_us', 'usd_per_kg')}."
            + _less_after_a_stop(values)
        )
        if best := _first(values["avoided_kg_per_musd"]):
            lines.append(
                f"{name}, most per USD: {best[0]}, which avoids "
                f"{say(best[0], 'avoided_kg_per_musd', 'kg_per_musd')} of lost use per million USD charged for the "
                f"years served; it is first among the single measures in {percent(best[1])} of the runs."
            )
        if most := _first(values["avoided_t"]):
            lines.append(
                f"{name}, most in total: {most[0]}, which avoids {say(most[0], 'avoided_t', 't')} for "
                f"{say(most[0], 'charge_musd', 'musd_paid')}; it is first among the single measures in "
                f"{percent(most[1])} of the runs."
            )
        lines += _worse(found, metal)
    return [*lines, *_enforcement(found)]


def _less_after_a_stop(values: xr.Dataset) -> str:
    """Return why less use is lost with the stop than without it, where that is so."""
    change = values.sel(cell=NOTHING, drop=True) - values.sel(cell=UNDISTURBED, drop=True)
    lost, gone = change["lost_t"], change["substituted_t"]
    if band(lost).median >= 0.0:
        return ""
    return (
        f" The stop does not spare use: {band(gone).text('t_change')} more are done without for good, which does not "
        "count as lost."
    )


def _worse(found: Found, metal: str) -> list[str]:
    """Return the measures with which more use is lost than without, and whether that is before or in the disruption."""
    bands = {cell: found.band(cell, metal, "avoided_t") for cell in SINGLE if cell in found.effects["cell"]}
    worse = [f"{cell} ({_parts(found, cell, metal)})" for cell, of in bands.items() if of.runs and of.high < -LEAST_T]
    if not worse:
        return []
    return [
        f"{metal.capitalize()}: more use is lost than without a measure with {listed(worse, '; ')}. What a stockpile "
        "buys in a short market is missed at once; what it releases takes the place of imports, which go to others."
    ]


def _parts(found: Found, cell: str, metal: str) -> str:
    more = found.effects["more_lost_before_t"].sel(cell=cell, metal=metal)
    avoided = found.effects["avoided_t"].sel(cell=cell, metal=metal) + more
    before, during = band(more), band(avoided)
    return f"{before.text('t_change')} lost before the disruption, {during.text('t')} avoided in it"


def _first(values: xr.DataArray) -> tuple[str, float] | None:
    """Return the single measure with the highest median, and the share of runs in which it is the highest."""
    own = values.sel(cell=[cell for cell in SINGLE if cell in values["cell"]]).dropna("cell", how="all")
    own = own.dropna("run", how="all")
    if own.sizes["cell"] < 2:  # nothing to compare with
        return None
    medians = own.median("run")
    best = str(medians.idxmax("cell").item())
    return (best, float((own.idxmax("cell") == best).mean())) if medians.max() > 0 else None


def _enforcement(found: Found) -> list[str]:
    names = [f"{TARGETED}, tolerant", f"{TARGETED}, strict"]
    if any(name not in found.cells(targeted=True) for name in names):
        return []
    lost = found.effects["lost_t"]
    change = lost.sel(cell=names[1], drop=True) - lost.sel(cell=names[0], drop=True)
    least, most = (percent(ENFORCEMENT[how]) for how in ("tolerant", "strict"))
    return [
        f"A ban on the US and the EU alone, policed strictly ({most} of re-exported shipments caught) rather than "
        f"tolerantly ({least}), changes what they lose by {each(change, 't_change', 'of')}. That says little about "
        "enforcement: in this market metal of other origin goes to the US and the EU and China's takes its place "
        "elsewhere, so that next to none needs a detour; where trade is bilateral, it does (`experiments.mechanism`)."
    ]


def headlines(found: xr.Dataset, rivals: xr.Dataset) -> list[Headline]:
    """Return what is lost without a measure, and what each single one avoids, under both market rules."""
    asked = [("use lost without a measure", NOTHING, "lost_t", "t")]
    asked += [(f"lost use that {cell} avoids", cell, "avoided_t", "t_change") for cell in SINGLE]
    return [
        Headline(f"{metal}: {what}", unit, *(band(own[key].sel(cell=cell, metal=metal)) for own in (found, rivals)))
        for metal in METALS for what, cell, key, unit in asked if cell in rivals["cell"]
    ]  # fmt: skip


def report(found: Found) -> Report:
    """Return the report."""
    runs = counted(found.seeds * found.parameter_draws, "run")
    draws = (
        f"Numbers are medians, in brackets 10 to 90 %, of {runs} of each measure: "
        f"{sampled(found.world, found.parameter_draws, found.seeds)}, the same for all measures; no brackets where "
        "these agree to the digits shown."
    )
    nothing = found.effects.sel(cell=NOTHING)
    short = each(nothing["short_t"] / nothing["lost_t"], "share", "of")
    lost = (
        "Lost use is what users would use at calm prices, less what they use, less what they have learnt to do without "
        f"for good (substituted). Without a measure {short} of it is use for which the metal was not there; "
        "the rest is given up because metal is dear."
    )
    return Report(
        title="What helps when China stops its exports?",
        question="Which measure of the US and the EU avoids most lost use per USD when China stops exporting gallium "
        "and germanium in January 2027 for two years, where, and how sure is that?",
        answer=answer(found),
        basis=[draws, "", lost],
        how_sure=_how_sure(found),
        body=_body(found),
        captions=CAPTIONS,
        left_out=LEFT_OUT,
        tables="`effects`: run by run; `summary`: bands; `places`: bands by country; `value_at_risk`: bands, USD; "
        "`use`, `prices`, `cost`, `weekly`, `metal_used` and `metal_quoted`: as measured; `runs`",
    )


def _body(found: Found) -> list[str]:
    return [
        *(line for metal in METALS for line in effect_table(found, metal)),
        "## Where",
        "",
        "Lost use in two years, t (share of use at calm prices), medians. Below 0 more is used than at calm prices.",
        "",
        *(line for metal in METALS for line in where_table(found, metal)),
        *risk_section(found),
        "## Enforcement on re-exports",
        "",
        "A ban on the US and the EU only; of re-exported shipments "
        + listed([f"{percent(share)} are caught ({how})" for how, share in ENFORCEMENT.items()])
        + ".",
        "",
        *targeted_table(found),
        "",
        "## What the measures are, and what they cost",
        "",
        *bullets(measures()),
    ]


def _how_sure(found: Found) -> list[str]:
    alpha = parameter_table(found.world).loc["cover_elasticity", "value"]
    more = found.effects["more_used_t"]
    often = (more > 0).where(more.notnull()).mean("run")
    texts = []
    for metal in METALS:
        kept = [cell for cell in found.cells() if cell not in (NOTHING, UNDISTURBED)]
        sure = [cell for cell in kept if often.sel(metal=metal, cell=cell) >= 0.9]
        unsure = [cell for cell in kept if cell not in sure]
        not_so = f"; not so with {listed(unsure, '; ')}" if unsure else ""
        texts.append(
            f"{metal.capitalize()}: more metal is used than without a measure in at least nine tenths of the runs with "
            f"{listed(sure, '; ') or 'no measure'}{not_so}."
        )
    return [
        *texts,
        "Use that users have learnt to do without for good does not count as lost: what faster substitution avoids is "
        "partly that definition, and partly metal left to others (column “More used”).",
        *_recycled(found),
        *raised(found),
        *moved(found),
        f"What a stockpile does hangs on how bids answer to stocks (`cover_elasticity`, {alpha:.2g}). Where bids "
        "answer little, released metal fills users' stores and hardly moves the price.",
        "Costs are the weakest numbers: two announced plants, one thesis, and own estimates.",
        *_plants_dear(found),
        "Four years are short for plants: those that open in 2028 and later help beyond the horizon.",
    ]


def _recycled(found: Found) -> list[str]:
    """Return how much programmes that aim at twice the recycling add, which scrap bounds."""
    if "more recycling" not in found.effects["cell"]:
        return []
    more = found.effects["more_recycled_t"].sel(cell="more recycling")
    share = more / found.effects["recycled_t"].sel(cell=NOTHING)
    return [
        f"Programmes that aim at twice the recycling add {each(more, 't_change', 'of')} in the disruption "
        f"({each(share, 'percent_change', 'for')}): no more metal can be won than there is scrap of it."
    ]


def _plants_dear(found: Found) -> list[str]:
    """Return how much cheaper new plants would have to be to come first, by metal."""
    texts = []
    for metal in METALS:
        values = found.effects["avoided_kg_per_musd"].sel(metal=metal)
        best = _first(values)
        if best and "new plants" in values["cell"]:
            first, plants = (float(values.sel(cell=cell).median()) for cell in (best[0], "new plants"))
            texts += [f"{first / plants:.0f} times for {metal} ({best[0]})"] if 0 < 1.5 * plants < first else []
    if not texts:
        return []
    return [f"To avoid as much per USD as the best measure new plants would have to be cheaper {listed(texts)}."]
