"""Report of the export-ban experiment."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from experiments.export_ban.figures import CAPTIONS
from experiments.export_ban.static_market import DEMAND_ELASTICITY, central, draws
from experiments.export_ban.tables import DRAW_SEED, METALS, Found, Study
from experiments.study.answers import Band, bullets, listed, markdown
from experiments.study.report import Report

LEFT_OUT = (
    "Contained metal only: gallium and germanium in imported wafers, chips, optics and fibre, which the study's "
    "input-output part follows, are not traded here.",
    "Value added is not modelled at all. The losses are the study's own, scaled; they hold no finding of this model.",
    "China's net exports are those the data folder gives for 2023; the study works with its own base year and shares.",
    "No re-exports of Chinese metal are hidden in the cut: a total stop is a total stop, also through Hong Kong.",
    "No government acts: no stockpile is released, no duty is changed, no plant is built within the year.",
    f"The short-run demand elasticity (−{DEMAND_ELASTICITY[1]:g}; range −{DEMAND_ELASTICITY[2]:g} to "
    f"−{DEMAND_ELASTICITY[0]:g}) is assumed, with low confidence: it lies around the one event that could be read, the "
    "supply gap of 2018 (−0.14; −0.25 to −0.08). When it was chosen, Chinese exports up to 2025 were in view.",
)


def answer(found: Found, study: Mapping[str, Study]) -> list[str]:
    """Return the sentences that answer the question."""
    lines = []
    for metal in METALS:
        static, dynamic = found.rise("static", metal), found.rise("dynamic", metal)
        last = found.rise("dynamic", metal, column="last_rise")
        target = study[metal].rise
        at_least = "more than " if metal == "gallium" else ""
        lines.append(
            f"Without China's {metal} for a year, the price in the United States rises by {_band(static)} where supply "
            f"and demand of the year must balance without stocks (static), {_up(found.central(metal))} with middle "
            f"values of all elasticities. The study says {at_least}{_up(target)}: {_verdict(metal, static, target)}."
        )
        lines.append(
            f"In the weekly model, with stocks, expectations and hoarding (dynamic), {metal} rises by {_band(dynamic)} "
            f"on average over {found.weeks} weeks, and by {_band(last)} in the last four of them."
        )
    both = _loss(found, "static", "price", "both", 1.0)
    total = f"{study['both'].loss:g}"
    return [
        *lines,
        f"Loss of US value added when both metals stop: {both} a year. This is the study's {total} billion USD "
        "stretched with the static price rise, not a result of the model.",
    ]


def _verdict(metal: str, band: Band, target: float) -> str:
    if metal == "gallium":
        if band.median >= target:
            return "met by the median of the draws"
        return "within the band, above its median" if band.high >= target else "not reached within the band"
    if band.low <= target <= band.high:
        return "within the band"
    return "far below the band" if target < band.low else "above the band"


def report(found: Found, study: Mapping[str, Study]) -> Report:
    """Return the report on what was found, next to the study by metal."""
    basis = (
        f"Medians; brackets hold 10 to 90 % of {found.draws} draws of elasticities (static), or of the runs (dynamic): "
        f"{found.parameter_draws} draws of the parameters that could only be assumed, each with {found.seeds} "
        f"seed{'s' * (found.seeds > 1)}."
    )
    return Report(
        title="What if China exports less gallium and germanium, or none?",
        question="What does a cut of China's net exports by 0 to 100 % do to prices within a year, and how does that "
        "compare with the US Geological Survey's study (Nassar et al. 2024, Open-File Report 2024-1057)?",
        answer=answer(found, study),
        basis=[basis],
        how_sure=_how_sure(found, study),
        body=_body(found, study),
        captions=CAPTIONS,
        left_out=LEFT_OUT,
        tables="`static` and `dynamic`: price rises by draw or run; `loss`; `implied`: what the study's rises would "
        "take; `year` and `weekly`: run by run; `runs`",
    )


def _body(found: Found, study: Mapping[str, Study]) -> list[str]:
    return [
        "## Price rise in the United States and in Rotterdam",
        "",
        *_rise_table(found),
        "",
        "Static: yearly equilibrium over a year without a cut. Dynamic: mean of "
        f"{found.weeks} weeks, over the run with the same seed and draw and no cut. A metal's rows hold cuts of that "
        "metal alone; cutting both at once gives the same prices, since nothing in the model links the two.",
        "",
        "## Why it differs from the study",
        "",
        *bullets(_why(found, study)),
        "",
        "## Loss of US value added, scaled from the study",
        "",
        "Billion USD a year; the study's loss at a total stop, times the model's US price rise over the study's "
        "rise (`by price`) or times the share of US use lost over that at a total stop (`by use`, the study's own "
        "figure at 100 % by construction). In brackets: the low end of the study's range with the low end of the "
        "model's band, and the same for the high ends. Scaled, not modelled.",
        "",
        *_loss_table(found),
    ]


def _how_sure(found: Found, study: Mapping[str, Study]) -> list[str]:
    texts = []
    for metal in METALS:
        own = found.static[
            (found.static["metal"] == metal) & (found.static["zone"] == "USA") & (found.static["draw"] >= 0)
        ]
        rising = (
            own.sort_values("cut").groupby("draw")["rise"].apply(lambda r: bool((np.diff(r) >= -1e-9).all())).mean()
        )
        middle = found.dynamic[(found.dynamic["metals"] == metal) & (found.dynamic["metal"] == metal)]
        medians = middle[middle["zone"] == "USA"].groupby("cut")["rise"].median().to_numpy()
        also = "rises with every step" if (np.diff(medians) > 0).all() else "does not rise with every step"
        hit = own[own["cut"] == 1.0]["rise"] >= study[metal].rise
        texts.append(
            f"{metal.capitalize()}: the static price rises with the cut in {100 * rising:.0f} % of the draws; "
            "the median of "
            f"the dynamic runs {also}. At a total stop {100 * hit.mean():.0f} % of the draws are at or above the "
            "study's figure."
        )
    parts = [f"{100 * _through_demand(found, metal):.0f} % for {metal}" for metal in METALS]
    texts.append(
        f"The elasticity of demand, the number known least, makes {listed(parts)} of the spread of the static rises at "
        "a total stop (squared rank correlation over the draws); the response of supply and the price at which users "
        "give up make the rest."
    )
    return texts


def _through_demand(found: Found, metal: str) -> float:
    """Return the share of the spread of static rises at a total stop that the demand elasticity makes."""
    t = found.static
    own = t[(t["metal"] == metal) & (t["zone"] == "USA") & (t["cut"] == 1.0) & (t["draw"] >= 0)].sort_values("draw")
    demand = pd.Series([drawn.demand for drawn in draws(metal, found.draws, DRAW_SEED, found.world)])
    return float(own["rise"].reset_index(drop=True).corr(demand, method="spearman")) ** 2


def _why(found: Found, study: Mapping[str, Study]) -> list[str]:
    texts = []
    for row in found.implied.itertuples():
        target, share = study[row.metal].rise, row.net_exports_t / row.use_outside_t
        text = (
            f"{row.metal.capitalize()}: in the data folder China's net exports are {row.net_exports_t:.0f} t, "
            f"{100 * share:.0f} % of the {row.use_outside_t:.0f} t used outside China in the recorded year; "
            "primary plants "
            f"there make {row.primary_outside_t:.0f} t and have {row.spare_outside_t:.0f} t idle, the rest is "
            "recycled. "
        )
        if np.isfinite(row.cut_for_study):
            text += (
                f"With central elasticities the study's {_up(target)} is reached when "
                f"{100 * row.cut_for_study:.0f} % of "
                f"China's net exports are gone ({row.net_exports_t * row.cut_for_study:.0f} t)"
            )
        else:
            text += f"With central elasticities the study's {_up(target)} is not reached at a total stop"
        text += f"; a total stop gives just that rise with a demand elasticity of −{row.demand_for_study:.2g}."
        texts.append(text)
    demand = f"−{central('germanium', found.world).demand:g}"
    against = listed([_against_static(found, metal) for metal in METALS])
    return [
        *texts,
        "Gallium: with middle values idle plants outside China come back within the year, which the study may not "
        "allow; with less response or stiffer demand the rise passes the study's.",
        f"Germanium: a rise of no more than {_up(study['germanium'].rise)} needs either a much smaller hole than "
        "China's recorded net exports leave, or users and plants that answer much more strongly within a year than an "
        f"elasticity of {demand}. The study's own shares and elasticities could not be read, so which of the two it "
        "assumes is open.",
        "The dynamic mode holds the price down by stocks (weeks of cover, goods on their way) and by bids that follow "
        "a slowly moving idea of the normal price, and pulls it up from the first week by precaution. Over "
        f"{found.weeks} weeks {against}. Its last weeks are the ones to hold against the static answer: when stocks "
        "run out, the price climbs on.",
        "No elasticity was moved to come nearer to the study.",
    ]


def _against_static(found: Found, metal: str) -> str:
    static, dynamic = (found.rise(mode, metal).median for mode in ("static", "dynamic"))
    word = "above" if dynamic > 1.1 * static else "below" if dynamic < 0.9 * static else "near"
    return f"the dynamic rise of {metal} is {word} the static one"


def _rise_table(found: Found) -> list[str]:
    rows = [
        [metal, f"{100 * cut:.0f} %", _up(found.central(metal, cut))]
        + [_band(found.rise(mode, metal, cut, zone)) for mode in ("static", "dynamic") for zone in ("USA", "DEU")]
        for metal in METALS
        for cut in found.cuts
    ]
    heads = [
        "Metal",
        "Cut",
        "Static, US, central",
        "Static, US",
        "Static, Rotterdam",
        "Dynamic, US",
        "Dynamic, Rotterdam",
    ]
    return markdown(heads, rows, right=range(1, len(heads)))


def _loss_table(found: Found) -> list[str]:
    ways = [(mode, how) for mode in ("static", "dynamic") for how in ("price", "use")]
    rows = [
        [metals, f"{100 * cut:.0f} %", *(_loss(found, mode, how, metals, cut, False) for mode, how in ways)]
        for metals in ("gallium", "germanium", "both")
        for cut in found.cuts
    ]
    heads = ["Metals cut", "Cut", *(f"{mode.capitalize()}, by {how}" for mode, how in ways)]
    return markdown(heads, rows, right=range(1, len(heads)))


def _loss(found: Found, mode: str, how: str, metals: str, cut: float, unit: bool = True) -> str:
    t = found.loss
    row = t[(t["mode"] == mode) & (t["how"] == how) & (t["metals"] == metals) & (t["cut"] == cut)].iloc[0]
    return f"{row['central']:.1f}{' billion USD' * unit} ({row['low']:.1f} to {row['high']:.1f})"


def _pct(share: float) -> str:
    return f"{100 * share:+.0f} %".replace("-", "−")


def _up(share: float) -> str:
    return f"{100 * share:.0f} %"


def _band(band: Band) -> str:
    if not band.runs:
        return "no value"
    if band.low < 0:
        return _pct(band.median) + f" ({_pct(band.low).removesuffix(' %')} to {_pct(band.high)})"
    return _up(band.median) + (f" ({_up(band.low).removesuffix(' %')} to {_up(band.high)})" if band.runs > 1 else "")
