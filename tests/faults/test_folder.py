"""A folder of results: nothing finished is lost, nothing half-written shows, one process at a time."""

from __future__ import annotations

import errno
import json
import os
import shutil
from functools import partial
from pathlib import Path

import pandas as pd
import pytest
import tomli_w
from matplotlib.figure import Figure

from experiments.ensemble.design import Cell, Design
from experiments.ensemble.driver import run_ensemble
from experiments.ensemble.lock import locks_kept
from experiments.ensemble.output import appearing, read_manifest, write_text
from experiments.ensemble.worlds import open_world
from experiments.figures import style
from experiments.history import __main__ as history
from experiments.study import report
from experiments.study.cli import run_command
from model import InputError, load_scenario
from model.world import DATA_FOLDER
from tests.test_ensemble import RAW, contents, prices

DESIGN = Design([Cell("only", {**RAW, "weeks": 2})], seeds=range(4))
SHORT = ["--runs", "1", "--weeks", "2", "--workers", "0"]


def prices_when_memory_is_there(model):
    if model.seed_used == 2 and (Path(os.environ["LOW_ON_MEMORY"])).exists():
        raise MemoryError("none left")
    return prices(model)


def prices_except_seed_2(model):
    if model.seed_used == 2:
        raise ZeroDivisionError("no such luck")
    return prices(model)


@pytest.fixture
def run(tmp_path):
    return partial(run_ensemble, DESIGN, prices, tmp_path / "out", workers=0, jobs_per_chunk=2, progress=False)


def times(out: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in (out / "chunks").glob("0*")}


# ---- publication -----------------------------------------------------------------------------------------------------


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    path = tmp_path / "report.md"
    write_text(path, "first")

    def write_half() -> None:
        with appearing(path) as place:
            place.write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_half()
    assert path.read_text() == "first"
    assert [one.name for one in tmp_path.iterdir()] == ["report.md"]


def test_a_figure_that_cannot_be_drawn_to_the_end_leaves_the_former_one(tmp_path, monkeypatch):
    figure = Figure(figsize=(1, 1))
    style.save(figure, tmp_path, "one", dpi=20)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def broken(self, place, **_):
        Path(place).write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Figure, "savefig", broken)
    with pytest.raises(OSError, match="No space"):
        style.save(figure, tmp_path, "one", dpi=20)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert sorted(before) == ["one.png", "one.svg"]


def test_the_lock_is_kept_until_the_report_is_written(tmp_path, monkeypatch):
    out, met = tmp_path / "run", []
    publish = report.write_text

    def try_another(path, text):
        with locks_kept():  # as another process would have it
            met.append(run_command(history.main, [*SHORT, "--out", str(out)]))
        publish(path, text)

    monkeypatch.setattr(report, "write_text", try_another)
    assert run_command(history.main, [*SHORT, "--out", str(out)]) == 0
    assert met == [2]
    assert (out / "report.md").exists()
    monkeypatch.undo()
    assert run_command(history.main, [*SHORT, "--out", str(out)]) == 0


def test_the_command_is_noted_last(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device", "report.md")

    out = tmp_path / "run"
    with monkeypatch.context() as patched:
        patched.setattr(report, "write_text", full)
        assert run_command(history.main, [*SHORT, "--out", str(out)]) == 2
    assert "command" not in read_manifest(out)
    assert run_command(history.main, [*SHORT, "--out", str(out)]) == 0
    assert "command" in read_manifest(out)


# ---- manifests -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": "3"}', "[" * 100_000])
def test_chunks_outlive_a_cut_manifest(run, tmp_path, text):
    out = tmp_path / "out"
    before, kept = contents(run()), times(out)
    (out / "manifest.json").write_text(text)
    assert contents(run()) == before
    assert times(out) == kept
    assert json.loads((out / "manifest.json").read_text())["runs"] == 4


def test_chunks_outlive_an_edited_or_lost_manifest(run, tmp_path):
    out = tmp_path / "out"
    before, kept = contents(run()), times(out)
    manifest = json.loads((out / "manifest.json").read_text())
    edited = manifest | {"runs_per_chunk": 1, "fingerprint": {}}
    (out / "manifest.json").write_text(json.dumps(edited))
    assert contents(run()) == before
    (out / "manifest.json").unlink()
    assert contents(run()) == before
    (out / "chunks" / "manifest.json").write_text("{")
    assert contents(run()) == before
    assert times(out) == kept


def test_without_any_manifest_chunks_are_not_taken_for_ours_unless_fresh(run, tmp_path):
    out = tmp_path / "out"
    before = contents(run())
    for path in (out / "manifest.json", out / "chunks" / "manifest.json"):
        path.write_text("{")
    with pytest.raises(InputError, match=r"cannot be read, nor its copy in chunks; start over with --fresh"):
        run()
    assert contents(run(fresh=True)) == before


# ---- runs that the machine failed ------------------------------------------------------------------------------------


def test_a_run_that_the_machine_failed_is_tried_again(tmp_path, monkeypatch):
    out, low = tmp_path / "out", tmp_path / "low"
    low.touch()
    monkeypatch.setenv("LOW_ON_MEMORY", str(low))
    again = partial(run_ensemble, DESIGN, prices_when_memory_is_there, out, workers=0, jobs_per_chunk=2, progress=False)
    assert list(again().failures["message"]) == ["MemoryError: none left; the same command tries it again"]
    kept = times(out)["000000"]
    low.unlink()
    assert again().failures.empty
    assert times(out)["000000"] == kept


def test_a_run_that_fails_by_itself_is_not_tried_again(tmp_path):
    again = partial(run_ensemble, DESIGN, prices_except_seed_2, tmp_path, workers=0, jobs_per_chunk=2, progress=False)
    assert list(again().failures["message"]) == ["ZeroDivisionError: no such luck"]
    kept = times(tmp_path)
    assert len(again().failures) == 1
    assert times(tmp_path) == kept


# ---- names and pipes -------------------------------------------------------------------------------------------------


def test_a_name_of_250_letters_is_one_like_any_other(tmp_path):
    out = tmp_path / ("o" * 250)
    assert run_command(history.main, [*SHORT, "--out", str(out)]) == 0
    assert (out / "report.md").exists()
    assert [path.name for path in tmp_path.iterdir()] == [out.name]


def test_a_name_that_is_too_long_is_one_line(tmp_path, capsys):
    assert run_command(history.main, [*SHORT, "--out", str(tmp_path / ("o" * 300))]) == 2
    assert capsys.readouterr().err.endswith("cannot be a folder: File name too long\n")


def test_names_that_mean_something_elsewhere_are_names(tmp_path, capsys):
    """Words of the terminal's colours, of mathematics in figures and of tables in reports; told after all runs."""
    name = "[/red] $\\frac$ | **b** <i> %s {x}"
    ban = {"kind": "export_ban", "actor": "CHN", "targets": ["USA"], "name": name}
    ban |= {"announced": "2023-01-09", "effective": "2023-01-09"}
    raw = {"name": "[/b] $x^", "title": name, "weeks": 4, "spin_up_weeks": 1, "policies": [ban]}
    (tmp_path / "signs.toml").write_text(tomli_w.dumps(raw), encoding="utf-8")
    signs = ["--scenario", str(tmp_path / "signs.toml"), "--runs", "1", "--workers", "0"]
    assert run_command(history.main, [*signs, "--out", str(tmp_path / "history")]) == 0
    assert set(pd.read_parquet(tmp_path / "history" / "policies.parquet")["policy"].astype(str)) == {name}
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with a name")
def test_a_pipe_keeps_nobody_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe.toml")
    with pytest.raises(InputError, match="cannot be read as a scenario file: not a file"):
        load_scenario(tmp_path / "pipe.toml")
    shutil.copytree(DATA_FOLDER, tmp_path / "world")
    (tmp_path / "world" / "zones.csv").unlink()
    os.mkfifo(tmp_path / "world" / "zones.csv")
    with pytest.raises(InputError, match=r"zones\.csv is not a file"):
        open_world(tmp_path / "world")


# ---- tables whose columns differ between runs ------------------------------------------------------------------------


def test_a_trigger_that_fires_in_some_seeds_only(tmp_path):
    """A column may be empty in one chunk and hold days or text in another."""
    start = 'name = "trigger"\nweeks = 12\nspin_up_weeks = 4\n'
    file = tmp_path / "trigger.toml"
    file.write_text(start)
    arguments = ["--scenario", str(file), "--runs", "3", "--workers", "0"]
    assert run_command(history.main, [*arguments, "--out", str(tmp_path / "calm")]) == 0
    prices = pd.read_parquet(tmp_path / "calm" / "prices.parquet")
    wanted = (prices["zone"] == "DEU") & (prices["good"] == "gallium-4N") & (prices["market"] == "free")
    highest = prices[wanted].groupby("run", observed=True)["usd_per_kg"].max()
    between = (highest.min() + highest.max()) / 2
    when = f'{{ zone = "DEU", good = "gallium-4N", price_above = {between}, for_weeks = 1 }}'
    policy = f'[[policies]]\nkind = "stockpile"\nactor = "DEU"\ngood = "gallium-4N"\ntarget_kg = 10\nwhen = {when}\n'
    file.write_text(start + policy)
    out = tmp_path / "run"
    assert run_command(history.main, [*arguments, "--out", str(out)]) == 0
    events = pd.read_parquet(out / "events.parquet")
    fired = events.groupby("run", observed=True).size().reindex(range(3), fill_value=0)
    assert fired.nunique() > 1
