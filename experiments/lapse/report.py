"""The report of the lapse experiment: the answer first, then tables, figures, how sure, what is left out."""

from __future__ import annotations

from collections.abc import Callable

import xarray as xr

from experiments.lapse.figures import CAPTIONS, METALS, PLACES
from experiments.lapse.quantities import REGIONS
from experiments.study.answers import HIGH, Band, bullets, listed, markdown, with_article
from experiments.study.bands import band
from experiments.study.report import Report
from experiments.study.rules import Headline
from experiments.study.uncertain import bands_hold
from experiments.study.value import value_sentence, value_table
from model.world import World

CHANGE_UNIT = {"share": "points", "t": "t_change", "usd_per_kg": "change"}
TABLES = (
    ("Price of free metal, mean of 52 weeks", "usd_per_kg", "usd_per_kg"),
    ("Highest weekly price of free metal", "peak_usd_per_kg", "usd_per_kg"),
    ("Price of all standard metal bought, licensed metal included", "paid_usd_per_kg", "usd_per_kg"),
    ("Shipments straight from China (row China: all its exports)", "from_china_t", "t"),
    ("Chinese metal through other countries", "chinese_elsewhere_t", "t"),
    ("Unmet end use", "unmet_share", "share"),
    ("End use", "used_t", "t"),
)
WAY_OF = {"Extended": "extended", "Lapse": "lapse", "Free trade": "free trade"}
REGION_NAMES = {"USA": "United States"}
WAYS = (
    "## The three ways on",
    "",
    "- Extended: China goes on not applying its ban on the United States until 27 November 2027; licences stay.",
    "- Lapse: the ban on the United States and on re-exports to it are in force again from the week of 30 November "
    "2026.",
    "- Free trade: all of China's licences and bans on both metals end that week.",
    "",
)
LEFT_OUT = (
    "Buyers do not prepare for a date that is known in advance: the news comes with the day itself, and is taken in "
    "proportion to what still comes from China, so the effect of a lapse is rather too small than too large.",
    "The United States does not answer: no tariff, stockpile or support that is not already in the scenario.",
    "Licence practice stays as fitted to the record up to June 2024, with the eased channel for Europe from July 2025.",
    "Free trade means that China's licences and bans end overnight and that everybody believes it. But Chinese "
    "exporters pack and clear in a week only so much more than they are used to (fitted to the rush of July 2023; how "
    "fast they get used to more is assumed), and buyers' idea of a normal price falls slowly: metal stays dearer "
    "abroad than in China for months.",
    "Prices are spot prices of free metal; what yearly contracts pay follows them a quarter later.",
    "New plants come on the dates announced, if they come; those announced for 2028 or later play no part.",
)


def at(found: xr.Dataset, cell: str, metal: str, region: str, quantity: str) -> Band:
    """Return the band of a quantity."""
    return band(found[quantity].sel(cell=cell, metal=metal, region=region))


def answer(levels: xr.Dataset, changes: xr.Dataset) -> list[str]:
    """Return the sentences that answer the question, with numbers and bands."""

    def level(cell: str, metal: str, region: str, quantity: str, unit: str) -> str:
        return at(levels, cell, metal, region, quantity).text(unit)

    def moves(cell: str, metal: str, region: str) -> str:
        return at(changes, cell, metal, region, "usd_per_kg").moved("change")

    def by(cell: str, metal: str, region: str, quantity: str, unit: str) -> str:
        return at(changes, cell, metal, region, quantity).text(unit)

    def largest(cell: str) -> float:
        """Return the largest change of a price, as a share."""
        found = [at(changes, cell, metal, region, "usd_per_kg").median for metal in METALS for region in REGIONS]
        return max(map(abs, found))

    size = "little" if largest("lapse") < 0.05 else "something" if largest("lapse") < 0.2 else "much"
    compared = "more" if largest("free trade") > largest("lapse") else "no more"
    reason = "The reason: with" if size == "little" else "With"
    dearer = at(changes, "free trade", "germanium", "Japan", "paid_usd_per_kg").low > 0
    holders = "Who holds licences loses cheap metal: what" if dearer else "What"
    return [
        f"If the suspension lapses, {size} changes against a year more of it: in the United States the price of "
        f"gallium {moves('lapse', 'gallium', 'USA')}, that of germanium {moves('lapse', 'germanium', 'USA')}; in "
        f"Rotterdam the changes are {by('lapse', 'gallium', 'Europe', 'usd_per_kg', 'change')} and "
        f"{by('lapse', 'germanium', 'Europe', 'usd_per_kg', 'change')}.",
        f"{reason} the suspension in force but licences still needed, the United States gets "
        f"{level('extended', 'gallium', 'USA', 'from_china_t', 't')} of gallium and "
        f"{level('extended', 'germanium', 'USA', 'from_china_t', 't')} of germanium straight from China in the year; "
        f"after a lapse {level('lapse', 'gallium', 'USA', 'from_china_t', 't')} and "
        f"{level('lapse', 'germanium', 'USA', 'from_china_t', 't')}.",
        f"Free trade changes {compared}: in the United States gallium {moves('free trade', 'gallium', 'USA')} and "
        f"germanium {moves('free trade', 'germanium', 'USA')}; in Rotterdam the changes are "
        f"{by('free trade', 'gallium', 'Europe', 'usd_per_kg', 'change')} and "
        f"{by('free trade', 'germanium', 'Europe', 'usd_per_kg', 'change')}; inside China gallium "
        f"{moves('free trade', 'gallium', 'China')} and germanium {moves('free trade', 'germanium', 'China')}. "
        f"{holders} Japan pays for germanium on average, licensed metal included, "
        f"changes by {by('free trade', 'germanium', 'Japan', 'paid_usd_per_kg', 'change')}.",
        _told_apart(levels, changes),
        _shortages(levels, by),
    ]


def _told_apart(levels: xr.Dataset, changes: xr.Dataset) -> str:
    """Say where the ways on cannot be told apart by their level, and where not even run by run."""
    pairs = [(cell, metal, region) for cell in ("lapse", "free trade") for metal in METALS for region in REGIONS]
    names = {pair: f"{pair[1]} in {PLACES[pair[2]]} ({pair[0]})" for pair in pairs}
    overlap, unclear = [], []
    for cell, metal, region in pairs:
        one, base = (at(levels, name, metal, region, "usd_per_kg") for name in (cell, "extended"))
        if one.low <= base.high and base.low <= one.high:
            overlap.append(names[cell, metal, region])
        if not at(changes, cell, metal, region, "usd_per_kg").clear:
            unclear.append(names[cell, metal, region])
    if not overlap:
        return "The bands of all prices lie apart from those of the extended suspension."
    level = "all prices" if len(overlap) == len(pairs) else f"the price of {listed(overlap)}"
    for cell in ("lapse", "free trade"):
        own = [names[pair] for pair in pairs if pair[0] == cell]
        if overlap == own:
            level = f"all prices ({cell})"
    change = f"for {listed(unclear)} even its sign is open" if unclear else "its sign is clear everywhere"
    return (
        f"The bands of {level} overlap with those of the extended suspension: whoever sees one price cannot tell which "
        f"way was taken. The difference is told from runs with the same seed and parameters; {change}."
    )


def _shortages(levels: xr.Dataset, by: Callable[..., str]) -> str:
    high = levels["unmet_share"].quantile(HIGH, "run")
    if high.max() < 0.0005:
        found = (
            "Nobody runs short in any of the three: unmet use stays below 0.1 % in all four places. Scarcity shows in "
            "the price and in thrift"
        )
    else:
        worst = {str(label): str(high[label][int(place)].item()) for label, place in high.argmax(...).items()}
        highest = band(levels["unmet_share"].sel(worst)).text("share")
        found = f"Unmet use is highest for {worst['metal']} in {PLACES[worst['region']]} ({worst['cell']}): {highest}"
    use = [by(cell, metal, "USA", "used_t", "t_change") for cell in ("free trade", "lapse") for metal in METALS]
    return (
        f"{found}: use in the United States changes by {use[0]} of gallium and {use[1]} of germanium under free trade, "
        f"by {use[2]} and {use[3]} after a lapse."
    )


def headlines(changes: xr.Dataset, rivals: xr.Dataset) -> list[Headline]:
    """Return what a lapse and free trade change of prices in the US and in Rotterdam, under both market rules."""
    return [
        Headline(f"change of {metal} in {with_article(PLACES[region])} ({cell})", "change",
                 *(at(found, cell, metal, region, "usd_per_kg") for found in (changes, rivals)))
        for cell in ("lapse", "free trade") for metal in METALS for region in ("USA", "Europe")
    ]  # fmt: skip


def report(levels: xr.Dataset, changes: xr.Dataset, risk: xr.Dataset, world: World) -> Report:
    """Return the report.

    Args:
        levels: quantities by cell, metal, region and run.
        changes: their differences to the extended suspension.
        risk: value at risk by cell, zone, end use and run.
        world: for names.
    """
    return Report(
        title="When the suspension of the US ban ends",
        question="China's suspension of its ban on gallium and germanium for the United States ends on 27 November "
        "2026. What happens to prices, flows and shortages in the 52 weeks after, if it lapses, is extended a year, or "
        "gives way to free trade?",
        answer=answer(levels, changes),
        basis=_basis(levels.sizes["run"]),
        how_sure=(
            f"{bands_hold(world)} What is fitted is fitted to the record up to June 2024, two and a half years before "
            "the day.",
            "Levels are less sure than differences, and the sign of a difference is surer than its size. How well the "
            "model follows the record is in the report of `experiments.history`.",
        ),
        body=[*WAYS, *_tables(levels, changes), "", *_at_risk(risk, world)],
        captions=CAPTIONS,
        left_out=LEFT_OUT,
        tables="`levels` and `changes`: bands of every quantity; `price_bands`: by week; `year` and `weekly`: run by "
        "run; `value_at_risk`: bands by country and end use, USD, from `metal_used` and `metal_quoted`; `runs`",
    )


def _basis(runs: int) -> list[str]:
    bracket = "in brackets: 10 to 90 % of them; no bracket where these agree to the digits shown"
    many = f"Numbers are the median of {runs} runs ({bracket})."
    return [
        many if runs > 1 else "Numbers come from one run, without bands.",
        "Changes compare runs with the same seed and parameters, which are the same up to the day. All numbers "
        "are forecasts: no price, flow or output of after 30 June 2024 went into the model. Licensed metal is bought "
        "from China under an export licence for a named user; all other metal is free metal, sold to whoever pays "
        "most.",
    ]


def _tables(levels: xr.Dataset, changes: xr.Dataset) -> list[str]:
    lines = []
    for title, quantity, unit in TABLES:
        heads = ("Metal", "Place", "Extended", "Lapse: change", "Free trade: change")
        rows = []
        for metal in METALS:
            for region in REGIONS:
                if quantity == "chinese_elsewhere_t" and region == "China":
                    continue
                cells = [at(changes, cell, metal, region, quantity) for cell in ("lapse", "free trade")]
                name = PLACES[region] if "free metal" in title else REGION_NAMES.get(region, region)
                rows.append((metal, name, at(levels, "extended", metal, region, quantity).text(unit),
                             *(cell.text(CHANGE_UNIT[unit]) for cell in cells)))  # fmt: skip
        lines += [f"## {title}", "", *markdown(heads, rows, right=(2, 3, 4)), ""]
    return [
        *lines,
        "Europe stands for Germany, France, Belgium, Slovakia and Greece; its price is the one in Rotterdam.",
    ]


def _at_risk(risk: xr.Dataset, world: World) -> list[str]:
    cells = {name: risk.sel(cell=cell) for name, cell in WAY_OF.items()}
    return [
        "## Value at risk",
        "",
        "In the 52 weeks, all countries together; calm times are the first half of 2023. The amounts are not to be "
        "added. Bands hold the runs and the range of `model/data/value_added.csv`.",
        "",
        *bullets([f"{name}: {value_sentence(found)}." for name, found in cells.items()]),
        "",
        "After a lapse, million USD, the largest first:",
        "",
        *(value_table(cells["Lapse"], world) or ["Nowhere are more than 0.1 million USD at risk."]),
    ]
