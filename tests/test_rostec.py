"""The Rostec experiment: its design, its verdicts, and a tiny ensemble from command to report."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from experiments.ensemble.results import Results
from experiments.rostec import __main__ as rostec
from experiments.rostec.cells import FACTORS, OPEN, REFUTED, SUPPORTED, Cells, above, all_of, below
from experiments.rostec.claims import findings
from experiments.rostec.quantities import about
from experiments.study.answers import Band
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
    assert len({tuple(cell.levels.items()) for cell in cells}) == 24
    for cell in cells:
        scenario = parse_scenario(dict(cell.scenario), cell.name)
        kinds = [(policy.actor, policy.kind) for policy in scenario.policies]
        assert (("CHN", "export_licence") in kinds) == (cell.levels["restriction"] == "licences")
        assert (("CHN", "export_ban") in kinds) == (cell.levels["restriction"] == "ban")
        assert (("RUS", "export_ban") in kinds) == (cell.levels["exports"] == "closed")
        more = [policy for policy in scenario.policies if policy.kind == "capacity_support"]
        added = [(6, 0.0), *((int(cell.levels["output_t"]), p.output_t_per_year) for p in more)]
        assert added[-1][0] - added[-1][1] == 6
        assert all(p.capacity_t_per_year == max(int(cell.levels["output_t"]) - 20, 0) for p in more)


def test_sanctions_end_with_rostecs_statement_on_request():
    for cell in rostec.design(lift_sanctions=True):
        sanctions = [policy for policy in cell.scenario["policies"] if policy["kind"] == "sanction"]
        assert [str(policy["until"]) for policy in sanctions] == ["2023-07-05"]


def test_a_verdict_needs_the_whole_band_on_one_side():
    values = np.linspace(1.0, 2.0, 11)
    assert above(values, 1.05) == SUPPORTED
    assert above(values, 1.95) == REFUTED
    assert above(values, 1.5) == OPEN
    assert below(values, 1.95) == SUPPORTED
    assert all_of(SUPPORTED, OPEN) == OPEN
    assert all_of(SUPPORTED, OPEN, REFUTED) == REFUTED


def numbers(values, seeds=2):
    """Return a dataset over all factors; a quantity is a function of the output."""
    labels = {"restriction": ["none", "licences"], "output_t": [6, 20], "exports": ["closed", "open"], "draw": [0],
              "seed": list(range(seeds))}  # fmt: skip
    shape = [len(part) for part in labels.values()]
    grid = np.broadcast_to(np.array([6.0, 20.0])[None, :, None, None, None], shape)
    return xr.Dataset({key: (list(labels), value(grid)) for key, value in values.items()}, labels)


def test_seeds_that_failed_somewhere_are_left_out():
    found = numbers({"x": np.copy})
    found["x"][1, 1, 0, 0, 1] = np.nan
    cells = Cells(found)
    assert cells.seeds == [0]
    assert cells.extra("x").tolist() == [14.0]
    assert cells.mean_over("x", "exports", "open").tolist() == [13.0]


def test_bands_in_words():
    assert Band.of([0.1, 0.2, 0.3]).text("change") == "+20.0 % (+12.0 to +28.0 %)"
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
    assert effects["rostec_output", "none", 40, "open"] > 30
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
    for name in ("rostec_main_effects", "rostec_increase", "rostec_map"):
        assert (finished / "figures" / f"{name}.png").stat().st_size > 10_000
        assert (finished / "figures" / f"{name}.svg").is_file()
        assert f"figures/{name}.png" in report


@pytest.mark.slow
def test_verdicts_follow_the_numbers(finished):
    found = Results(finished / "tables").dataset("numbers", FACTORS)
    found = found.assign_coords(output_t=found["output_t"].astype(int))
    found["gallium_jump"][:] = 0.5
    few = {finding.key: finding.verdict for finding in findings(Cells(found), load_world())}
    assert few["jump"] == OPEN
    many = xr.concat([found.assign_coords(seed=found["seed"] + 10 * copy) for copy in range(3)], "seed")
    found = {finding.key: finding.verdict for finding in findings(Cells(many), load_world())}
    assert found["jump"] == SUPPORTED
    assert found["place"] == REFUTED


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(["--seeds", "0"], "--seeds 0"), (["--sedes", "3"], "--seeds")],
)
def test_bad_input_is_one_line(arguments, says, capsys, tmp_path):
    assert run_command(rostec.main, [*arguments, "--out", str(tmp_path / "x")]) == 2
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert says in line
