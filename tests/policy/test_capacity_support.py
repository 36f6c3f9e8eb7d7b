"""Capacity support opens plants and lets firms grow along a ramp, and takes back only what it gave."""

import numpy as np
import pytest

from model import InputError, TradeModel
from model.state.record import Kind
from tests.conftest import Played, make_scenario, play
from tests.policy.helpers import WEEKLY, E

PLANT = {
    "kind": "capacity_support", "actor": "DEU", "good": "gallium-4N", "name": "Stade", "capacity_t_per_year": 30,
    "output_t_per_year": 25, "cost_usd_per_kg": 100, "ramp_weeks": 10,
}  # fmt: skip
PLANT_FIRM = "plant-1-DEU-gallium-4N"


def test_capacity_support_opens_a_plant_that_ramps_up():
    played = play([PLANT])
    made = played.firm(PLANT_FIRM, "produced_kg")
    full = 25_000 * WEEKLY
    assert made[:E].max() == 0
    assert (np.diff(made[E : E + 10]) > 0).all()
    assert made[E] == pytest.approx(full / 10, rel=0.1)
    assert made[E + 12 :].mean() == pytest.approx(full, rel=0.15)
    assert made.max() <= 1.1 * 30_000 * WEEKLY
    assert played.firm(PLANT_FIRM, "sold_kg").sum() > 0.7 * made.sum()


@pytest.mark.parametrize(("zone", "good"), [("CAN", "germanium-5N"), ("BEL", "germanium-5N"), ("KAZ", "gallium-4N")])
def test_capacity_support_gives_a_plant_that_exports_after_its_ramp(zone, good):
    plant = PLANT | {"actor": zone, "good": good, "capacity_t_per_year": 40, "output_t_per_year": 30}
    more, base = play([plant], weeks=104), play(weeks=104)
    late = slice(-26, None)
    made = more.firm(f"plant-1-{zone}-{good}", "produced_kg")[late].sum()
    gained = more.exports(zone, good)[late].sum() - base.exports(zone, good)[late].sum()
    assert made > 5_000
    assert gained > 0.5 * made


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("zone", ["CHN", "DEU", "USA", "JPN"])
def test_capacity_support_never_raises_the_price_in_the_long_run(seed, zone):
    after = slice(-26, None)
    with_plant, without = play([PLANT], seed, weeks=156), play((), seed, weeks=156)
    world = [p.tables["shares"].groupby("good", observed=True)["produced_kg"].sum() for p in (with_plant, without)]
    assert world[0]["gallium-4N"] > world[1]["gallium-4N"]
    ratio = with_plant.price("gallium-4N", zone)[after].mean() / without.price("gallium-4N", zone)[after].mean()
    assert ratio < 1.0


def test_capacity_support_ramps_up_an_existing_firm():
    ramp = {"kind": "capacity_support", "actor": "RUS", "good": "germanium-5N", "firm": "jsc-germanium"}
    played = play([ramp | {"output_t_per_year": 10, "ramp_weeks": 10}])
    more = played.firm("jsc-germanium", "produced_kg") - play().firm("jsc-germanium", "produced_kg")
    assert np.abs(more[:E]).max() == 0
    assert more[E + 12 :].mean() == pytest.approx(10_000 * WEEKLY, rel=0.2)
    assert played.exports("RUS", "germanium-5N").sum() > play().exports("RUS", "germanium-5N").sum()


def test_capacity_support_keeps_a_firms_own_idea_of_normal_stock():
    """A firm that keeps six weeks of output in stock still does after support of (nearly) nothing."""
    support = {"kind": "capacity_support", "actor": "CHN", "good": "gallium-4N", "firm": "fangyuan"}
    model = TradeModel(make_scenario([support | {"output_t_per_year": 1e-6}], weeks=20), seed=1).run()
    plain = TradeModel(make_scenario(weeks=20), seed=1).run()
    row = model.firms.row_of("fangyuan", model.firms.makers, model.world.good_index["gallium-4N"])
    assert plain.firms.businesses[row].stock_weeks == 6
    assert model.firms["norm_stock_kg"][row] == pytest.approx(plain.firms["norm_stock_kg"][row], rel=0.05)


def test_capacity_support_of_a_refiner_raises_what_it_buys_in():
    support = {"kind": "capacity_support", "actor": "RUS", "good": "germanium-HP", "firm": "jsc-germanium-refining"}
    model = TradeModel(make_scenario([support | {"capacity_t_per_year": 4, "output_t_per_year": 4}]), seed=1).run()
    f = model.firms
    made = f.row_of("jsc-germanium-refining", f.of(Kind.REFINER))
    taken = f.row_of("jsc-germanium-refining", f.of(Kind.REFINER_INPUT))
    assert f["trend_use_kg"][taken] == pytest.approx(f["normal_output_kg"][made] / f["yield_share"][made], rel=0.02)


def test_capacity_support_of_a_refining_line_takes_metal_in():
    line = PLANT | {"good": "gallium-6N", "input_good": "gallium-4N", "output_t_per_year": 5}
    played = play([line])
    firm = "plant-1-DEU-gallium-6N"
    made, used = played.firm(firm, "produced_kg"), played.firm(firm, "consumed_kg")
    assert made[:E].max() == 0
    assert made[E + 15 :].mean() > 0.5 * 5_000 * WEEKLY
    assert np.allclose(made, 0.98 * used)


def test_capacity_support_taken_away_leaves_nothing():
    model = TradeModel(make_scenario([PLANT | {"until": "2023-10-02"}]), seed=1).run()
    row = model.firms.row_of(PLANT_FIRM, model.firms.makers)
    assert model.firms["capacity_kg"][row] == pytest.approx(0, abs=1e-6)
    assert model.firms["normal_output_kg"][row] == pytest.approx(0, abs=1e-6)
    assert Played(model).firm(PLANT_FIRM, "produced_kg")[40:].max() == pytest.approx(0, abs=1e-6)


def test_capacity_support_for_a_good_the_firm_does_not_make_is_refused_before_week_0():
    support = {"kind": "capacity_support", "actor": "RUS", "good": "gallium-4N", "firm": "jsc-germanium"}
    with pytest.raises(InputError, match="jsc-germanium"):
        TradeModel(make_scenario([support | {"output_t_per_year": 1}]), seed=1)


def test_capacity_support_of_two_plants_without_names_opens_two():
    plain = {key: value for key, value in PLANT.items() if key != "name"}
    played = play([plain, plain | {"capacity_t_per_year": 10, "output_t_per_year": 8}])
    f = played.model.firms
    plants = sorted(f["capacity_kg"][i] for i, row in enumerate(f.businesses) if row.firm.startswith("plant-"))
    assert plants == pytest.approx([10_000 * WEEKLY, 30_000 * WEEKLY], rel=0.06)
