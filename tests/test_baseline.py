"""The headline numbers of two runs are those of `baseline.json`: no change of results goes unnoticed."""

import json

import pytest

from tests.update_baseline import BASELINE, headlines, six_digits

# Wider than rounding to six digits, narrower than anything a reader would notice.
RELATIVE = 1e-6


@pytest.mark.parametrize("name", ["history", "free_trade"])
def test_headline_numbers_are_those_of_the_baseline(name):
    wanted = json.loads(BASELINE.read_text(encoding="utf-8"))[name]
    measured = headlines(name)
    assert set(measured) == set(wanted), "run `make baseline`: the list of numbers has changed"
    moved = [
        f"  {key}: {wanted[key]:g} in the baseline, {value:g} now"
        for key, value in measured.items()
        if value != pytest.approx(wanted[key], rel=RELATIVE, abs=1e-12)
    ]
    assert not moved, (
        f"{len(moved)} of {len(wanted)} numbers of {name} have moved. If that is meant, run `make baseline` and say "
        "why in CHANGELOG.md.\n" + "\n".join(moved)
    )


def test_rounding_to_six_digits():
    assert [six_digits(x) for x in (1234567.8, 0.00012345678, 0.0, 2.0)] == [1234570.0, 0.000123457, 0.0, 2.0]
