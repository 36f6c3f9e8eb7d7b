"""Without policy nothing drifts: prices of five years stay near those of the first."""

import numpy as np
import pytest

from model import TradeModel
from tests.conftest import Played

WEEKS, YEAR = 260, 52
ZONES = ("CHN", "DEU", "JPN", "USA")
GOODS = ("gallium-4N", "gallium-6N", "germanium-5N", "germanium-HP")
LAST_YEAR, EVER = 0.10, 0.25


def drift(prices: np.ndarray) -> tuple[float, float]:
    """Return how far the last year's mean is from the first's, and the farthest week, both as shares."""
    first = prices[:YEAR].mean()
    return abs(prices[-YEAR:].mean() / first - 1), float(np.abs(prices / first - 1).max())


_prices: dict[int, dict[tuple[str, str], np.ndarray]] = {}


@pytest.fixture(scope="module")
def prices_of(free_trade):
    """Return a function from seed to free-market prices by (good, zone), each run once."""
    calm = {"drivers": False, "recorded_markets": False}  # neither swings of demand nor markets out of balance
    scenario = free_trade.model_copy(update={"weeks": WEEKS, **calm})

    def run(seed):
        if seed not in _prices:
            played = Played(TradeModel(scenario, seed=seed).run())
            _prices[seed] = {(good, zone): played.price(good, zone) for good in GOODS for zone in ZONES}
        return _prices[seed]

    return run


def check(prices_of, seeds):
    wrong = []
    for seed in seeds:
        for (good, zone), prices in prices_of(seed).items():
            assert prices.shape == (WEEKS,)
            last, ever = drift(prices)
            if not (last <= LAST_YEAR and ever <= EVER):
                wrong.append(f"seed {seed}, {good} in {zone}: last year {last:.1%} off the first, at most {ever:.1%}")
    assert not wrong, "\n".join(wrong)


def test_free_trade_prices_stay_in_their_band(prices_of):
    check(prices_of, range(1, 4))


@pytest.mark.slow
def test_free_trade_prices_stay_in_their_band_for_twenty_seeds(prices_of):
    check(prices_of, range(1, 21))


def test_prices_do_move_a_little(prices_of):
    """Order noise is there: a price that never moves would pass the bands for the wrong reason."""
    for prices in prices_of(1).values():
        assert 0.001 < np.diff(np.log(prices)).std() < 0.2


def test_every_zone_is_dearer_than_china_and_high_purity_than_the_standard_grade(prices_of):
    prices = {place: series.mean() for place, series in prices_of(1).items()}
    for good in GOODS:
        assert all(prices[good, zone] > prices[good, "CHN"] for zone in ("DEU", "JPN", "USA"))
    for zone in ZONES:
        assert prices["gallium-6N", zone] > prices["gallium-4N", zone]
        assert prices["germanium-HP", zone] > prices["germanium-5N", zone]


def test_free_trade_starts_at_the_prices_and_output_of_early_2023(played_free_trade):
    world = played_free_trade.model.world
    for good, reference in zip(world.goods, world.reference_price, strict=True):
        assert played_free_trade.price(good, "CHN")[:26].mean() == pytest.approx(reference, rel=0.12), good
    shares = played_free_trade.tables["shares"]
    china = shares[(shares["seller"] == "CHN") & (shares["good"] == "gallium-4N")]["produced_kg"].to_numpy()
    supply = world.supply.merge(world.firms[["firm", "zone"]], on="firm")
    recorded = supply[(supply["zone"] == "CHN") & (supply["good"] == "gallium-4N")]["output_t_per_yr"].sum()
    assert china[:YEAR].sum() / 1000 == pytest.approx(recorded, rel=0.08)


def test_free_trade_serves_everybody(played_free_trade):
    firms = played_free_trade.tables["firms"]
    assert firms["short_kg"].sum() < 0.002 * firms["consumed_kg"].sum()
