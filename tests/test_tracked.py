"""Where metal came from: what a country may sell abroad, and what counts as coming into it."""

import numpy as np
import pytest

from model import TradeModel, stages
from model.state.record import Kind
from model.world import load_world
from tests.conftest import make_scenario

WORLD = load_world()
DEU, GALLIUM = WORLD.zone_index["DEU"], WORLD.good_index["gallium-4N"]
SHAPE = (len(WORLD.goods), len(WORLD.zones))
PILE = {"kind": "stockpile", "actor": "DEU", "good": "gallium-4N", "target_kg": 90_000, "initial_kg": 90_000}


def test_a_stockpile_that_stays_at_home_hides_no_chinese_metal_among_what_may_leave():
    """The risk of a re-export is that of the metal on offer abroad; what a government holds is never on offer there."""
    model = TradeModel(make_scenario([PILE], weeks=20), seed=1)
    f = model.firms
    pile = f.row_of("stockpile-1-DEU-gallium-4N", f.of(Kind.STOCKPILE))
    sellers = np.flatnonzero((f["zone"] == DEU) & (f["good"] == GALLIUM) & (f["kind"] <= Kind.TRADER))
    f["stock_kg"][sellers], f["tracked_kg"][sellers] = 100.0, 60.0
    for share in (0.0, 1.0):
        f["tracked_kg"][pile] = share * f["stock_kg"][pile]
        assert stages.tracked_share(f.table, f.spans, SHAPE)[GALLIUM, DEU] == pytest.approx(0.6)


def test_the_share_counts_metal_by_what_may_leave():
    model = TradeModel(make_scenario(weeks=20), seed=1)
    f = model.firms
    here = (f["zone"] == DEU) & (f["good"] == GALLIUM)
    one, other = np.flatnonzero(here & (f["kind"] <= Kind.TRADER))[:2]
    f["stock_kg"][here] = f["tracked_kg"][here] = 0.0
    f["stock_kg"][one] = f["tracked_kg"][one] = 1000.0
    f["stock_kg"][other] = 200.0
    f["export_limit_kg"][one], f["export_limit_kg"][other] = 100.0, np.inf
    assert stages.tracked_share(f.table, f.spans, SHAPE)[GALLIUM, DEU] == pytest.approx(1 / 3)
    f["export_limit_kg"][one] = 0.0
    assert stages.tracked_share(f.table, f.spans, SHAPE)[GALLIUM, DEU] == 0.0


def test_metal_resold_at_home_came_from_where_it_crossed_the_border():
    """Germany makes little gallium: when its traders sell to its users, that is not metal of German origin."""
    spot = {"contract_share": 0.0, "switching_cost": 0.0}
    model = TradeModel(make_scenario(weeks=2, parameters=spot), seed=1)
    f, sources = model.firms, model.sources
    here = (f["zone"] == DEU) & (f["good"] == GALLIUM)
    traders = np.flatnonzero(here & (f["kind"] == Kind.TRADER))
    makers = np.flatnonzero(here & (f["kind"] <= Kind.REFINER))
    f["stock_kg"][traders], f["tracked_kg"][traders] = 50_000.0, 50_000.0
    f["log_expected"][traders] -= 1.0  # cheap enough to be sold
    before, tracked = sources.received_from[GALLIUM, :, DEU].copy(), sources.tracked_received[GALLIUM, DEU]
    model.step()
    assert f["sold_kg"][traders].sum() > 100
    memory, flow = model.parameters.dependence_memory, model.trades.flow[GALLIUM]
    zones = len(WORLD.zones)
    at_home = flow.reshape(2, zones, 2, zones)[:, DEU, :, DEU].sum()
    tolled = f["tolling_kg"][makers].sum()
    own = at_home * (f["sold_kg"][makers].sum() - tolled) / (f["sold_kg"][here].sum() - tolled)
    assert at_home > 100
    back = model.tolled[0, GALLIUM, :, DEU].sum()  # own scrap, wherever it was worked up
    wanted = (1 - memory) * before[DEU] + memory * (own + back)
    assert sources.received_from[GALLIUM, DEU, DEU] == pytest.approx(wanted, rel=1e-9)
    inward = model.trades.tracked[GALLIUM].reshape(2, zones, 2, zones).sum(axis=(0, 2))[:, DEU]
    assert inward[DEU] > 100
    wanted = (1 - memory) * tracked + memory * (inward.sum() - inward[DEU])
    assert sources.tracked_received[GALLIUM, DEU] == pytest.approx(wanted, rel=1e-9)
