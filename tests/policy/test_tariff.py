"""A tariff is taken at its rate, on the origins it names, and moves trade."""

import numpy as np

from model import TradeModel
from tests.conftest import Played, make_scenario, play
from tests.policy.helpers import WORLD, E


def test_tariff_raises_the_price_where_it_is_taken_by_no_more_than_its_rate():
    taxed, base = play([{"kind": "tariff", "actor": "JPN", "rate_share": 0.2}]), play()
    assert np.array_equal(taxed.price("gallium-4N", "JPN")[:E], base.price("gallium-4N", "JPN")[:E])
    for good in ("gallium-4N", "gallium-6N", "germanium-5N"):
        ratio = taxed.price(good, "JPN")[E + 4 :].mean() / base.price(good, "JPN")[E + 4 :].mean()
        assert 1.01 < ratio <= 1.2 + 0.01, good
        at_origin = taxed.price(good, "CHN")[E + 4 :].mean() / base.price(good, "CHN")[E + 4 :].mean()
        assert at_origin < 1.01, good


def test_tariff_is_the_rate_times_last_weeks_value_at_origin():
    model = TradeModel(make_scenario([{"kind": "tariff", "actor": "JPN", "rate_share": 0.2}]), seed=1).run()
    played, base = Played(model), play()
    standing = {(o, g): WORLD.import_duty[WORLD.good_index[g], WORLD.zone_index[o], WORLD.zone_index["JPN"]]
                for o in ("CHN", "CAN") for g in ("gallium-4N", "gallium-6N")}  # fmt: skip
    for (origin, good), duty in standing.items():
        # Own scrap that comes back under tolling pays no tariff.
        kg = played.flow(origin, "JPN", good) - played.flow(origin, "JPN", good, market="tolled")
        paid = played.flow(origin, "JPN", good, column="tariff_usd")
        value = played.price(good, origin, column="netback_usd_per_kg")
        before, after = np.arange(1, E), np.arange(E, 52)
        assert np.allclose(paid[before], duty * value[before - 1] * kg[before], rtol=1e-9)
        assert np.allclose(paid[after], (duty + 0.2) * value[after - 1] * kg[after], rtol=1e-9)
    assert played.flow("CHN", "JPN", column="tariff_usd")[E:].sum() > 0
    untaxed = played.flow("CHN", "DEU", column="tariff_usd").sum()
    assert untaxed == base.flow("CHN", "DEU", column="tariff_usd").sum() == 0


def test_tariff_on_one_origin_moves_trade_to_others():
    """Contracts hold some of it back until they run out."""
    tariff = {"kind": "tariff", "actor": "JPN", "rate_share": 1.0, "origins": ["CHN"]}
    bound = [play(policies) for policies in ([tariff], [])]
    taxed, base = (play(policies, parameters={"contract_share": 0.0}) for policies in ([tariff], []))
    assert taxed.flow("CHN", "JPN", "gallium")[E:].sum() < 0.5 * base.flow("CHN", "JPN", "gallium")[E:].sum()
    kept = [one.flow("CHN", "JPN", "gallium")[E:].sum() for one in (*bound, taxed, base)]
    assert kept[2] / kept[3] < kept[0] / kept[1] < 0.9
    others = ("CAN", "TWN", "KOR", "ROW")
    elsewhere = [sum(p.flow(z, "JPN", "gallium")[E:].sum() for z in others) for p in (taxed, base)]
    assert elsewhere[0] > elsewhere[1]
