"""Files made by hand: a sound run, or one line of at most 300 characters with file, key, value and what is allowed."""

import os
import pickle

import numpy as np
import pytest

from agents import recycler
from model import InputError, TradeModel, load_scenario, parse_scenario
from model.errors import LONGEST_LINE, nearest, shown
from model.soundness import UnsoundRun
from model.state.record import RECORD
from model.tables import DataError
from model.world import load_world
from tests.conftest import make_scenario
from tests.fuzz.hand_made import CASES
from tests.fuzz.identities import Ledger
from tests.fuzz.judge import play, refused
from tests.metamorphic import changed_world, times


@pytest.mark.parametrize("what", CASES)
def test_a_file_made_by_hand(what, tmp_path):
    path = tmp_path / "case.toml"
    path.write_bytes(CASES[what].content)
    if not CASES[what].words:
        assert play(load_scenario(path), load_world()) == ("run", "")
        return
    with pytest.raises(InputError) as error:
        load_scenario(path)
    line = str(error.value)
    assert line.startswith(f"{path}: ")
    for word in CASES[what].words:
        assert word in line, line
    assert refused(line, ["--scenario", str(path)], tmp_path / "out") == ("line", line)


def test_there_are_sixty_of_them():
    assert len(CASES) >= 60


def test_a_pipe_is_no_scenario(tmp_path):
    os.mkfifo(tmp_path / "pipe.toml")
    with pytest.raises(InputError, match=r"pipe\.toml: cannot be read as a scenario file: not a file"):
        load_scenario(tmp_path / "pipe.toml")


def test_a_folder_is_no_scenario(tmp_path):
    with pytest.raises(InputError, match="cannot be read as a scenario file: not a file"):
        load_scenario(tmp_path)


@pytest.mark.parametrize("text", ["a\nb", "\x1b[31m", "x" * 5000, "é" * 400, "a b " * 1000, "\udcff", "\u202e"])
def test_every_message_is_one_short_line(text):
    for error in (InputError(f"file: {text}: wrong"), DataError("a.csv", 2, text, text, "is wrong", [text, "b"])):
        line = str(error)
        assert len(line) <= LONGEST_LINE
        assert line.isprintable()
        assert line.isascii() or line.encode("utf-8")


def test_a_long_path_keeps_its_end():
    assert "/case.toml: wrong" in str(InputError(f"/{'x' * 500}/case.toml: wrong"))


def test_the_nearest_name_comes_before_a_long_list():
    hint = nearest("name-77", [f"name-{i}" for i in range(500)])
    assert hint.startswith('nearest "name-77"; allowed: name-0, ')
    assert hint.endswith(", ...")
    assert len(hint) < 220


def test_what_cannot_be_shown_is_not_shown():
    deep = []
    for _ in range(5000):
        deep = [deep]
    assert shown(deep) == shown(16**5000) == "(too long to show)"


def test_an_error_of_the_data_travels_between_processes():
    error = DataError("a.csv", 2, "good", "galium", "is unknown", ["gallium"])
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.file, again.row, again.column) == (str(error), "a.csv", 2, "good")


# ---- runs that cannot go on ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("field", "value"), [("log_expected", float("nan")), ("cash_usd", float("inf"))])
def test_a_run_whose_state_is_not_finite_names_week_firm_and_quantity(field, value):
    model = TradeModel(make_scenario(weeks=8, spin_up_weeks=2), seed=1).run(3)
    buyer = model.firms.users.stop - 1
    model.firms[field][buyer] = value
    with pytest.raises(UnsoundRun) as error:
        model.step()
    line = str(error.value)
    assert line.startswith("week 3: ")
    assert model.firms.businesses[buyer].firm in line
    assert "look for extreme values" in line


def test_a_week_without_any_trade_is_a_week_like_any_other():
    """Nobody has metal and nobody can make any: no order, no deal, and the last quotes go on."""
    model = TradeModel(make_scenario(weeks=6, spin_up_weeks=2), seed=1).run(3)
    for field in ("stock_kg", "capacity_kg", "normal_output_kg"):
        model.firms[field][:] = 0.0
    model.firms.transit_kg[...] = 0.0
    model.run(3)
    trade = model.tables()["trade"]
    assert trade["week"].nunique() == 3
    assert len(model.recorder.weeks) == 6
    assert np.isfinite(model.tables()["prices"]["usd_per_kg"]).all()


def test_an_order_that_the_market_refuses_is_named():
    model = TradeModel(make_scenario(weeks=8, spin_up_weeks=2), seed=1).run(3)
    model.firms["cost_usd_per_kg"][0] = 1e200
    with pytest.raises(UnsoundRun, match=rf"^week 3: ask, USD/kg, of {model.firms.businesses[0].firm} is \d"):
        model.step()


def test_a_lane_that_the_market_refuses_is_named():
    model = TradeModel(make_scenario(weeks=8, spin_up_weeks=2), seed=1).run(3)
    model.netback_quote[0, 0] = 1e200
    with pytest.raises(UnsoundRun, match=r"^week 3: cost of the lane from CHN to \w+, USD/kg, is \d"):
        model.step()


def test_no_seller_is_quoted_less_than_nothing():
    """Where the way to any buyer costs more than its metal fetches, a price of last week stays."""
    model = TradeModel(make_scenario(parameters={"switching_cost": 1.0}, weeks=8, spin_up_weeks=6), seed=1).run()
    assert (model.netback_quote[:, : model.firms.zones] > 0).all()


def test_growth_does_not_start_anybody_above_capacity():
    model = TradeModel(make_scenario(parameters={"growth_gallium": 1.0}, weeks=2, spin_up_weeks=0), seed=1)
    assert model.firms["utilisation"].max() <= 1.0
    model.step()
    assert (model.firms["produced_kg"] <= model.firms["capacity_kg"] + 1e-6).all()


def test_a_scenario_made_in_code_is_held_to_the_same_number_of_policies():
    tariff = {"kind": "tariff", "actor": "USA", "rate_share": 0.1, "announced": "2023-01-09", "effective": "2023-01-09"}
    with pytest.raises(InputError, match="policies: 301 of them; at most 300"):
        parse_scenario({"name": "x", "policies": [tariff] * 301}, "x")


def test_a_recycler_gives_back_no_more_than_it_has():
    """Shares of the owners may add up to a hair above one; the stock ends at nothing, not below."""

    one = np.zeros(1, dtype=RECORD)[0]
    one["stock_kg"], one["cost_usd_per_kg"] = 0.3, 10.0
    recycler.give_back(one, 0.1 + 0.2)
    assert one["stock_kg"] == 0.0


def test_a_way_that_costs_more_than_the_metal_leaves_a_price():
    """A seller whose only outlet costs more than it fetches starts from what its metal is worth at home."""
    world = changed_world(times(100.0, ("freight_usd_per_kg",)))
    model = TradeModel(parse_scenario({"name": "x", "weeks": 4, "spin_up_weeks": 4}, "x", world), seed=1, world=world)
    assert np.isfinite(model.firms["log_expected"]).all()
    assert (model.netback_quote > 0).all()
    assert not Ledger(model).run(4).broken
