"""Larger worlds for timing: every firm split into equal ones, so that the totals are those of the data."""

from dataclasses import replace

from model import Scenario, TradeModel
from model.parameters import load_parameters
from model.state.build import businesses
from model.state.firms import Business
from model.world import World, load_world

AMOUNTS = {
    "supply": ("capacity_t_per_yr", "output_t_per_yr"),
    "demand": ("use_t_per_yr",),
    "trading": ("stock_t", "turnover_t_per_yr"),
}


def shrunk(world: World, times: int) -> World:
    """Return the world with firms that are `times` smaller."""
    tables = {name: getattr(world, name).copy() for name in AMOUNTS}
    for name, columns in AMOUNTS.items():
        for column in columns:
            tables[name][column] /= times
    return replace(world, **tables)


def more_firms(world: World, copies: int) -> list[Business]:
    """Return so many copies of every business, each under a firm id of its own."""
    rows = businesses(world, load_parameters(world=world))
    return [replace(row, firm=f"{row.firm}/{copy}") for copy in range(1, copies + 1) for row in rows]


def split_model(scenario: Scenario, seed: int, times: int) -> TradeModel:
    """Return a model in which every firm of the data is `times` firms of the same total size."""
    world = shrunk(load_world(), times)
    return TradeModel(scenario, seed=seed, world=world, extra=more_firms(world, times - 1))
