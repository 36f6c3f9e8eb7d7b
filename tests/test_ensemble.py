"""The engine for ensembles: the same results however the work is split, interrupted or spread."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import psutil
import pytest

from experiments.ensemble.cluster import LOCAL_SETTINGS
from experiments.ensemble.design import Cell, Design, Job, draw_parameters, factorial, read_raw, vary
from experiments.ensemble.driver import run_ensemble
from experiments.ensemble.fingerprint import running_code
from experiments.ensemble.results import Results
from experiments.study.cli import run_command
from experiments.study.options import Cluster, Workers
from model import InputError, TradeModel, parse_scenario
from model.parameters import parameter_table

ROOT = Path(__file__).parents[1]
HISTORY = ROOT / "experiments" / "scenarios" / "history.toml"
BAN = {"kind": "export_ban", "name": "Ban", "actor": "CHN", "announced": "2023-02-06", "effective": "2023-03-06"}
RAW = {"name": "short", "weeks": 20, "spin_up_weeks": 2}
DESIGN = Design(
    factorial(RAW, {"restriction": {"none": None, "ban": partial(vary, add=[BAN])}}),
    seeds=range(3),
    draws=draw_parameters(["precaution", "risk_decay"], 2),
)
RUNS = 12


# ---- measures, at the top level so that workers can import them ------------------------------------------------------


def prices(model: TradeModel, zone: str = "DEU") -> dict[str, pd.DataFrame]:
    weeks = model.recorder.weeks
    price = np.array([week.delivered[0, model.world.zone_index[zone]] for week in weeks])
    numbers = [week.number for week in weeks]
    weekly = pd.DataFrame({"week": numbers, "zone": pd.Categorical([zone] * len(price)), "usd": price})
    return {"weekly": weekly, "peak": pd.DataFrame({"usd": [price.max()]})}


def prices_with_leisure(model: TradeModel) -> dict[str, pd.DataFrame]:
    time.sleep(0.4)  # so that a test can stop the ensemble before its last run, on a busy machine, too
    return prices(model)


def prices_except_seed_2(model: TradeModel) -> dict[str, pd.DataFrame]:
    if model.seed_used == 2:
        raise ZeroDivisionError("no such luck")
    return prices(model)


def prices_except_bad(model: TradeModel) -> dict[str, pd.DataFrame]:
    if model.scenario.name == "bad":
        raise ZeroDivisionError("no such luck")
    return prices(model)


def prices_or_sudden_end(model: TradeModel) -> dict[str, pd.DataFrame]:
    if model.seed_used == 2:
        os._exit(1)
    return prices(model)


# ---- helpers ---------------------------------------------------------------------------------------------------------


def contents(results: Results) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(results.folder.iterdir())}


def chunks(out: Path) -> list[str]:
    return sorted(path.name for path in (out / "chunks").glob("[0-9]*"))


def wait_for(condition, seconds=60.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


def start(*command: str, **more) -> subprocess.Popen:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "default"}
    return subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT, env=environment, **more)


def driver(out: Path, *options: str) -> subprocess.Popen:
    return start("tests.test_ensemble", str(out), *options, stderr=subprocess.PIPE, text=True, start_new_session=True)


def main(out: Path, cluster: Cluster = None, workers: Workers = None) -> None:
    run_ensemble(DESIGN, prices_with_leisure, out, cluster=cluster, workers=workers, jobs_per_chunk=1)


@pytest.fixture(scope="module")
def expected(tmp_path_factory) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("uninterrupted")
    return contents(run_ensemble(DESIGN, prices, out, workers=0, progress=False))


# ---- running ---------------------------------------------------------------------------------------------------------


def test_same_bytes_whatever_the_workers_and_chunks(tmp_path, expected):
    results = run_ensemble(DESIGN, prices, tmp_path, workers=2, jobs_per_chunk=5, progress=False)
    assert contents(results) == expected
    assert sorted(results.names) == ["failures", "peak", "runs", "weekly"]
    peak, runs = results.table("peak"), results.runs
    assert list(peak["run"]) == list(range(RUNS)) == list(runs["run"])
    assert list(runs.columns) == ["run", "cell", "draw", "seed", "restriction", "precaution", "risk_decay", "failed"]
    assert not runs["failed"].any()
    assert results.failures.empty
    assert len(results.table("weekly")) == RUNS * 20
    results.write_csv()
    pd.testing.assert_frame_equal(
        pd.read_csv(results.folder / "peak.csv"), peak, check_dtype=False, check_categorical=False
    )


def test_cells_share_their_random_numbers(tmp_path):
    design = Design([Cell("one", RAW), Cell("other", {**RAW, "name": "renamed"})], seeds=range(2))
    peak = run_ensemble(design, prices, tmp_path, workers=0, progress=False).table("peak")
    one, other = (part.set_index("seed")["usd"] for _, part in peak.groupby("cell", observed=True))
    pd.testing.assert_series_equal(one, other)
    assert one[0] != one[1]


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_interrupted_and_resumed_equals_uninterrupted(tmp_path, expected, how):
    first = driver(tmp_path, "--workers", "2")
    wait_for(lambda: len(chunks(tmp_path)) >= RUNS // 2)
    children = psutil.Process(first.pid).children(recursive=True)
    if how == signal.SIGINT:
        os.killpg(first.pid, how)  # as a terminal does: to the workers, too
    else:
        first.kill()
    message = first.communicate(timeout=30)[1]
    kept = {name: (tmp_path / "chunks" / name).stat().st_mtime_ns for name in chunks(tmp_path)}
    assert RUNS // 2 <= len(kept) < RUNS
    assert not (tmp_path / "tables").exists()
    assert not psutil.wait_procs(children, timeout=20)[1], "workers outlive the process that started them"
    if how == signal.SIGINT:
        assert first.returncode == 130
        assert f"Stopped. {len(kept)} of {RUNS} runs are in" in message
        assert "Traceback" not in message

    second = driver(tmp_path, "--workers", "0")
    message = second.communicate(timeout=60)[1]
    assert second.returncode == 0, message
    assert contents(Results(tmp_path / "tables")) == expected
    after = {name: (tmp_path / "chunks" / name).stat().st_mtime_ns for name in chunks(tmp_path)}
    assert {name: after[name] for name in kept} == kept
    assert len(after) == RUNS


@pytest.mark.slow
def test_cluster_started_by_hand_survives_the_loss_of_a_worker(tmp_path, expected):
    file, out = tmp_path / "scheduler.json", tmp_path / "out"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    here = ("--scheduler-file", str(file))
    processes = [start("dask", "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", *here, **quiet)]
    try:
        wait_for(file.exists)
        one = ("dask", "worker", "--no-nanny", "--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1", *here)
        processes += [start(*one, "--local-directory", str(tmp_path / name), **quiet) for name in ("a", "b")]
        address = pd.read_json(file, typ="series")["address"]
        run = driver(out, "--cluster", address)
        wait_for(lambda: len(chunks(out)) >= 4)
        processes[1].kill()
        message = run.communicate(timeout=90)[1]
        assert run.returncode == 0, message
        assert contents(Results(out / "tables")) == expected
    finally:
        for process in processes:
            process.kill()
            process.wait()


def test_no_cluster_there(tmp_path, monkeypatch):
    monkeypatch.setattr("experiments.ensemble.cluster.CONNECT_SECONDS", 1)
    with pytest.raises(InputError, match=r"--cluster tcp://127\.0\.0\.1:9: no scheduler"):
        run_ensemble(DESIGN, prices, tmp_path, cluster="tcp://127.0.0.1:9", progress=False)


@pytest.mark.parametrize(
    "address", ["", "nonsense", "127.0.0.1:8786", "http://127.0.0.1:8786", "tcp://127.0.0.1:99999"]
)
def test_address_that_cannot_be_one_is_refused_at_once(address, tmp_path):
    with pytest.raises(InputError, match=rf"--cluster {address or '.empty.'}: must be tcp://HOST:PORT"):
        run_ensemble(DESIGN, prices, tmp_path / "new", cluster=address)
    assert not (tmp_path / "new").exists()


# ---- failures --------------------------------------------------------------------------------------------------------


def test_failing_run_is_reported_and_the_others_go_on(tmp_path, capsys):
    design = Design([Cell("only", RAW)], seeds=range(5), draws=[{"precaution": 1.0}])
    results = run_ensemble(design, prices_except_seed_2, tmp_path, workers=0, jobs_per_chunk=3)
    failure = results.failures.iloc[0]
    assert (failure["run"], failure["cell"], failure["seed"], failure["scenario"]) == (2, "only", 2, "short")
    assert (failure["parameters"], failure["week"]) == ('{"precaution": 1.0}', 20)
    assert failure["message"] == "ZeroDivisionError: no such luck"
    assert failure["where"].startswith("test_ensemble.py:")
    assert list(results.table("peak")["seed"]) == [0, 1, 3, 4]
    assert list(results.runs["failed"]) == [False, False, True, False, False]
    said = capsys.readouterr().err
    assert "1 of 5 runs failed" in said
    assert 'only: seed 2, draw 0: ZeroDivisionError: no such luck ({"precaution": 1.0})' in said


@pytest.mark.slow
def test_run_that_takes_its_worker_down_is_found(tmp_path, monkeypatch):
    monkeypatch.setitem(LOCAL_SETTINGS, "distributed.scheduler.allowed-failures", 0)  # saves starting workers again
    design = Design([Cell("only", RAW)], seeds=range(1, 4))
    results = run_ensemble(design, prices_or_sudden_end, tmp_path, workers=1, jobs_per_chunk=2, progress=False)
    assert list(results.table("peak")["seed"]) == [1, 3]
    assert list(results.failures["seed"]) == [2]
    assert "worker process died" in results.failures["message"][0]


def test_bad_input_is_refused_before_anything_runs(tmp_path):
    with pytest.raises(InputError, match=r"cell-7: weekz = 3: unknown key; nearest \"weeks\""):
        run_ensemble([Job("cell-7", {"name": "x", "weekz": 3})], prices, tmp_path)
    with pytest.raises(InputError, match='nearest "precaution"'):
        run_ensemble([Job("a", RAW, {"precautions": 1.0})], prices, tmp_path)
    with pytest.raises(TypeError, match="top level of an importable module"):
        run_ensemble([Job("a", RAW)], lambda model: {}, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_cell_of_failures_is_named(tmp_path):
    design = Design([Cell("good", RAW), Cell("bad", {**RAW, "name": "bad"})], seeds=[1])
    results = run_ensemble(design, prices_except_bad, tmp_path, workers=0, progress=False)
    with pytest.raises(InputError, match=r"every run of 'bad' failed; see tables/failures\.parquet"):
        results.check_cells()


def test_workers_with_other_data_are_refused(tmp_path, monkeypatch):
    before = running_code("tests.test_ensemble:prices")
    monkeypatch.setattr("experiments.ensemble.fingerprint.load_world", lambda: SimpleNamespace(data_hash="other"))
    assert running_code("tests.test_ensemble:prices") != before


def test_fresh_keeps_what_is_there_until_the_cluster_answers(tmp_path, monkeypatch):
    monkeypatch.setattr("experiments.ensemble.cluster.CONNECT_SECONDS", 1)
    design = Design([Cell("only", RAW)], seeds=[1])
    before = contents(run_ensemble(design, prices, tmp_path, workers=0, progress=False))
    with pytest.raises(InputError, match="no scheduler"):
        run_ensemble(design, prices, tmp_path, cluster="tcp://127.0.0.1:9", fresh=True, progress=False)
    assert contents(Results(tmp_path / "tables")) == before


# ---- the folder ------------------------------------------------------------------------------------------------------


def test_another_ensemble_in_the_folder_is_refused_unless_fresh(tmp_path, monkeypatch):
    def run(raw=RAW, measure=prices, fresh=False):
        design = Design([Cell("only", raw)], seeds=range(2))
        return run_ensemble(design, measure, tmp_path, workers=0, fresh=fresh, progress=False)

    before = contents(run())
    (tmp_path / "notes.txt").write_text("mine")
    assert contents(run()) == before
    for change, what in (
        (partial(run, {**RAW, "weeks": 21}), "changed: scenario of cell 'only', design"),
        (partial(run, measure=partial(prices, zone="USA")), "changed: options of the measure"),
        (partial(run, measure=prices_except_seed_2), "changed: measure"),
    ):
        with pytest.raises(InputError, match=what):
            change()
    with monkeypatch.context() as patched:
        patched.setattr("experiments.ensemble.fingerprint.code_hash", lambda: "other")
        with pytest.raises(InputError, match=r"changed: model code; .*--fresh"):
            run()
    assert contents(run()) == before

    assert len(run({**RAW, "weeks": 21}, fresh=True).table("weekly")) == 2 * 21
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_half_written_and_damaged_chunks_do_not_count(tmp_path, expected):
    run = partial(run_ensemble, DESIGN, prices, tmp_path, workers=0, jobs_per_chunk=4, progress=False)
    run()
    done, partial_chunk = tmp_path / "chunks" / "000001", tmp_path / "chunks" / ".000001.tmp"
    done.rename(partial_chunk)
    (partial_chunk / "peak.arrow").write_bytes(b"PAR1")
    (tmp_path / "tables" / ".peak.parquet.tmp").write_bytes(b"PAR1")
    cut_off = tmp_path / "chunks" / "000002" / "weekly.arrow"
    flipped = bytearray(cut_off.read_bytes())
    flipped[len(flipped) // 3] ^= 1
    cut_off.write_bytes(flipped)
    (tmp_path / "chunks" / "000000" / "peak.arrow").unlink()
    (tmp_path / "chunks" / ".DS_Store").write_text("somebody else's")
    (tmp_path / "chunks" / "000002 (copy)").mkdir()
    assert contents(run()) == expected
    assert not partial_chunk.exists()


def test_folder_serves_one_process_at_a_time(tmp_path):
    pytest.importorskip("fcntl")

    from experiments.ensemble.store import Store

    with Store(tmp_path).opened({}, 1), pytest.raises(InputError, match="in use by another process"):
        run_ensemble(DESIGN, prices, tmp_path, progress=False)


# ---- designs ---------------------------------------------------------------------------------------------------------


def test_vary_merges_and_edits_policies_by_name():
    raw = read_raw(HISTORY)
    ban = "China: ban on the US"
    varied = vary(raw, {"weeks": 60, "parameters": {"precaution": 0.0}}, add=[BAN], remove=["Sanctions on Rostec"])
    assert (varied["weeks"], varied["parameters"]["precaution"]) == (60, 0.0)
    names = [policy["name"] for policy in varied["policies"]]
    assert names[-1] == "Ban"
    assert "Sanctions on Rostec" not in names
    assert raw == read_raw(HISTORY)
    parse_scenario(varied, "varied")

    changed = vary(raw, change={ban: {"suspensions": []}})
    assert next(p for p in changed["policies"] if p["name"] == ban)["suspensions"] == []
    with pytest.raises(InputError, match=f'nearest "{ban}"'):
        vary(raw, remove=["China: ban on US"])


def test_factorial_crosses_levels_and_protects_what_they_set():
    factors = {
        "precaution": {"on": None, "off": {"parameters": {"precaution": 0.0}}},
        "restriction": {"none": {}, "ban": partial(vary, add=[BAN])},
    }
    cells = factorial(RAW, factors)
    assert [cell.name for cell in cells][1:3] == ["precaution=on, restriction=ban", "precaution=off, restriction=none"]
    assert len(cells[3].scenario["policies"]) == 1
    jobs = Design(cells, seeds=[5], draws=[{"precaution": 2.0, "risk_decay": 0.01}]).jobs()
    assert [job.parameters.get("precaution") for job in jobs] == [2.0, 2.0, None, None]
    assert jobs[3].levels == {"precaution": "off", "restriction": "ban"}


def test_draws_fill_the_declared_ranges():
    draws = pd.DataFrame(draw_parameters(["risk_decay", "precaution"], 50))
    declared = parameter_table().loc["precaution"]
    strata = (draws["precaution"] - declared["low"]) / (declared["high"] - declared["low"]) * 50
    assert sorted(strata.astype(int)) == list(range(50))
    assert draws.equals(pd.DataFrame(draw_parameters(["precaution", "risk_decay"], 50)))
    assert not draws.equals(pd.DataFrame(draw_parameters(["precaution", "risk_decay"], 50, seed=1)))
    with pytest.raises(InputError, match='nearest "precaution"'):
        draw_parameters(["precautoin"], 3)


if __name__ == "__main__":
    sys.exit(run_command(main))
