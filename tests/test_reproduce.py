"""`experiments.reproduce`: the same bytes again, and words for what differs."""

from __future__ import annotations

import json
import shutil
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from experiments import reproduce
from experiments.study.cli import run_command
from model.world import DATA_FOLDER
from tests.faults.long_reproduce import LARGE
from tests.test_house import STUDIES

# The smallest that a study makes sense with; the others are reproduced in `tests/faults/long_reproduce.py`, `forecast`
# beside its own tests.
SMALL = {
    "history": ["--weeks", "30", "--runs", "2"],
    "compare": ["calm.toml", "worried.toml", "--seeds", "1"],
    "run": ["calm.toml", "--seeds", "1"],
}


def module(name: str) -> ModuleType:
    return import_module(f"experiments.{name}" if name == "run" else f"experiments.{name}.__main__")


def study_in(folder: Path, name: str) -> Path:
    """Run a small study, with scenario files that are gone afterwards; return its results."""
    for file, line in (("calm", ""), ("worried", "[parameters]\nprecaution = 7.0\n")):
        (folder / f"{file}.toml").write_text(f'extends = "history"\nweeks = 30\n{line}', encoding="utf-8")
    given = [str(folder / word) if word.endswith(".toml") else word for word in SMALL[name]]
    assert run_command(module(name).main, [*given, "--workers", "0", "--out", str(folder / name)]) == 0
    for file in folder.glob("*.toml"):
        file.unlink()
    return folder / name


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    return study_in(tmp_path_factory.mktemp("reproduce"), "history")


def reproduced(capsys, *arguments: str) -> tuple[int, str, str]:
    code = run_command(reproduce.main, [*arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def identical(results: Path) -> str:
    return f"Identical: {len(reproduce.tables_in(results))} tables, byte by byte, and the words of report.md.\n"


def test_every_study_is_reproduced():
    assert {*SMALL, *LARGE, "forecast"} == {*STUDIES, "run"}


@pytest.mark.slow
@pytest.mark.parametrize("study", SMALL)
def test_a_study_gives_the_same_bytes_again(study, tmp_path, capsys):
    results = study_in(tmp_path, study)
    assert len(reproduce.tables_in(results)) > 5
    capsys.readouterr()
    code, out, _ = reproduced(capsys, str(results), "--workers", "0")
    assert (code, out) == (0, identical(results))


@pytest.mark.slow
def test_what_differs_is_named(history, tmp_path, capsys):
    copy = tmp_path / "copy"
    shutil.copytree(history, copy)
    prices = pd.read_parquet(copy / "prices.parquet")
    prices.loc[0, "usd_per_kg"] += 1.0
    prices.to_parquet(copy / "prices.parquet", index=False)
    manifest = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
    manifest["fingerprint"] |= {"version of numpy": "1.0", "world data": "0" * 64, "processor": "an abacus"}
    manifest["files"]["data/lanes.csv"] = manifest["files"]["experiments/history/report.md.j2"] = "0" * 16
    manifest["files"]["model/lost.py"] = manifest["files"].pop("model/trade_model.py")
    (copy / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    code, out, _ = reproduced(capsys, str(copy), "--workers", "0")
    assert code == 1
    for line in (
        "version of numpy (1.0, now ", "processor (an abacus, now ", "world data.\n", "file data/lanes.csv.\n",
        "file experiments/history/report.md.j2.\n", "file model/lost.py (gone).\n",
        "file model/trade_model.py (new).\n",
    ):  # fmt: skip
        assert f"Not as it was: {line}" in out
    assert out.count("Not as it was") == 7
    assert out.splitlines()[-1].startswith("Different: 1 of ")
    assert out.splitlines()[-1].endswith("tables: prices.parquet.")


@pytest.mark.slow
def test_other_words_of_a_report_are_told(history, tmp_path, capsys):
    copy = tmp_path / "copy"
    shutil.copytree(history, copy)
    report = (copy / "report.md").read_text(encoding="utf-8")
    (copy / "report.md").write_text(report.replace("\n## ", "\nA rumour.\n\n## ", 1), encoding="utf-8")
    code, out, _ = reproduced(capsys, str(copy), "--workers", "0")
    assert (code, out) == (1, identical(copy).replace(", and the words", ". Different: the words"))


def test_a_row_of_data_and_a_template_that_changed_are_named(history, tmp_path):
    """Of a world of one's own: the file, whatever else is as it was."""
    manifest = json.loads((history / "manifest.json").read_text(encoding="utf-8"))
    assert reproduce.changed(manifest, None) == []
    assert {"data/posterior.json", "experiments/rostec/claims.toml"} <= {*manifest["files"]}
    world = shutil.copytree(DATA_FOLDER, tmp_path / "world")
    rows = (world / "lanes.csv").read_text(encoding="utf-8")
    (world / "lanes.csv").write_text(rows.replace("by distance and mode", "guessed", 1), encoding="utf-8")
    assert reproduce.changed(manifest, world) == ["world data", "file data/lanes.csv"]
    many = manifest | {"files": dict.fromkeys(manifest["files"], "")}
    said = reproduce.changed(many, None)
    assert len(said) == reproduce.MOST_FILES + 1
    assert said[-1] == f"{len(manifest['files']) - reproduce.MOST_FILES} files more"


def test_a_folder_without_results_is_refused_in_one_line(tmp_path, capsys):
    code, _, error = reproduced(capsys, str(tmp_path))
    assert code == 2
    assert error == f"{tmp_path}/manifest.json: cannot be read: No such file or directory\n"
    (tmp_path / "manifest.json").write_text('{"runs": 3}', encoding="utf-8")
    assert "does not say by which command the study ran" in reproduced(capsys, str(tmp_path))[2]
    command = "python -m experiments.history --data novium --runs 1"
    (tmp_path / "manifest.json").write_text(json.dumps({"command": command}), encoding="utf-8")
    assert "ran in the world 'novium'; give its folder with --data" in reproduced(capsys, str(tmp_path))[2]


def test_tables_that_are_csv_alone_count(tmp_path):
    for name in ("posterior.csv", "tables/runs.csv", "tables/runs.parquet", "rounds/00/chunks/0/x.parquet"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert list(reproduce.tables_in(tmp_path)) == ["tables/runs.parquet", "posterior.csv"]


def test_what_a_study_kept_of_the_user_s_files_is_used(tmp_path, capsys):
    arguments = ["a", "--data", "b", "c"]
    assert reproduce.put(arguments, "--data", tmp_path) == ["a", "--data", str(tmp_path), "c"]
    assert reproduce.put(arguments, "--points", tmp_path) == [*arguments, "--points", str(tmp_path)]
    command = "python -m experiments.forecast --cut 2023-12-31 --posterior mine"
    (tmp_path / "manifest.json").write_text(json.dumps({"command": command}), encoding="utf-8")
    code, _, error = reproduced(capsys, str(tmp_path))
    assert code == 2
    assert f"--posterior: what the study used is no longer there, {tmp_path}/posterior" in error
