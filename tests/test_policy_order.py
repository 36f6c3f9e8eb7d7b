"""In what order countries stand in the data and policies in the file makes no difference; triggers see last week."""

from itertools import permutations

import pytest

from model import TradeModel
from model.calendar import week_of
from model.world import load_world
from tests.conftest import Played, make_scenario

BAN = {"kind": "export_ban", "actor": "CHN", "targets": ["USA"], "name": "ban"}
DEU, BEL, USA = ({"kind": "sanction", "actor": zone, "name": zone} for zone in ("DEU", "BEL", "USA"))
# Each link reacts to the one before; their actors stand in another order in the table of countries.
CHAIN = [
    BAN,
    DEU | {"targets": ["CHN"], "when": {"policy": "ban"}},
    BEL | {"targets": ["RUS"], "when": {"policy": "DEU"}},
    USA | {"targets": ["KAZ"], "when": {"policy": "BEL"}, "delay_weeks": 2},
]
LICENCE = {"kind": "export_licence", "actor": "CHN", "processing_weeks": [2, 4], "name": "licences"}
TABLES = ("prices", "trade", "shares")


def announced(played: Played) -> dict[str, int]:
    table = played.tables["events"]
    news = table[table["what"].str.endswith(": announced")]
    return {
        what.removesuffix(": announced"): week_of(day.date(), played.model.start)
        for day, what in zip(news["date"], news["what"], strict=True)
    }


def run(policies, countries_backwards: bool = False, weeks: int = 30) -> Played:
    model = TradeModel(make_scenario(policies, weeks=weeks, spin_up_weeks=8), seed=1)
    if countries_backwards:
        model.countries.reverse()
    return Played(model.run())


@pytest.mark.parametrize("order", list(permutations(range(4)))[::5])
@pytest.mark.parametrize("backwards", [False, True], ids=["as in the data", "backwards"])
def test_a_chain_of_triggers_takes_a_week_per_link_in_any_order(order, backwards):
    played = run([CHAIN[i] for i in order], backwards, weeks=14)
    assert announced(played) == {"ban": 9, "DEU": 10, "BEL": 11, "USA": 12}


def test_answers_to_each_other_do_not_happen_at_once():
    """Two countries wait for each other: neither acts first."""
    one = {"kind": "tariff", "actor": "USA", "rate_share": 0.1, "name": "one", "when": {"policy": "other"}}
    other = {"kind": "tariff", "actor": "CHN", "rate_share": 0.1, "name": "other", "when": {"policy": "one"}}
    assert announced(run([one, other], weeks=14)) == {}


MIX = [
    *CHAIN,
    LICENCE,
    {"kind": "export_ban", "actor": "CHN", "targets": ["JPN"], "end_uses": ["defence"], "name": "users"},
    {"kind": "tariff", "actor": "JPN", "rate_share": 0.1, "name": "duty"},
    {"kind": "recycling_support", "actor": "JPN", "increase_share": 0.5, "ramp_weeks": 9, "name": "scrap"},
    {"kind": "recycling_support", "actor": "JPN", "increase_share": 0.2, "ramp_weeks": 3, "name": "more scrap"},
    {"kind": "capacity_support", "actor": "RUS", "good": "germanium-5N", "firm": "jsc-germanium", "name": "ramp",
     "output_t_per_year": 5},
    {"kind": "export_quota", "actor": "CAN", "tonnes_per_year": 5, "name": "quota", "severity": 0.5},
    {"kind": "capacity_support", "actor": "DEU", "good": "germanium-HP", "firm": "ppm-refining",
     "name": "line", "output_t_per_year": 5},
]  # fmt: skip


def test_the_order_of_policies_and_countries_changes_no_price():
    base, turned = run(MIX), run(MIX[::-1], countries_backwards=True)
    assert announced(base) == announced(turned)
    for name in TABLES:
        ours, theirs = base.tables[name], turned.tables[name]
        numbers = ours.select_dtypes("number").columns
        assert len(ours) == len(theirs)
        assert ours[numbers].to_numpy() == pytest.approx(theirs[numbers].to_numpy(), rel=1e-9, abs=1e-9, nan_ok=True)


def test_actors_of_the_chain_stand_apart_in_the_table_of_countries():
    """Otherwise the chain would prove little."""
    places = [load_world().zone_index[zone] for zone in ("CHN", "DEU", "BEL", "USA")]
    assert places != sorted(places)
