"""Bad input: one line that names file, key, value and the nearest allowed one; exit code 2; nothing written."""

import subprocess
import sys
from pathlib import Path

import pytest

from experiments.history import __main__ as history
from experiments.study.cli import run_command

HEAD = 'name = "bad"\nstart = 2023-01-02\nweeks = 4\n'
LICENCE = (
    HEAD + '[[policies]]\nkind = "export_licence"\nactor = "CHN"\nannounced = 2023-07-03\neffective = 2023-08-01\n'
)
BAN = HEAD + '[[policies]]\nkind = "export_ban"\nactor = "CHN"\nannounced = 2023-07-03\neffective = 2023-08-01\n'
PILE = HEAD + (
    '[[policies]]\nkind = "stockpile"\nactor = "CHN"\nannounced = 2023-07-03\neffective = 2023-08-01\n'
    'good = "germanium-5N"\nbuy_weeks = 20\n'
)
# What is wrong, the file, and what the message must contain: key, value, nearest allowed.
BAD = {
    "misspelt country": (BAN + 'targets = ["USQ"]\n', ["policies[1].targets[1]", "USQ", "USA"]),
    "misspelt actor": (BAN.replace('"CHN"', '"CNH"'), ["policies[1].actor", "CNH", "CHN"]),
    "unknown policy": (BAN.replace("export_ban", "export_bann"), ["policies[1].kind", "export_bann", '"export_ban"']),
    "dates out of order": (BAN.replace("2023-08-01", "2023-06-01"), ["policies[1]", "2023-06-01", "2023-07-03"]),
    "negative quantity": (PILE + "target_kg = -5\n", ["policies[1].target_kg", "-5", "0"]),
    "unknown key at the top": (HEAD + "wekes = 4\n", ["wekes", '"weeks"']),
    "unknown key in a policy": (BAN + "efective = 2023-08-01\n", ["policies[1].efective", '"effective"']),
    "unknown nested key": (
        LICENCE + "[policies.approval]\ndefalt = 0.5\n",
        ["policies[1].approval.defalt", '"default"'],
    ),
    "misspelt nested country": (
        LICENCE + "[policies.approval]\ndefault = 0.5\n[policies.approval.destinations]\nUAS = 0.4\n",
        ["policies[1].approval.destinations", "UAS", "USA"],
    ),
    "unknown parameter": (HEAD + "[parameters]\nprecution = 1\n", ["parameters.precution", '"precaution"']),
    "broken TOML": (HEAD + "[[policies\n", ["broken TOML", "line 4"]),
    "wrong type": (HEAD.replace("weeks = 4", 'weeks = "four"'), ["weeks", "four", "integer"]),
    "a re-export ban of a country that is not tracked": (
        BAN.replace("export_ban", "reexport_ban").replace('"CHN"', '"USA"') + 'targets = ["RUS"]\n',
        ["policies[1].actor", "USA", "allowed: CHN"],
    ),
    "a flag for a parameter": (
        HEAD + "[parameters]\nprecaution = true\n",
        ["parameters.precaution = true", "switches"],
    ),
    "a flag for a share": (
        LICENCE + "[policies.approval.destinations]\nUSA = true\n",
        ["policies[1].approval", "destinations.USA = true", "switches"],
    ),
    "a flag for a week": (LICENCE + "processing_weeks = [true, 5]\n", ["processing_weeks[1] = true", "switches"]),
    "not a Monday": (HEAD.replace("2023-01-02", "2023-01-03"), ["2023-01-03", "Monday"]),
}


def complaint(arguments: list[str], out: Path, capsys) -> str:
    """Run the experiment, check the code, that there is one line, and that nothing was written; return the line."""
    assert run_command(history.main, [*arguments, "--runs", "1", "--jobs", "0", "--out", str(out)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(printed.err.splitlines()) == 1
    assert "Traceback" not in printed.err
    return printed.err


@pytest.mark.parametrize("what", BAD)
def test_bad_scenario(what, tmp_path, capsys):
    content, expected = BAD[what]
    path, out = tmp_path / "bad.toml", tmp_path / "out"
    path.write_text(content)
    line = complaint(["--scenario", str(path)], out, capsys)
    for part in ["bad.toml", *expected]:
        assert part in line, line
    assert [entry.name for entry in tmp_path.iterdir()] == ["bad.toml"]


def test_missing_scenario_names_the_nearest_file(tmp_path, capsys):
    (tmp_path / "history.toml").write_text(HEAD)
    line = complaint(["--scenario", str(tmp_path / "histroy.toml")], tmp_path / "out", capsys)
    assert "histroy.toml" in line
    assert '"history.toml"' in line


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_file_in_the_way_of_the_output(place, tmp_path, capsys):
    (tmp_path / "file").write_text("mine")
    line = complaint(["--weeks", "2"], tmp_path / place, capsys)
    assert "--out" in line
    assert str(tmp_path / "file") in line
    assert f"nearest folder: {tmp_path}" in line
    assert (tmp_path / "file").read_text() == "mine"


def test_folder_of_something_else_is_not_overwritten(tmp_path, capsys):
    (tmp_path / "report.md").write_text("mine")
    assert "holds other files" in complaint(["--weeks", "2"], tmp_path, capsys)
    assert [path.name for path in tmp_path.iterdir()] == ["report.md"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--weeks", "0"], ["--weeks", "0", "nearest 1"]),
        (["--runs", "0"], ["--runs", "0", "nearest 1"]),
        (["--seed", "-1"], ["--seed", "-1", "nearest 0"]),
        (["--runs", "many"], ["--runs", "many", "whole number"]),
        (["--wekes", "4"], ["--wekes", '"--weeks"']),
        (["surplus"], ["surplus"]),
    ],
)
def test_bad_options(arguments, expected, tmp_path, capsys):
    assert run_command(history.main, ["--out", str(tmp_path / "out"), *arguments]) == 2
    line = capsys.readouterr().err
    assert len(line.splitlines()) == 1
    for part in expected:
        assert part in line
    assert list(tmp_path.iterdir()) == []


def test_the_command_line_itself(tmp_path):
    command = [sys.executable, "-m", "experiments.history", "--scenario", str(tmp_path / "none.toml")]
    done = subprocess.run(
        [*command, "--out", str(tmp_path / "out")], capture_output=True, text=True, cwd=Path(__file__).parent.parent
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "none.toml" in done.stderr
    assert list(tmp_path.iterdir()) == []
