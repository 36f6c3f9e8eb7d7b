"""Mesa's tools work on the model: agent classes, AgentSet, DataCollector, and nothing is kept alive."""

import gc
import weakref
from datetime import date

import mesa
import numpy as np
import pytest

from agents.country import Country
from agents.firm import Firm
from agents.producer import DomesticFirstProducer, Exporter
from model import TradeModel
from model.state.firms import Business
from model.state.record import Kind
from model.world import load_world
from tests.conftest import make_scenario

CLASSES = {
    "Producer", "Exporter", "DomesticFirstProducer", "Recycler", "Refiner", "Trader", "Stockpile", "Buyer", "Country",
}  # fmt: skip
PILE = {"kind": "stockpile", "actor": "USA", "good": "gallium-4N", "target_kg": 100}


@pytest.fixture(scope="module")
def model():
    return TradeModel(make_scenario([PILE], weeks=20), seed=1).run(4)


def by_name(model):
    return {kind.__name__: agents for kind, agents in model.agents_by_type.items()}


def test_every_class_of_the_design_has_agents(model):
    assert set(by_name(model)) == CLASSES
    assert all(len(agents) > 0 for agents in by_name(model).values())


def test_every_row_belongs_to_exactly_one_agent(model):
    rows = np.concatenate([agent.rows for agent in model.agents if isinstance(agent, Firm)])
    assert sorted(rows) == list(range(len(model.firms)))
    for agent in model.agents.select(agent_type=Firm):
        assert {model.firms.names[firm] for firm in model.firms["firm"][agent.rows]} == {agent.firm}
        assert {model.firms.businesses[row].firm for row in agent.rows} == {agent.firm}
        assert {model.world.zones[zone] for zone in model.firms["zone"][agent.rows]} == {agent.zone}


def test_every_zone_has_a_country_that_knows_its_policies(model):
    countries = by_name(model)["Country"]
    assert [country.zone for country in countries] == list(model.world.zones)
    assert {c.zone: [p.kind for p in c.policies] for c in countries if c.policies} == {"USA": ["stockpile"]}
    usa = next(country for country in countries if country.zone == "USA")
    assert usa.in_force == []
    later = TradeModel(make_scenario([PILE], weeks=20), seed=1).run()
    assert [p.kind for p in later.countries[model.world.zone_index["USA"]].in_force] == ["stockpile"]


def test_exporters_are_chinese_and_the_producer_that_serves_its_country_first_is_russian(model):
    exporters = by_name(model)["Exporter"]
    assert {agent.zone for agent in exporters} == {"CHN"}
    assert {agent.zone for agent in by_name(model)["DomesticFirstProducer"]} == {"RUS"}
    assert {"vital-refining", "fangyuan"} <= {agent.firm for agent in exporters}
    assert {"umicore-refining", "dowa-refining"} <= {agent.firm for agent in by_name(model)["Refiner"]}


def test_agents_are_of_the_class_of_what_they_do(model):
    kinds = {
        "Recycler": Kind.RECYCLER, "Trader": Kind.TRADER, "Stockpile": Kind.STOCKPILE, "Producer": Kind.PRODUCER,
        "Buyer": Kind.BUYER,
    }  # fmt: skip
    for name, kind in kinds.items():
        for agent in by_name(model)[name]:
            assert set(model.firms["kind"][agent.rows]) == {kind}, agent.firm
    buyers = by_name(model)["Buyer"]
    for agent in buyers:
        assert {model.firms.businesses[row].end_use for row in agent.rows} == {agent.end_use}, agent.firm
    uses = {"semiconductor", "led", "magnet", "infrared", "fibre", "solar", "defence", "other"}
    assert {agent.end_use for agent in buyers} >= uses


def test_at_least_eighty_firms_and_every_kind_of_agent_has_a_page_of_its_own(model):
    firms = model.agents.select(agent_type=Firm)
    assert len(firms) >= 80
    assert len({agent.firm for agent in firms}) == len(firms)
    assert all(agent.name and type(agent).__doc__ for agent in firms)
    assert all(country.name and Country.__doc__ for country in by_name(model)["Country"])


def test_agent_sets_select_aggregate_and_get(model):
    one_row = model.agents.select(lambda agent: isinstance(agent, Firm) and len(agent.rows) == 1)
    rows = [int(agent.rows[0]) for agent in one_row]
    assert one_row.get("stock_kg") == model.firms["stock_kg"][rows].tolist()
    assert one_row.agg("stock_kg", sum) == pytest.approx(model.firms["stock_kg"][rows].sum())
    rich = one_row.select(lambda agent: agent.stock_kg > 1000)
    assert 0 < len(rich) < len(one_row)
    firms = model.agents.select(agent_type=DomesticFirstProducer).get("firm")
    assert sorted(firms) == ["jsc-germanium", "rusal"]  # both makers of primary metal in Russia
    assert len(model.agents.select(lambda agent: agent.zone == "JPN", agent_type=Firm)) > 3
    by_zone = model.agents_by_type[Exporter].groupby("zone")
    assert set(by_zone.groups) == {"CHN"}


NAMES = ["stock_kg", "utilisation", "capacity_kg", "perceived_risk", "licence_balance_kg", "cash_usd"]


@pytest.mark.parametrize("name", NAMES)
def test_attributes_read_and_write_the_records(name):
    model = TradeModel(make_scenario(weeks=5), seed=1)
    column = model.firms[name]
    one = next(agent for agent in model.agents if isinstance(agent, Firm) and len(agent.rows) == 1)
    several = next(agent for agent in model.agents if isinstance(agent, Firm) and len(agent.rows) > 1)
    setattr(one, name, 0.25)
    assert column[one.rows[0]] == 0.25 == getattr(one, name)
    assert isinstance(getattr(one, name), float)
    values = np.arange(1.0, len(several.rows) + 1) / 10
    setattr(several, name, values)
    assert column[several.rows].tolist() == values.tolist() == getattr(several, name).tolist()
    column[one.rows] = 0.5
    assert getattr(one, name) == 0.5


def test_writing_an_attribute_changes_the_run():
    model, plain = (TradeModel(make_scenario(weeks=8), seed=1) for _ in range(2))
    for agent in model.agents_by_type[Exporter]:
        agent.stock_kg = agent.stock_kg * 0.0
    for each in (model, plain):
        each.run()
    assert model.free_price("gallium-4N", "CHN") > plain.free_price("gallium-4N", "CHN")


def test_firms_name_their_goods_and_expected_prices(model):
    russian = next(agent for agent in model.agents_by_type[DomesticFirstProducer] if agent.firm == "jsc-germanium")
    assert "germanium-5N" in russian.goods
    assert set(russian.price_expected_usd_per_kg) == set(russian.goods)
    assert all(100 < price < 10_000 for price in russian.price_expected_usd_per_kg.values())


def test_data_collector_has_one_row_per_step():
    model = TradeModel(make_scenario(weeks=6), seed=1)
    assert len(model.datacollector.get_model_vars_dataframe()) == 0
    for step in range(1, 7):
        model.step()
        assert len(model.datacollector.get_model_vars_dataframe()) == step == model.steps
    collected = model.datacollector.get_model_vars_dataframe()
    prices = model.tables()["prices"]
    wanted = prices[(prices["good"] == "gallium-4N") & (prices["zone"] == "DEU") & (prices["market"] == "free")]
    assert collected["gallium-4N in DEU (USD/kg)"].tolist() == wanted["usd_per_kg"].tolist()


def test_a_collector_of_ones_own_works_on_agents(model):
    collector = mesa.DataCollector(
        agenttype_reporters={DomesticFirstProducer: {"stock": "stock_kg", "made": "produced_kg"}},
        model_reporters={
            "risk": lambda m: m.agents.select(agent_type=Firm).agg("perceived_risk", lambda x: float(np.max(x[0])))
        },
    )
    collector.collect(model)
    assert len(collector.get_agenttype_vars_dataframe(DomesticFirstProducer)) == 2
    assert len(collector.get_model_vars_dataframe()) == 1


def test_unique_ids_start_at_one_in_every_model():
    for _ in range(2):
        ids = [agent.unique_id for agent in TradeModel(make_scenario(weeks=1), seed=1).agents]
        assert ids == list(range(1, len(ids) + 1))


def test_dropped_models_are_freed():
    """Mesa keeps every model alive through a dict of id counters; ours holds them weakly."""
    policies = [PILE, {"kind": "export_licence", "actor": "CHN", "processing_weeks": [1, 2]}]
    scenario = make_scenario(policies, weeks=16, spin_up_weeks=2)
    gc.collect()
    before, refs = len(mesa.Agent._ids), []
    for seed in range(20):
        model = TradeModel(scenario, seed=seed)
        model.run(1 if seed else 16)
        refs.append(weakref.ref(model))
    del model
    gc.collect()
    assert [ref() for ref in refs if ref() is not None] == []
    assert len(mesa.Agent._ids) <= before


def test_other_mesa_models_still_number_their_agents():
    class Other(mesa.Model):
        pass

    model = Other(seed=1)
    assert [mesa.Agent(model).unique_id for _ in range(3)] == [1, 2, 3]


def test_an_extra_firm_becomes_an_agent():
    world = load_world()
    row = Business(
        "try-out", Kind.BUYER, world.zone_index["DEU"], 0, end_use="fibre", use_kg_per_year=10, cover_weeks=8
    )
    model = TradeModel(make_scenario(weeks=2), seed=1, extra=[row]).run()
    agent = next(agent for agent in model.agents if getattr(agent, "firm", "") == "try-out")
    assert type(agent).__name__ == "Buyer"
    assert agent.end_use == "fibre"
    assert agent.zone == "DEU"
    weeks = (date(2023, 1, 9) - world.reference_date).days / 7  # its yearly use is that of the reference date
    grown = float(model.firms["growth"][agent.rows[0]]) ** weeks
    assert agent.trend_use_kg == pytest.approx(10 * 7 / 365.25 * grown, rel=1e-9)
