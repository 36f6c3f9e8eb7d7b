"""The story's claims about Rostec's germanium, one by one: the story, the record, what the model says, a verdict."""

from __future__ import annotations

import numpy as np
import xarray as xr

from experiments.rostec.cells import STORY, STRESS, TODAY, cell, extra, through, undone
from experiments.rostec.claims_china import clash, protects_resources, protects_users
from experiments.rostec.verdict import (
    EXTENSION,
    GIVEN,
    OPEN,
    REFUTED,
    SUPPORTED,
    Finding,
    above,
    all_of,
    below,
    quote,
    says,
)
from model.world import World

# Bounds of the verdicts; the report names each of them.
JUMP = 0.27
EXPORTED_T = 0.5
SHARE_LOST = -0.02
UNDONE = 0.25
IMPORTED_KG = 100.0
SECOND = 2.5
REUTERS = "Reuters, 5 July 2023"


def findings(numbers: xr.Dataset, world: World) -> list[Finding]:
    """Return the claims in the order of the story."""
    return [
        _jump(numbers, world), _domestic_first(numbers), _exports(numbers), _share(numbers),
        _undermine(numbers, world), _undermine_ban(numbers), _cost(numbers, world), _second(numbers), _size(numbers),
        _place(), _high_purity(numbers), protects_users(numbers, world), protects_resources(numbers), clash(numbers),
    ]  # fmt: skip


def _jump(numbers: xr.Dataset, world: World) -> Finding:
    before, after = quote(world, "rotterdam_4N", "2023-06-30"), quote(world, "rotterdam_4N", "2023-07-07")
    jump = cell(numbers["gallium_jump"])
    return Finding(
        "jump",
        "Gallium jumps more than 27 % in a week.",
        f"{before:,.1f} to {after:,.0f} USD/kg in Rotterdam, 30 June to 7 July 2023: "
        f"{100 * (after / before - 1):+.1f} % (Fastmarkets; Bloomberg, 7 July 2023).",
        f"{says(jump, 'change')} in the week of the announcement, whatever Rostec does.",
        above(jump, JUMP),
        "more than 27 %",
    )


def _domestic_first(numbers: xr.Dataset) -> Finding:
    unmet, made, use = (
        cell(numbers["russia_unmet"], STORY),
        extra(numbers["rostec_output"]),
        extra(numbers["russia_use"]),
    )
    return Finding(
        "domestic_first",
        "Rostec's increase meets domestic demand first.",
        f"Rostec: “domestic market first” ({REUTERS}); it says it holds about 85 % of the Russian market "
        "(krasnoyarsk-news.net, 15 December 2023).",
        f"Unmet Russian use of standard germanium at {STORY} t/yr: {says(unmet, 'share')}. "
        f"Rostec makes {says(made, 't_per_yr_change')} more, use in Russia changes by "
        f"{says(use, 't_per_yr_change')}: nearly all of it leaves, since nobody in Russia lacked metal before.",
        OPEN,
        "nothing the runs could show: that Russian users are served first is a rule of the model",
        GIVEN,
    )


def _exports(numbers: xr.Dataset) -> Finding:
    today, more = cell(numbers["russia_exports"]), extra(numbers["russia_exports"])
    kept, left = (cell(numbers["rostec_stock"], STORY, exports=exports) for exports in ("open", "closed"))
    return Finding(
        "exports",
        "The increase possibly raises Russian exports.",
        "No figure of Russian germanium exports was found; Rostec and its holdings are under US sanctions (OFAC, 28 "
        "June 2022).",
        f"Exports of germanium, {says(today, 't_per_yr')} at {TODAY} t/yr, change by {says(more, 't_per_yr_change')} "
        f"at {STORY} t/yr. At the end {says(kept, 't')} lie in Rostec's stock; {says(left, 't')} if nothing may "
        "leave the country.",
        above(more, EXPORTED_T),
        f"more than {EXPORTED_T} t/yr more at {STORY} t/yr",
    )


def _share(numbers: xr.Dataset) -> Finding:
    share = numbers["china_trade_share"]
    today, at_story, at_stress = cell(share), extra(share), extra(share, STRESS)
    return Finding(
        "share",
        "It does not take share from China.",
        "China exported 43.7 t of germanium metal in 2022 and 41.4 t in 2023 (Reuters, from Chinese customs); "
        "nobody publishes world trade in germanium alone.",
        f"China's share of germanium shipped between countries, {says(today, 'share')} under licences, changes by "
        f"{says(at_story, 'points')} at {STORY} t/yr and by {says(at_stress, 'points')} at {STRESS} t/yr.",
        above(at_story, SHARE_LOST),
        f"China loses less than 2 points at {STORY} t/yr",
    )


def _undermine(numbers: xr.Dataset, world: World) -> Finding:
    june, december = (quote(world, "europe_metal_reuters", day) for day in ("2023-06-30", "2023-12-01"))
    return Finding(
        "undermine",
        "It does not undermine China's restriction.",
        f"Germanium in Europe rose on after Rostec's statement: {june:,.0f} USD/kg at the end of June 2023, "
        f"{december:,.0f} in December (Reuters, 20 January 2024; the first derived from it).",
        *_rise_undone(numbers, "licences", "licences raise"),
    )


def _undermine_ban(numbers: xr.Dataset) -> Finding:
    return Finding(
        "undermine_ban",
        "It would not undermine a total ban, either (our extension of the claim).",
        "China has banned exports to the United States only (announcement 46 of 2024).",
        *_rise_undone(numbers, "ban", "a total ban raises"),
        EXTENSION,
    )


def _rise_undone(numbers: xr.Dataset, restriction: str, raises: str) -> tuple[str, str, str]:
    """Return how much of a restriction's rise of the price Rostec undoes, the verdict, and what that hangs on."""
    price = numbers["germanium_price_DEU"]
    rise = through(price, TODAY, restriction)
    at_story, at_stress = (undone(price, output_t, restriction) for output_t in (STORY, STRESS))
    return (
        f"In 2024 {raises} germanium in Rotterdam by {says(rise, 'usd_per_kg_change')}. Rostec at {STORY} t/yr undoes "
        f"{says(at_story, 'share')} of that rise, at {STRESS} t/yr {says(at_stress, 'share')}.",
        below(at_story, UNDONE),
        f"less than a quarter of the rise of 2024 undone at {STORY} t/yr",
    )


def _cost(numbers: xr.Dataset, world: World) -> Finding:
    supply = world.supply[(world.supply["good"] == "germanium-5N") & (world.supply["input_good"].fillna("") == "")]
    zone = world.firms.set_index("firm")["zone"]
    china = supply[supply["firm"].map(zone) == "CHN"]
    mean = float(np.average(china["cost_usd_per_kg"], weights=china["output_t_per_yr"]))
    own = float(supply.set_index("firm").at["jsc-germanium", "cost_usd_per_kg"])
    used, margin = cell(numbers["rostec_utilisation_before"]), extra(numbers["rostec_margin"])
    return Finding(
        "cost",
        "Its cost and efficiency are poor: germanium is a by-product.",
        f"30 % of 20 t/yr in use in mid-2023 ({REUTERS}); germanium comes from lignite and coal ash. No cost is "
        "published; Chinese ingots cost about 1,000 to 1,200 USD/kg (jyporcelain, undated).",
        f"Cost is an input: {own:,.0f} USD/kg assumed for Rostec (1,050 to 1,400), {mean:,.0f} on average for China. "
        f"{says(used, 'share')} of capacity is used in early 2023. Going to {STORY} t/yr changes Rostec's profit by "
        f"{says(margin, 'musd')} in 18 months.",
        OPEN,
        "would need a published cost; the low use of capacity is on record",
        GIVEN,
    )


def _second(numbers: xr.Dataset) -> Finding:
    kinds = ("primary", "made", "exports")
    primary, made, shipped = (cell(numbers[f"russia_rank_{kind}_before"]) for kind in kinds)
    later = cell(numbers["russia_rank_primary"], STORY)
    return Finding(
        "second",
        "Russia is the second-largest producer and exporter of germanium.",
        "Primary output 2019: China 86 t, Russia 5 t (USGS in Reuters, 5 July 2023). Canada's Teck, 8 to 10 t/yr, "
        "and Belgium's Umicore, mostly recycled, do not publish theirs (Stillpoint, 2026, low confidence).",
        f"In early 2023 number {says(primary, 'rank')} in primary output, number "
        f"{says(made, 'rank')} with recycled metal, number {says(shipped, 'rank')} in exports; at {STORY} t/yr "
        f"number {says(later, 'rank')} in primary output in 2024.",
        all_of(below(primary, SECOND), below(shipped, SECOND)),
        "second or better in primary output and in exports, first half of 2023",
    )


def _size(numbers: xr.Dataset) -> Finding:
    made = cell(numbers["rostec_output"], STORY)
    return Finding(
        "size",
        "Its capacity is about 20 t a year.",
        f"20 t/yr nameplate ({REUTERS}; krasnoyarsk-news.net, 15 December 2023).",
        f"An input of the model; the plant makes {says(made, 't_per_yr')} in 2024 when told to make {STORY} t/yr.",
        SUPPORTED,
        "the record",
        GIVEN,
    )


def _place() -> Finding:
    return Finding(
        "place",
        "It lies around Novosibirsk (the story).",
        "JSC Germanium, of Rostec's holding Shvabe, is in Krasnoyarsk (krasnoyarsk-news.net, 15 December 2023). "
        "Shvabe's optics works in Novosibirsk buy germanium: a possible origin of the statement.",
        "Says nothing: Russia is one place in the model.",
        REFUTED,
        "the record",
        GIVEN,
    )


def _high_purity(numbers: xr.Dataset) -> Finding:
    free, bought, banned = (cell(numbers["russia_hp_imports"], STORY, r) for r in ("none", "licences", "ban"))
    need = cell(numbers["russia_hp_use"], STORY)
    return Finding(
        "high_purity",
        "Russia still imports high-purity germanium from China.",
        "90 % of germanium wafers were imported before JSC Germanium's new line (TASS, 3 October 2025); Rostec "
        f"spoke of a high-purity project ({REUTERS}).",
        f"At {STORY} t/yr of standard metal {says(bought, 'kg_per_yr')} come from China under licences, "
        f"of {says(need, 'kg_per_yr')} used ({says(free, 'kg_per_yr')} without restriction, "
        f"{says(banned, 'kg_per_yr')} under a total ban). Rostec's refining stays as small as it is: an "
        "input.",
        above(bought, IMPORTED_KG),
        f"more than {IMPORTED_KG:.0f} kg/yr under licences",
    )
