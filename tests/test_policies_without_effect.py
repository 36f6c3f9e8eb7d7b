"""A policy that asks for nothing changes no byte of prices and trade, and public money is paid once."""

from datetime import date

import pytest

from model import TradeModel, parse_scenario
from tests.conftest import make_scenario, play

RAMP = {"kind": "capacity_support", "ramp_weeks": 10, "output_t_per_year": 0}
WITHOUT_EFFECT = {
    "price floor far below the market": {
        "kind": "price_floor", "actor": "CAN", "good": "germanium-5N", "floor_usd_per_kg": 1,
    },
    "no capacity for a firm of recorded stocks": RAMP | {"actor": "CHN", "good": "gallium-4N", "firm": "fangyuan"},
    "no capacity for Rostec": RAMP | {"actor": "RUS", "good": "germanium-5N", "firm": "jsc-germanium"},
    "no capacity for a refiner": RAMP | {"actor": "RUS", "good": "germanium-HP", "firm": "jsc-germanium-refining"},
    "no new plant": RAMP | {"actor": "DEU", "good": "gallium-4N"},
    "a quota wider than all offers": {"kind": "export_quota", "actor": "CHN", "tonnes_per_year": 1e6, "severity": 0.0},
    "no tariff": {"kind": "tariff", "actor": "JPN", "rate_share": 0.0},
    "a sanction on those with whom nobody trades": {"kind": "sanction", "actor": "MEX", "targets": ["GRC"]},
}  # fmt: skip


@pytest.mark.parametrize("what", WITHOUT_EFFECT)
def test_a_policy_without_effect_changes_no_byte(what):
    empty, base = play([WITHOUT_EFFECT[what]]), play()
    for table in ("prices", "trade", "shares"):
        assert empty.tables[table].equals(base.tables[table]), table


def test_a_policy_before_them_changes_no_byte_of_what_others_open():
    """Plants and stockpiles keep their names, and with them their draws, wherever they stand in a file."""
    plant = {
        "kind": "capacity_support", "actor": "DEU", "good": "gallium-4N", "capacity_t_per_year": 30,
        "output_t_per_year": 25, "ramp_weeks": 10,
    }  # fmt: skip
    opened = [plant, {"kind": "stockpile", "actor": "DEU", "good": "gallium-4N", "target_kg": 1000}, plant]
    later, base = play([WITHOUT_EFFECT["no tariff"], *opened]), play(opened)
    for table in ("prices", "trade", "shares", "firms"):
        assert later.tables[table].equals(base.tables[table]), table
    assert {"plant-1-DEU-gallium-4N", "plant-2-DEU-gallium-4N"} <= set(base.tables["firms"]["firm"])


def test_a_price_floor_lifts_output_by_what_the_maker_lacks_not_by_luck():
    """A floor just below what makers expect must not let them plan for the best weeks."""
    floor = {"kind": "price_floor", "actor": "CAN", "good": "germanium-5N"}
    lower = play()
    expected = lower.price("germanium-5N", "CAN", column="netback_usd_per_kg").min()
    floored = play([floor | {"floor_usd_per_kg": 0.9 * float(expected)}])
    assert floored.model.policies[0].spent_usd == 0
    assert floored.tables["shares"].equals(lower.tables["shares"])


def test_public_money_for_a_plant_is_spent_once_in_its_life():
    plant = {
        "kind": "capacity_support", "actor": "DEU", "good": "gallium-4N", "capacity_t_per_year": 30,
        "output_t_per_year": 25, "ramp_weeks": 10, "public_cost_usd": 1e6,
    }  # fmt: skip
    pauses = [{"start": "2023-05-08", "end": "2023-06-05"}, {"start": "2023-09-04", "end": "2023-10-02"}]  # 18, 35
    model = TradeModel(make_scenario([plant | {"suspensions": pauses}]), seed=1)
    spent = [model.run(1).policies[0].spent_usd for _ in range(52)]
    assert spent[12] == 0
    assert spent[17] == pytest.approx(0.5e6)
    assert spent[21] == spent[17]
    assert spent[26] == spent[17], "the first half is built again, but paid for"
    assert spent[31] == pytest.approx(1e6)
    assert spent[-1] == pytest.approx(1e6)
    assert model.firms["normal_output_kg"][model.firms.row_of("plant-1-DEU-gallium-4N", model.firms.makers)] > 0


def test_a_stockpile_far_off_in_a_country_without_users_changes_no_byte(history):
    """No trader counts on its quote (in history this moved gallium from the 58th week on, by up to 12 %)."""
    pile = {"kind": "stockpile", "actor": "GRC", "good": "gallium-4N", "target_kg": 1e5}
    raw, far = history.given() | {"weeks": 70}, dict.fromkeys(("announced", "effective"), date(2030, 1, 7))
    more = parse_scenario(raw | {"policies": [*raw["policies"], pile | far]}, "more")
    empty, base = (TradeModel(one, seed=1).run().tables() for one in (more, parse_scenario(raw, "history")))
    for table in ("prices", "trade", "shares"):
        assert empty[table].equals(base[table]), table
