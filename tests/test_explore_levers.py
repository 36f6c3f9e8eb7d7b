"""The page's controls: a change alters what it names and nothing else; exceptions are shown and kept."""

import tomllib
from dataclasses import replace
from datetime import date

import pytest

from experiments.page import restrict
from experiments.page.case import AS_FILED, NO_POLICY, UNRESTRICTED, case_of
from experiments.page.files import read_raw, read_upload, scenario_names, write_scenario, write_toml
from experiments.page.levers import apply, month_of, settled
from experiments.page.supply import DRIVEN, levers_of, to_compare
from model import InputError
from model.scenario import parse_scenario
from model.world import load_world

LEVERS, CASE = levers_of(load_world()), case_of(load_world())
FILED = read_raw("history")


def changed(**changes):
    return apply(FILED, {key.replace("_", "-"): value for key, value in changes.items()}, LEVERS)


def rules(raw, kind, actor="CHN"):
    return [p for p in raw["policies"] if p["kind"] == kind and p["actor"] == actor]


def without(raw, *keys):
    return {key: value for key, value in raw.items() if key not in ("name", "title", *keys)}


@pytest.mark.parametrize("name", scenario_names())
def test_untouched_controls_leave_a_scenario_as_it_is(name):
    raw = read_raw(name)
    assert apply(raw, {}, LEVERS) == raw
    assert apply(raw, {key: lever.read(raw) for key, lever in LEVERS.items()}, LEVERS) == raw


def test_licences_of_one_country_leave_all_other_chances():
    """Moving the chance of US buyers once dropped Russia's and Europe's."""
    rule, filed = rules(changed(grant_target=75), "export_licence")[0], rules(FILED, "export_licence")[0]
    assert rule["approval"]["destinations"] == filed["approval"].get("destinations", {}) | {"USA": 0.75}
    assert without(rule, "approval", "phases") == without(filed, "approval", "phases")
    for now, before in zip(rule["phases"], filed["phases"], strict=True):
        assert now["approval"]["destinations"] == before["approval"].get("destinations", {}) | {"USA": 0.75}
        assert without(now, "approval") == without(before, "approval")
    assert without(changed(grant_target=75), "policies") == without(FILED, "policies")


def test_licences_of_all_others_leave_the_exceptions():
    before, now = (rules(raw, "export_licence")[0]["approval"] for raw in (FILED, changed(grant_others=10)))
    own = before.get("destinations", {})
    assert now["default"] == 0.1
    assert now["destinations"] == {"USA": 0.6} | own
    assert (before["by_record"], now.get("by_record")) == (True, None)
    assert "Russia 80 %" in LEVERS["grant-others"].kept(FILED)


def test_caught_re_exports_keep_their_campaigns():
    """Moving this control once dropped two campaigns."""
    rule, filed = rules(changed(enforcement=20), "reexport_ban")[0], rules(FILED, "reexport_ban")[0]
    assert rule == filed | {"enforcement": 0.2}
    assert len(filed["campaigns"]) == 2
    assert "campaigns" in LEVERS["enforcement"].kept(FILED)


def test_a_rule_of_the_page_replaces_one_country_s_restrictions_only():
    for choice, kinds in {
        restrict.NONE: [], restrict.TOTAL_BAN: ["export_ban"], restrict.LICENCES: ["export_licence"],
        restrict.TARGET_BAN: ["export_ban", "reexport_ban"],
    }.items():  # fmt: skip
        raw = changed(restriction=choice)
        found = [p for p in raw["policies"] if restrict.restricts(CASE, p)]
        assert [p["kind"] for p in found] == kinds
        assert [p for p in raw["policies"] if p not in found and not p.get("when")] == [
            p for p in FILED["policies"] if not restrict.restricts(CASE, p) and not p.get("when")
        ]
        assert LEVERS["restriction"].read(raw) == choice
        parse_scenario(raw, "here", load_world())


def test_the_start_moves_the_rule_and_nothing_else():
    before, now = changed(restriction=restrict.TOTAL_BAN), changed(restriction=restrict.TOTAL_BAN, start=12)
    assert rules(now, "export_ban")[0]["effective"] == month_of(FILED, 12) == date(2024, 1, 1)
    assert without(now, "policies") == without(before, "policies")
    assert len(now["policies"]) == len(before["policies"])


def test_the_pause_of_the_ban_ends_when_it_is_told_to():
    raw = changed(pause=40)
    changed_ones = [(a, b) for a, b in zip(raw["policies"], FILED["policies"], strict=True) if a != b]
    assert changed_ones
    for now, before in changed_ones:
        assert without(now, "suspensions") == without(before, "suspensions")
        assert now["suspensions"][-1]["start"] == before["suspensions"][-1]["start"]
    assert LEVERS["pause"].read(raw) == 40


def middle(lever):
    """Return another value of a control than a scenario's."""
    if lever.choices:
        return list(lever.choices)[-1]
    whole = float(lever.step).is_integer()
    value = lever.least + (lever.most - lever.least) / 3
    return ((3, 20) if lever.pair else round(value)) if whole else float(f"{value:.4g}")


@pytest.mark.parametrize("key", [key for key in LEVERS if key != "seed"])
def test_every_control_is_read_back_valid_and_kept_in_a_file(key):
    lever, other = LEVERS[key], middle(LEVERS[key])
    base = changed(restriction=restrict.BOTH) if not lever.usable(FILED) else FILED
    raw = apply(base, {key: other}, LEVERS)
    assert lever.read(raw) == other
    assert lever.parse(lever.written(other)) == other
    assert tomllib.loads(write_toml(raw)) == tomllib.loads(
        write_toml(parse_scenario(raw, "here", load_world()).given())
    )
    touched = {name for name in raw if raw[name] != base.get(name)} - {"name", "title"}
    assert len(touched) <= 1
    assert lever.meaning


def test_what_changes_nothing_is_no_change():
    assert settled(FILED, {"enforcement": LEVERS["enforcement"].read(FILED), "seed": 1}, LEVERS) == {}
    assert settled(FILED, {"seed": 3, "weeks": 30}, LEVERS) == {"weeks": 30, "seed": 3}


def test_a_changed_scenario_says_so():
    assert "changed: Re-exports caught: 20 %" in changed(enforcement=20)["title"]


@pytest.mark.parametrize(("key", "text"), [("seed", "abc"), ("seed", "3.7"), ("weeks", "0"), ("processing", "9~2"),
                                           ("restriction", "war"), ("precaution", "nan")])  # fmt: skip
def test_what_is_no_value_is_refused_by_name(key, text):
    with pytest.raises(ValueError, match=LEVERS[key].label):
        LEVERS[key].parse(text)


def test_runs_to_compare_with():
    chosen = changed(enforcement=20, weeks=30)
    assert to_compare(chosen, FILED, NO_POLICY, CASE)["policies"] == []
    assert to_compare(chosen, FILED, AS_FILED, CASE) == FILED | {"weeks": 30}
    free = to_compare(chosen, FILED, UNRESTRICTED, CASE)
    assert not [p for p in free["policies"] if restrict.restricts(CASE, p)]
    assert free["weeks"] == 30


def test_a_downloaded_scenario_comes_back():
    raw = changed(enforcement=20, grant_target=50)
    text = write_scenario(raw, 7)
    back, seed = read_upload("mine.toml", len(text), ("\ufeff" + text).encode())
    assert seed == 7
    assert without(back, "extends") == without(raw, "extends")
    wide = read_upload("mine.toml", len(text), text.encode("utf-16"))
    assert wide == (back, 7)


@pytest.mark.parametrize(("content", "said"), [(b"\xff\xff", "not UTF-8"), (b"weks = 3", "unknown key"),
                                               (b"x" * 200_001, "at most 200 kB"), (b"a = ", "mine.toml")])  # fmt: skip
def test_a_bad_file_gets_one_line(content, said):
    with pytest.raises(InputError, match=said) as error:
        read_upload("mine.toml", len(content), content)
    assert "\n" not in " ".join(str(error.value).split())


def test_a_producer_that_serves_its_own_country_first_can_be_moved_wherever_it_is():
    grower = CASE.grower
    assert (grower.firm, grower.zone, grower.good) == ("jsc-germanium", "RUS", "germanium-5N")
    other = replace(CASE, world=replace(load_world(), domestic_first=(False,) * len(load_world().zones)))
    assert other.grower is None


def test_drivers_are_controls_with_meaning_source_and_range():
    own = [lever for lever in LEVERS.values() if lever.group == DRIVEN]
    assert own[0].key == "drivers"
    assert {"demand_volatility", "outages_per_year", "grant_shift_gallium", "grant_volatility"} <= {o.key for o in own}
    assert all(lever.meaning and lever.source and lever.plausible for lever in own)
    off = changed(drivers="off")
    assert parse_scenario(off, "here", load_world()).drivers is False
    assert without(off, "drivers") == without(FILED, "drivers")
    assert [lever.key for lever in own if lever.usable(off)] == [
        "drivers",
        "grant_shift_gallium",
        "grant_shift_germanium",
    ]
    assert settled(FILED, {"drivers": "on"}, LEVERS) == {}
