"""The story's claims about China: does its restriction protect it, and does it clash with Rostec."""

from __future__ import annotations

import xarray as xr

from experiments.rostec.cells import STORY, STRESS, cell, extra, through, through_share
from experiments.rostec.verdict import GIVEN, OPEN, REFUTED, Finding, above, all_of, below, quote, says
from model.world import World

METALS = ("gallium", "germanium")
UNMET = 0.01
SALES_LOST = -0.01
HOME_QUOTES = ("2023-06-01", "2024-06-01")


def protects_users(numbers: xr.Dataset, world: World) -> Finding:
    """Judge whether Chinese users get cheaper metal and enough of it."""
    gallium, germanium = (through_share(numbers[f"{metal}_price_CHN"]) for metal in METALS)
    unmet = [through(numbers[f"china_unmet_{metal}"]) for metal in METALS]
    abroad = quote(world, "rotterdam_4N", "2024-03-29")
    before, home = (quote(world, "china_domestic_4N", day) for day in HOME_QUOTES)
    gap = cell(numbers["germanium_price_DEU"] / numbers["germanium_price_CHN"]) - 1.0
    return Finding(
        "protects_users",
        "China's restriction protects its own industry.",
        f"Gallium: {abroad:,.0f} USD/kg in Rotterdam at the end of March 2024 (Fastmarkets), {home:,.0f} net of VAT "
        "inside China in June 2024 (USGS, Mineral Commodity Summaries 2025). But inside China it rose, too, from "
        f"{before:,.0f} a year before.",
        f"Licences change the price inside China by {says(gallium, 'change')} for gallium and "
        f"{says(germanium, 'change')} for germanium, unmet use there by {says(unmet[0], 'points')} "
        f"and {says(unmet[1], 'points')}. Germanium in Rotterdam costs {says(gap, 'change')} over China.",
        all_of(below(germanium, 0.0), *(below(values, UNMET) for values in unmet), OPEN),
        "cheaper germanium inside China and no shortage there; open for gallium, whose price there rose in the record "
        "with a demand that the model lacks",
    )


def protects_resources(numbers: xr.Dataset) -> Finding:
    """Say what less output of a by-product does to the resource."""
    licensed, banned = (
        [through_share(numbers[f"china_primary_{metal}"], restriction) for metal in METALS]
        for restriction in ("licences", "ban")
    )
    return Finding(
        "protects_resources",
        "China's restriction protects its resources.",
        "Nothing published on ore saved. Both metals are by-products: gallium of alumina, germanium of zinc and "
        "lignite; what is not recovered goes to waste with red mud, slag and ash (USGS). Chinese germanium output, "
        "recycled included: 151 t in 2022 (askci, July 2023), 154 t in 2023 (a Chinese market report, 2025, low "
        "confidence).",
        f"Primary output changes by {says(licensed[0], 'change')} for gallium and "
        f"{says(licensed[1], 'change')} for germanium under licences, by {says(banned[0], 'change')} "
        f"and {says(banned[1], 'change')} under a total ban. None of it stays in the ground for later: alumina, zinc "
        "and lignite are worked for their own sake, so less recovered is more lost.",
        REFUTED,
        "the record: a by-product that is not recovered is lost, whatever output does",
        GIVEN,
    )


def clash(numbers: xr.Dataset) -> Finding:
    """Judge whether Rostec and Chinese exporters cost each other money."""
    rostec, own = through(numbers["rostec_margin"], STORY), through(numbers["china_margin"], STORY)
    china, stress = extra(numbers["china_margin"]), extra(numbers["china_margin"], STRESS)
    share = china / cell(numbers["china_sales"])
    return Finding(
        "clash",
        "There is no clash between the two.",
        "Nothing was found on profits of either side; China's licences apply to Russia, too (announcement 23 of 2023).",
        f"From July 2023 to the end of 2024 licences change Rostec's profit by {says(rostec, 'musd')} and that of "
        f"China's germanium exporters by {says(own, 'musd')}. Rostec at {STORY} t/yr changes the Chinese exporters' "
        f"by {says(china, 'musd')} ({says(share, 'change')} of China's germanium exports since July 2023), at "
        f"{STRESS} t/yr by {says(stress, 'musd')}.",
        all_of(above(rostec, 0.0), above(share, SALES_LOST)),
        "Rostec gains from licences, and its increase costs Chinese exporters less than 1 % of what they sell abroad",
    )
