"""The engine for ensembles: what it refuses before the first run, and whose folders it leaves alone."""

import shutil
import socket
import time
import warnings
from contextlib import suppress
from functools import partial
from pathlib import Path
from unittest.mock import patch

import psutil
import pytest

from experiments.ensemble.cluster import executor
from experiments.ensemble.design import Cell, Design, Job
from experiments.ensemble.driver import run_ensemble
from experiments.ensemble.fingerprint import _package_hash, code_hash, fingerprint, measure_hash
from experiments.ensemble.store import Store
from model import InputError, parse_scenario
from model.world import load_world
from tests.conftest import ROOT
from tests.test_ensemble import RAW, prices

DESIGN = Design([Cell("only", {**RAW, "weeks": 2})], seeds=range(2))


def measure_called_runs(model):
    return {"runs": prices(model)["peak"]}


# ---- columns -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["run", "cell", "draw", "seed", "failed"])
def test_factor_named_like_a_key_is_refused(tmp_path, name):
    with pytest.raises(InputError, match=f"factor '{name}': the table of runs has columns run, cell, draw, seed"):
        run_ensemble([Job("a", RAW, levels={name: "high"})], prices, tmp_path / "out", workers=0)
    assert not list(tmp_path.iterdir())


def test_factor_that_cannot_be_a_column_is_refused(tmp_path):
    refused = partial(run_ensemble, measure=prices, out=tmp_path / "out", workers=0)
    with pytest.raises(InputError, match="factor 'precaution': a parameter of that name is drawn"):
        refused([Job("a", RAW, {"precaution": 1.0}), Job("b", RAW, levels={"precaution": "off"})])
    with pytest.raises(InputError, match=r"factor 'cut': level 0\.2 is not text; use '0\.2'"):
        refused([Job("a", RAW, levels={"cut": 0.2})])
    assert not list(tmp_path.iterdir())


def test_measure_cannot_take_the_place_of_the_table_of_runs(tmp_path):
    failures = run_ensemble(DESIGN, measure_called_runs, tmp_path, workers=0, progress=False).failures
    assert list(failures["run"]) == [0, 1]
    assert "cannot return a table 'runs'" in failures["message"][0]


# ---- the code of the measure -----------------------------------------------------------------------------------------


def package(folder: Path, **modules: str) -> None:
    (folder / "study").mkdir(parents=True)
    for module, text in {"__init__": "", **modules}.items():
        (folder / "study" / f"{module}.py").write_text(text)


def test_measure_counts_with_all_code_of_its_package(tmp_path, monkeypatch):
    def code(number: int, **modules: str) -> str:
        package(tmp_path / str(number), **{"study": "def measure(model): ...", "helpers": "KG = 1", **modules})
        with monkeypatch.context() as patched:
            patched.syspath_prepend(str(tmp_path / str(number)))
            _package_hash.cache_clear()
            return measure_hash("study.study:measure")

    same = code(0)
    assert code(1) == same
    assert code(2, helpers="KG = 1000") != same
    assert code(3, late="last = 1") != same
    _package_hash.cache_clear()


def test_results_hang_on_every_file_of_model_and_agents():
    files = [path for name in ("agents", "model") for path in (ROOT / name).rglob("*.py")]
    assert len(files) > 50
    before, read = code_hash(), Path.read_bytes
    for changed in (files[0], ROOT / "model" / "market" / "kernel.py", ROOT / "agents" / "buyer.py"):
        with patch.object(Path, "read_bytes", lambda self, changed=changed: read(self) + b"#" * (self == changed)):
            _package_hash.cache_clear()
            assert code_hash() != before, changed
    _package_hash.cache_clear()
    assert code_hash() == before


# ---- the folder ------------------------------------------------------------------------------------------------------


def test_place_that_cannot_hold_a_folder_is_refused(tmp_path):
    (tmp_path / "file").write_text("mine")
    for out in (tmp_path / "file", tmp_path / "file" / "below" / "it"):
        with pytest.raises(InputError, match=rf'--out {out}: "{tmp_path}/file" is a file, not a folder; nearest'):
            run_ensemble(DESIGN, prices, out, workers=0)
    assert (tmp_path / "file").read_text() == "mine"


def test_place_that_cannot_be_written_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(InputError, match="cannot be written; choose a folder of your own"):
        run_ensemble(DESIGN, prices, tmp_path / "out", workers=0)


@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize("manifest", [None, '{"experiment": "history", "runs": 20}', '// Extension\n{"name": "x"}'])
def test_folder_of_something_else_is_left_alone(tmp_path, fresh, manifest):
    (tmp_path / "chunks").mkdir()
    (tmp_path / "chunks" / "000001").write_text("mine")
    if manifest:
        (tmp_path / "manifest.json").write_text(manifest)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    with pytest.raises(InputError, match="holds other files; choose a new or empty folder"):
        run_ensemble(DESIGN, prices, tmp_path, workers=0, fresh=fresh)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_nothing_stays_where_nothing_was_finished(tmp_path, monkeypatch):
    monkeypatch.setattr("experiments.ensemble.cluster.CONNECT_SECONDS", 1)
    out = tmp_path / "deep" / "out"
    with pytest.raises(InputError, match="no scheduler"):
        run_ensemble(DESIGN, prices, out, cluster="tcp://127.0.0.1:9", progress=False)
    assert not list(tmp_path.iterdir())


def test_killed_before_the_first_chunk_leaves_room_for_another_ensemble(tmp_path):
    with Store(tmp_path / "killed").opened({"design": "one"}, 1):
        shutil.copytree(tmp_path / "killed", tmp_path / "out")
    assert not (tmp_path / "killed").exists()
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [".lock", "chunks", "manifest.json"]
    assert [path.name for path in (tmp_path / "out" / "chunks").iterdir()] == ["manifest.json"]
    results = run_ensemble(DESIGN, prices, tmp_path / "out", workers=0, progress=False)
    assert len(results.runs) == 2


# ---- Dask ------------------------------------------------------------------------------------------------------------


def test_no_server_at_the_usual_port_of_dask_and_no_warning():
    with socket.socket() as taken, warnings.catch_warnings():
        warnings.simplefilter("error")
        with suppress(OSError):  # in use: as good
            taken.bind(("127.0.0.1", 8787))
        with executor(None, 1, 1):
            here = psutil.Process()
            listening = [
                connection.laddr
                for process in (here, *here.children(recursive=True))
                for connection in process.net_connections("tcp")
                if connection.status == psutil.CONN_LISTEN
            ]
    assert listening
    assert {address.ip for address in listening} == {"127.0.0.1"}
    assert 8787 not in {address.port for address in listening}


# ---- size ------------------------------------------------------------------------------------------------------------


def test_ten_thousand_runs_are_checked_in_a_moment(tmp_path):
    scenario = parse_scenario(RAW, "test")
    cells = [Cell(f"cell {i}", scenario, {"level": str(i)}) for i in range(20)]
    began = time.process_time()
    jobs = Design(cells, range(100), [{"precaution": 1.0 + i} for i in range(5)]).jobs()
    found = fingerprint(jobs, "tests.test_ensemble:prices", {}, load_world())
    assert len(jobs) == 10_000
    assert found["seeds"] == "100 from 0 to 99"
    assert time.process_time() - began < 2
