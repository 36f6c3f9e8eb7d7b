"""The page on other worlds: what it is about and what it says come from the data."""

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from experiments.page.model import ExploreModel, Session, run_to_compare
from experiments.page.panels import TITLES, draw
from experiments.page.titles import notes, says

from experiments.page import choices
from experiments.page.agents import answer
from experiments.page.agents import choices as agents_of
from experiments.page.case import case_of
from experiments.page.files import read_upload, scenario_names, write_scenario
from experiments.page.settings import apply_settings, read_settings
from experiments.page.words import comparison_rows, headline, policy_rows, who_runs_short
from experiments.page.world import colours_of, price_zones, styles_of
from model import TradeModel, parse_scenario
from model.world import DATA_VARIABLE, load_world
from tests.conftest import ROOT
from tests.test_other_worlds import FOLDER


@pytest.fixture
def novium(monkeypatch):
    monkeypatch.setenv(DATA_VARIABLE, str(FOLDER))
    return load_world(FOLDER)


@pytest.fixture
def controls():
    """A made-up world's own scenario, as a visitor would load it."""
    return (FOLDER / "controls.toml").read_bytes()


def loaded(content: bytes, **changes) -> Session:
    session = Session()
    session.take_in("controls", *read_upload("controls.toml", len(content), content))
    session.settings.value = replace(session.settings.value, **changes)
    return session


def test_what_the_controls_are_about_here():
    case = case_of(load_world())
    assert (case.restrictor, case.target) == ("CHN", "USA")
    assert (case.grower.firm, case.grower.zone, case.grower.good) == ("jsc-germanium", "RUS", "germanium-5N")
    assert {who: pile.zones for who, pile in case.piles.items()} == {
        "US": ("USA",), "EU": ("BEL", "DEU", "FRA", "SVK", "GRC"),
    }  # fmt: skip
    assert case.growth == {"growth_gallium": "gallium", "growth_germanium": "germanium"}
    assert price_zones(case.world) == ["CHN", "DEU", "USA"]


def test_what_they_are_about_elsewhere(novium):
    case = case_of(novium)
    assert (case.restrictor, case.target, case.grower) == ("ORE", "MID", None)
    assert {who: pile.zones for who, pile in case.piles.items()} == {"Midland": ("MID",)}
    assert case.growth == {"growth_novium": "novium"}
    assert case.restrictions[choices.TARGET_BAN] == "Ban on Midland"
    assert scenario_names() == ["free_trade"]


def test_a_producer_that_serves_its_own_country_first_can_be_moved_wherever_it_is(novium):
    grower = case_of(replace(novium, domestic_first=(False, True, False))).grower
    assert (grower.firm, grower.name, grower.zone, grower.metal) == ("mid-smelter", "Mid Smelter", "MID", "novium")
    assert (grower.output_t, grower.capacity_t) == (40.0, 60.0)


@pytest.mark.parametrize("restriction", choices.RESTRICTIONS)
def test_every_restriction_runs_there_and_in_a_file(novium, controls, restriction):
    session = loaded(controls, restriction=restriction, start_month=3, stockpiles=(3,), growth=(2.0,), weeks=60)
    model = ExploreModel(session)
    assert session.problem.value == ""
    while not model.finished:
        model.step()
    text = write_scenario(model.raw, model.seed_used)
    assert "--data FOLDER" in text
    raw, seed = read_upload("mine.toml", len(text), text.encode())
    again = read_settings(raw, seed)
    assert (again.stockpiles, again.growth, again.weeks) == ((3,), (2.0,), 60)
    assert apply_settings(raw, again) == raw


def test_nothing_on_the_page_names_another_world(novium, controls):
    here = load_world(ROOT / "model" / "data")
    names = [*here.metals, *here.goods, *here.zone_table["name"], *here.firms["name"], "Chinese", "Rotterdam"]
    session = loaded(controls)
    model = ExploreModel(session)
    base = run_to_compare(*model.to_compare(choices.UNRESTRICTED))
    case, texts = session.case, [*notes(novium).values(), *says(novium).values()]
    texts += [*case.restrictions.values(), *case.comparisons.values(), *(pile.title for pile in case.piles.values())]
    for weeks in (0, 20, 84):
        for _ in range(weeks):
            model.step()
        agents = agents_of(model)
        for good in range(len(novium.goods)):
            texts += [headline(model, base, good, zone) for zone in novium.zones]
            texts += [answer(model, asked, good) for asked in agents.values()]
            texts += [who_runs_short(model, base, good), str(comparison_rows(model, base, good))]
        texts += [*agents, str(policy_rows(model))]
    assert [(name, text) for name in names for text in texts if name.lower() in text.lower()] == []
    assert "Oreland market for novium, raw" in answer(model, "zone:ORE", 0)
    assert "Of Oreland origin" in answer(model, "firm:mid-trading", 0)
    assert "metal under Oreland licences" in notes(novium)["prices"]
    assert "applications granted" in answer(model, "zone:ORE", 0)


def test_figures_are_drawn_there(novium, controls):
    session = loaded(controls)
    session.model.value = model = ExploreModel(session)
    for weeks in (0, 70):
        for _ in range(weeks):
            model.step()
        for good in range(len(novium.goods)):
            session.good.value = good
            assert all(draw(session, name).startswith(b"\x89PNG") for name in TITLES)


def test_a_file_from_there_gives_the_page_s_numbers(novium, controls):
    model = ExploreModel(loaded(controls, restriction=choices.TOTAL_BAN, weeks=40))
    text = write_scenario(model.raw, model.seed_used)
    while not model.finished:
        model.step()
    raw, seed = read_upload("mine.toml", len(text), text.encode())
    other = TradeModel(parse_scenario(raw, "mine.toml"), seed=seed).run()
    np.testing.assert_array_equal(model.delivered_quote, other.delivered_quote)


def test_countries_without_colours_get_some_that_nobody_else_has():
    zones = ["CHN", *(f"Z{i}" for i in range(9))]
    colours, styles = colours_of(zones), styles_of(zones)
    assert len(set(colours.values())) == len(zones)
    assert colours["CHN"] == colours_of(["CHN"])["CHN"]
    assert list(styles) == zones


@pytest.mark.parametrize(("folder", "why"), [("nowhere", "no such folder"), (".", "zones.csv")])
def test_a_folder_that_is_no_world_ends_the_server_with_one_line(tmp_path, folder, why):
    environment = os.environ | {DATA_VARIABLE: str(tmp_path / folder)}
    command = [sys.executable, "-m", "solara", "run", "experiments/explore.py", "--port", "0", "--production"]
    done = subprocess.run(
        [*command, "--no-open"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith(f"{DATA_VARIABLE} = ")
    assert why in done.stderr
