"""The fit around the sampler: the order of draws, the central one, runs that go on where they stopped."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from experiments import RECORD
from experiments.ensemble.design import read_raw
from experiments.fit import fitting, sampler
from experiments.fit import runs as runs_of
from experiments.fit.distance import Target
from experiments.fit.fitting import RUNS_OF_NEAREST, Settings, ahead, central, few_for_all, fit, in_order
from experiments.fit.prior import prior_of
from experiments.fit.runs import cut_off, prepared
from experiments.fit.sampler import ROUNDS, Particles
from experiments.study.observations import observations, up_to
from experiments.study.record import held
from experiments.study.shown import shown_of
from experiments.study.study import Place
from model import InputError, load_scenario
from model.world import load_world

WORLD = load_world()
START, CUT = date(2023, 1, 2), date(2023, 3, 31)
SHORT = {**cut_off(read_raw(RECORD), START, CUT), "spin_up_weeks": 2}
RUNS = 4


def made(seed: int) -> np.ndarray:
    """Return errors of 300 draws of eight observations, in three directions above all."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((300, 3)) @ rng.standard_normal((3, 8)) + 0.3 * rng.standard_normal((300, 8))


def test_the_first_few_draws_are_spread_like_all():
    """Medians of the first 20 differ by less than a tenth of the band; as they come, for six of ten observations."""
    ordered, as_they_come, width = [], [], []
    for seed in range(10):
        errors = made(seed)
        order = in_order(errors, np.ones(8))
        assert sorted(order) == list(range(300))
        ordered += list(few_for_all(errors[order], 20, 300) < 0.1)
        few, many = (np.diff(np.quantile(part, (0.1, 0.9), axis=0), axis=0) for part in (errors[order[:20]], errors))
        width.append(float((few / many).mean()))
        as_they_come += list(few_for_all(errors, 20, 300) < 0.1)
    assert np.mean(ordered) > 0.9 > 0.75 > np.mean(as_they_come)
    assert min(width) > 0.7  # they are not all in the middle


def test_the_order_does_not_hang_on_the_order_before():
    errors = np.random.default_rng(2).standard_normal((40, 3)) * [2.0, 1.0, 0.5]
    mixed = np.random.default_rng(3).permutation(40)
    assert (errors[in_order(errors, np.ones(3))] == errors[mixed][in_order(errors[mixed], np.ones(3))]).all()


def test_errors_that_count_little_do_not_order():
    main, noise = np.arange(9.0)[:, None], 100.0 * np.random.default_rng(4).standard_normal((9, 1))
    order = in_order(np.hstack([main, noise]), np.array([1.0, 1e-12]))
    assert order.tolist() == in_order(main, np.ones(1)).tolist()
    assert order[0] == 4  # the middle comes first, then one on each side
    assert sorted(order[1:3] < 4) == [False, True]


def test_copies_of_a_draw_are_taken_once_each():
    errors = np.repeat(np.array([[0.0], [1.0], [5.0]]), 3, axis=0)
    assert sorted(in_order(errors, np.ones(1))) == list(range(9))


def test_few_against_many_is_counted_in_bands():
    errors = np.column_stack([np.arange(101.0), np.zeros(101)])
    # The median of the first 21 is 10, of all 50; the band of all is 80; what has no band is left out.
    assert few_for_all(errors, 21, 101).tolist() == [0.5]


def test_the_central_draw_is_nearest_the_median_of_all_with_luck_averaged_out():
    """Draws of 0 to 8, whose runs are off by luck: the one in the middle, 4, looks like 9 in its own run."""
    z = np.arange(9.0)[:, None]
    target = Target(("a",), ("share",), np.zeros(1), np.ones(1), np.ones(1))
    own = z.copy()
    own[4] = 9.0
    calls: list[tuple[int, int]] = []

    def fair(number: int, asked: np.ndarray) -> np.ndarray:
        calls.append((number, len(asked)))
        return asked.copy()

    assert central(Particles(z, own), target, fair) in (4, 5)
    assert calls == [(ROUNDS + 1, 9), (ROUNDS + 2, 9 * RUNS_OF_NEAREST)]
    assert central(Particles(z, z.copy()), target, fair) == 4


def test_a_draw_that_goes_astray_after_the_record_is_not_central():
    """Draws of 0 to 8, all with the same errors; number 4 says a hundredfold later."""
    z = np.arange(9.0)[:, None]
    target = Target(("a",), ("share",), np.zeros(1), np.ones(1), np.ones(1))

    def on(number: int, asked: np.ndarray) -> np.ndarray:
        return np.where(asked == 4.0, 100.0, 1.0 + 0.01 * asked)

    def flat(number: int, asked: np.ndarray) -> np.ndarray:
        return np.zeros_like(asked)

    assert central(Particles(z, 0.0 * z), target, flat) == 4
    assert central(Particles(z, 0.0 * z), target, flat, on) in (3, 5)


def test_prices_ahead_are_those_of_whole_years_in_the_scenario():
    keys = [row.key for row in ahead(WORLD, read_raw(RECORD), date(2024, 6, 30))]
    assert {key.rsplit("/", 1)[1] for key in keys} == {"2025", "2026"}
    assert len(keys) == 2 * len(WORLD.standard_goods) * len(WORLD.quoted_zones)


# ---- runs of the model -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def rows():
    seen = up_to(observations(WORLD, shown_of(WORLD, load_scenario(RECORD))), CUT)
    return held(seen, WORLD, START, SHORT["weeks"])


def simulate(out: Path, rows, numbers, seed=3, fresh=False):
    prior = prior_of(WORLD)
    z = prior.hypercube(RUNS, seed=1)
    with prepared(SHORT, rows, prior, Place(out, workers=0, fresh=fresh), seed) as runs:
        return [runs(number, z) for number in numbers]


@pytest.mark.parametrize("last", [date(2023, 3, 27), date(2023, 3, 31), date(2024, 6, 30), date(2024, 7, 1)])
def test_a_scenario_ends_in_the_week_of_the_cut_or_the_next(last):
    end = START + timedelta(weeks=cut_off(read_raw(RECORD), START, last)["weeks"])
    assert last < end <= last + timedelta(days=14)


def test_rounds_lie_apart_have_their_own_luck_and_go_on(tmp_path, rows):
    first, second = simulate(tmp_path, rows, (0, 1))
    assert first.shape == (RUNS, len(rows))
    assert len(rows) >= 3
    assert np.isfinite(first).all()
    assert (first != second).any()  # the same draws with other seeds
    chunks = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("chunks/*/*")}
    assert len(chunks) >= 2 * RUNS
    # One is lost, as if the run had been killed before it: the rest stays, and values are the same.
    again, _ = simulate(tmp_path, rows, (0, 1))
    assert (again == first).all()
    assert all(path.stat().st_mtime_ns == when for path, when in chunks.items())


def test_other_settings_are_not_mixed(tmp_path, rows):
    simulate(tmp_path, rows, (0,))
    with pytest.raises(InputError, match="--fresh"):
        simulate(tmp_path, rows, (0,), seed=4)
    (found,) = simulate(tmp_path, rows, (0,), seed=4, fresh=True)
    assert np.isfinite(found).all()


def test_a_fit_is_the_same_again_and_goes_on_after_a_kill(tmp_path, monkeypatch):
    monkeypatch.setattr(sampler, "ROUNDS", 1)
    settings, place, kept = Settings(CUT, 8, 16, 1), Place(tmp_path, workers=0), fitting.sample

    def killed(prior, target, runs, *rest):
        def once(number, z):
            if number > 0:
                raise KeyboardInterrupt
            return runs(number, z)

        return kept(prior, target, once, *rest)

    monkeypatch.setattr(fitting, "sample", killed)
    with pytest.raises(KeyboardInterrupt):
        fit(WORLD, SHORT, settings, place)
    done = {path: path.stat().st_mtime_ns for path in (tmp_path / "rounds" / "00").rglob("*") if path.is_file()}
    monkeypatch.setattr(fitting, "sample", kept)
    found = fit(WORLD, SHORT, settings, place)
    chunks = [path for path in done if "chunks" in path.parts]
    assert chunks
    assert all(path.stat().st_mtime_ns == done[path] for path in chunks)
    straight = fit(WORLD, SHORT, settings, Place(tmp_path / "other", workers=0))
    assert (found.values() == straight.values()).all()
    assert found.central == straight.central
    assert len(found.values()) == 8
    assert found.rounds == straight.rounds


def test_a_fresh_fit_runs_every_round_once(tmp_path, monkeypatch):
    monkeypatch.setattr(sampler, "ROUNDS", 1)
    place, done = Place(tmp_path, workers=0, fresh=True), []
    kept = runs_of.run_ensemble
    monkeypatch.setattr(
        runs_of, "run_ensemble", lambda *a, fresh, **b: (done.append(fresh), kept(*a, fresh=fresh, **b))[1]
    )
    fit(WORLD, SHORT, Settings(CUT, 3, 6, 1), place)
    # The errors of the prior are read, not run again; then come two rounds for the central draw.
    assert done == [True, True, False, True, True]


def test_a_cut_before_the_first_observation_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"--cut 2023-01-08: nothing was observed"):
        fit(WORLD, SHORT, Settings(date(2023, 1, 8), 20, 40, 1), Place(tmp_path, workers=0))
