"""The mechanism experiment: its cells, its verdicts, and a tiny ensemble."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from experiments.ensemble.design import read_raw
from experiments.mechanism import __main__ as mechanism
from experiments.mechanism.cells import FULL, LICENCE, NO_CONTROLS, WHAT, cells
from experiments.mechanism.patterns import Pattern, patterns, written
from experiments.mechanism.report import Found, report
from experiments.study.cli import run_command
from experiments.study.quantity import price
from model import parse_scenario
from model.world import load_world

HISTORY = read_raw(mechanism.RECORD)


@pytest.fixture(scope="module")
def made():
    return {cell.name: parse_scenario(dict(cell.scenario), cell.name) for cell in cells(HISTORY, weeks=70)}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    out = tmp_path_factory.mktemp("mechanism") / "run"
    arguments = ["--runs", "2", "--weeks", "72", "--only", "no precaution; no waiting", "--workers", "0", "--csv"]
    assert run_command(mechanism.main, [*arguments, "--out", str(out)]) == 0
    return out


def test_cells_switch_off_what_they_say(made):
    assert list(made) == list(WHAT)
    kinds = {name: [policy.kind for policy in plan.policies] for name, plan in made.items()}
    assert made["bargaining"].mechanism == "bargaining"
    assert not {"export_licence", "export_ban", "reexport_ban"} & set(kinds[NO_CONTROLS])
    assert "stockpile" not in kinds["no state stockpile"]
    assert "export_licence" not in kinds["one tier"]
    assert not any(getattr(policy, "severity", 0) for policy in made["no precaution"].policies)
    licences = {
        name: next(policy for policy in plan.policies if policy.title == LICENCE)
        for name, plan in made.items() if LICENCE in [policy.title for policy in plan.policies]
    }  # fmt: skip
    assert licences["no waiting"].processing_weeks == (1, 1)
    assert licences["no traders"].approval.end_uses["trading"] == 0
    assert licences["no traders"].approval.default == licences[FULL].approval.default
    even, full = licences["no chance in licences"], licences[FULL]
    assert even.approval.default == 1
    assert not even.approval.by_record
    # Orders shrink to the share that is granted on record: between the least and the most of it.
    granted = load_world().grants["granted"]
    assert granted.min() < even.order_weeks / full.order_weeks < granted.max()


def test_the_quotas_of_one_tier_let_out_what_the_licences_did(made):
    quotas = [policy for policy in made["one tier"].policies if policy.kind == "export_quota"]
    first = [policy for policy in quotas if str(policy.effective) == "2023-08-01"]
    assert {good for policy in first for good in policy.goods} == set(load_world().goods)
    assert all(policy.severity == 1 and str(policy.announced) == "2023-07-03" for policy in first)
    assert all(policy.severity == 0 for policy in quotas if policy not in first)
    assert sum(policy.tonnes_per_year for policy in first) == pytest.approx(0, abs=0.5)
    assert sum(policy.tonnes_per_year for policy in quotas) > 0


def test_what_is_left_of_a_pattern_is_measured_against_no_controls():
    known = [
        Pattern("jump", price(unit="percent"), observed=0.27),
        Pattern("mild", price(unit="ratio"), absent=1.0),
        Pattern("nothing", price(unit="t")),
    ]
    values = {
        "jump": {FULL: 0.25, "bargaining": 0.05, "one tier": 0.17, "no traders": 0.25, NO_CONTROLS: 0.0},
        "mild": {FULL: 0.2, "bargaining": 1.0, "one tier": 0.2, "no traders": -0.6, NO_CONTROLS: np.nan},
        "nothing": {FULL: 0.0, "bargaining": 3.0, "one tier": 0.0, "no traders": 0.0, NO_CONTROLS: 0.0},
    }
    found = {key: (("cell", "run"), [[value, value] for value in row.values()]) for key, row in values.items()}
    left = mechanism.shares_left(xr.Dataset(found, {"cell": list(values["jump"]), "run": [0, 1]}), known)
    verdict = left.set_index(["key", "cell"])["verdict"]
    assert verdict["jump"].to_dict() == {"bargaining": "gone", "no traders": "same", "one tier": "weaker"}
    assert verdict["mild"].to_dict() == {"bargaining": "gone", "no traders": "stronger", "one tier": "same"}
    assert verdict["nothing"].to_dict() == {"bargaining": "appears", "no traders": "none", "one tier": "none"}


def test_a_surge_of_a_third_of_the_record_is_a_miss():
    rows = [("surge", FULL, 1.8, 1.7, 1.9, 3), ("surge", NO_CONTROLS, 1.0, 1.0, 1.0, 3),
            ("jump", FULL, 0.25, 0.24, 0.26, 3), ("jump", NO_CONTROLS, 0.0, 0.0, 0.0, 3),
            ("least", FULL, 3.0, 3.0, 3.0, 3), ("least", NO_CONTROLS, 1.0, 1.0, 1.0, 3)]  # fmt: skip
    known = [
        Pattern("surge", price(unit="ratio"), 4.7, name="July surge"),
        Pattern("jump", price(unit="percent"), 0.27, name="Jump"),
        Pattern("least", price(unit="ratio"), 2.0, at_least=True, name="At least"),
        Pattern("later", price(unit="t"), name="Later"),
    ]
    left = pd.DataFrame(columns=["key", "cell", "median", "low", "high", "verdict"])
    found = Found(known, pd.DataFrame(rows, columns=["key", "cell", "median", "low", "high", "runs"]), left, 3, "")
    assert [found.verdict(pattern) for pattern in known] == ["too weak", "reproduced", "reproduced", ""]
    first = report(found).answer[0]
    assert first.startswith("Of 3 observed patterns the full model reproduces 2 (Jump and At least); it misses July")
    assert "against 4.70 times), too weak" in first


def test_observed_values_come_from_the_record():
    known = {pattern.key: pattern for pattern in patterns(load_world())}
    assert known["jump"].observed == pytest.approx(0.27, abs=0.01)
    assert known["gap"].observed == 0
    assert 1.5 < known["ratio"].observed < 2.5
    assert 0 < known["mild"].observed < 0.5
    assert np.isnan(known["diversion"].observed)
    assert written(-0.004, "percent") == "0 %"
    assert written(np.nan, "t") == "–"


def test_a_tiny_ensemble_finds_what_makes_the_jump_and_the_gap(finished):
    left = pd.read_parquet(finished / "tables" / "left.parquet").set_index(["key", "cell"])["verdict"]
    assert left["jump", "no precaution"] == "gone"
    assert left["jump", "no waiting"] == "same"
    assert left["gap", "no waiting"] == "gone"
    report = (finished / "report.md").read_text(encoding="utf-8")
    assert report.splitlines()[4].startswith("- Of 7 observed patterns the full model reproduces ")
    assert report.splitlines()[6].startswith("- Announcement jump (")
    for part in ("Patterns by ingredient", "What is left", "How sure", "What the model leaves out", "How to repeat it"):
        assert part in report
    assert "nan" not in report
    for name in ("mechanism_patterns", "mechanism_prices"):
        assert (finished / "figures" / f"{name}.png").stat().st_size > 10_000


def test_bad_input_is_one_line(capsys, tmp_path):
    for arguments, message in (
        (["--only", "no trader"], '--only no trader: no such cell; nearest "no traders"'),
        (["--weeks", "10"], "--weeks 10: must be 70 to 520"),
    ):
        assert run_command(mechanism.main, [*arguments, "--out", str(tmp_path)]) == 2
        error = capsys.readouterr().err.strip()
        assert error.startswith(message)
        assert "\n" not in error
