"""The posterior of a world: a worked example, and refusals that name file, row and column."""

from __future__ import annotations

import json

import numpy as np
import pytest

from model.posterior import ABOUT, FILE, read_posterior
from model.tables import DataError
from model.world import DATA_FOLDER, load_world

TABLE = load_world().parameter_table
GOOD = "draw,weight,precaution,growth_gallium\n0,0.5,3.5,0.05\n1,0.25,4,0.06\n2,0.25,4.5,0\n"


def read(folder, text=GOOD, about=None):
    (folder / FILE).write_text(text, encoding="utf-8")
    if about is not None:
        (folder / ABOUT).write_text(about, encoding="utf-8")
    return read_posterior(folder, TABLE)


def test_a_folder_without_the_file_has_none(tmp_path):
    assert read_posterior(tmp_path, TABLE) is None


def test_draws_are_rows_in_order_and_begin_again(tmp_path):
    found = read(tmp_path, about=json.dumps({"cut": "2024-06-30"}))
    assert len(found) == 3
    assert found.draw(1) == {"precaution": 4.0, "growth_gallium": 0.06}
    assert found.draw(4) == found.draw(1)
    assert found.draws(2) == [{"precaution": 3.5, "growth_gallium": 0.05}, {"precaution": 4.0, "growth_gallium": 0.06}]
    assert found.weights.tolist() == [0.5, 0.25, 0.25]
    assert found.about == {"cut": "2024-06-30"}


def test_weights_rounded_in_the_file_add_up_to_one(tmp_path):
    found = read(tmp_path, "draw,weight,precaution\n0,0.3333,3\n1,0.3333,4\n2,0.3333,5\n")
    assert found.weights.sum() == pytest.approx(1.0, abs=1e-15)
    assert np.ptp(found.weights) == 0.0
    assert found.about == {}


@pytest.mark.parametrize(
    ("old", "new", "row", "column", "why"),
    [
        ("weight,", "", 1, "weight", "is missing"),
        ("precaution", "precauton", 1, "precauton", 'no parameter of parameters.csv; nearest "precaution"'),
        ("growth_gallium", "precaution", 1, "precaution", "stands twice"),
        ("0,0.5", "1,0.5", 2, "draw", "must be 0"),
        ("0.25,4,", "a quarter,4,", 3, "weight", "is not a number"),
        ("0.5,3.5", "-0.5,3.5", 2, "weight", "must not be below 0"),
        ("0.5,3.5", "0.4,3.5", 0, "weight", "0.9 is the sum of all weights, which must be 1"),
        ("4.5", "51", 4, "precaution", "must lie between 0 and 50"),
        ("4.5", "nan", 4, "precaution", "is not a number"),
        ("4.5", "", 4, "precaution", "is not a number"),
        ("0.06\n", "0.06,7\n", 3, "growth_gallium", "does not fit 4 columns"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path, old, new, row, column, why):
    with pytest.raises(DataError) as refused:
        read(tmp_path, GOOD.replace(old, new, 1))
    error = refused.value
    assert (error.file, error.row, error.column) == (FILE, row, column)
    assert why in str(error)
    assert str(error).startswith(f"{FILE}{f', row {row}' if row else ''}, column {column!r}: ")
    assert "\n" not in str(error)


@pytest.mark.parametrize("about", ["{", "[]"])
def test_a_manifest_that_is_none_is_refused(tmp_path, about):
    with pytest.raises(DataError, match=r"^posterior\.json: .*cannot be read"):
        read(tmp_path, about=about)


def test_the_packaged_posterior_is_of_the_packaged_ranges():
    """A range that has changed asks for `python -m experiments.calibrate`."""
    from experiments.fit.prior import prior_of

    world = load_world()
    posterior = read_posterior(DATA_FOLDER, world.parameter_table)
    assert posterior is not None
    assert len(posterior) >= 300
    assert posterior.about["cut"] == "2024-06-30"
    assert posterior.about["prior"] == prior_of(world).digest()
    central = posterior.draw(posterior.about["central"])
    assert set(central) == set(prior_of(world).names)
    # The defaults are its central draw (`python -m experiments.calibrate.adopt`).
    assert world.parameter_table["value"][list(central)].to_dict() == pytest.approx(central)
