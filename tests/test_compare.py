"""A user's scenarios side by side: windows, thresholds, differences, and the command from files to workbook."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook

from experiments import SCENARIOS, run
from experiments.compare import __main__ as compare
from experiments.compare.quantities import parse_threshold
from experiments.compare.scenarios import first_difference, read_cells, window
from experiments.study.cli import run_command
from model import InputError, parse_scenario
from model.world import load_world
from tests.conftest import ROOT

WORLD = load_world()
BAN = {"kind": "export_ban", "name": "ban", "actor": "CHN", "goods": ["gallium"], "announced": date(2023, 5, 2),
       "effective": date(2023, 6, 1)}  # fmt: skip
FILES = {
    "calm": 'name = "calm"\nweeks = 40\nspin_up_weeks = 8\n',
    "ban": 'name = "ban"\ntitle = "No [/red] $\\\\frac gallium"\nweeks = 40\nspin_up_weeks = 8\n'
    '[[policies]]\nkind = "export_ban"\n'
    'actor = "CHN"\ngoods = ["gallium"]\nannounced = 2023-05-02\neffective = 2023-06-01\n',
}


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("scenarios")
    for name, text in FILES.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    shutil.copy(folder / "calm.toml", folder / "again.toml")
    return {path.stem: path for path in folder.glob("*.toml")}


@pytest.fixture(scope="module")
def finished(files, tmp_path_factory):
    out = tmp_path_factory.mktemp("compare") / "run"
    arguments = [str(files["calm"]), str(files["ban"]), "--seeds", "3", "--workers", "0", "--csv"]
    asked = ["--above", "price gallium-4N DEU 100", "--above", "forgone gallium JPN 1e6"]
    assert run_command(compare.main, [*arguments, *asked, "--out", str(out)]) == 0
    return out


def scenario(name="a", weeks=100, **more):
    return parse_scenario({"name": name, "weeks": weeks, **more}, name)


# ---- the window ------------------------------------------------------------------------------------------------------


def test_the_window_begins_where_scenarios_begin_to_differ():
    calm, banned = scenario(), scenario("b", policies=[BAN])
    assert first_difference([calm, banned]) == date(2023, 5, 2)
    assert window([calm, banned]) == (date(2023, 5, 1), date(2024, 11, 25))
    assert window([scenario(weeks=80), banned])[1] == date(2024, 7, 8)


def test_of_a_policy_that_only_ends_earlier_the_end_counts():
    ends = [scenario(name, policies=[{**BAN, "until": day}])
            for name, day in (("a", date(2024, 1, 8)), ("b", date(2024, 6, 3)))]  # fmt: skip
    assert first_difference(ends) == date(2024, 1, 8)
    pause = {"start": date(2023, 9, 4), "end": date(2023, 12, 4)}
    paused = [scenario("a", policies=[{**BAN, "suspensions": [pause]}]), scenario("b", policies=[BAN])]
    assert first_difference(paused) == date(2023, 9, 4)
    assert first_difference([ends[0], scenario("b", policies=[{**BAN, "severity": 0.5}])]) == date(2023, 5, 2)


def test_other_parameters_differ_from_the_start():
    assert first_difference([scenario(), scenario("b", parameters={"precaution": 1.0})]) == WORLD.start


def test_the_user_s_own_window():
    assert window([scenario()], date(2023, 3, 1), date(2023, 6, 30)) == (date(2023, 2, 27), date(2023, 6, 26))
    with pytest.raises(InputError, match="--from 2030-01-07 --until None: no week of 2023-01-02 to 2024-11-25"):
        window([scenario()], date(2030, 1, 7))


def test_a_difference_after_the_end_is_no_window():
    assert window([scenario(weeks=10), scenario("b", weeks=10, policies=[BAN])])[0] == WORLD.start


# ---- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("price gallium-4N DEU", "must be QUANTITY METAL COUNTRY NUMBER"),
        ("prize gallium-4N DEU 1", "'prize': no such quantity; nearest \"price\""),
        ("price gallium DEU 1", "'gallium': not in this world; nearest \"gallium-6N\""),
        ("exports gallium XYZ 1", "'XYZ': not in this world"),
        ("price gallium-4N DEU many", "'many' is not a number"),
        ("price gallium-4N DEU inf", "'inf' is not a number"),
    ],
)
def test_thresholds_that_cannot_be_read(text, says):
    with pytest.raises(InputError) as caught:
        parse_threshold(text, WORLD)
    assert str(caught.value).startswith(f'--above "{text}": ')
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["calm"], "one scenario; give another to compare it with"),
        (["calm", "again"], "name = 'calm': "),
        (["calm", "none"], "no such scenario file"),
        (["calm", "ban", "--from", "1.5.2023"], "--from 1.5.2023: must be a day, e.g. 2023-12-31"),
        (["calm", "ban", "--seeds", "0"], "--seeds 0: must be 1 to 100000"),
    ],
)
def test_bad_input_is_one_line(files, arguments, says, capsys, tmp_path):
    named = [str(files.get(word, tmp_path / f"{word}.toml") if i < 2 and word.isalpha() else word)
             for i, word in enumerate(arguments)]  # fmt: skip
    assert run_command(compare.main, [*named, "--out", str(tmp_path / "x")]) == 2
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert says in line
    assert not (tmp_path / "x").exists()


def test_parameters_that_a_scenario_sets_are_not_drawn(files, tmp_path):
    other = tmp_path / "other.toml"
    other.write_text('name = "other"\n[parameters]\nutilisation_rate = 0.05\n', encoding="utf-8")
    assert [cell.held for cell in read_cells([files["calm"], other], WORLD)] == [frozenset(["utilisation_rate"])] * 2


# ---- a small comparison ----------------------------------------------------------------------------------------------


def test_the_answer_comes_first_and_in_words(finished):
    lines = (finished / "report.md").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "# calm and ban side by side"
    answer = [line for line in lines if line.startswith("- ")]
    first = next(line for line in answer if not line.startswith("- The two market rules disagree"))
    assert first in answer[:2]
    assert first.startswith("- ban against calm, weeks of 2023-05-01 to 2023-10-02: gallium ")
    assert "rises by" in first
    assert "Mean price of gallium-4N in Germany above 100 USD/kg: in 100 % of the runs with calm" in "\n".join(answer)
    assert any("above 1,000,000.0 t/yr: in 0 % of the runs with calm" in line for line in answer)
    assert "## Value at risk" in lines
    command = "python -m experiments.compare calm.toml ban.toml --above 'price gallium-4N DEU 100'"
    assert any(line.startswith(command) for line in lines)


def test_both_market_rules_are_told(finished):
    text = (finished / "report.md").read_text(encoding="utf-8")
    assert "## Under both market rules" in text
    rows = [line for line in text.splitlines() if line.endswith(("| agree |", "| disagree |"))]
    asked = [line.split(" | ")[0].removeprefix("| ") for line in rows]
    assert asked[:2] == ["Change of gallium in China (ban)", "Change of gallium in Rotterdam (ban)"]
    assert "Change of exports of germanium (ban)" in asked
    assert "Change of use of gallium given up (ban)" in asked
    apart = sum(line.endswith("| disagree |") for line in rows)
    first = text.splitlines()[4]
    assert first.startswith("- The two market rules disagree on " if apart else "- ban against calm")
    # The change of a price is a share of the first scenario's, under the other rule as well.
    other = pd.read_parquet(finished / "bargaining" / "tables" / "prices.parquet").astype({"good": str, "zone": str})
    own = other[(other["good"] == "gallium-4N") & (other["zone"] == "DEU")]
    wide = own.pivot(index="seed", columns="cell", values="mean_usd_per_kg")
    told = rows[1].split(" | ")[2]
    assert told.startswith(f"+{100 * (wide['ban'] / wide['calm'] - 1).median():.0f}"[:3])


def test_a_scenario_with_a_rule_of_its_own_is_not_run_under_the_other(files, tmp_path):
    other = tmp_path / "meeting.toml"
    text = files["calm"].read_text(encoding="utf-8").replace('"calm"', '"meeting"')
    other.write_text(text.replace("weeks = 40", 'weeks = 10\nmechanism = "bargaining"'), encoding="utf-8")
    arguments = [str(files["calm"]), str(other), "--seeds", "1", "--workers", "0", "--out", str(tmp_path / "out")]
    assert run_command(compare.main, arguments) == 0
    assert "Under both market rules" not in (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert not (tmp_path / "out" / "bargaining").exists()


def test_differences_are_those_of_the_same_seeds(finished):
    tables = finished / "tables"
    prices = pd.read_parquet(tables / "prices.parquet").astype({"good": str, "zone": str, "cell": str})
    own = prices[(prices["good"] == "gallium-4N") & (prices["zone"] == "DEU")]
    wide = own.pivot(index="seed", columns="cell", values="mean_usd_per_kg")
    change = wide["ban"] - wide["calm"]
    rows = pd.read_parquet(tables / "price_changes.parquet").set_index(["cell", "good", "zone", "quantity"])
    row = rows.loc[("ban", "gallium-4N", "DEU", "mean_usd_per_kg")]
    assert row["median"] == pytest.approx(change.median())
    assert row["above_zero"] == (change > 0).mean() == 1.0
    assert (tables / "price_changes.csv").is_file()


def test_a_ban_shows_in_trade_and_use(finished):
    trade = pd.read_parquet(finished / "tables" / "trade_changes.parquet")
    china = trade.query("metal == 'gallium' and zone == 'CHN' and quantity == 'exports_t'")
    assert (china["high"] < 0).all()
    assert not len(trade.query("metal == 'germanium' and zone == 'CHN' and quantity == 'exports_t' and median != 0"))
    use = pd.read_parquet(finished / "tables" / "use_levels.parquet")
    assert set(use["end_use"]) <= set(WORLD.end_uses)
    assert (use["runs"] == 3).all()


def test_the_workbook_opens_and_holds_the_tables(finished):
    book = load_workbook(finished / "compare.xlsx")
    assert book.sheetnames[:3] == ["answer", "price_levels", "price_changes"]
    sheet = book["price_changes"]
    rows = pd.read_parquet(finished / "tables" / "price_changes.parquet")
    assert [cell.value for cell in sheet[1]] == list(rows.columns)
    assert sheet.max_row == len(rows) + 1
    assert [line for line in ("A1", "A2") if book["answer"][line].value.startswith("ban against calm")]


def test_the_manifest_holds_the_scenarios_in_full(finished):
    manifest = json.loads((finished / "manifest.json").read_text(encoding="utf-8"))
    assert list(manifest["scenarios"]) == ["calm", "ban"]
    assert manifest["scenarios"]["ban"]["policies"][0]["goods"] == ["gallium"]
    assert manifest["seeds"] == [0, 1, 2]


def test_figures_are_drawn(finished):
    text = (finished / "report.md").read_text(encoding="utf-8")
    for name in ("compare_paths", "compare_changes", "compare_use"):
        assert (finished / "figures" / f"{name}.png").stat().st_size > 10_000
        assert f"figures/{name}.png" in text


def test_one_scenario_alone_in_another_world(tmp_path, capsys):
    data = ROOT / "tests" / "worlds" / "novium"
    arguments = [str(data / "controls.toml"), "--data", str(data), "--seeds", "2", "--workers", "0"]
    assert run_command(run.main, [*arguments, "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert " costs " in said
    assert "gallium" not in said
    assert (tmp_path / "out" / "run.xlsx").is_file()
    assert not (tmp_path / "out" / "figures" / "compare_changes.png").exists()


def test_the_same_scenario_twice_differs_in_nothing(files, tmp_path):
    other = tmp_path / "same.toml"
    other.write_text(files["ban"].read_text(encoding="utf-8").replace('"ban"', '"same"'), encoding="utf-8")
    arguments = [str(files["ban"]), str(other), "--seeds", "2", "--workers", "0", "--out", str(tmp_path / "out")]
    assert run_command(compare.main, arguments) == 0
    changes = pd.read_parquet(tmp_path / "out" / "tables" / "price_changes.parquet")
    assert (changes[["low", "median", "high", "above_zero"]] == 0).all().all()
    assert "costs the same in China" in (tmp_path / "out" / "report.md").read_text(encoding="utf-8")


def test_scenarios_of_the_project_can_be_compared():
    cells = read_cells([SCENARIOS / "free_trade.toml", SCENARIOS / "history.toml"], WORLD)
    assert [cell.name for cell in cells] == ["free_trade", "history"]
