"""The ODD says what the model is: its table is that of the data, and every parameter and policy has a word in it."""

import re

from model.policy import POLICIES
from model.world import load_world
from tests.update_odd import MARK, ODD, with_table

TEXT = ODD.read_text(encoding="utf-8")


def test_the_table_of_parameters_is_that_of_the_data():
    assert with_table(TEXT) == TEXT, "run `make odd`"


def test_every_name_in_code_font_is_there():
    """A parameter that is gone, or a file that has moved, leaves no word behind."""
    world = load_world()
    names = {re.sub(r"_(?:" + "|".join(world.metals) + ")$", "", key) for key in world.parameter_table.index}
    names |= set(world.goods) | {"scrap_share", "rung_share_k", "step_k"}
    words = set(re.findall(r"`([a-z_]+)`", TEXT.split(MARK)[0]))
    other = {"ref", "slow", "quick", "log", "drivers", "recorded_markets", "spin_up_weeks", "order_weeks",
             "dispatch_weeks", "validity_weeks"}  # fmt: skip
    assert words - names - other - {"p", "s", "n", "x", "e", "k", "share", "left"} == set()
    for file in re.findall(r"`((?:\.\./)?[a-z_]+/?[a-z_]*\.(?:py|csv))`", TEXT):
        assert (ODD.parent / file).is_file() or (ODD.parent / "data" / file).is_file(), file


def test_every_policy_is_named():
    for kind in POLICIES:
        assert kind.replace("_", " ").replace("reexport", "re-export") in TEXT, kind
