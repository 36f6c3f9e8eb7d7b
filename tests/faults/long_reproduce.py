"""Studies that take minutes, reproduced from what they leave: `make faults`."""

from __future__ import annotations

from importlib import import_module

import pytest

from experiments import reproduce
from experiments.study.cli import run_command

LARGE = {
    "export_ban": ["--seeds", "1", "--parameter-draws", "1", "--cuts", "100", "--draws", "20", "--weeks", "4"],
    "discovery": ["--points", "12", "--csv"],
    "lapse": ["--seeds", "1"],
    "rostec": ["--seeds", "1"],
    "mechanism": ["--seeds", "1", "--weeks", "70", "--only", "no traders"],
    "mitigation": ["--seeds", "1", "--parameter-draws", "1", "--only", "more recycling"],
    "calibrate": ["--draws", "20", "--budget", "160", "--cut", "2023-02-28"],
    "sensitivity": ["--seeds", "1", "--trajectories", "2", "--sobol", "8", "--leading", "1"],
}


@pytest.mark.parametrize("study", LARGE)
def test_a_study_gives_the_same_bytes_again(study, tmp_path, capsys):
    out = tmp_path / "run"
    main = import_module(f"experiments.{study}.__main__").main
    assert run_command(main, [*LARGE[study], "--out", str(out)]) == 0
    capsys.readouterr()
    assert run_command(reproduce.main, [str(out)]) == 0
    count = len(reproduce.tables_in(out))
    assert capsys.readouterr().out == f"Identical: {count} tables, byte by byte, and the words of report.md.\n"
    assert count > 5
