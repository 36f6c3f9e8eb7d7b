"""The options that all experiments share."""

from pathlib import Path

from experiments.study.cli import run_command
from experiments.study.options import Seeds, with_place
from experiments.study.study import Place


def test_a_command_takes_the_options_of_a_place_beside_its_own(capsys):
    found = []

    @with_place("mine")
    def main(seeds: Seeds = 3, *, place: Place) -> None:
        """Do nothing."""
        found.append((seeds, place))

    assert run_command(main, []) == 0
    assert run_command(main, ["--runs", "5", "--out", "there", "--workers", "0", "--csv"]) == 0
    assert found == [(3, Place(Path("results/mine"))), (5, Place(Path("there"), csv=True, workers=0))]
    assert run_command(main, ["--wokers", "0"]) == 2
    assert "--workers" in capsys.readouterr().err
