"""Field types of policies: names checked against the world, with the nearest match in the message.

The world comes in the validation context (``model_validate(raw, context={"world": world})``); without one it is the
packaged data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, Any, get_origin

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationInfo, model_validator

from model.errors import nearest, shown
from model.world import World, load_world


class Strict(BaseModel):
    """A part of a scenario file: unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _no_flag_for_a_number(cls, given: Any) -> Any:
        for key, value in given.items() if isinstance(given, dict) else ():
            kind = cls.model_fields[key].annotation if key in cls.model_fields else bool
            for name, one in _parts(key, value, get_origin(kind)):
                if isinstance(one, bool) and kind is not bool:
                    raise ValueError(f"{name} = {str(one).lower()}: true and false are for switches")
        return given


def _parts(key: str, value: Any, kind: Any) -> Iterable[tuple[str, Any]]:
    """Return what stands for a key, by name: the values of a table or row of plain values, else the value itself."""
    if kind is dict and isinstance(value, dict):
        return [(f"{key}.{name}", one) for name, one in value.items()]
    if kind is tuple and isinstance(value, list | tuple):
        return [(f"{key}[{number}]", one) for number, one in enumerate(value, start=1)]
    return [(key, value)]


def world_of(info: ValidationInfo) -> World:
    """Return the world that a scenario is checked against."""
    return (info.context or {}).get("world") or load_world()


def _one_of(what: str, allowed: Callable[[World], Iterable[str]]) -> AfterValidator:
    def check(value: str, info: ValidationInfo) -> str:
        names = list(allowed(world_of(info)))
        if value not in names:
            raise ValueError(f"unknown {what} {shown(value)}; {nearest(value, names)}")
        return value

    return AfterValidator(check)


# Hard limits of what a policy may ask for: far beyond anything real, and safe to reckon with.
MOST_KG, MOST_TONNES, MOST_USD, MOST_USD_PER_KG, MOST_WEEKS = 1e12, 1e9, 1e15, 1e9, 5200

Zone = Annotated[str, _one_of("country", lambda world: world.zones)]
Good = Annotated[str, _one_of("good", lambda world: world.goods)]
Metal = Annotated[str, _one_of("metal", lambda world: world.metals)]
MetalOrGood = Annotated[str, _one_of("metal or good", lambda world: [*world.metals, *world.goods])]
EndUse = Annotated[str, _one_of("end use", lambda world: world.end_uses)]
FirmId = Annotated[str, _one_of("firm", lambda world: list(world.firms["firm"]))]
