"""A stockpile buys at its pace and price, holds, and releases at home."""

import numpy as np
import pytest

from model import TradeModel
from model.state.record import Kind
from tests.conftest import make_scenario, play
from tests.policy.helpers import KG, E

PILE = {"kind": "stockpile", "actor": "JPN", "good": "gallium-4N", "target_kg": 5_000, "buy_weeks": 20}
PILE_FIRM = "stockpile-1-JPN-gallium-4N"


def test_stockpile_buys_up_to_its_target_at_its_pace_and_holds():
    played = play([PILE | {"pay_up_to": 3.0}], weeks=78)
    bought, stock = played.firm(PILE_FIRM, "bought_kg"), played.firm(PILE_FIRM, "stock_kg")
    assert bought[:E].max() == 0
    assert bought.max() <= 5_000 / 20 + KG
    held = stock + played.firm(PILE_FIRM, "in_transit_kg")
    assert held.max() <= 5_000 + KG
    assert held[-1] > 0.95 * 5_000
    assert played.firm(PILE_FIRM, "sold_kg").max() == 0
    assert (np.diff(stock) >= -KG).all()


def test_stockpile_pays_no_more_than_its_bound():
    """The bound is a multiple of the price when buying starts, however high and long prices rise in between."""
    ban = {"kind": "export_ban", "actor": "CHN", "announced": "2023-06-05", "effective": "2023-06-05"}
    ban["suspensions"] = [{"start": "2024-07-01", "end": "2027-01-04"}]
    pile = PILE | {"pay_up_to": 1.05, "target_kg": 50_000, "buy_weeks": 104}
    played = play([pile, ban], weeks=130)
    price, bought = played.price("gallium-4N", "JPN"), played.firm(PILE_FIRM, "bought_kg")
    bound = 1.05 * price[E - 1]
    assert bought[:26].sum() > 0
    assert price.max() > 1.3 * bound
    assert price[bought > KG].max() <= bound * (1 + 1e-9)


def test_stockpile_releases_above_its_price_at_its_pace():
    full = PILE | {"initial_kg": 5_000, "release_above_usd_per_kg": 1.0, "release_weeks": 25}
    played, base = play([full]), play()
    sold, stock = played.firm(PILE_FIRM, "sold_kg"), played.firm(PILE_FIRM, "stock_kg")
    assert stock[:E].min() == stock[:E].max() == 5_000
    assert sold[:E].max() == 0
    assert sold.max() <= 5_000 / 25 + KG
    assert sold.sum() > 0.9 * 5_000
    assert played.firm(PILE_FIRM, "bought_kg").max() == 0
    assert played.price("gallium-4N", "JPN")[E:39].mean() < base.price("gallium-4N", "JPN")[E:39].mean()


def test_stockpile_releases_all_it_has_over_its_weeks_of_release_though_it_aims_for_less():
    full = PILE | {"initial_kg": 10_000, "release_above_usd_per_kg": 1.0, "release_weeks": 20}
    sold = play([full]).firm(PILE_FIRM, "sold_kg")
    assert sold.max() == pytest.approx(10_000 / 20)
    assert sold.sum() > 0.9 * 10_000


@pytest.mark.parametrize("good", ["gallium-6N", PILE["good"]])
def test_stockpiles_without_names_have_luck_of_their_own(good):
    """Two of one country, of two goods or of one: what is drawn for the one says nothing of the other."""
    maybe = PILE | {"happens": 0.5, "effective": "2023-03-06"}
    scenario = make_scenario([maybe, maybe | {"good": good}], drivers=True, spin_up_weeks=0)
    real = []
    for seed in range(8):
        piles = TradeModel(scenario, seed=seed).run(10).policies
        real.append([pile._true_kg > 0 for pile in piles])
    assert any(one != other for one, other in real)


def test_stockpile_below_its_release_price_keeps_its_metal():
    full = PILE | {"initial_kg": 5_000, "release_above_usd_per_kg": 100_000.0}
    played = play([full])
    assert played.firm(PILE_FIRM, "stock_kg").min() == 5_000
    assert played.firm(PILE_FIRM, "sold_kg").max() == 0


def test_stockpile_only_buys_until_its_day_of_release():
    pile = PILE | {"initial_kg": 2_000, "release_above_usd_per_kg": 1.0, "pay_up_to": 3.0, "release_from": "2023-09-04"}
    played = play([pile])
    bought, sold = played.firm(PILE_FIRM, "bought_kg"), played.firm(PILE_FIRM, "sold_kg")
    assert sold[:35].max() == 0
    assert bought[E:35].sum() > 0
    assert sold[35:].sum() > 0


def test_stockpile_releases_to_its_own_users_only():
    """Greece makes no gallium: whatever left the country would come out of its stockpile."""
    pile = PILE | {"actor": "GRC", "target_kg": 50_000, "initial_kg": 50_000, "release_above_usd_per_kg": 1.0}
    played = play([pile])
    assert played.exports("GRC", "gallium-4N").sum() == 0


def test_stockpile_holds_when_it_ends():
    full = PILE | {"initial_kg": 5_000, "release_above_usd_per_kg": 1.0, "until": "2023-07-03"}
    played = play([full])
    stock = played.firm(PILE_FIRM, "stock_kg")
    assert 0 < stock[26] == stock[-1] < 5_000


def test_stockpiles_of_one_country_and_good_are_told_apart():
    early, late = PILE | {"target_kg": 1_000}, PILE | {"target_kg": 2_000, "effective": "2023-05-01"}
    played = play([early | {"pay_up_to": 3.0}, late | {"pay_up_to": 3.0}], weeks=78)
    f = played.model.firms
    piles = f.of(Kind.STOCKPILE)
    assert sorted(np.round(f["stock_kg"][piles])) == pytest.approx([1_000, 2_000], rel=0.1)
