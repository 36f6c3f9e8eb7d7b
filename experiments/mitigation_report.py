"""Report of the mitigation experiment."""

from __future__ import annotations

import pandas as pd

from experiments.answers import Band, bullets, figure_lines
from experiments.mitigation_cells import NOTHING, UNDISTURBED
from experiments.mitigation_figures import CAPTIONS, METALS
from experiments.mitigation_tables import (
    TARGETED,
    Found,
    effect_table,
    kilograms,
    money,
    targeted_table,
    tonnes,
    usd_per_kg,
    where_table,
)
from model.parameters import parameter_table

SINGLE = ("stockpile, 3 months", "stockpile, 6 months", "stockpile, 12 months", "new plants", "doubled recycling")
LEFT_OUT = (
    "Lost use is metal not used because it was dear or not to be had. What its absence does further down (chips, "
    "optics, weapons) is not modelled, so a kg counts the same wherever it is missing.",
    "Plants are charged with all of their capital cost although they stand for many years after the two that count "
    "here; nobody's own money is told from public money.",
    "Recycling doubles if it is paid for: whether so much scrap can be found is not asked.",
    "Stockpiles are bought in the calm year 2022. Bought under export controls they would cost more and take metal "
    "from users; no storage, no interest, no loss of purity over the years (gallium is said to keep for about a "
    "year).",
    "Faster substitution has no price here: redesign and approval of parts cost money that no source gives.",
    "Announced plants open when and as large as announced (or a year late); some have no investment decision yet.",
    "Governments act as the scenario says; none outbids another, none seizes metal in transit.",
    "After June 2024 everything is forecast; the record up to the disruption includes only dated policies and plants.",
)


def answer(found: Found) -> list[str]:
    """Return the sentences that answer the question."""
    lines = []
    for metal in METALS:
        nothing, calm = found.band(NOTHING, metal, "lost_t"), found.band(UNDISTURBED, metal, "lost_t")
        lines.append(
            f"{metal.capitalize()}: when China stops all exports in January 2027, the US and the EU lose "
            f"{tonnes(nothing)} of "
            f"use in two years, against {tonnes(calm)} under the controls of the record alone; the US price peaks at "
            f"{usd_per_kg(found.band(NOTHING, metal, 'peak_us'))}."
        )
        ranked = _ranked(found, metal)
        if ranked:
            best, share = ranked
            per = found.band(best, metal, "avoided_kg_per_musd")
            lines.append(
                f"{metal.capitalize()}, most per USD: {best}, {kilograms(per)} of lost use avoided per million "
                "USD laid out; it is "
                f"first among the single measures in {100 * share:.0f} % of the runs."
            )
        most = _most(found, metal)
        if most:
            cell, share = most
            lines.append(
                f"{metal.capitalize()}, most in total: {cell}, which avoids "
                f"{tonnes(found.band(cell, metal, 'avoided_t'))} for "
                f"{money(found.band(cell, metal, 'outlay_musd'))}; first among the single measures in "
                f"{100 * share:.0f} % of the runs."
            )
    lines += _enforcement(found)
    return lines


def _ranked(found: Found, metal: str) -> tuple[str, float] | None:
    return _first(found.wide(metal, "avoided_kg_per_musd"))


def _most(found: Found, metal: str) -> tuple[str, float] | None:
    return _first(found.wide(metal, "avoided_t"))


def _first(wide: pd.DataFrame) -> tuple[str, float] | None:
    """Return the single measure with the highest median, and the share of runs in which it is the highest."""
    own = wide[[cell for cell in SINGLE if cell in wide and wide[cell].notna().any()]].dropna(how="all")
    if own.empty or own.shape[1] == 0:
        return None
    best = str(own.median().idxmax())
    return (best, float((own.idxmax(axis=1) == best).mean())) if own.median().max() > 0 else None


def _enforcement(found: Found) -> list[str]:
    names = [f"{TARGETED}, tolerant", f"{TARGETED}, strict"]
    if any(name not in found.cells(targeted=True) for name in names):
        return []
    texts = []
    for metal in METALS:
        tolerant, strict = (found.wide(metal, "lost_t")[name] for name in names)
        texts.append(f"{Band.of((strict - tolerant).to_numpy()).text('t_change')} of {metal}")
    return [
        "A ban on the US and the EU alone, policed strictly (half of the re-exported shipments caught) rather than "
        f"tolerantly (one in a hundred), changes what they lose by {texts[0]} and {texts[1]}: under such a ban "
        "metal from "
        "elsewhere changes places with China's, whoever checks the papers."
    ]


def report(found: Found) -> list[str]:
    """Return the report as lines of Markdown."""
    return [
        "# What helps when China stops its exports?",
        "",
        "Which measure of the US and the EU avoids most lost use per USD when China stops exporting gallium and "
        "germanium in January 2027 for two years, where, and how sure is that?",
        "",
        *bullets(answer(found)),
        "",
        f"Numbers are medians and 10 to 90 % of {found.runs * found.parameter_draws} runs a cell: "
        f"{found.parameter_draws} draws of the parameters that could only be assumed, each with {found.runs} seeds, "
        "the same in all cells.",
        *([f"{found.failures} runs failed and are left out; see `tables/failures.parquet`."] if found.failures else []),
        "",
        "Lost use is what end users would use at calm prices, less what they use, less what they have learnt to do "
        "without for good (substituted). Nearly all of it is use given up because metal is dear; users hardly ever "
        "stand before an empty store (short).",
        "",
        "## How sure",
        "",
        *bullets(_how_sure(found)),
        "",
        *(line for metal in METALS for line in effect_table(found, metal)),
        "## Where",
        "",
        "Lost use in two years, t (share of use at calm prices), medians.",
        "",
        *(line for metal in METALS for line in where_table(found, metal)),
        "## Enforcement on re-exports",
        "",
        "A ban on the US and the EU only, with 1, 10 or 50 % of re-exported shipments caught.",
        "",
        *targeted_table(found),
        "",
        "## What the measures are, and what they cost",
        "",
        *bullets(_measures()),
        "",
        "## Figures",
        "",
        *figure_lines(CAPTIONS),
        "## What the model leaves out",
        "",
        *bullets(LEFT_OUT),
        "",
        "## How to repeat it",
        "",
        "```sh",
        found.command,
        "```",
        "",
        "Versions, seeds and hashes of scenarios and data are in `manifest.json`; tables in `tables/`.",
        "",
    ]


def _how_sure(found: Found) -> list[str]:
    texts = []
    alpha = {metal: parameter_table().loc[f"cover_elasticity_{metal}", "value"] for metal in METALS}
    for metal in METALS:
        wide = found.wide(metal, "avoided_t")
        kept = [cell for cell in found.cells() if cell in wide and cell not in (NOTHING, UNDISTURBED)]
        sure = [cell for cell in kept if (wide[cell].dropna() > 0).mean() >= 0.9]
        unsure = [cell for cell in kept if cell not in sure]
        text = f"{metal.capitalize()}: less use is lost than without a measure in at least nine runs of ten with "
        texts.append(text + (_and(sure) or "no measure") + (f"; not so with {_and(unsure)}." if unsure else "."))
    return [
        *texts,
        "What a stockpile does hangs on how bids answer to stocks, parameters fitted to the record of 2023: "
        f"{alpha['gallium']:.2g} for gallium, {alpha['germanium']:.2g} for germanium. Where bids answer little, "
        "released "
        "metal fills users' stores and hardly moves the price, and the price paid in 2022 lingers.",
        "Costs are the weakest numbers: two announced plants, one thesis, one cost table. The order of the measures "
        "by cost stands as long as plants cost ten times more than stocks or recycling for the same kg.",
        "Two years are short: plants that open in 2028 and later help beyond the horizon, at the same cost.",
    ]


def _and(names: list[str]) -> str:
    return " and ".join(filter(None, ["; ".join(names[:-1]), *names[-1:]]))


def _measures() -> list[str]:
    return [
        "Stockpiles: 3, 6 or 12 months of trend use at the disruption, of every good, in the US, Belgium, Germany, "
        "France and Slovakia; bought over the calm year 2022 at up to 1.5 times the price when buying starts, kept "
        "until January 2027, then released over a year to users at home while the price is above 1.2 times the calm "
        "one, and filled up again below it. Outlay: what was paid. Net: less sales, and less what is left, at the "
        "last price.",
        "New plants: those in `projects.csv` that would serve the US and the EU and are not in the record's "
        "scenario yet, on their announced dates. Outlay: capital cost of 2.5 million USD per t/yr of gallium and 10 "
        "million of germanium (Korea Zinc, Onsan, 2025), 1.1 million for zone refining (US award to 5N Plus, 2026), "
        "whoever pays. Net: 13 % of it a year (assumed: 10 % over 15 years) for the time from opening to the end of "
        "2028.",
        "Doubled recycling in the US and the EU, built up over 2025 and 2026. Outlay and net: all of its running "
        "cost, 300 USD/kg of gallium (255 to 318 EUR/kg, Kozerke 2025) and 1,000 USD/kg of germanium (data folder), "
        "from the start.",
        "Faster substitution: thrift follows prices three times as fast (1.2 % a week, inside the declared range), "
        "everywhere and from 2023 on.",
        "Combined: 6 months of stock with recycling, with plants, recycling with plants, and all four.",
    ]
