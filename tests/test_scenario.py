"""Scenario files: what is read, what is refused and in which words, and when a dated act counts."""

from datetime import date

import numpy as np
import pytest

from agents.books import LEAST_NOISE
from model import InputError, Scenario, TradeModel, load_scenario, parse_scenario
from model.calendar import monday, week_of
from model.policy import POLICIES
from tests.conftest import SCENARIOS, Played, make_scenario, parquet

BAN = {"kind": "export_ban", "actor": "CHN", "announced": date(2023, 3, 6), "effective": date(2023, 4, 3)}


def with_policy(**changes):
    policy = {key: value for key, value in (BAN | changes).items() if value is not None}
    return {"name": "x", "policies": [policy]}


# --- the packaged scenarios -------------------------------------------------------------------------------------------


def test_the_record_runs_from_2023_to_the_end_of_2026(history):
    assert history.name == "history"
    assert history.start == date(2023, 1, 2)
    assert monday(history.weeks, history.start) == date(2027, 1, 4)
    assert {"sanction", "export_licence", "stockpile", "export_ban", "reexport_ban", "capacity_support"} <= {
        policy.kind for policy in history.policies
    }
    licence = next(policy for policy in history.policies if policy.kind == "export_licence")
    assert (licence.actor, licence.announced, licence.effective) == ("CHN", date(2023, 7, 3), date(2023, 8, 1))
    ban = next(policy for policy in history.policies if policy.kind == "export_ban" and not policy.end_uses)
    assert (ban.targets, ban.effective) == (["USA"], date(2024, 12, 3))
    assert [(pause.start, pause.end) for pause in ban.suspensions] == [(date(2025, 11, 9), date(2026, 11, 27))]


def test_free_trade_has_the_same_weeks_and_no_policy(history, free_trade):
    assert free_trade.policies == []
    assert (free_trade.start, free_trade.weeks, free_trade.spin_up_weeks) == (
        history.start, history.weeks, history.spin_up_weeks,
    )  # fmt: skip
    assert free_trade.parameters == history.parameters


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_packaged_scenario_loads_and_starts(path):
    scenario = load_scenario(path)
    assert scenario.name == path.stem
    assert scenario.title
    TradeModel(scenario.model_copy(update={"spin_up_weeks": 2}), seed=1).run(2)


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.toml")), ids=lambda path: path.stem)
def test_a_scenario_survives_being_written_out_and_parsed_again(path):
    scenario = load_scenario(path)
    again = parse_scenario(scenario.model_dump(exclude_unset=True), "again")
    assert again.model_dump() == scenario.model_dump()
    assert [type(policy) for policy in again.policies] == [type(policy) for policy in scenario.policies]


def test_defaults_make_a_scenario_of_a_name():
    scenario = parse_scenario({"name": "short"}, "here")
    assert (scenario.policies, scenario.parameters) == ([], {})
    assert scenario == Scenario(name="short")
    model = TradeModel(scenario.model_copy(update={"spin_up_weeks": 0}), seed=1)
    assert (model.start, model.world.zones[model.tracked]) == (date(2023, 1, 2), "CHN")


def test_parsing_leaves_its_input_as_it_was():
    raw = with_policy()
    parse_scenario(raw, "x")
    assert raw == with_policy()


# --- weeks ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "week"),
    [
        ("2023-01-02", 0), ("2023-01-05", 0), ("2023-01-06", 1), ("2023-01-08", 1), ("2023-01-09", 1),
        ("2022-12-29", -1), ("2022-12-30", 0), ("2023-07-03", 26), ("2023-08-01", 30), ("2024-12-03", 100),
        ("2025-11-09", 149), ("2026-11-27", 204),
    ],
)  # fmt: skip
def test_an_act_counts_in_its_own_week_up_to_thursday(day, week):
    start = date(2023, 1, 2)
    assert week_of(date.fromisoformat(day), start) == week
    assert monday(week, start).weekday() == 0


@pytest.mark.parametrize(("day", "first"), [("2023-04-06", 13), ("2023-04-07", 14)])
def test_a_ban_from_thursday_holds_that_week_and_one_from_friday_the_next(day, first):
    played = Played(TradeModel(make_scenario([BAN | {"effective": day}], weeks=20), seed=1).run())
    exports = played.exports("CHN")
    assert exports[:first].min() > 0
    assert exports[first:].max() == 0


def test_a_policy_from_before_the_spin_up_holds_from_the_start():
    old = BAN | {"announced": date(2015, 1, 5), "effective": date(2015, 1, 5)}
    assert Played(TradeModel(make_scenario([old], weeks=5), seed=1).run()).exports("CHN").max() == 0


def test_spin_up_ends_where_week_0_begins():
    model = TradeModel(make_scenario(spin_up_weeks=3, weeks=2), seed=1)
    assert model.week == 0
    assert model.tables is not None
    assert model.run().tables()["prices"]["week"].unique().astype(str).tolist() == ["2023-01-02", "2023-01-09"]


# --- each run has policies of its own ---------------------------------------------------------------------------------


def test_fresh_policies_are_equal_and_independent(history):
    one, two = history.fresh_policies(), history.fresh_policies()
    assert [p.model_dump() for p in one] == [p.model_dump() for p in two] == [p.model_dump() for p in history.policies]
    assert not {id(p) for p in one} & {id(p) for p in [*two, *history.policies]}


def test_a_run_leaves_no_trace_in_the_scenario(history):
    scenario = history.model_copy(update={"weeks": 60})
    first = TradeModel(scenario, seed=1).run().tables()
    second = TradeModel(scenario, seed=1).run().tables()
    assert all(parquet(first[name]) == parquet(second[name]) for name in first)
    assert not any(policy.in_force(week) for policy in scenario.policies for week in range(60))


# --- what is refused --------------------------------------------------------------------------------------------------

WRONG = {
    "unknown key": ({"name": "x", "wekes": 5}, ["wekes", '"weeks"']),
    "no name": ({}, ["name", "missing"]),
    "tuesday": ({"name": "x", "start": date(2023, 1, 3)}, ["2023-01-03", "Monday"]),
    "no weeks": ({"name": "x", "weeks": 0}, ["weeks = 0"]),
    "weeks as text": ({"name": "x", "weeks": "many"}, ["weeks = 'many'"]),
    "policies no list": ({"name": "x", "policies": 3}, ["policies", "[[policies]]"]),
    "unknown kind": (with_policy(kind="export_bann"), ["policies[1].kind", "'export_bann'", '"export_ban"']),
    "no kind": (with_policy(kind=None), ["policies[1].kind", "missing"]),
    "misspelt country": (with_policy(actor="CNH"), ["policies[1].actor", "'CNH'", '"CHN"']),
    "misspelt target": (with_policy(targets=["UAS"]), ["policies[1].targets[1]", "'UAS'", '"USA"']),
    "misspelt good": (with_policy(goods=["galium"]), ["policies[1].goods[1]", "'galium'", '"gallium"']),
    "misspelt key": (with_policy(target=["USA"]), ["policies[1].target", '"targets"']),
    "dates in disorder": (with_policy(effective=date(2023, 1, 2)), ["policies[1]", "2023-01-02", "2023-03-06"]),
    "ends before it starts": (with_policy(until=date(2023, 4, 3)), ["until 2023-04-03"]),
    "no date": (with_policy(effective=None), ["announced and effective"]),
    "negative severity": (with_policy(severity=-1), ["severity = -1"]),
    "not a date": (with_policy(effective="soon"), ["effective = 'soon'"]),
    "suspension in disorder": (
        with_policy(suspensions=[{"start": date(2024, 1, 1), "end": date(2023, 6, 5)}]),
        ["suspensions[1]", "2023-06-05"],
    ),
    "negative quantity": (
        with_policy(kind="export_quota", tonnes_per_year=-3),
        ["policies[1].tonnes_per_year = -3"],
    ),
    "rate above its range": (with_policy(kind="tariff", rate_share=50), ["rate_share = 50"]),
    "infinite": (with_policy(kind="tariff", rate_share=float("inf")), ["rate_share"]),
    "share above one": (with_policy(kind="export_licence", approval={"default": 2}), ["approval.default = 2"]),
    "end use": (
        with_policy(kind="export_licence", approval={"end_uses": {"defense": 1}}),
        ["approval.end_uses", "'defense'", '"defence"'],
    ),
    "end uses without licences": (with_policy(end_uses=["defence"]), ["policies[1].end_uses", "export_licence"]),
    "processing": (with_policy(kind="export_licence", processing_weeks=[9, 4]), ["processing_weeks"]),
    "unknown firm": (
        with_policy(kind="capacity_support", good="gallium-4N", firm="fangyaun", output_t_per_year=1),
        ["'fangyaun'", '"fangyuan"'],
    ),
    "unknown parameter": ({"name": "x", "parameters": {"precautoin": 1}}, ["parameters.precautoin", '"precaution"']),
    "negative parameter": ({"name": "x", "parameters": {"precaution": -1}}, ["parameters.precaution = -1"]),
    "infinite parameter": ({"name": "x", "parameters": {"precaution": float("inf")}}, ["parameters.precaution"]),
    "two bounds": (
        with_policy(
            announced=None, effective=None,
            when={"zone": "DEU", "good": "gallium-4N", "price_above": 1, "price_below": 2},
        ),
        ["when", "price_above"],
    ),
    "misspelt trigger key": (
        with_policy(announced=None, effective=None, when={"zone": "DEU", "good": "gallium-4N", "price_abov": 1}),
        ["when.price_abov", '"price_above"'],
    ),
    "second policy": (
        {"name": "x", "policies": [BAN, BAN | {"actor": "XXX"}]},
        ["policies[2].actor", "'XXX'"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_bad_input_is_refused_in_one_line_that_says_where(case):
    raw, words = WRONG[case]
    with pytest.raises(InputError) as refused:
        parse_scenario(raw, "some/file.toml")
    message = str(refused.value)
    assert message.startswith("some/file.toml: ")
    assert "\n" not in message
    for word in words:
        assert word in message


def test_every_kind_names_the_country_that_acts():
    for kind in POLICIES:
        with pytest.raises(InputError, match=r"policies\[1\]"):
            parse_scenario({"name": "x", "policies": [{"kind": kind}]}, "x")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, ["no such scenario file", "good.toml"]),
        (b'name = "x"\nweeks = = 3\n', ["broken TOML", "line 2"]),
        (b"name = \xff\n", ["cannot be read"]),
        (b'name = "x"\n[[policies]]\nkind = "tarif"\n', ["policies[1].kind", '"tariff"']),
    ],
)
def test_bad_files_are_refused_by_name(tmp_path, content, words):
    (tmp_path / "good.toml").write_text('name = "good"\n')
    path = tmp_path / "goodd.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError) as refused:
        load_scenario(path)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)
    for word in words:
        assert word in str(refused.value)


def test_a_folder_is_not_a_scenario(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        load_scenario(tmp_path)


def test_parameters_of_a_scenario_reach_the_run():
    model = TradeModel(make_scenario(parameters={"precaution": 0.0, "order_noise": 0.0}, weeks=2), seed=1)
    assert (model.parameters.precaution, model.parameters.order_noise) == (0.0, 0.0)
    noise = np.abs(model.run().firms["price_noise"])
    assert noise.max() < 5 * LEAST_NOISE  # what is left breaks ties and moves nothing
