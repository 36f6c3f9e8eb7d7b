"""Compiled code is kept on disk, and forgotten when any rule changes, also one of another file."""

import os
import shutil
import subprocess
import sys

import pytest

from tests.conftest import ROOT

# A loop of one file over a rule of another: what a buyer with plenty uses, and how often kept code was used for it.
USE = """
import numpy as np
from model import stages
from model.state.record import RECORD, Kind

firms = np.zeros(1, RECORD)
firms["kind"], firms["stock_kg"], firms["planned_use_kg"] = Kind.BUYER, 100.0, 8.0
stages.use(firms, np.array([0] * len(Kind) + [1]))
print(firms["consumed_kg"][0], sum(stages.use.stats.cache_hits.values()))
"""


@pytest.fixture
def copy(tmp_path):
    for package in ("model", "agents"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def used(folder) -> tuple[float, int]:
    """Return kg used, and how often kept code was used, in a process of its own."""
    elsewhere = {"NUMBA_CACHE_DIR", "PYTHONPATH"}
    env = {name: value for name, value in os.environ.items() if name not in elsewhere}
    done = subprocess.run([sys.executable, "-c", USE], cwd=folder, env=env, capture_output=True, text=True, check=True)
    kg, hits = done.stdout.split()
    return float(kg), int(hits)


@pytest.mark.slow
def test_an_edit_of_a_rule_reaches_the_loops_of_other_files(copy):
    assert used(copy) == (8.0, 0)
    assert used(copy) == (8.0, 1)
    path = copy / "agents" / "buyer.py"
    text = path.read_text(encoding="utf-8")
    rule = "used = min(buyer.planned_use_kg, buyer.stock_kg)"
    assert text.count(rule) == 1
    path.write_text(text.replace(rule, "used = min(0.5 * buyer.planned_use_kg, buyer.stock_kg)"), encoding="utf-8")
    assert used(copy) == (4.0, 0)
    assert used(copy) == (4.0, 1)
