"""Report of the export-ban experiment."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from experiments.export_ban.figures import CAPTIONS
from experiments.export_ban.found import LEFT_OUT, Found
from experiments.export_ban.quantities import METALS, QUARTER, YEAR
from experiments.export_ban.recorded import central, draws
from experiments.export_ban.tables import DRAW_SEED, STUDY
from experiments.study.answers import Band, bullets, listed, markdown, percent, quantity
from experiments.study.bands import band
from experiments.study.report import Report
from experiments.study.rules import Headline
from experiments.study.uncertain import sampled
from experiments.study.value import value_sentence, value_totals

BOTH = "both, 100 %"  # the cell
SETTLED = 0.03  # a smaller change of the price in a quarter is none
SAID = STUDY["rise"].map(percent)  # by the study


def answer(found: Found) -> list[str]:
    """Return the sentences that answer the question."""
    lines = []
    for metal in METALS:
        static, dynamic = found.rise("static", metal), found.rise("dynamic", metal)
        end = found.rise("dynamic", metal, column="year_end_rise")
        target = STUDY.at[metal, "rise"]
        at_least = "more than " if metal == "gallium" else ""
        lines.append(
            f"Without China's {metal} for a year, the price in the United States rises by {static.text('percent')} "
            "where supply and demand of the year must balance without stocks (static), "
            f"{found.central(metal)} with middle values of all elasticities. The study says {at_least}"
            f"{SAID[metal]}: {_verdict(metal, static, target)}."
        )
        lines.append(
            f"In the weekly model, with stocks, expectations and hoarding (dynamic), {metal} rises by "
            f"{dynamic.text('percent')} on average over the first {min(found.weeks, YEAR)} weeks, and by "
            f"{end.text('percent')} in the last four of them. {_at_the_end(found, metal)}"
        )
        last = found.rise("dynamic", metal, column="last_rise")
        lines.append(f"{metal.capitalize()}: {_believe(static, dynamic, last)}")
    return [
        *lines,
        f"In the United States, in the first year without both: {value_sentence(_us(found).sel(cell=BOTH))}. The "
        f"study's loss of US value added, {quantity(STUDY.loss['both'], 'busd')}, follows products through the "
        "economy; neither is the other, and neither grows in step with the price.",
    ]


def _at_the_end(found: Found, metal: str) -> str:
    """Say whether the price has come to rest when the runs end."""
    last, climb = (found.rise("dynamic", metal, column=name) for name in ("last_rise", "climb"))
    if found.weeks <= QUARTER:
        return "The runs are too short to say where it comes to rest."
    moved = f"after {found.weeks} weeks it stands {last.text('percent')} above no cut"
    if climb.low > SETTLED:
        return f"It has not come to rest: {moved} and has risen by {climb.text('percent')} in the last quarter."
    if abs(climb.median) <= SETTLED:
        return f"It has come to rest: {moved}; the height hangs on the most that buyers pay, which is assumed."
    changed = climb.text("percent_change")
    return f"Whether it has come to rest is open: {moved}, and the last quarter changed it by {changed}."


def _believe(static: Band, dynamic: Band, last: Band) -> str:
    """Say which of two answers to believe: whether they differ, what each leaves out, and where the second tends."""
    if _overlap(static, dynamic):
        return "static and dynamic agree within their bands; what they say of the year may be believed."
    word = "more" if dynamic.median > static.median else "less"
    start = f"the dynamic answer is {word} than the static one. For the first year believe the dynamic one"
    if word == "less":
        start += ": users live on stocks, which the static balance does not have"
    else:
        start += " as far as precaution goes: users buy stocks that the static balance does not know"
    if _overlap(static, last):
        return f"{start}. At the end of the runs it comes to the static one, which is where it tends."
    if last.median < static.median:
        return f"{start}. At the end of the runs it is still below the static one, which is a limit from above."
    return (
        f"{start}. At the end of the runs it is above the static one: with what is known of stocks and hoarding the "
        "static answer is a limit from below, and how far the price overshoots is the least sure number here."
    )


def _overlap(one: Band, other: Band) -> bool:
    return one.low <= other.high and other.low <= one.high


def _us(found: Found) -> xr.Dataset:
    return found.risk.sel(zone=["USA"])


def _verdict(metal: str, band: Band, target: float) -> str:
    if metal == "gallium":
        if band.median >= target:
            return "met by the median of the draws"
        return "within the band, above its median" if band.high >= target else "not reached within the band"
    if band.low <= target <= band.high:
        return "within the band"
    return "far below the band" if target < band.low else "above the band"


def headlines(dynamic: xr.Dataset, rivals: xr.Dataset) -> list[Headline]:
    """Return how far a total stop of both metals raises US prices in the weekly model, under both market rules."""
    own = dynamic.sel(metals="both", cut=1.0, zone="USA")
    return [
        Headline(f"rise of {metal} in the United States without both metals, {when}", "percent_change",
                 *(band(one[column].sel(metal=metal)) for one in (own, rivals.sel(zone="USA"))))
        for metal in METALS
        for column, when in (("rise", "mean of the first year"), ("year_end_rise", "end of the first year"))
    ]  # fmt: skip


def report(found: Found) -> Report:
    """Return the report on what was found, next to the study by metal."""
    basis = (
        f"Medians; brackets hold 10 to 90 % of {found.draws} draws of elasticities (static), or of the runs (dynamic): "
        f"{sampled(found.world, found.parameter_draws, found.seeds)}; no brackets where these agree to the digits "
        "shown."
    )
    return Report(
        title="What if China exports less gallium and germanium, or none?",
        question="What does a cut of China's net exports by 0 to 100 % do to prices within a year, and how does that "
        "compare with the US Geological Survey's study (Nassar et al. 2024, Open-File Report 2024-1057)?",
        answer=answer(found),
        basis=[basis],
        how_sure=_how_sure(found),
        body=_body(found),
        captions=CAPTIONS,
        left_out=LEFT_OUT,
        tables="`static` and `dynamic`: price rises by draw or run; `value_at_risk`: bands, USD; `implied`: what the "
        "study's rises would take; `year`, `weekly`, `metal_used` and `metal_quoted`: run by run; `runs`",
    )


def _body(found: Found) -> list[str]:
    return [
        "## Price rise in the United States and in Rotterdam",
        "",
        *_rise_table(found),
        "",
        "Static: yearly equilibrium over a year without a cut. Dynamic: mean of the first "
        f"{min(found.weeks, YEAR)} weeks, over the run with the same seed and draw and no cut. A metal's rows hold "
        "cuts of that metal alone; cutting both at once gives the same prices, since nothing in the model links the "
        "two.",
        "",
        "## Why it differs from the study",
        "",
        *bullets(_why(found)),
        "",
        "## Value at risk in the United States",
        "",
        "In the first year, million USD, dynamic mode; calm times are the quarter before the cut. The amounts are not "
        "to be added. Bands hold the runs and the range of `model/data/value_added.csv`. The study's losses of US "
        f"value added at a total stop, its own range in brackets: {listed(_studys())}.",
        "",
        *value_totals(_us(found), [f"{metals}, {percent(cut)}" for metals in STUDY.index for cut in found.cuts]),
    ]


def _how_sure(found: Found) -> list[str]:
    texts = []
    for metal in METALS:
        static, dynamic = (found.modes[mode]["rise"].sel(metal=metal, zone="USA") for mode in ("static", "dynamic"))
        rising = (static.diff("cut") >= -1e-9).all("cut").mean().item()
        steps = dynamic.median("run").diff("cut") > 0
        also = "rises with every step" if steps.all() else "does not rise with every step"
        hit = (static.sel(cut=1.0) >= STUDY.at[metal, "rise"]).mean().item()
        texts.append(
            f"{metal.capitalize()}: the static price rises with the cut in {percent(rising)} of the draws; the median "
            f"of the dynamic runs {also}. At a total stop {percent(hit)} of the draws are at or above the study's "
            "figure."
        )
    parts = [f"{percent(_through_demand(found, metal))} for {metal}" for metal in METALS]
    texts.append(
        f"The elasticity of demand, the number known least, makes {listed(parts)} of the spread of the static rises at "
        "a total stop (squared rank correlation over the draws); the response of supply and the price at which users "
        "give up make the rest."
    )
    return texts


def _through_demand(found: Found, metal: str) -> float:
    """Return the share of the spread of static rises at a total stop that the demand elasticity makes."""
    rises = found.modes["static"]["rise"].sel(metal=metal, zone="USA", cut=1.0).to_series().reset_index(drop=True)
    demand = pd.Series([drawn.demand for drawn in draws(found.draws, DRAW_SEED, found.world)])
    return float(rises.corr(demand, method="spearman")) ** 2


def _why(found: Found) -> list[str]:
    texts = []
    for row in found.implied.itertuples():
        target, share = SAID[row.metal], percent(row.net_exports_t / row.use_outside_t)
        reached = (
            f"is reached when {percent(row.cut_for_study)} of China's net exports are gone "
            f"({row.net_exports_t * row.cut_for_study:.0f} t)"
        )
        texts.append(
            f"{row.metal.capitalize()}: in the data folder China's net exports are {row.net_exports_t:.0f} t, {share} "
            f"of the {row.use_outside_t:.0f} t used outside China in the recorded year; primary plants there make "
            f"{row.primary_outside_t:.0f} t and have {row.spare_outside_t:.0f} t idle, the rest is recycled. With "
            f"central elasticities the study's {target} "
            f"{reached if np.isfinite(row.cut_for_study) else 'is not reached at a total stop'}; a total stop gives "
            f"just that rise with a demand elasticity of −{row.demand_for_study:.2g}."
        )
    demand = f"−{central(found.world).demand:g}"
    against = listed([_against_static(found, metal) for metal in METALS])
    return [
        *texts,
        "Gallium: with middle values idle plants outside China come back within the year, which the study may not "
        "allow; with less response or stiffer demand the rise passes the study's.",
        f"Germanium: a rise of no more than {SAID['germanium']} needs either a much smaller hole than "
        "China's recorded net exports leave, or users and plants that answer much more strongly within a year than an "
        f"elasticity of {demand}. The study's own shares and elasticities could not be read, so which of the two it "
        "assumes is open.",
        "The dynamic mode holds the price down by stocks (weeks of cover, goods on their way) and by bids that follow "
        "a slowly moving idea of the normal price, and pulls it up from the first week by precaution. Over "
        f"{min(found.weeks, YEAR)} weeks {against}.",
        "No elasticity was moved to come nearer to the study.",
    ]


def _against_static(found: Found, metal: str) -> str:
    static, dynamic = (found.rise(mode, metal) for mode in ("static", "dynamic"))
    word = "near" if _overlap(static, dynamic) else "above" if dynamic.median > static.median else "below"
    return f"the dynamic rise of {metal} is {word} the static one"


def _rise_table(found: Found) -> list[str]:
    rows = [
        [metal, percent(cut), found.central(metal, cut)]
        + [found.rise(mode, metal, cut, zone).text("percent") for mode in ("static", "dynamic")
           for zone in ("USA", "DEU")]
        for metal in METALS for cut in found.cuts
    ]  # fmt: skip
    heads = ["Metal", "Cut", "Static, US, central", "Static, US", "Static, Rotterdam", "Dynamic, US",
             "Dynamic, Rotterdam"]  # fmt: skip
    return markdown(heads, rows, right=range(1, len(heads)))


def _studys() -> list[str]:
    """Return what the study says is lost, by metal, billion USD."""
    return [f"{metals} {Band(row.loss, row.low, row.high, 1).text('busd')}" for metals, row in STUDY.iterrows()]
