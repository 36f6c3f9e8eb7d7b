"""What changes in a run when something is changed in the world or in a rule, and what must not: in a small world.

Each relation is of theory or of symmetry and names no number of the model. Others stand in `test_model_metamorphic.py`,
`test_policies_without_effect.py` and `test_policy_order.py`.
"""

from datetime import date, timedelta

import numpy as np
import pytest

from tests.metamorphic import (
    BEGINS,
    FINE,
    FIRST,
    NEWS,
    NEWS_WEEK,
    RAW,
    dearer,
    larger,
    mean_flow,
    mean_price,
    rises,
    run,
    short_kg,
    shuffled,
    times,
    with_an_empty_country,
)  # fmt: skip

PLACES = [(RAW, zone) for zone in ("ORE", "MID", "FAR")] + [(FINE, zone) for zone in ("ORE", "MID", "FAR")]
TARIFF = {"kind": "tariff", "actor": "FAR", "origins": ["ORE"]}
LICENCE = {"kind": "export_licence", "actor": "ORE", "approval": {"default": 1.0}}
QUOTA = {"kind": "export_quota", "actor": "ORE", "severity": 0.0, "period_weeks": 4}
BAN = {"kind": "export_ban", "actor": "ORE", "targets": ["FAR"]}
REEXPORTS = {"kind": "reexport_ban", "actor": "ORE", "targets": ["FAR"], "severity": 0.0}
PILE = {"kind": "stockpile", "actor": "FAR", "good": RAW, "buy_weeks": 20, "pay_up_to": 3.0}
PLANT = {"kind": "capacity_support", "actor": "FAR", "good": RAW, "cost_usd_per_kg": 20.0, "ramp_weeks": 4}
FLOOR = {"kind": "price_floor", "actor": "MID", "good": RAW}
PRICES = pytest.mark.parametrize(("good", "zone"), PLACES)
FACTORS = (0.7, 1.0, 1.3)


def same_prices(one, other, factor=1.0, rel=1e-9) -> bool:
    return all(
        one.price(good, zone) == pytest.approx(factor * other.price(good, zone), rel=rel) for good, zone in PLACES
    )


# Changes of one firm or lane; each is one function, so that its world is read once.
MINE = [times(k, ("output_t_per_yr", "capacity_t_per_yr"), lambda row: row.get("firm") == "ore-mine") for k in FACTORS]
USE = [times(k, ("use_t_per_yr",), lambda row: row.get("firm") == "mid-alloys") for k in FACTORS]
WAY = [
    times(k, ("freight_usd_per_kg",), lambda row: (row.get("origin"), row.get("destination")) == ("ORE", "FAR"))
    for k in (0.5, 1.0, 3.0, 10.0)
]

# ---- supply and demand -----------------------------------------------------------------------------------------------


@PRICES
def test_more_supply_never_raises_a_price_of_its_metal(good, zone):
    assert rises(mean_price(run(world=mine), zone, good) for mine in reversed(MINE))


@PRICES
def test_more_demand_never_lowers_a_price_of_its_metal(good, zone):
    assert rises(mean_price(run(world=use), zone, good) for use in USE)


def test_a_new_plant_never_raises_the_price_where_it_stands():
    tonnes = [PLANT | {"capacity_t_per_year": t, "output_t_per_year": t} for t in (100.0, 30.0, 1.0)]
    assert rises(mean_price(run(plant), "FAR") for plant in tonnes)


def test_a_larger_stockpile_never_lowers_the_price_while_it_is_bought():
    targets = [PILE | {"target_kg": kg} for kg in (1.0, 1e3, 5e3, 2e4)]
    prices = [mean_price(run(pile), "FAR", last=FIRST + 20) for pile in targets]
    assert rises(prices)
    assert prices[-1] > 1.01 * prices[0]


def test_a_higher_floor_never_lowers_the_output_it_pays_for():
    floors = [FLOOR | {"floor_usd_per_kg": usd} for usd in (1.0, 40.0, 60.0, 120.0)]
    made = [run(floor).firm("mid-smelter", "produced_kg")[FIRST:].sum() for floor in floors]
    assert rises(made)
    assert made[-1] > 1.1 * made[0]


def test_users_who_give_way_never_raise_the_peak_of_a_ban():
    assert rises(run(BAN, parameters={"elasticity_factor": k}).price(RAW, "FAR").max() for k in (2.0, 1.0, 0.5))


# ---- lanes -----------------------------------------------------------------------------------------------------------


def test_a_higher_tariff_lowers_the_flow_on_its_lane_and_raises_the_price_behind_it():
    rates = [TARIFF | {"rate_share": rate} for rate in (0.0, 0.1, 0.3, 1.0, 10.0)]
    flows = [mean_flow(run(rate), "ORE", "FAR") for rate in rates]
    assert (np.diff(flows[:3]) < 0).all()
    assert rises(reversed(flows))
    assert rises(mean_price(run(rate), "FAR") for rate in rates)


def test_dearer_freight_never_raises_the_flow_on_its_lane():
    assert rises([mean_flow(run(world=way), "ORE", "FAR") for way in reversed(WAY)], slack=0.02)


def test_two_tariffs_are_one_of_their_sum():
    assert same_prices(
        run(TARIFF | {"rate_share": 0.1}, TARIFF | {"rate_share": 0.1}), run(TARIFF | {"rate_share": 0.2})
    )


def test_a_ban_good_by_good_is_a_ban_on_both():
    assert same_prices(run(BAN | {"goods": [RAW]}, BAN | {"goods": [FINE]}), run(BAN))


def test_who_closes_a_lane_makes_no_difference():
    """Without news, a ban of the seller is a ban of the buyer on imports."""
    refusal = {"kind": "sanction", "actor": "FAR", "targets": ["ORE"], "direction": "imports"}
    assert same_prices(run(refusal), run(BAN | {"severity": 0.0}))


def test_stricter_customs_never_let_more_metal_through():
    """Re-exports to a banned country, of metal that is followed, fall with the chance of being caught."""
    rules = [REEXPORTS | {"enforcement": share} for share in (0.0, 0.05, 0.2, 1.0)]
    kg = [run(BAN, rule).flow("MID", "FAR", column="tracked_kg")[FIRST:].sum() for rule in rules]
    assert rises(reversed(kg))
    assert kg[-1] < 0.9 * kg[0]


# ---- licences, quotas, news ------------------------------------------------------------------------------------------


def test_longer_processing_never_lowers_the_shortage():
    weeks = [LICENCE | {"processing_weeks": [w, w + 2], "repeat_weeks": [w, w + 2]} for w in (1, 4, 8, 16, 26, 40)]
    short = [short_kg(run(licence)) for licence in weeks]
    assert rises(short)
    assert short[-1] > short[0]


@pytest.mark.parametrize(("good", "zone"), [(RAW, "FAR"), (RAW, "MID"), (FINE, "FAR"), (FINE, "MID")])
def test_a_smaller_share_of_licences_never_lowers_the_price_of_free_metal(good, zone):
    shares = [LICENCE | {"approval": {"default": share}} for share in (1.0, 0.8, 0.5, 0.2, 0.0)]
    prices = [np.mean([mean_price(run(one, seed=seed), zone, good) for seed in (1, 2, 3)]) for one in shares]
    assert rises(prices)


@pytest.mark.parametrize(("good", "zone"), [(RAW, "FAR"), (FINE, "MID")])
def test_a_smaller_quota_never_lowers_the_price_abroad(good, zone):
    assert rises(mean_price(run(QUOTA | {"tonnes_per_year": t}), zone, good) for t in (1000.0, 200.0, 100.0, 30.0, 0.0))


def test_a_quota_of_nothing_lets_as_much_out_as_a_licence_that_nobody_gets():
    refused = LICENCE | {"approval": {"default": 0.0}, "severity": 0.0}
    for policy in (QUOTA | {"tonnes_per_year": 0.0}, refused):
        assert run(policy).exports("ORE")[FIRST:].max() == 0.0


def test_an_announcement_that_never_takes_effect_moves_prices_and_fades():
    """Nothing is withheld: buyers fill up, then live off what they hold, and the price comes back to what it was."""
    word = BAN | {"targets": [], "announced": NEWS, "effective": date(9999, 12, 31)}
    over = run(word, weeks=208).price(RAW, "FAR") / run(weeks=208).price(RAW, "FAR")
    assert (over[:NEWS_WEEK] == 1.0).all()
    assert over[NEWS_WEEK : NEWS_WEEK + 8].mean() > 1.1
    assert abs(over[-13:].mean() - 1.0) < 0.25 * (over.max() - 1.0)


def test_worse_news_never_calms_the_price():
    loud = [BAN | {"severity": severity} for severity in (0.0, 0.5, 1.0, 2.0)]
    assert rises(run(ban).price(RAW, "FAR")[NEWS_WEEK : NEWS_WEEK + 4].mean() for ban in loud)


def test_a_longer_ban_never_lowers_the_price():
    bans = [BAN | {"severity": 0.0, "announced": NEWS, "effective": BEGINS, "until": BEGINS + timedelta(weeks=weeks)}
            for weeks in (1, 10, 30)]  # fmt: skip
    assert rises(run(ban).price(RAW, "FAR").mean() for ban in bans)


# ---- units and order -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("factor", [2.0, 1000.0])
def test_a_larger_world_has_the_same_prices(factor):
    """So the unit of metal does not matter either, with or without a policy that names no tonnes."""
    for policies in ((), (LICENCE, BAN)):
        large, small = run(*policies, world=LARGER[factor]), run(*policies)
        assert same_prices(large, small)
        assert large.flow() == pytest.approx(factor * small.flow(), rel=1e-9)


LARGER = {factor: larger(factor) for factor in (2.0, 1000.0)}
# In cheap money that cent weighs more, and some choices of ways fall otherwise.
CLOSE = {0.5: 0.02, 7.0: 1e-3, 1000.0: 1e-3}
DEARER = {factor: dearer(factor) for factor in CLOSE}


@pytest.mark.parametrize("factor", DEARER)
def test_the_unit_of_money_does_not_matter(factor):
    """But for the cent by which no two ways cost the same (`model.market.lanes`)."""
    assert same_prices(run(world=DEARER[factor]), run(), factor, rel=CLOSE[factor])


@pytest.mark.parametrize("policies", [(), (LICENCE, BAN, TARIFF | {"rate_share": 0.1})], ids=["free", "controls"])
def test_the_order_of_rows_in_all_files_does_not_matter(policies):
    assert same_prices(run(*policies, world=shuffled), run(*policies))


def test_the_order_of_policies_does_not_matter():
    policies = [LICENCE, BAN, TARIFF | {"rate_share": 0.1}, REEXPORTS, FLOOR | {"floor_usd_per_kg": 60.0}]
    assert same_prices(run(*reversed(policies)), run(*policies))


NAMED = LICENCE | {"destinations": ["MID", "FAR"]}


@pytest.mark.parametrize("policies", [(), (NAMED,), (LICENCE,)], ids=["free", "licence", "licence for all"])
def test_a_country_without_a_firm_changes_nothing(policies):
    assert same_prices(run(*policies, world=with_an_empty_country), run(*policies))


def test_a_policy_that_is_suspended_all_the_time_is_its_news_alone():
    """Seen by goods that it does not cover and by countries that it does not aim at, it is nothing at all."""
    pause = [{"start": BEGINS, "end": date(2100, 1, 1)}]
    quiet = BAN | {"severity": 0.0}
    assert same_prices(run(quiet | {"suspensions": pause}), run(), rel=0)
