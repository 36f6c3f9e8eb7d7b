"""Properties of every week of every run, in worlds and scenarios that hypothesis draws (`tests/fuzz/identities.py`).

300 here; `make fuzz` goes on with numbered ones. The same seed gives the same bytes; shocks from outside break nothing.
"""

from functools import lru_cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from model import TradeModel, parse_scenario
from model.soundness import UnsoundRun
from model.state.record import Kind
from model.world import World, load_world
from tests.fuzz.identities import Ledger
from tests.fuzz.valid import scenario
from tests.fuzz.worlds import world_folder
from tests.metamorphic import NOVIUM

WORLDS, WEEKS = 8, 12  # reading a world takes longer than running it
QUIET = settings(deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
CHANCE = st.randoms(use_true_random=False)


@lru_cache(maxsize=WORLDS)
def world_of(number: int) -> World:
    """Return a world by chance; the first is the small one of the tests."""
    if number == 0:
        return load_world(NOVIUM)
    with TemporaryDirectory() as place:
        return load_world(world_folder(Random(f"property {number}"), NOVIUM, Path(place)))


def model_of(chance: Random, number: int, seed: int) -> TradeModel:
    """Return the model of a valid scenario by chance, settled for some weeks at most."""
    world = world_of(number)
    raw = scenario(chance, world, weeks=WEEKS) | {"spin_up_weeks": chance.randint(0, 4)}
    return TradeModel(parse_scenario(raw, "drawn", world), seed=seed, world=world)


@given(CHANCE, st.integers(0, WORLDS - 1), st.integers(0, 99))
@settings(QUIET, max_examples=260)
def test_every_week_of_any_scenario_in_any_world_adds_up(chance, number, seed):
    """Mass, money, no negative stock, closed lanes empty, licences and quotas kept, prices sound, scrap, shares."""
    try:
        broken = Ledger(model_of(chance, number, seed)).run(WEEKS).broken
    except UnsoundRun:  # extremes within all limits may add up to too much; that is said in one line
        return
    assert not broken


@given(st.integers(0, 10**9), st.integers(0, WORLDS - 1))
@settings(QUIET, max_examples=20)
def test_the_same_seed_gives_the_same_bytes(drawn, number):
    try:
        one, other = (model_of(Random(drawn), number, seed=3).run(WEEKS) for _ in range(2))
    except UnsoundRun:
        return
    assert one.firms.table.tobytes() == other.firms.table.tobytes()
    for name in ("delivered_quote", "netback_quote", "tolled"):
        assert getattr(one, name).tobytes() == getattr(other, name).tobytes()
    for ours, theirs in zip(one.recorder.weeks, other.recorder.weeks, strict=True):
        assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(ours, theirs, strict=True))


FAULTS = {
    "mass": ("stock_kg", 1.0),
    "cash": ("cash_usd", 1.0),
    "payments": ("paid_usd", 1.0),
    "receipts": ("received_usd", 1.0),
    "more scrap than was lost": ("scrap_kg", 1e6),
    "output above capacity": ("produced_kg", 1e6),
    "licence_balance_kg is below 0": ("licence_balance_kg", -1e6),
    "tracked above all": ("tracked_kg", 1e6),
}


@pytest.mark.parametrize("words", FAULTS)
def test_a_week_that_does_not_add_up_is_noticed(words, monkeypatch):
    """A firm's books are changed where no rule does it; the ledger says what is wrong."""
    model = TradeModel(parse_scenario({"name": "x", "spin_up_weeks": 2}, "x", world_of(0)), world=world_of(0))
    field, amount = FAULTS[words]
    learn = model.learn

    def stolen() -> None:
        learn()
        model.firms[field][model.firms.of(Kind.RECYCLER).start] += amount

    assert not Ledger(model).run(2).broken
    monkeypatch.setattr(model, "learn", stolen)
    assert any(words in line for line in Ledger(model).run(1).broken)


class Shocks(RuleBasedStateMachine):
    """A run that is disturbed from outside between its weeks: whatever happens, the next weeks add up."""

    @initialize(chance=CHANCE, number=st.integers(0, WORLDS - 1))
    def begin(self, chance, number):
        self.ledger, self.over = Ledger(model_of(chance, number, seed=1)), False

    @rule(weeks=st.integers(1, 3))
    def live(self, weeks):
        try:
            for _ in range(0 if self.over else weeks):
                self.ledger.step()
        except UnsoundRun:
            self.over = True

    @rule(at=st.integers(0, 10**6), left=st.sampled_from([0.0, 0.5]))
    def a_warehouse_burns(self, at, left):
        row = at % len(self.firms)
        self.firms["stock_kg"][row] *= left
        self.firms["tracked_kg"][row] *= left

    @rule(at=st.integers(0, 10**6), change=st.floats(-2.0, 2.0))
    def a_firm_changes_its_mind_on_prices(self, at, change):
        self.firms["log_expected"][at % len(self.firms)] += change

    @rule(at=st.integers(0, 10**6), factor=st.sampled_from([0.0, 0.3, 3.0]))
    def a_plant_shrinks_or_grows(self, at, factor):
        makers = self.firms.makers
        row = at % makers.stop
        self.firms["capacity_kg"][row] *= factor
        self.firms["normal_output_kg"][row] *= factor

    @rule(at=st.integers(0, 10**6), factor=st.sampled_from([0.0, 0.3, 3.0]))
    def a_user_uses_less_or_more(self, at, factor):
        users = self.firms.users
        self.firms["trend_use_kg"][users.start + at % (users.stop - users.start)] *= factor

    @rule(news=st.floats(0.0, 2.0))
    def everybody_is_frightened(self, news):
        self.firms["news"][self.firms.buyers] += news

    @invariant()
    def every_week_added_up(self):
        if hasattr(self, "ledger"):
            assert not self.ledger.broken

    @property
    def firms(self):
        return self.ledger.model.firms


TestShocks = Shocks.TestCase
TestShocks.settings = settings(QUIET, max_examples=20, stateful_step_count=12)
