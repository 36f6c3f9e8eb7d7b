"""The options that all studies share."""

from pathlib import Path

import pytest

from experiments.study.cli import run_command
from experiments.study.options import Seeds, placed
from experiments.study.study import Place


@pytest.fixture
def asked():
    """Return a command, and what it has been given."""
    given = []

    @placed("results/here")
    def main(place: Place, seeds: Seeds = 7) -> None:
        given.append((place, seeds))

    return main, given


def test_a_command_takes_the_shared_options_as_one_place(asked):
    main, given = asked
    assert run_command(main, ["--seeds", "3", "--out", "there", "--csv", "--workers", "0", "--fresh"]) == 0
    assert run_command(main, []) == 0
    assert given == [(Place(Path("there"), csv=True, workers=0, fresh=True), 3), (Place(Path("results/here")), 7)]


def test_a_slip_in_them_is_one_line(asked, capsys):
    main, given = asked
    assert run_command(main, ["--workers", "-1"]) == 2
    assert run_command(main, ["--clustre", "tcp://a:1"]) == 2
    assert not given
    first, second = capsys.readouterr().err.splitlines()
    assert "--workers -1" in first
    assert "--cluster" in second
