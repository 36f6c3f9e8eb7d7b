"""`python -m experiments`: the list, and what it says to somebody who expects it to run one."""

import pytest

from experiments.__main__ import EXPERIMENTS, main


def test_every_experiment_has_a_line(capsys):
    assert main([]) == 0
    lines = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()[2:]]
    assert [name for name, _what in lines] == list(EXPERIMENTS)
    assert all(what.strip().endswith((".", "?")) for _name, what in lines)


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        (["rostec", "--seeds", "2"], "rostec: run it with a dot, python -m experiments.rostec --seeds 2"),
        (["rostek"], 'rostek: no such experiment; nearest "rostec"; allowed: history, compare, run, rostec'),
    ],
)
def test_nothing_is_run_in_silence(typed, answer, capsys):
    assert main(typed) == 2
    assert capsys.readouterr().err.startswith(answer)
