"""The same scenario and seed give the same bytes: again, in another process, and whatever else draws numbers."""

import hashlib
import os
import random
import subprocess
import sys

import numpy as np
import pytest

from model import TradeModel, load_scenario
from model.seeding import generators
from model.streams import BLOCK_TURNS, MEETING_BLOCK_WEEKS, NOISE_BLOCK_WEEKS, MeetingDraws, RowNoise, TurnDraws, stream
from tests.conftest import ROOT, SCENARIOS, Played, parquet, play

# The whole record, with every policy in it.
DIGEST = """
import sys
from tests.test_reproducible import digest
print(digest(int(sys.argv[1])))
"""


def digest(seed) -> str:
    """Return a hash over the bytes of every table of the record under a seed."""
    tables = TradeModel(load_scenario(SCENARIOS / "history.toml"), seed=seed).run().tables()
    return digest_of(tables)


def digest_of(tables) -> str:
    whole = hashlib.sha256()
    for name, table in tables.items():
        whole.update(name.encode() + parquet(table))
    return whole.hexdigest()


def test_same_seed_gives_the_same_bytes_again(played_history):
    random.seed(5)
    np.random.seed(5)  # noqa: NPY002 - the state that nothing here may depend on
    assert digest(1) == digest_of(played_history.tables)


def test_running_leaves_the_global_random_state_alone():
    np.random.seed(7)  # noqa: NPY002
    random.seed(7)
    TradeModel(seed=1).run(2)
    after = np.random.random(), random.random()  # noqa: NPY002
    np.random.seed(7)  # noqa: NPY002
    random.seed(7)
    assert after == (np.random.random(), random.random())  # noqa: NPY002


@pytest.mark.parametrize("hash_seed", ["0", "4321"])
def test_same_seed_gives_the_same_bytes_in_another_process(hash_seed, played_history):
    environment = os.environ | {"PYTHONHASHSEED": hash_seed}
    command = [sys.executable, "-c", DIGEST, "1"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == digest_of(played_history.tables)


def test_runs_in_one_process_do_not_disturb_each_other(history, played_history):
    """Two models from one scenario, stepped in turns: policies keep their memory to themselves."""
    one, two = TradeModel(history, seed=1), TradeModel(history, seed=2)
    for _ in range(history.weeks):
        one.step()
        two.step()
    assert digest_of(one.tables()) == digest_of(played_history.tables)


def test_different_seeds_differ(played_history):
    other = Played(TradeModel(load_scenario(SCENARIOS / "history.toml"), seed=2).run())
    for name in ("prices", "trade", "firms"):
        assert parquet(other.tables[name]) != parquet(played_history.tables[name])


@pytest.mark.parametrize("seed", [1, "1", np.int64(1), np.uint8(1), True])
def test_seeds_that_look_like_whole_numbers_are_the_same_seed(seed):
    model = TradeModel(seed=seed)
    assert type(model.seed_used) is int
    assert parquet(model.run(4).tables()["firms"]) == parquet(TradeModel(seed=1).run(4).tables()["firms"])


def test_no_seed_is_seed_0():
    assert TradeModel().seed_used == 0


@pytest.mark.parametrize("seed", ["one", "1.5", 1.5, -1])
def test_seeds_that_are_no_whole_numbers_are_refused(seed):
    with pytest.raises(ValueError, match="seed"):
        TradeModel(seed=seed)


def test_large_seeds_work():
    assert play(seed=2**63, weeks=2).model.seed_used == 2**63


def test_streams_hang_on_seed_and_name_only():
    draws = {(seed, name): stream(seed, name).random(4).tolist() for seed in (1, 2) for name in ("a", "b")}
    assert len({tuple(values) for values in draws.values()}) == 4
    assert stream(1, "a").random(4).tolist() == draws[1, "a"]


@pytest.mark.parametrize("seed", [0, 7, 2**32 - 1, 2**32, 2**64 + 5, 2**128, 2**200 + 3])
def test_many_streams_at_once_are_those_that_each_name_has(seed):
    names = ["a", "order-noise/some-firm/2", "é"]
    for name, generator in zip(names, generators(seed, names), strict=True):
        assert generator.bit_generator.state == stream(seed, name).bit_generator.state
    assert generators(seed, []) == []


def test_row_noise_of_a_firm_does_not_hang_on_its_neighbours():
    alone, among = RowNoise(1, "noise", ["b"]), RowNoise(1, "noise", ["a", "b", "c"])
    for _ in range(NOISE_BLOCK_WEEKS + 5):
        assert alone.week()[0] == among.week()[1]
    names = [f"firm-{i}" for i in range(2000)]
    draws = RowNoise(1, "noise", names).week()
    assert abs(draws.mean()) < 0.1
    assert abs(draws.std() - 1) < 0.1
    assert len(np.unique(draws)) == len(names)


def test_draws_of_a_turn_hang_on_the_row_and_its_turn_only():
    """Neither neighbours, nor the order of turns, nor the blocks they are drawn in may change it."""
    alone, among = TurnDraws(1, ["b"], 2), TurnDraws(1, ["a", "b", "c"], 2)
    last = 3 * BLOCK_TURNS
    at_once = among.up_to(last)
    in_order = np.array([alone.up_to(turn)[0, turn] for turn in range(last + 1)])
    assert (in_order[last] == at_once[1, last]).all()
    assert (at_once[1, : last + 1] == in_order).all()
    assert (among.up_to(5)[1, 5] == in_order[5]).all()
    assert len(np.unique(in_order)) == in_order.size
    assert (at_once[2, 0] != at_once[1, last]).all()


def test_draws_of_meetings_hang_on_the_row_and_the_week_only():
    alone, among = (MeetingDraws(1, "ask", names, rounds=3, orders=2) for names in (["b"], ["a", "b", "c"]))
    seen = []
    for _ in range(MEETING_BLOCK_WEEKS + 4):
        draws = alone.week().copy()
        assert draws.shape == (1, 3, 2)
        assert (among.week()[1:2] == draws).all()
        seen.append(draws)
    assert len(np.unique(seen)) == (MEETING_BLOCK_WEEKS + 4) * 3 * 2
