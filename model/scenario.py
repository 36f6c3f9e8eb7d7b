"""Scenario files (TOML): read, checked against the world, and turned into policies; every error points at its key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from pydantic import BaseModel, Field, ValidationError, ValidationInfo, model_validator

from model.calendar import FIRST_START, LAST_START
from model.errors import InputError, nearest, shown
from model.parameters import load_parameters
from model.policy import POLICIES, AnyPolicy, Policy
from model.policy.fields import Strict, Zone, world_of
from model.scenario_file import MOST_POLICIES, completed, read_toml
from model.world import World, load_world

Model = TypeVar("Model", bound=BaseModel)


class Scenario(Strict):
    """What a run starts from: dates, behavioural parameters that differ from the declared ones, and policies."""

    name: str = Field(min_length=1)
    title: str = Field("", description="One line for figures and reports")
    start: date = Field(
        default_factory=lambda: load_world().start,
        description="Monday of the first recorded week; the world's when not given",
    )
    weeks: int = Field(209, ge=1, le=2080, description="Recorded weeks")
    spin_up_weeks: int = Field(52, ge=0, le=520, description="Weeks before the first recorded one")
    recorded_markets: bool = Field(
        False,
        description="Stocks abroad, what is bought and made ahead, and demand at home as the record implies "
        "(starting_stock_weeks, stock_building_weeks, home_demand_shift)",
    )
    tracked: Zone = Field(
        default_factory=lambda: load_world().tracked_zone,
        description="Country whose controls are studied: its primary metal is followed through trade, its exporters "
        "are held to what they can pack; the world's when not given",
    )
    mechanism: Literal["auction", "bargaining"] = Field("auction", description="How orders become trades")
    drivers: bool = Field(
        False, description="Draw what nobody can know: demand, outages, freight, how much licence offices grant"
    )
    parameters: dict[str, float] = Field(default_factory=dict)
    policies: list[AnyPolicy] = Field(default_factory=list)

    @model_validator(mode="after")
    def _of_its_world(self, info: ValidationInfo) -> Self:
        world = world_of(info)
        for name, value in (("start", world.start), ("tracked", world.tracked_zone)):
            if name not in self.model_fields_set:
                self.__dict__[name] = value  # not by assignment: the file did not give it
        return self

    @model_validator(mode="after")
    def _starts_on_monday(self) -> Self:
        if self.start.weekday() != 0:
            raise ValueError(f"start {self.start} is a {self.start:%A}; weeks start on Mondays")
        if not FIRST_START <= self.start <= LAST_START:
            raise ValueError(f"start {self.start} must lie between {FIRST_START} and {LAST_START}")
        return self

    def given(self, mode: Literal["python", "json"] = "python") -> dict[str, Any]:
        """Return the tables of its file: only what the file gave, as typed values or as those of JSON."""
        policies = [policy.model_dump(mode=mode, exclude_unset=True) for policy in self.policies]
        return self.model_dump(mode=mode, exclude_unset=True, exclude={"policies"}) | {"policies": policies}

    def fresh_policies(self) -> list[Policy]:
        """Return the policies for one run: same rules, own memory."""
        twins, fresh = Counter[tuple[Any, ...]](), list[Policy]()
        for number, policy in enumerate(self.policies, start=1):
            likes = policy.kind, policy.actor, *(getattr(policy, name, None) for name in ("good", "firm"))
            twins[likes] += 1
            fresh.append(policy.model_copy(deep=True).numbered(number, twins[likes]))
        return fresh


def load_scenario(path: str | Path, world: World | None = None) -> Scenario:
    """Read and check a scenario file.

    Args:
        path: a TOML file; see `experiments/scenarios/`. It may start from another one (`model.scenario_file`).
        world: what names are checked against; the packaged data when not given.

    Raises:
        InputError: with one line that names file, key, value and what is allowed.
    """
    path = Path(path)
    raw = read_toml(path)
    return parse_scenario(completed(raw, path), str(path), world, named="extends" in raw)


def parse_scenario(raw: dict[str, Any], source: str, world: World | None = None, named: bool = False) -> Scenario:
    """Check a scenario given as a dictionary.

    Args:
        raw: the tables.
        source: the name that messages start with.
        world: what names are checked against; the packaged data when not given.
        named: messages call policies by name, not by number: the reader sees only a part of them.

    Raises:
        InputError: with one line that names source, key, value and what is allowed.
    """
    world = world or load_world()  # a mistake in the data files is none of the scenario's
    tables = raw.get("policies", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise InputError(f"{source}: policies: must be a list of tables, each headed [[policies]]")
    if len(tables) > MOST_POLICIES:
        raise InputError(f"{source}: policies: {len(tables)} of them; at most {MOST_POLICIES} are allowed")
    keys = [f'policies["{table.get("name") or table.get("kind")}"]' if named else f"policies[{number}]"
            for number, table in enumerate(tables, start=1)]  # fmt: skip
    policies = [_policy(table, key, source, world) for table, key in zip(tables, keys, strict=True)]
    scenario = _validated(Scenario, {**raw, "policies": policies}, "", source, world)
    try:
        load_parameters(scenario.parameters, world)
    except InputError as error:
        raise InputError(f"{source}: {error}") from None
    _check_end_use_bans(policies, keys, source)
    _check_reexport_bans(policies, keys, source, scenario.tracked)
    _check_triggers(policies, keys, source)
    return scenario


def _policy(table: dict[str, Any], key: str, source: str, world: World) -> Policy:
    kind = table.get("kind")
    if kind is None:
        raise InputError(f"{source}: {key}.kind: missing; {nearest('', POLICIES)}")
    if not isinstance(kind, str) or kind not in POLICIES:
        raise InputError(f"{source}: {key}.kind = {shown(kind)}: unknown policy; {nearest(kind, POLICIES)}")
    return _validated(POLICIES[kind], table, key, source, world)


def _check_end_use_bans(policies: Sequence[Policy], keys: Sequence[str], source: str) -> None:
    licensors = {policy.actor for policy in policies if policy.kind == "export_licence"}
    for key, policy in zip(keys, policies, strict=True):
        if getattr(policy, "end_uses", None) and policy.kind == "export_ban" and policy.actor not in licensors:
            raise InputError(
                f"{source}: {key}.end_uses: a ban on end uses works through the actor's licence office; "
                f"add an export_licence by {policy.actor}"
            )


def _check_reexport_bans(policies: Sequence[Policy], keys: Sequence[str], source: str, tracked: str) -> None:
    for key, policy in zip(keys, policies, strict=True):
        if policy.kind == "reexport_ban" and policy.actor != tracked:
            why = f"a re-export ban is the tracked country's, whose metal is followed through trade; allowed: {tracked}"
            raise InputError(f"{source}: {key}.actor = {policy.actor!r}: {why}")


def _check_triggers(policies: Sequence[Policy], keys: Sequence[str], source: str) -> None:
    titles = [policy.title for policy in policies]
    for key, policy in zip(keys, policies, strict=True):
        awaited = policy.when.policy if policy.when else None
        if awaited is not None and awaited not in titles:
            why = f"no policy of that name in the scenario; {nearest(awaited, titles)}"
            raise InputError(f"{source}: {key}.when.policy = {awaited!r}: {why}")


def _validated(model: type[Model], raw: dict[str, Any], key: str, source: str, world: World) -> Model:
    try:
        return model.model_validate(raw, context={"world": world})
    except ValidationError as error:
        raise InputError(f"{source}: {_first_problem(model, error, key)}") from None


def _first_problem(model: type[BaseModel], error: ValidationError, key: str) -> str:
    problems = error.errors(include_url=False)
    # An unknown key explains most other complaints about the same table (the right key is then missing).
    problem = next((p for p in problems if p["type"] == "extra_forbidden"), problems[0])
    where = ".".join(filter(None, [key, _path(problem["loc"])]))
    value = problem["input"]
    given = "" if isinstance(value, dict | BaseModel) else f" = {shown(value)}"
    if problem["type"] == "extra_forbidden":
        return f"{where}{given}: unknown key; {nearest(problem['loc'][-1], _fields_at(model, problem['loc'][:-1]))}"
    if problem["type"] == "missing":
        return f"{where}: missing"
    message = problem["msg"].removeprefix("Value error, ")
    return f"{where}{given}: {message}" if where else message


def _path(loc: Sequence[int | str]) -> str:
    text = ""
    for part in loc:
        if part == "[key]":
            continue
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _fields_at(model: type[BaseModel], loc: Sequence[int | str]) -> list[str]:
    """Return the keys allowed in the table that `loc` leads to, following lists and optional values."""
    for part in loc:
        if isinstance(part, int):
            continue
        annotation: Any = model.model_fields[part].annotation
        inner = [annotation, *getattr(annotation, "__args__", ())]
        model = next(a for a in inner if isinstance(a, type) and issubclass(a, BaseModel))
    return list(model.model_fields)
