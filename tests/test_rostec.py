"""The Rostec experiment: its design, its verdicts, and a tiny ensemble from command to report."""

from __future__ import annotations

from unittest import mock

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from experiments.ensemble.results import Results
from experiments.rostec import __main__ as rostec
from experiments.rostec import figures
from experiments.rostec.claims import (
    FACTORS,
    OPEN,
    REFUTED,
    SUPPORTED,
    above,
    all_of,
    below,
    cell,
    extra,
    findings,
    read,
    through,
    through_share,
    undone,
)
from experiments.rostec.quantities import about
from experiments.study.answers import Band
from experiments.study.bands import complete
from experiments.study.cli import run_command
from model import parse_scenario
from model.world import load_world


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    out = tmp_path_factory.mktemp("rostec") / "run"
    arguments = ["--seeds", "2", "--out", str(out), "--workers", "0", "--csv"]
    assert run_command(rostec.main, arguments) == 0
    return out


def test_the_design_crosses_the_factors():
    cells = rostec.design()
    assert len(cells) == 24
    assert len({tuple(one.levels.items()) for one in cells}) == 24
    for one in cells:
        scenario = parse_scenario(dict(one.scenario), one.name)
        kinds = [(policy.actor, policy.kind) for policy in scenario.policies]
        assert (("CHN", "export_licence") in kinds) == (one.levels["restriction"] == "licences")
        assert (("CHN", "export_ban") in kinds) == (one.levels["restriction"] == "ban")
        assert (("RUS", "export_ban") in kinds) == (one.levels["exports"] == "closed")
        more = [policy for policy in scenario.policies if policy.kind == "capacity_support"]
        added = [(6, 0.0), *((int(one.levels["output_t"]), p.output_t_per_year) for p in more)]
        assert added[-1][0] - added[-1][1] == 6
        assert all(p.capacity_t_per_year == max(int(one.levels["output_t"]) - 20, 0) for p in more)


def test_sanctions_end_with_rostecs_statement_on_request():
    for one in rostec.design(lift_sanctions=True):
        sanctions = [policy for policy in one.scenario["policies"] if policy["kind"] == "sanction"]
        assert [str(policy["until"]) for policy in sanctions] == ["2023-07-05"]


def test_a_verdict_needs_the_whole_band_on_one_side():
    values = xr.DataArray(np.linspace(1.0, 2.0, 11), dims="run")
    assert above(values, 1.05) == SUPPORTED
    assert above(values, 1.95) == REFUTED
    assert above(values, 1.5) == OPEN
    assert below(values, 1.95) == SUPPORTED
    assert below(values, 1.05) == REFUTED
    assert above(values[:4], 0.0) == OPEN
    assert above(values.where(values < 2.0), 0.0) == OPEN, "a run without a value"
    assert all_of(SUPPORTED, OPEN) == OPEN
    assert all_of(SUPPORTED, OPEN, REFUTED) == REFUTED


@pytest.fixture
def numbers():
    """Return one quantity over the factors and two seeds; it grows with the restriction, less so with more output."""
    labels = {"restriction": ["none", "licences"], "output_t": [6, 20], "exports": ["closed", "open"], "draw": [0],
              "seed": [0, 1]}  # fmt: skip
    found = xr.Dataset({"usd": (list(labels), np.zeros([len(part) for part in labels.values()]))}, labels)
    found["usd"].loc[{"restriction": "none"}] = 10.0
    found["usd"].loc[{"restriction": "licences"}] = 18.0
    found["usd"].loc[{"output_t": 20, "restriction": "licences"}] = 16.0
    found["usd"].loc[{"exports": "closed"}] += 100.0
    return found


def test_differences_between_cells(numbers):
    usd = numbers["usd"]
    assert (cell(usd) == 18.0).all()
    assert (cell(usd, 20, "none", "closed") == 110.0).all()
    assert (extra(usd) == -2.0).all()
    assert (through(usd, 20) == 6.0).all()
    assert (through_share(usd) == 0.8).all()
    assert (undone(usd) == 0.25).all()
    assert extra(numbers).equals(extra(usd).to_dataset())


def test_seeds_that_failed_somewhere_are_left_out(numbers):
    numbers["usd"][1, 1, 0, 0, 1] = np.nan
    assert complete(numbers, FACTORS)["seed"].to_numpy().tolist() == [0]


def test_bands_in_words():
    assert Band.of([0.1, 0.2, 0.3]).text("change") == "+20 % (+12.0 to +28 %)"
    assert Band.of([0.0, 0.0]).text("t") == "0.0 t"
    assert Band.of([np.nan]).text("t") == "no value"
    assert Band.of([-0.02]).moved("change") == "falls by 2.0 %"
    assert Band.of([0.0]).moved("change") == "does not change"


@pytest.mark.slow
def test_cells_are_the_same_until_july_2023(finished):
    numbers = pd.read_parquet(finished / "tables" / "numbers.parquet")
    for key in about(load_world()).index:
        if key.endswith("_before"):
            assert numbers[numbers["key"] == key].groupby("seed")["value"].nunique().max() == 1, key


@pytest.mark.slow
def test_the_factors_act(finished):
    effects = pd.read_parquet(finished / "tables" / "effects.parquet").set_index(
        ["key", "restriction", "output_t", "exports"]
    )["median"]
    assert set(effects.index.get_level_values("key")) == set(about(load_world()).index)
    assert effects["russia_exports", "licences", 20, "closed"] == 0
    assert effects["russia_exports", "licences", 20, "open"] > effects["russia_exports", "licences", 6, "open"]
    assert effects["china_exports", "ban", 6, "open"] == 0
    assert effects["china_exports", "none", 6, "open"] > effects["china_exports", "licences", 6, "open"]
    assert effects["rostec_output", "none", 40, "open"] > 25
    assert effects["gallium_jump", "none", 6, "open"] < 0.05 < effects["gallium_jump", "licences", 6, "open"]


@pytest.mark.slow
def test_report_and_figures(finished):
    report = (finished / "report.md").read_text(encoding="utf-8")
    claims = pd.read_parquet(finished / "tables" / "claims.parquet")
    assert (finished / "tables" / "claims.csv").is_file()
    assert len(claims) == 14
    assert set(claims["verdict"]) <= {SUPPORTED, REFUTED, OPEN}
    assert "nan" not in report.replace("financ", "")
    assert "Krasnoyarsk" in report
    assert "Novosibirsk" in report
    for words in claims["story"]:
        assert words in report
    risk = pd.read_parquet(finished / "tables" / "value_at_risk.parquet").groupby(["cell", "amount"])["median"].sum()
    given_up = risk.xs("cut_back_usd", level="amount")  # a ban makes more give up metal, Rostec's metal fewer
    assert given_up["total ban, Rostec at 6 t/yr"] > given_up["no restriction, Rostec at 6 t/yr"]
    assert given_up["total ban, Rostec at 20 t/yr"] < given_up["total ban, Rostec at 6 t/yr"]
    for name in ("rostec_levels", "rostec_increase", "rostec_map"):
        assert (finished / "figures" / f"{name}.png").stat().st_size > 10_000
        assert (finished / "figures" / f"{name}.svg").is_file()
        assert f"figures/{name}.png" in report


@pytest.mark.slow
def test_verdicts_follow_the_numbers(finished):
    found = complete(read(Results(finished / "tables"), "numbers"), FACTORS)
    found["gallium_jump"][:] = 0.5
    few = {finding.key: finding.verdict for finding in findings(found, load_world())}
    assert few["jump"] == OPEN
    many = {finding.key: finding.verdict for finding in findings(xr.concat([found] * 3, "run"), load_world())}
    assert many["jump"] == SUPPORTED
    assert many["place"] == REFUTED
    assert many["protects_resources"] == REFUTED, "less output of a by-product saves nothing"


def test_a_level_is_shown_with_the_other_factors_as_they_happened(numbers):
    dots = []
    drawing = {"plot": lambda _, x, *rest, **look: dots.append(x), "__getattr__": lambda *_: mock.MagicMock()}
    ax = type("Ax", (), drawing)()
    figures._effects(ax, numbers["usd"], [(0.0, "restriction", "none", ""), (1.0, "output_t", 20, "")])
    assert [float(x) for x in dots if np.isscalar(x)] == [10.0, 16.0]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(["--seeds", "0"], "--seeds 0"), (["--sedes", "3"], "--seeds")],
)
def test_bad_input_is_one_line(arguments, says, capsys, tmp_path):
    assert run_command(rostec.main, [*arguments, "--out", str(tmp_path / "x")]) == 2
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert says in line
