"""Field types of policies: names checked against the world, with the nearest match in the message.

The world comes in the validation context (``model_validate(raw, context={"world": world})``); without one it is the
packaged data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated

from pydantic import AfterValidator, ValidationInfo

from model.errors import nearest
from model.world import World, load_world


def world_of(info: ValidationInfo) -> World:
    """Return the world that a scenario is checked against."""
    return (info.context or {}).get("world") or load_world()


def _one_of(what: str, allowed: Callable[[World], Iterable[str]]) -> AfterValidator:
    def check(value: str, info: ValidationInfo) -> str:
        names = list(allowed(world_of(info)))
        if value not in names:
            raise ValueError(f"unknown {what} {value!r}; {nearest(value, names)}")
        return value

    return AfterValidator(check)


Zone = Annotated[str, _one_of("country", lambda world: world.zones)]
Good = Annotated[str, _one_of("good", lambda world: world.goods)]
Metal = Annotated[str, _one_of("metal", lambda world: world.metals)]
MetalOrGood = Annotated[str, _one_of("metal or good", lambda world: [*world.metals, *world.goods])]
EndUse = Annotated[str, _one_of("end use", lambda world: world.end_uses)]
FirmId = Annotated[str, _one_of("firm", lambda world: list(world.firms["firm"]))]
