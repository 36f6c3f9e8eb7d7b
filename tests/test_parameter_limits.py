"""Parameters of a scenario: what lies beyond a hard limit is refused in one line, what lies within is used."""

import numpy as np
import pytest

from model import InputError, TradeModel, load_scenario, parse_scenario
from model.parameters import load_parameters, parameter_table
from tests.conftest import make_scenario

TABLE = parameter_table()


def refused(key: str, value: float) -> str:
    with pytest.raises(InputError) as error:
        parse_scenario({"name": "x", "parameters": {key: value}}, "some/file.toml")
    message = str(error.value)
    assert message.startswith(f"some/file.toml: parameters.{key}")
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("key", "value", "limits"),
    [
        ("use_adjustment", 3, "0 and 1"), ("use_adjustment", -0.01, "0 and 1"), ("fundamental_weight", 3.0, "0 and 1"),
        ("trend_following", 1e4, "0 and 1"), ("growth_gallium", 2.0, "0 and 1"), ("rung_share_3", 0.0, "0.001 and 10"),
        ("rung_share_5", 30.0, "0.001 and 10"), ("new_line_yield", 0.0, "0.01 and 1"), ("choke_multiple", 0.5, "1 and"),
    ],
)  # fmt: skip
def test_a_value_beyond_its_limits_is_refused(key, value, limits):
    assert f"{key} = {float(value)}: must lie between {limits}" in refused(key, value)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("key", TABLE.index)
def test_what_is_no_number_is_refused(key, value):
    assert "finite number" in refused(key, value)
    with pytest.raises(InputError, match=f"parameters.{key}"):
        load_parameters({key: value})


@pytest.mark.parametrize("key", TABLE.index)
def test_every_parameter_has_both_limits_and_its_whole_range_within(key):
    row = TABLE.loc[key]
    for least in (row["minimum"], row["maximum"], row["low"], row["high"], row["value"]):
        assert load_parameters({key: least}).values[key] == least
    hair = 1e-9 * max(abs(row["maximum"]), 1.0)
    for beyond in (row["minimum"] - hair, row["maximum"] + hair):
        assert "must lie between" in refused(key, beyond)


def test_a_file_with_nan_is_refused_in_one_line(tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text('name = "bad"\n[parameters]\nprecaution = nan\n')
    with pytest.raises(InputError) as error:
        load_scenario(path)
    assert str(error.value).startswith(f"{path}: parameters.precaution = nan: ")


def test_a_scenario_made_by_hand_is_held_to_the_limits_by_the_run():
    scenario = make_scenario(weeks=2).model_copy(update={"parameters": {"use_adjustment": 3.0}})
    with pytest.raises(InputError, match=r"parameters\.use_adjustment = 3\.0: must lie between 0 and 1"):
        TradeModel(scenario, seed=1)


def test_limits_are_wider_than_the_range_where_a_rule_can_be_switched_off():
    off = ["precaution", "order_noise", "news_rate", "handling_adaptation", "use_adjustment", "adaptation"]
    assert (TABLE.loc[off, "minimum"] == 0).all()
    model = TradeModel(make_scenario(parameters=dict.fromkeys(off, 0.0), weeks=4, spin_up_weeks=2), seed=1).run()
    assert np.isfinite(model.tables()["prices"]["usd_per_kg"]).all()
