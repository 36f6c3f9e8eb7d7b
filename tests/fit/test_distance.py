"""The distance of a run from the record: worked by hand, every group counts once, nothing counts without end."""

from __future__ import annotations

import numpy as np
import pytest

from experiments import RECORD
from experiments.fit.distance import DISCREPANCY, LARGEST, NOTHING, OBSERVATION, Target, target_of
from experiments.study.observations import observations, up_to
from experiments.study.quantity import Quantity
from experiments.study.record import Row
from experiments.study.shown import shown_of
from model import load_scenario
from model.world import load_world

WORLD = load_world()
THREE = Target(
    ("price", "month", "share"), ("price", "month", "share"), np.array([100.0, 1.5, 0.5]), np.array([0.1, 0.5, 0.1]),
    np.array([1.0, 0.5, 1.0]),
)  # fmt: skip


def row(number: int, span: tuple[str, str], kind: str = "month", trust: str = "high", **where) -> Row:
    quantity = Quantity("trade.kg", {"metal": "gallium", **where}, span=span, unit="t")
    return Row(f"observed/{kind}/{number}", quantity, 5.0, trust)


def test_errors_are_logs_of_amounts_and_differences_of_shares():
    errors = THREE.errors(np.array([[110.0, 3.5, 0.4], [100.0, 1.5, 0.5]]))
    # log(110 / 100) / 0.1; log((3.5 + 0.5) / (1.5 + 0.5)) / 0.5; (0.4 - 0.5) / 0.1
    assert errors[0] == pytest.approx([np.log(1.1) / 0.1, np.log(2.0) / 0.5, -1.0])
    assert errors[1] == pytest.approx([0.0, 0.0, 0.0])


def test_the_distance_is_the_weighted_sum_of_squares():
    assert THREE.distance(np.array([[1.0, 2.0, -3.0], [0.0, 0.0, 0.0]])).tolist() == [1.0 + 2.0 + 9.0, 0.0]


def test_a_missing_value_counts_as_a_bad_one_and_a_wrong_one_is_capped():
    errors = THREE.errors(np.array([[np.nan, 1.5, 0.5], [1e9, 0.0, 0.5], [1e-9, 1.5, 0.5], [0.0, 1.5, 0.5]]))
    assert errors[0].tolist() == [NOTHING, 0.0, 0.0]
    assert errors[:, 0].tolist() == [NOTHING, LARGEST, -LARGEST, -LARGEST]
    assert np.isfinite(errors).all()


def test_by_kind_is_the_mean_square_error():
    two = Target(("a", "b"), ("price", "price"), np.ones(2), np.ones(2), np.array([1.0, 0.5]))
    assert two.by_kind(np.array([[1.0, 2.0], [3.0, 0.0]])) == {"price": pytest.approx((3.0 + 9.0) / 2 / 1.5)}


def test_n_observations_of_a_month_count_as_the_root_of_n():
    january, march, april = ("2024-01-01", "2024-01-31"), ("2024-03-01", "2024-03-31"), ("2024-04-01", "2024-04-30")
    rows = [row(0, january), row(1, january), row(2, april), row(3, march, metal="germanium"),
            row(4, march, zone="DEU"),
            row(5, ("2023-01-01", "2023-12-31"), "total"), row(6, ("2023-01-01", "2023-10-31"), "total")]  # fmt: skip
    target = target_of(rows, WORLD)
    assert target.weight == pytest.approx([0.5**0.5, 0.5**0.5, 1.0, 1.0, 1.0, 1.0, 1.0])
    assert target.kinds == ("month", "month", "month", "month", "destination", "total", "total")


def test_tolerances_join_both_errors():
    rows = [row(0, ("2024-01-01", "2024-01-31"), trust=trust) for trust in OBSERVATION]
    found = target_of(rows, WORLD).tolerance
    assert found == pytest.approx([np.hypot(DISCREPANCY["month"], error) for error in OBSERVATION.values()])


def test_every_observation_of_the_record_has_a_kind_and_a_tolerance():
    rows = observations(WORLD, shown_of(WORLD, load_scenario(RECORD)))
    target = target_of(rows, WORLD)
    assert set(target.kinds) == set(DISCREPANCY)
    assert (target.tolerance >= [DISCREPANCY[kind] for kind in target.kinds]).all()
    assert len(target.weight) == len(rows)
    assert 0 < target.weight.min() < target.weight.max() == 1.0  # quotes share their month, totals do not
    series = WORLD.observed_prices["series"].tolist()
    sided = [i for i, key in enumerate(target.keys) if key.startswith("observed/price/")
             and series[int(key.split("/")[2])].endswith(("_high", "_low"))]  # fmt: skip
    whole = [i for i, kind in enumerate(target.kinds) if kind == "price" and i not in sided]
    assert len(sided) >= 5
    assert target.tolerance[sided].min() > target.tolerance[whole].min()
    told = dict(zip(target.keys, target.kinds, strict=True))
    assert told[f"observed/price/{series.index('fob_china_4N')}"] == "other price"


def test_what_is_seen_later_does_not_count():
    from datetime import date

    rows = [row(0, ("2023-12-01", "2023-12-31")), row(1, ("2024-01-01", "2024-01-31"))]
    assert [one.key for one in up_to(rows, date(2023, 12, 31))] == ["observed/month/0"]
    assert up_to(rows, date(2023, 12, 30)) == []
