"""What the record of 2023 to 2026 must show: the announcement, the gap, the recovery, the split of the market.

Each figure is a median over runs, each with a seed and a draw of the posterior, as studies make them; the variant of 20
runs is marked slow.
"""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from model import TradeModel
from model.calendar import week_of
from model.world import load_world
from tests.conftest import Played

START = date(2023, 1, 2)
NEWS = week_of(date(2023, 7, 3), START)
FEW, MANY = range(1, 9), range(1, 21)
MEAN_2022_KG = 94_000 / 12  # China's gallium exports of 2022 by month
SEEDS = [pytest.param(FEW, id="8 seeds"), pytest.param(MANY, id="20 seeds", marks=pytest.mark.slow)]


def jump(played: Played, good: str) -> float:
    """Return the German price in the week of the announcement over that of the week before."""
    price = played.price(good, "DEU")
    return float(price[NEWS] / price[NEWS - 1])


def monthly(played: Played, metal: str) -> pd.Series:
    """Return China's exports by the month of the week's Monday, kg."""
    kg = pd.Series(played.exports("CHN", metal), index=played.weeks)
    return kg.groupby(kg.index.strftime("%Y-%m")).sum()


def figures(played: Played) -> dict[str, float]:
    """Return the figures of one run that the targets speak of."""
    weeks = played.weeks
    out: dict[str, float] = {
        "gallium jump": jump(played, "gallium-4N"),
        "germanium jump": jump(played, "germanium-5N"),
    }
    germanium = pd.Series(played.price("germanium-5N", "DEU"), index=weeks)
    december, june = germanium.loc["2023-12"].mean(), germanium.loc["2023-06"].mean()
    out["germanium June to December"] = december / june - 1
    gap = (weeks >= "2023-07-31") & (weeks <= "2023-09-30")
    for metal in ("gallium", "germanium"):
        exports = monthly(played, metal)
        out[f"{metal} July over June"] = exports["2023-07"] / exports["2023-06"]
        out[f"{metal} in the gap"] = played.exports("CHN", metal)[gap].max()
    out["gallium April 2024"] = monthly(played, "gallium")["2024-04"]
    late = weeks.strftime("%Y-%m") == "2023-12"
    out["gallium DEU over CHN"] = (
        played.price("gallium-4N", "DEU")[late].mean() / played.price("gallium-4N", "CHN")[late].mean()
    )
    banned = (weeks >= "2024-12-09") & (weeks <= "2025-11-03")
    out["direct under the ban"] = played.flow("CHN", "USA")[banned].max()
    roundabout = played.flow(destination="USA", column="tracked_kg") - sum(
        played.flow(zone, "USA", column="tracked_kg") for zone in ("USA", "CHN")
    )
    out["tracked into the US under the ban"] = roundabout[banned].sum()
    return out


@pytest.fixture(scope="module")
def measured(history):
    """Return a function from seeds to a table of figures, one row per seed, each run once."""
    rows: dict[int, dict[str, float]] = {}
    posterior = load_world().posterior

    def run(seeds):
        for seed in seeds:
            if seed not in rows:
                drawn = history.model_copy(update={"parameters": posterior.draw(seed - 1) | history.parameters})
                rows[seed] = figures(Played(TradeModel(drawn, seed=seed).run()))
        return pd.DataFrame([rows[seed] for seed in seeds])

    return run


@pytest.mark.parametrize("seeds", SEEDS)
@pytest.mark.parametrize(
    ("figure", "low", "high"),
    [
        ("gallium jump", 1.05, 1.35),  # on record +27 %: the first week is too calm
        ("germanium jump", 1.00, 1.25),  # 1,375 to 1,610 USD/kg within nine days
        ("germanium June to December", 0.05, 0.60),  # on record +16 %: the model is too dear
        ("gallium July over June", 1.15, 6.0),  # on record 4.7: the rush for the door is too small
        ("germanium July over June", 1.15, 6.0),  # on record more than 2
        ("gallium April 2024", MEAN_2022_KG / 2, 4 * MEAN_2022_KG),
        ("gallium DEU over CHN", 1.4, 2.7),
    ],
)
def test_median_is_in_the_band(measured, seeds, figure, low, high):
    values = measured(seeds)[figure]
    assert low <= values.median() <= high, values.round(3).tolist()


@pytest.mark.parametrize("seeds", SEEDS)
@pytest.mark.parametrize("figure", ["gallium in the gap", "germanium in the gap", "direct under the ban"])
def test_nothing_leaves_in_any_run(measured, seeds, figure):
    assert measured(seeds)[figure].max() == 0


@pytest.mark.parametrize("seeds", SEEDS)
def test_chinese_metal_reaches_the_us_through_others_in_every_run(measured, seeds):
    assert measured(seeds)["tracked into the US under the ban"].min() > 0


@pytest.mark.parametrize("seeds", SEEDS)
def test_the_announcement_moves_the_price_through_precaution_alone(history, seeds):
    """Without precaution (phi = 0) the news is no news."""
    parameters = history.parameters | {"precaution": 0.0}
    calm = history.model_copy(update={"parameters": parameters, "weeks": NEWS + 1})
    jumps = [jump(Played(TradeModel(calm, seed=seed).run()), "gallium-4N") for seed in seeds]
    assert np.median(jumps) < 1.05


def test_exports_before_the_news_are_like_those_observed(played_history):
    """Early 2023: 4.7 t of gallium in a normal month; here half to double that."""
    exports = monthly(played_history, "gallium")
    assert 2_350 < exports["2023-02":"2023-05"].mean() < 9_400


def test_licensed_metal_flows_again_from_the_autumn(played_history):
    licensed = pd.Series(played_history.flow("CHN", market="licensed"), index=played_history.weeks)
    assert licensed[:"2023-10-01"].max() == 0
    assert licensed["2023-10-01":"2024-06-30"].sum() > 10_000


def test_a_controlled_market_splits_into_two_prices(played_history):
    """Licensed metal costs about China's price plus freight; free metal outside China costs more."""
    free, licensed = (played_history.price("gallium-4N", "JPN", market) for market in ("free", "licensed"))
    both = np.isfinite(licensed)
    assert both.sum() > 10
    assert np.median(free[both] / licensed[both]) > 1.1


def test_third_countries_hold_more_chinese_metal_than_they_pass_on(played_history):
    trade = played_history.tables["trade"]
    abroad = trade[(trade["origin"] != "CHN") & (trade["market"] == "free")]
    assert (abroad["tracked_kg"] <= abroad["kg"] + 1e-6).all()
    passed_on = abroad[abroad["origin"].astype(str) != abroad["destination"].astype(str)]["tracked_kg"].sum()
    bought = played_history.exports("CHN").sum()
    assert 0 < passed_on < bought
