"""The page without a browser: what controls do to a scenario, files in and out, series, words and figures."""

import gc
import io
import subprocess
import sys
import tomllib
import weakref
import zipfile
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from experiments.page import choices
from experiments.page.agents import answer
from experiments.page.agents import choices as agents_of
from experiments.page.charts import canvas_for, draw_cover, draw_prices, draw_shares
from experiments.page.choices import GROWER_EXPORTS, RESTRICTIONS, Settings
from experiments.page.draw import one_picture
from experiments.page.files import (
    LARGEST_UPLOAD_BYTES,
    read_raw,
    read_upload,
    scenario_names,
    write_scenario,
    write_toml,
    zip_tables,
)
from experiments.page.map import closed_lanes, draw_map, map_canvas
from experiments.page.model import ExploreModel, Session, run_to_compare
from experiments.page.series import Series, moving_mean
from experiments.page.settings import apply_settings, read_settings, to_compare
from experiments.page.words import (
    comparison_rows,
    headline,
    html_table,
    missed_words,
    policy_rows,
    price_words,
    who_runs_short,
)
from model import InputError, TradeModel, trade_model
from model.scenario import parse_scenario
from tests.conftest import ROOT


def kinds(raw):
    return sorted(p["kind"] for p in raw["policies"] if p["actor"] == "CHN" and p["kind"] != "stockpile")


def session_with(**changes):
    session = Session()
    session.settings.value = replace(session.settings.value, **changes)
    return session


# ---- controls and scenarios ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", scenario_names())
def test_untouched_controls_leave_a_scenario_as_it_is(name):
    raw = read_raw(name)
    assert apply_settings(raw, read_settings(raw)) == raw
    assert parse_scenario(tomllib.loads(write_toml(raw)), name).given() == raw


@pytest.mark.parametrize(
    ("restriction", "expected"),
    [
        (choices.NONE, []),
        (choices.LICENCES, ["export_licence"]),
        (choices.TARGET_BAN, ["export_ban", "reexport_ban"]),
        (choices.BOTH, ["export_ban", "export_licence", "reexport_ban"]),
        (choices.TOTAL_BAN, ["export_ban"]),
    ],
)
def test_restriction_replaces_those_of_the_scenario(restriction, expected):
    raw = read_raw("history")
    changed = apply_settings(raw, replace(read_settings(raw), restriction=restriction, start_month=14))
    assert kinds(changed) == expected
    assert all(p["effective"] == date(2024, 3, 1) for p in changed["policies"] if p["kind"] in expected)
    assert raw == read_raw("history")


def test_each_control_reaches_the_scenario_and_is_read_back():
    raw = read_raw("history")
    moved = replace(
        read_settings(raw), approval_target=11, approval_others=77, processing=(3, 5), enforcement=44, grower_t=33,
        grower_exports=choices.NOT_AT_ALL, stockpiles=(6, 3), growth=(2.5, 8.0), precaution=0.7, weeks=260,
    )  # fmt: skip
    changed = parse_scenario(apply_settings(raw, moved), "test").given()
    assert read_settings(changed) == moved
    assert apply_settings(changed, moved) == changed


def test_values_between_the_steps_of_a_control_stay_in_the_file():
    raw = read_raw("free_trade") | {"parameters": {"precaution": 1.557, "growth_gallium": 0.03333}}
    assert read_settings(raw).precaution == 1.6
    assert apply_settings(raw, read_settings(raw)) == raw
    moved = apply_settings(raw, replace(read_settings(raw), growth=(5.0, read_settings(raw).growth[1])))
    assert moved["parameters"] == {"precaution": 1.557, "growth_gallium": 0.05}


@settings(max_examples=40, deadline=None)
@given(
    chosen=st.builds(
        Settings,
        restriction=st.sampled_from(RESTRICTIONS), start_month=st.integers(0, 130), approval_target=st.integers(0, 100),
        approval_others=st.integers(0, 100), enforcement=st.integers(0, 100), grower_t=st.integers(6, 40),
        processing=st.tuples(st.integers(1, 26), st.integers(26, 52)), grower_exports=st.sampled_from(GROWER_EXPORTS),
        stockpiles=st.tuples(*[st.sampled_from(choices.STOCKPILE_MONTHS)] * 2),
        growth=st.tuples(*[st.floats(0, 15)] * 2), precaution=st.floats(0, 10), weeks=st.integers(26, 520),
    ),
    name=st.sampled_from(scenario_names()),
)  # fmt: skip
def test_every_combination_of_controls_is_a_valid_scenario_file(chosen, name):
    text = write_scenario(apply_settings(read_raw(name), chosen), chosen.seed)
    read_back, seed = read_upload("again.toml", len(text), text.encode())
    assert seed == chosen.seed
    assert read_back == parse_scenario(tomllib.loads(text), name).given()


@pytest.mark.parametrize(
    "extreme",
    [
        {"restriction": choices.TOTAL_BAN, "start_month": 1, "precaution": 10.0, "growth": (15.0, 4.0)},
        {"restriction": choices.BOTH, "approval_target": 0, "approval_others": 0, "processing": (52, 52)},
        {"restriction": choices.NONE, "grower_t": 40, "grower_exports": choices.EVERYWHERE, "precaution": 0.0},
        {"grower_exports": choices.NOT_AT_ALL, "grower_t": 40, "stockpiles": (12, 12), "weeks": 26},
    ],
)
def test_extreme_settings_run(extreme):
    session = session_with(**extreme)
    model = ExploreModel(session)
    assert session.problem.value == ""
    for _ in range(26):
        model.step()
    assert np.isfinite(model.series.free[:26]).all()


def test_settings_that_do_not_work_are_named_and_the_last_ones_start_again(monkeypatch):
    session = session_with(weeks=30)
    session.model.value = working = ExploreModel(session)
    monkeypatch.setattr(session, "draft", lambda: parse_scenario({"name": "x", "weeks": 0}, "these settings"))
    again = ExploreModel(session)
    assert "these settings: weeks = 0" in session.problem.value
    assert (again.raw, again.seed_used) == (working.raw, working.seed_used)


def test_a_model_that_fails_half_built_leaves_one_that_steps(monkeypatch):
    failures, whole = iter([ValueError("no such firm")]), trade_model.populate

    def populate(*parts):
        for error in failures:
            raise error
        return whole(*parts)

    monkeypatch.setattr(trade_model, "populate", populate)
    model = Session().model.value
    assert next(failures, None) is None
    model.step()
    assert (model.week, model.steps) == (1, 1)


def test_end_of_the_scenario_stops_the_model_without_an_error():
    model = ExploreModel(session_with(weeks=26))
    for _ in range(30):
        model.step()
    assert (model.week, model.steps, model.running) == (26, 26, False)


def test_windows_do_not_share_anything():
    one, two = Session(), Session()
    one.settings.value = replace(one.settings.value, restriction=choices.TOTAL_BAN)
    ExploreModel(one)
    one.model.value.step()
    assert two.settings.value.restriction == choices.AS_IT_IS
    assert two.model.value.week == 0


def test_reset_frees_the_model_before():
    session = Session()  # Solara keeps the very first value of a reactive variable
    session.model.value = ExploreModel(session)
    before = weakref.ref(session.model.value)
    session.model.value.step()
    session.model.value = ExploreModel(session)
    gc.collect()
    assert before() is None


# ---- files -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe\x00", "not a text file"),
        (b"name = ", "broken TOML"),
        (b"a = " + b"[" * 5000, "broken TOML"),
        (b'name = "x"\nweks = 3', 'nearest "weeks"'),
        (b'name = "x"\npolicies = 3', "list of tables"),
        (b'name = "x"\n[[policies]]\nkind = "export_bann"', 'nearest "export_ban"'),
        (b'name = "x"\n[parameters]\nprecation = 1', 'nearest "precaution"'),
        (b"x" * (LARGEST_UPLOAD_BYTES + 1), "at most 200 kB"),
    ],
)
def test_bad_file_gets_one_clear_line(content, said):
    with pytest.raises(InputError, match=said) as caught:
        read_upload("mine.toml", len(content), content)
    assert str(caught.value).startswith("mine.toml: ")
    assert "Traceback" not in str(caught.value)


@given(
    st.dictionaries(
        st.text(max_size=8),
        st.recursive(
            st.booleans()
            | st.integers(-(2**62), 2**62)
            | st.floats(allow_nan=False)
            | st.text(max_size=9)
            | st.dates(),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
            max_leaves=8,
        ),
        max_size=6,
    )
)
def test_toml_is_read_back_as_written(table):
    assert tomllib.loads(write_toml(table)) == table


def test_downloaded_scenario_gives_the_page_numbers():
    session = session_with(restriction=choices.TARGET_BAN, seed=7, weeks=40)
    model = ExploreModel(session)
    text = write_scenario(model.raw, model.seed_used)
    raw, seed = read_upload("mine.toml", len(text), text.encode())
    other = TradeModel(parse_scenario(raw, "mine.toml"), seed=seed).run()
    while not model.finished:
        model.step()
    np.testing.assert_array_equal(model.delivered_quote, other.delivered_quote)


def test_zip_holds_every_table_and_the_scenario():
    model = ExploreModel(Session())
    model.step()
    content = zip_tables(model.tables(), write_scenario(model.raw, 1))
    names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert sorted(names) == [
        "events.csv", "firms.csv", "policies.csv", "prices.csv", "scenario.toml", "shares.csv", "trade.csv",
    ]  # fmt: skip


# ---- series, words, agents -------------------------------------------------------------------------------------------


def test_series_agree_with_the_recorded_tables():
    model = ExploreModel(session_with(weeks=40))
    for _ in range(40):
        model.step()
    tables, zones = model.tables(), model.world.zones
    firms = tables["firms"][tables["firms"]["kind"].isin(["buyer", "refiner_input"])]
    used = firms.groupby(["zone"], observed=False)["consumed_kg"].sum().reindex(zones, fill_value=0.0)
    np.testing.assert_allclose(model.series.used.sum(axis=(0, 1)), used, rtol=1e-9)
    trade = tables["trade"][(tables["trade"]["origin"] != tables["trade"]["destination"])]
    trade = trade[trade["market"] != "tolled"]
    sent = trade.groupby("origin", observed=False)["kg"].sum().reindex(zones, fill_value=0.0)
    np.testing.assert_allclose(model.series.exported.sum(axis=(0, 1)), sent, rtol=1e-9)
    bought = tables["trade"][tables["trade"]["market"] != "tolled"].groupby("destination", observed=False)
    np.testing.assert_allclose(model.series.paid_usd.sum(axis=(0, 1)), bought["usd"].sum().reindex(zones), rtol=1e-9)


def test_moving_mean():
    values = np.arange(6.0)
    np.testing.assert_allclose(moving_mean(values, 3), [0, 0.5, 1, 2, 3, 4])


@pytest.mark.parametrize(
    ("now", "other", "said"),
    [
        (184.0, 100.0, "pay 84 % more"),
        (80.0, 100.0, "pay 20 % less"),
        (101.0, 100.0, "pay the same"),
        (np.nan, 100.0, "find nothing to buy"),
        (184.0, np.nan, "pay 184 USD/kg"),
    ],
)
def test_price_in_words(now, other, said):
    assert price_words(now, other) == said


def test_missed_in_words():
    assert missed_words(3100.0) == "miss 3.1 t"
    assert missed_words(-400.0) == "miss 400 kg less"
    assert missed_words(1.0) == "miss no more than otherwise"


def test_comparison_with_the_same_run_finds_no_difference():
    model = ExploreModel(session_with(restriction=choices.NONE, weeks=30))
    base = run_to_compare(*model.to_compare(choices.UNRESTRICTED))
    while not model.finished:
        model.step()
    np.testing.assert_array_equal(model.series.free, base.free)
    assert headline(model, base, 0, "USA") == "US buyers pay the same and miss no more than otherwise."
    assert all(row[3].startswith("=") for row in comparison_rows(model, base, 0) if row[3])


def test_page_says_who_runs_short_or_cuts_back():
    model = ExploreModel(session_with(restriction=choices.TOTAL_BAN, weeks=70))
    base = run_to_compare(*model.to_compare(choices.UNRESTRICTED))
    assert who_runs_short(model, base, 2) == ""
    while not model.finished:
        model.step()
    said = who_runs_short(model, base, 2)
    assert said.startswith(("Nobody.", "Missed since the start: "))
    assert "Less used than otherwise: " in said
    assert who_runs_short(model, model.series, 2) in ("Nobody.", said.split(" Less")[0])
    model.series.short[-1, 2, model.world.zone_index["JPN"]] += 3100.0
    assert who_runs_short(model, base, 2).startswith("Missed since the start: Japan 3.1 t.")


def test_closed_lanes_no_longer_supply():
    model = ExploreModel(session_with(restriction=choices.TOTAL_BAN, start_month=1, weeks=60))
    while not model.finished:
        model.step()
    china, germany = (model.world.zone_index[zone] for zone in ("CHN", "DEU"))
    received = model.series.received_kg(2, germany)
    assert received[china] == 0
    np.testing.assert_allclose(received.sum(), model.series.bought_kg[-13:, 2, germany].sum())


def test_what_is_compared_with():
    raw = read_raw("history")
    chosen = apply_settings(raw, replace(read_settings(raw), restriction=choices.TOTAL_BAN, weeks=60))
    assert kinds(to_compare(chosen, raw, choices.UNRESTRICTED)) == []
    assert to_compare(chosen, raw, choices.NO_POLICY)["policies"] == []
    assert to_compare(chosen, raw, choices.AS_FILED) == raw | {"weeks": 60}


def test_what_answers_a_restriction_goes_with_it():
    ban = {"kind": "export_ban", "name": "first", "actor": "CHN", "announced": date(2023, 2, 6),
           "effective": date(2023, 3, 6)}  # fmt: skip
    raw = {"name": "x", "policies": [ban, {"kind": "stockpile", "name": "second", "actor": "DEU", "good": "gallium-4N",
                                           "target_kg": 10.0, "when": {"policy": "first"}}]}  # fmt: skip
    raw["policies"].append(raw["policies"][1] | {"name": "third", "when": {"policy": "second"}})
    parse_scenario(raw, "raw")
    assert to_compare(raw, raw, choices.UNRESTRICTED)["policies"] == []


def test_policies_are_told_with_what_they_did():
    model = ExploreModel(session_with(restriction=choices.LICENCES, start_month=4, processing=(2, 3), weeks=60))
    before = {row[0]: row[2] for row in policy_rows(model)}
    assert before["China: export licences"] == "from 1 May 2023"
    for _ in range(30):
        model.step()
    row = next(row for row in policy_rows(model) if row[0] == "China: export licences")
    assert row[2] == "in force"
    assert "applications granted" in row[3]


def test_every_agent_answers():
    model = ExploreModel(Session())
    for week in range(3):
        for asked in agents_of(model).values():
            assert "<table" in answer(model, asked, week % 4)
        model.step()
    assert "Not in this run" in answer(model, "firm:nobody", 0)


def test_names_from_files_are_escaped():
    assert "<script>" not in html_table(("a", "b"), [["<script>", "<b>"]], "<script>")
    tariff = {"kind": "tariff", "actor": "USA", "name": "<script>", "rate_share": 0.1}
    raw = read_raw("free_trade") | {"policies": [tariff | dict.fromkeys(("announced", "effective"), date(2023, 1, 2))]}
    session = Session()
    session.take_in("mine", raw, 1)
    model = ExploreModel(session)
    model.step()
    assert "<script>" not in answer(model, "zone:USA", 0)


# ---- figures ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("narrow", [True, False])
def test_figures_redrawn_over_their_kept_layer_equal_fresh_ones(narrow):
    session = session_with(restriction=choices.BOTH, start_month=2)
    model = ExploreModel(session)
    base = run_to_compare(*model.to_compare(choices.UNRESTRICTED))
    drawings = {
        "prices": lambda on: draw_prices(on, model, base, 1, narrow),
        "shares": lambda on: draw_shares(on, model, 1),
        "cover": lambda on: draw_cover(on, model, 1),
        "map": lambda on: draw_map(on, model, 1),
    }
    make = {name: lambda n=name: map_canvas(narrow) if n == "map" else canvas_for(n, narrow) for name in drawings}
    kept = {name: make[name]() for name in drawings}
    seen = {name: set() for name in drawings}
    for weeks in (0, 1, 12, 1):
        for _ in range(weeks):
            model.step()
        for name, drawing in drawings.items():
            content = drawing(kept[name])
            assert content == drawing(make[name]())
            assert np.array_equal(np.asarray(Image.open(io.BytesIO(content))), kept[name].pixels)
            seen[name].add(content)
    assert all(len(pictures) == 4 for pictures in seen.values())
    picture = one_picture([(name, kept[name]) for name in drawings], "All")
    assert Image.open(io.BytesIO(picture)).height > sum(len(canvas.pixels) for canvas in kept.values())


def test_banned_lane_is_named():
    model = ExploreModel(session_with(restriction=choices.TARGET_BAN, start_month=1))
    assert not [lane for lane in closed_lanes(model, 1, 0.0) if lane[0] == "CHN"]
    for _ in range(6):
        model.step()
    assert ("CHN", "USA", "China: ban on the US") in closed_lanes(model, 1, 1000.0)


def test_series_has_room_for_no_more_than_its_weeks():
    series = Series(3, 4, 18, date(2023, 1, 2))
    assert (series.n, series.weeks, len(series.days)) == (0, 3, 3)


def test_pages_are_not_drawn_while_pandas_is_half_imported():
    """Solara looks into pandas as soon as its name is known: a page opened meanwhile showed a traceback."""
    text = "import sys, experiments.page.start as s; s.start = lambda: print(hasattr(sys.modules.get('pandas'), '{}'))"
    code = text.format("DataFrame") + "; import experiments.explore"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"
