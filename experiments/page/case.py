"""What the page's controls are about in a world: who restricts exports, whom a ban hits, who could supply more."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

from experiments.page.world import short_name, zone_name
from model.world import World

FIRMS = {"jsc-germanium": "Rostec"}  # firms that are better known by another name
REGIONS = {"europe": ("EU", "European Union")}  # regions with a name of their own: as in policies, in full
UNRESTRICTED, AS_FILED, NO_POLICY = "unrestricted", "filed", "nothing"  # runs to compare with


@dataclass(frozen=True)
class Grower:
    """A producer that serves its own country first and could make more.

    Attributes:
        firm, name: its id, and what it is called.
        zone, good, metal: where it is and what it makes.
        output_t, capacity_t: t/yr in the data files.
    """

    firm: str
    name: str
    zone: str
    good: str
    metal: str
    output_t: float
    capacity_t: float


@dataclass(frozen=True)
class Pile:
    """Countries that may hold stockpiles, with their name in full."""

    title: str
    zones: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Case:
    """The questions that the controls put to a world; all of it is read from the world's data."""

    world: World

    @property
    def restrictor(self) -> str:
        """The country whose restrictions are chosen."""
        return self.world.tracked_zone

    @cached_property
    def target(self) -> str:
        """The country that a ban is aimed at: the first other one whose price is a headline, else the first other."""
        others = [zone for zone in (*self.world.quoted_zones, *self.world.zones) if zone != self.restrictor]
        return others[0] if others else self.restrictor

    @cached_property
    def grower(self) -> Grower | None:
        """The producer with the most idle capacity in a country that serves its own users first; None without any."""
        world, firms = self.world, self.world.firms.set_index("firm")
        metal = dict(zip(world.goods, world.metal_of_good, strict=True))
        found = [
            Grower(row.firm, FIRMS.get(row.firm) or str(firms.at[row.firm, "name"]), zone, row.good, metal[row.good],
                   float(row.output_t_per_yr), float(row.capacity_t_per_yr))
            for row, zone in zip(world.supply.itertuples(), world.supply["firm"].map(firms["zone"]), strict=True)
            if firms.at[row.firm, "kind"] == "producer" and world.domestic_first[world.zone_index[zone]]
        ]  # fmt: skip
        return max(found, key=lambda one: one.capacity_t - one.output_t, default=None)

    @cached_property
    def piles(self) -> dict[str, Pile]:
        """Who may hold stockpiles, by short name: the target of a ban, and the regions of other quoted prices."""
        world = self.world
        region = dict(zip(world.zones, world.zone_table["region"], strict=True))
        piles = {short_name(world, self.target): Pile(zone_name(world, self.target), (self.target,))}
        for zone in world.quoted_zones:
            if region[zone] not in (region[self.restrictor], region[self.target]):
                name, title = REGIONS.get(region[zone], (region[zone], region[zone]))
                piles[name] = Pile(title, tuple(other for other in world.zones if region[other] == region[zone]))
        return piles

    @cached_property
    def comparisons(self) -> dict[str, str]:
        """The runs to compare with, in words."""
        return {
            UNRESTRICTED: f"the same without {zone_name(self.world, self.restrictor)}'s restrictions",
            AS_FILED: "the scenario as it is in its file",
            NO_POLICY: "no policy at all",
        }


@cache
def case_of(world: World) -> Case:
    """Return what the controls are about in a world."""
    return Case(world)
