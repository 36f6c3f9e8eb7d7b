"""Field types of policies: names checked against the world, with the nearest match in the message."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from model.errors import nearest
from model.world import load_world

END_USES = (
    "semiconductor", "led", "magnet", "solar", "infrared", "fibre", "defence", "catalyst", "stockholding", "other",
    "refining", "trading",
)  # fmt: skip


def _zone(value: str) -> str:
    zones = load_world().zones
    if value not in zones:
        raise ValueError(f"unknown country {value!r}; {nearest(value, zones)}")
    return value


def _goods(value: str) -> str:
    world = load_world()
    allowed = [*dict.fromkeys(world.metal_of_good), *world.goods]
    if value not in allowed:
        raise ValueError(f"unknown metal or good {value!r}; {nearest(value, allowed)}")
    return value


def _good(value: str) -> str:
    goods = load_world().goods
    if value not in goods:
        raise ValueError(f"unknown good {value!r}; {nearest(value, goods)}")
    return value


def _end_use(value: str) -> str:
    if value not in END_USES:
        raise ValueError(f"unknown end use {value!r}; {nearest(value, END_USES)}")
    return value


def _firm(value: str) -> str:
    firms = list(load_world().firms["firm"])
    if value not in firms:
        raise ValueError(f"unknown firm {value!r}; {nearest(value, firms)}")
    return value


Zone = Annotated[str, AfterValidator(_zone)]
Good = Annotated[str, AfterValidator(_good)]
MetalOrGood = Annotated[str, AfterValidator(_goods)]
EndUse = Annotated[str, AfterValidator(_end_use)]
FirmId = Annotated[str, AfterValidator(_firm)]
