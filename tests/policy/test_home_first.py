"""A country that serves its own users first exports only what they leave, old firm or new plant."""

from model.state.firms import Business
from model.state.record import Kind
from tests.conftest import play
from tests.policy.helpers import WORLD


def test_rostec_exports_only_what_its_own_country_does_not_need():
    """With Russian users that need more than Rostec makes, nothing it makes leaves, though abroad pays more."""
    zone, good = WORLD.zone_index["RUS"], WORLD.good_index["germanium-5N"]
    thirsty = Business(
        "thirsty", Kind.BUYER, zone, good, end_use="infrared", use_kg_per_year=30_000, cover_weeks=8, elasticity=0.2
    )
    base, needed = play(), play(extra_rows=[thirsty])
    assert base.exports("RUS", "germanium-5N").sum() > 0
    assert needed.exports("RUS", "germanium-5N").sum() == 0
    assert needed.flow("RUS", "RUS", "germanium-5N").sum() > base.flow("RUS", "RUS", "germanium-5N").sum()


def test_a_new_russian_plant_keeps_metal_for_russian_users_as_rostec_does():
    """The country puts its own users first, so whoever makes metal there does: old firm, new plant or new line."""
    plant = {"kind": "capacity_support", "actor": "RUS", "good": "germanium-5N", "capacity_t_per_year": 15}
    plant |= {"output_t_per_year": 12, "cost_usd_per_kg": 700, "ramp_weeks": 4}
    line = plant | {"good": "germanium-HP", "input_good": "germanium-5N"}
    zone, good = WORLD.zone_index["RUS"], WORLD.good_index["germanium-5N"]
    thirsty = Business(
        "thirsty", Kind.BUYER, zone, good, end_use="infrared", use_kg_per_year=20_000, cover_weeks=8, elasticity=0.2
    )
    alone, needed = play([plant, line]), play([plant, line], extra_rows=[thirsty])
    assert needed.firm("plant-1-RUS-germanium-5N", "produced_kg").sum() > 0
    assert alone.exports("RUS", "germanium-5N").sum() > 0
    assert needed.exports("RUS", "germanium-5N").sum() == 0
    f = needed.model.firms
    makers = f["kind"] <= Kind.REFINER
    assert f["domestic_first"].tolist() == ((f["zone"] == zone) & makers).tolist()


def test_rostec_sends_nothing_where_sanctions_close_the_lane(played_history):
    for zone in ("USA", "DEU", "BEL", "JPN", "CAN", "FRA"):
        assert played_history.flow("RUS", zone).max() == 0
        assert played_history.flow(zone, "RUS").max() == 0


def test_russia_takes_high_purity_germanium_from_china(played_free_trade):
    taken = played_free_trade.flow("CHN", "RUS", "germanium-HP").sum()
    assert taken > 0
    assert played_free_trade.exports("RUS", "germanium-HP").sum() < 0.1 * taken  # what a slump leaves over
