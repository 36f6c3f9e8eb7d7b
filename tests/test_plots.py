"""Figures: labels keep apart, policies get their names, panels draw from one run or many, maps from plain tables."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib.colors import Normalize

from experiments import RECORD
from experiments.ensemble.design import Cell
from experiments.ensemble.output import TABLES
from experiments.figures import contents, dated, maps, style
from experiments.history import panels
from experiments.history.figures import draw, marks_of, measured
from experiments.history.quantities import measure, tables
from experiments.study.bands import lines
from experiments.study.shown import shown_of
from experiments.study.study import Place, Study
from model import load_scenario
from model.world import load_world


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    plan = load_scenario(RECORD).model_copy(update={"weeks": 34, "spin_up_weeks": 8})
    wanted = tables(shown_of(load_world(), plan), [])
    study = Study([Cell("history", plan)], wanted, [1], measure=measure, records=TABLES)
    return study.run(Place(tmp_path_factory.mktemp("plots"), workers=0))


@pytest.mark.parametrize("values", [[0.5, 0.5, 0.5], [0.1, 0.9], [0.99, 0.98, 0.97, 0.2], [0.3, 0.31, 0.05]])
def test_spread_keeps_labels_apart_and_in_order(values):
    placed = style.spread(values, 0.1, highest=1.0)
    order = np.argsort(values, kind="stable")
    assert (np.diff(np.array(placed)[order]) >= 0.1 - 1e-12).all()
    assert max(placed) <= 1.0
    assert style.spread([0.1, 0.9], 0.1) == pytest.approx([0.1, 0.9])


def test_policy_marks_name_what_happens():
    licences, ban, again = "China: export licences", "China: ban on the US", "China: re-exports to the US"
    happened = [
        ("2023-07-03", licences, "announced"),
        ("2023-07-31", licences, "in force"),
        ("2023-10-02", licences, "decided"),
        ("2024-12-02", ban, "announced"),
        ("2024-12-02", ban, "in force"),
        ("2024-12-02", again, "announced"),
        ("2024-12-02", again, "in force"),
        ("2025-11-10", ban, "not in force"),
        ("2025-11-10", "Russia: quota", "announced"),
        ("2026-11-30", ban, "in force"),
    ]
    events = pd.DataFrame(happened, columns=["date", "policy", "action"]).astype({"date": "datetime64[s]"})
    names = [text for _, text in contents.policy_marks(events)]
    assert names == [
        "Export licences announced", "in force", "Ban on the US and re-exports to the US",
        "Ban on the US ends; quota announced", "Ban on the US again",
    ]  # fmt: skip
    kept = [policy for policy in load_scenario(RECORD).policies if policy.kind == "export_ban"]
    assert contents.policy_marks(events, kept)[1][1] == "Ban on the US suspended"


def test_policies_that_crowd_are_numbered_in_a_key():
    texts = [f"policy of some length {i}" for i in range(12)]
    rows = dated._key(texts, 60)
    assert rows[0] == "1 policy of some length 0   2 policy of some length 1"
    assert len(rows) == 3
    assert rows[-1].endswith("   (and 6 more)")
    assert dated._key(texts[:1], 10) == ["1 policy of some length 0"]


def test_a_band_that_squeezes_the_lines_makes_the_axis_logarithmic():
    weeks = pd.date_range("2023-01-02", periods=30, freq="7D")
    for high, scale in ((300.0, "linear"), (900.0, "log")):
        frame = pd.DataFrame({"low": 180.0, "median": 200.0, "high": high}, weeks)
        _, axes = style.new_figure(5, 3)
        view = shown_of(load_world(), scored=False)
        marks = [(weeks[5], "a"), (weeks[6], "b")]
        panels.plot_prices(axes[0, 0], {("free", "gallium", "DEU"): frame}, view, "gallium", [], marks)
        ax = axes[0, 0]
        assert ax.get_yscale() == scale
        heights = {text.get_text(): text.get_position()[1] for text in ax.texts}
        middle = (ax.transScale + ax.transLimits).transform((ax.get_xlim()[0], 200.0))[1]
        assert heights["Rotterdam"] == pytest.approx(middle)  # the name stands at the end of its line


def test_observed_prices_are_comparable_ones():
    table = load_world().observed_prices
    gallium = contents.observed_prices(table, "gallium-4N", ["CHN", "DEU"])
    assert set(gallium["zone"]) == {"CHN", "DEU"}
    july = gallium[(gallium["zone"] == "DEU") & (gallium["date"] == "2023-07-07")]
    assert july["usd_per_kg"].tolist() == [326.0]
    assert 598.0 not in set(gallium["usd_per_kg"])  # one side of a range
    assert 1500.0 not in set(contents.observed_prices(table, "germanium-5N", ["CHN"])["usd_per_kg"])


def test_one_run_and_several_draw_the_same_panels(results):
    quotes = measured(results)["quotes"]["usd_per_kg"].sel(metal="gallium")
    one, many = lines(quotes), lines(xr.concat([quotes, 1.1 * quotes], "run"))
    assert list(one[("DEU",)]) == ["median"]
    assert list(many[("DEU",)]) == ["low", "median", "high"]
    for found in (one, many):
        figure, axes = style.new_figure(5, 3)
        prices = {("free", "gallium", zone): frame for (zone,), frame in found.items()}
        marks = contents.policy_marks(results.table("events"))
        panels.plot_prices(axes[0, 0], prices, shown_of(load_world()), "gallium", [], marks)
        assert {text.get_text() for text in axes[0, 0].texts} >= {"China", "Rotterdam", "1"}
        assert any(text.get_text().startswith("1 Export licences announced") for text in axes[0, 0].texts)
        figure.canvas.draw()


def test_all_figures_are_drawn_and_the_same_twice(results, tmp_path):
    plan = load_scenario(RECORD)
    marks, found, view = marks_of(plan, results.table("events")), measured(results), shown_of(load_world())
    for folder in ("a", "b"):
        style.save(draw(found, marks, view)["history_cover"], tmp_path / folder, "cover", dpi=60)
    for name in ("cover.png", "cover.svg"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_coastlines_are_outlines_within_the_world():
    rings = contents.coastlines()
    assert len(rings) > 80
    assert all(np.allclose(ring[0], ring[-1], atol=0.02) for ring in rings)
    assert max(np.abs(np.diff(ring[:, 0])).max() for ring in rings) < 60


def test_map_draws_widths_by_kg_and_wraps_round_the_pacific():
    world = load_world()
    rows = [("CHN", "JPN", 4e4), ("CHN", "USA", 2e4), ("CHN", "DEU", 10.0)]
    flows = pd.DataFrame(rows, columns=["origin", "destination", "kg"])
    figure, axes = style.new_figure(6, 3)
    maps.plot_map(axes[0, 0], flows, {"JPN": 300.0}, world.zone_table, Normalize(200, 600), 4e4)
    lines = next(c for c in axes[0, 0].collections if type(c).__name__ == "LineCollection")
    assert sorted(lines.get_linewidths()) == [maps.WIDEST / 2, maps.WIDEST / 2, maps.WIDEST]  # to the US: two copies
    names = {text.get_text() for text in axes[0, 0].texts}
    assert names == {"CHN", "JPN", "USA"}  # the smallest flow is left out
    figure.canvas.draw()
