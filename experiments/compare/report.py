"""The report of a comparison: the answer, then tables of prices, trade and users."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from experiments.compare.answer import LEAST_T, answer
from experiments.compare.found import Found
from experiments.compare.threshold import Threshold
from experiments.study.answers import Band, bullets, listed, markdown
from experiments.study.bands import band
from experiments.study.report import Report
from experiments.study.study import Tables
from experiments.study.uncertain import bands_hold, sampled
from experiments.study.value import value_sentence, value_table

CHANGES = {"usd_per_kg": "usd_per_kg_change", "t_per_yr": "t_per_yr_change"}
LEFT_OUT = (
    "Prices are spot prices of free metal; what yearly contracts pay follows them a quarter later. Exchange rates are "
    "not modelled.",
    "Policies are inputs: governments do what the scenario says and nothing else.",
    "Differences are surer than levels: both sides share what the model gets wrong.",
)


def captions(found: Found) -> dict[str, str]:
    """Return the captions by figure."""
    texts = {
        "compare_paths": "Price of free metal by place. Lines: median of the runs, bands: 10 to 90 %. Dashed: "
        "the first and the last week that are compared.",
        "compare_use": "Use given up by country and end use, t a year. Dots: median of the runs, lines: 10 to 90 %.",
    }
    if found.others:
        text = f"Price compared with {found.base}, run by run, in per cent. Lines and bands as before."
        texts["compare_changes"] = text
    return texts


def report(found: Found, thresholds: Sequence[Threshold], tables: Tables) -> Report:
    """Return the report."""
    first, last = found.span
    many = listed(list(found.titles))
    runs = f"{found.runs} run{'s' * (found.runs != 1)} of each scenario"
    return Report(
        title=f"{many} side by side" if found.others else found.titles[found.base],
        question=f"What differs between {many}, in the weeks of {first} to {last}?"
        if found.others
        else f"What happens in the weeks of {first} to {last}?",
        answer=answer(found, thresholds, tables),
        basis=[
            f"Medians of {runs}, in brackets 10 to 90 % of them; the same seeds and draws in all scenarios, so that "
            "differences are run by run. Yearly amounts are those of the window, at the rate of a year."
        ],
        how_sure=_how_sure(found),
        body=[*_scenarios(found), *_prices(found, tables), *_trade(found), *_users(found), *_at_risk(found)],
        captions=captions(found),
        left_out=LEFT_OUT,
        tables="`*_levels`: bands by scenario; `*_changes`: bands of the differences, `above_zero`: share of the runs "
        "above zero; `value_at_risk`: bands, USD; `prices`, `trade`, `use`, `weekly`, `weeks`, `metal_used` and "
        "`metal_quoted`: run by run; `runs`; all bands in the workbook, too",
    )


def _how_sure(found: Found) -> list[str]:
    if found.draws > 1:
        many = sampled(found.shown.world, found.draws, found.seeds)
        return [f"Bands hold {many}: what nobody knows of the parameters, and chance. What a scenario sets is kept."]
    return [f"{bands_hold(found.shown.world, found.drivers)} What a scenario sets itself is kept."]


def _scenarios(found: Found) -> list[str]:
    return ["## Scenarios", "", *bullets([f"`{name}`: {title}." for name, title in found.titles.items()]), ""]


def _prices(found: Found, tables: Tables) -> list[str]:
    """Return a table of prices by good and place: the first scenario, and what changes in the others."""
    lines = ["## Prices", ""]
    for key, quantity in tables["prices"].items():
        rows = []
        for good in found.shown.world.goods:
            for zone in found.shown.quoted:
                rows.append([good, found.shown.places[zone], *_row(found, "prices", key, good=good, zone=zone)])
        lines += [f"{quantity.what.capitalize()} of free metal, USD/kg.", ""]
        lines += [*markdown(_heads(found, "Good", "Place"), rows, right=range(2, 2 + len(found.titles))), ""]
    return lines


def _trade(found: Found) -> list[str]:
    """Return exports and imports of the countries that trade most."""
    lines = ["## Trade", ""]
    for key, what in (("exports_t", "Exports"), ("imports_t", "Imports")):
        rows = []
        for metal in found.shown.standard:
            kg = found.levels["trade"][key].sel(metal=metal).median("run").max("cell")
            for zone in kg["zone"].to_numpy()[np.argsort(-kg.to_numpy(), kind="stable")][:6]:
                row = _row(found, "trade", key, "t_per_yr", metal=metal, zone=zone)
                rows.append([metal, found.shown.names[str(zone)], *row])
        lines += [f"{what}, t a year.", ""]
        lines += [*markdown(_heads(found, "Metal", "Country"), rows, right=range(2, 2 + len(found.titles))), ""]
    return lines


def _users(found: Found) -> list[str]:
    """Return use given up by country and end use, largest first."""
    lines = ["## Who gives up use", "", "Use given up, t a year: metal not there, or cut back because it is dear.", ""]
    rows = []
    for metal in found.shown.standard:
        lost = found.levels["use"]["lost_t"].sel(metal=metal).median("run").max("cell").fillna(0.0)
        stacked = lost.stack(user=("zone", "end_use"))
        for at in np.argsort(-stacked.to_numpy(), kind="stable")[:10]:
            zone, end_use = stacked["user"].to_numpy()[at]
            if stacked.to_numpy()[at] >= LEAST_T:
                row = _row(found, "use", "lost_t", "t_per_yr", metal=metal, zone=zone, end_use=end_use)
                rows.append([metal, found.user(zone, end_use), *row])
    if not rows:
        return [*lines, f"Nobody gives up {LEAST_T:g} t a year or more.", ""]
    return [*lines, *markdown(_heads(found, "Metal", "User"), rows, right=range(2, 2 + len(found.titles))), ""]


def _at_risk(found: Found) -> list[str]:
    """Return what shortages and dear metal do to the value made from it, over the window."""
    about = (
        "Over the window, all countries; calm times are the first half year of the run. The amounts are not to be "
        "added. Bands hold the runs and the range of `model/data/value_added.csv`."
    )
    lines = ["## Value at risk", "", about, ""]
    lines += [*bullets([f"`{name}`: {value_sentence(found.risk.sel(cell=name))}." for name in found.titles]), ""]
    for name in found.titles:
        table = value_table(found.risk.sel(cell=name), found.shown.world, most=8)
        lines += [f"`{name}`, million USD, the largest first:", "", *table, ""] if table else []
    return lines


def _heads(found: Found, *labels: str) -> list[str]:
    return [*labels, found.base, *(f"{name}: change" for name in found.others)]


def _row(found: Found, table: str, key: str, unit: str = "usd_per_kg", **labels: str) -> list[str]:
    level = band(found.levels[table][key].sel(labels).sel(cell=found.base))
    cells = [_bare(level, unit)]
    for name in found.others:
        cells.append(_bare(band(found.changes[table][key].sel(labels).sel(cell=name)), CHANGES[unit]))
    return cells


def _bare(values: Band, unit: str) -> str:
    """Write a band without its unit, which the table names once."""
    text = values.text(unit)
    return text.replace(" USD/kg", "").replace(" t/yr", "")
