"""What an ensemble runs: scenario variants (factorial), parameter draws (Latin hypercube) and seeds, crossed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import product
from pathlib import Path
from typing import Any

from model import InputError, Scenario, load_scenario, parse_scenario
from model.errors import nearest
from model.parameters import load_parameters, parameter_table
from model.scenario_file import Raw, read_scenario_file, vary
from model.streams import stream
from model.world import World

# A change of it: tables to merge in (see `vary`), a function from raw to raw, or None for no change.
Variant = Mapping[str, Any] | Callable[[Raw], Raw] | None


@dataclass(frozen=True)
class Job:
    """One run.

    Attributes:
        cell: name of the scenario variant; runs of one cell differ in draw and seed only.
        scenario: checked, or raw.
        parameters: values that replace the scenario's.
        seed: the same seeds in every cell and draw give common random numbers.
        draw: number of the parameter draw.
        levels: factor to level, for the table of runs.
    """

    cell: str
    scenario: Scenario | Mapping[str, Any]
    parameters: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0
    draw: int = 0
    levels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Cell:
    """A named scenario variant; draws leave the parameters in `held` alone, since the variant is about them."""

    name: str
    scenario: Scenario | Mapping[str, Any]
    levels: Mapping[str, str] = field(default_factory=dict)
    held: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Design:
    """Every cell under every parameter draw with every seed.

    Attributes:
        cells: from `factorial`, or made by hand.
        seeds: for example ``range(200)``.
        draws: from `draw_parameters`; the scenario's own parameters when not given.
        paired: each seed has the draw of its place (they begin again after the last), instead of all of them.
        yielding: draws leave alone what a scenario sets itself.
    """

    cells: Sequence[Cell]
    seeds: Sequence[int]
    draws: Sequence[Mapping[str, float]] = ({},)
    paired: bool = False
    yielding: bool = False

    def jobs(self, world: World | None = None) -> list[Job]:
        """Return the runs in order: by cell, then draw, then seed.

        Args:
            world: what scenarios are checked against; the packaged one when not given.

        Raises:
            InputError: a cell's scenario is not valid (the message starts with the cell's name).
        """
        jobs = []
        for cell in self.cells:
            scenario = checked(cell.scenario, cell.name, world)
            held = {*cell.held, *(scenario.parameters if self.yielding else ())}
            for number, draw in enumerate(self.draws):
                own = {name: value for name, value in draw.items() if name not in held}
                seeds = self.seeds[number :: len(self.draws)] if self.paired else self.seeds
                jobs += [Job(cell.name, scenario, own, int(seed), number, cell.levels) for seed in seeds]
        return jobs


def checked(scenario: Scenario | Mapping[str, Any], source: str, world: World | None = None) -> Scenario:
    """Return a scenario, parsed if it is raw; messages start with `source`."""
    return scenario if isinstance(scenario, Scenario) else parse_scenario(dict(scenario), source, world)


def read_raw(path: str | Path, world: World | None = None) -> Raw:
    """Read a scenario file into a raw scenario to vary; errors are those of `load_scenario`."""
    load_scenario(path, world)
    return read_scenario_file(Path(path))


def factorial(base: Mapping[str, Any], factors: Mapping[str, Mapping[str, Variant]]) -> list[Cell]:
    """Return one cell per combination of levels.

    Args:
        base: a raw scenario.
        factors: factor to its levels, each a name and what it changes. Variants apply in the order of the factors.

    Returns:
        Cells named after their levels: ``"ban"`` for one factor, ``"restriction=ban, output=20"`` for several. The
        last factor varies fastest.
    """
    cells = []
    for levels in product(*factors.values()):
        chosen = dict(zip(factors, levels, strict=True))
        name = levels[0] if len(chosen) == 1 else ", ".join(f"{factor}={level}" for factor, level in chosen.items())
        raw = reduce(_apply, (factors[factor][level] for factor, level in chosen.items()), dict(base))
        old, new = base.get("parameters", {}), raw.get("parameters", {})
        cells.append(Cell(name, raw, chosen, frozenset(key for key in new if new[key] != old.get(key))))
    return cells


def draw_parameters(
    names: Iterable[str], count: int, seed: int = 0, world: World | None = None
) -> list[dict[str, float]]:
    """Draw parameters from their declared ranges (low to high in the table of parameters) by Latin hypercube.

    Args:
        names: which ones; their order makes no difference.
        count: number of draws.
        seed: another seed gives another set of draws.
        world: whose table of parameters; the packaged one's when not given.

    Raises:
        InputError: unknown parameter.
    """
    table = parameter_table(world)
    chosen = sorted(set(names))
    for name in chosen:
        if name not in table.index:
            raise InputError(f"unknown parameter {name!r}; {nearest(name, table.index)}")
    if not chosen:
        return [{} for _ in range(count)]
    from scipy.stats import qmc  # slow to load, and workers do not draw

    unit = qmc.LatinHypercube(len(chosen), rng=stream(seed, "parameter-draws")).random(count)
    low, high = (table.loc[chosen, side].to_numpy(dtype=float) for side in ("low", "high"))
    return [dict(zip(chosen, row, strict=True)) for row in (low + unit * (high - low)).tolist()]


def check_parameters(jobs: Iterable[Job], world: World | None = None) -> None:
    """Refuse unknown parameters and impossible values before anything runs."""
    for parameters in {id(job.parameters): job.parameters for job in jobs}.values():
        load_parameters(parameters, world)


def check_columns(jobs: Iterable[Job], taken: Iterable[str]) -> None:
    """Refuse designs whose levels and parameters cannot be columns of the table of runs.

    Args:
        jobs: the runs.
        taken: columns that the table has anyway.

    Raises:
        InputError: a factor has the name of such a column or of a parameter drawn, or levels that are not text.
    """
    jobs, taken = list(jobs), list(taken)
    drawn = {name for job in jobs for name in job.parameters}
    for factor, level in dict.fromkeys(item for job in jobs for item in job.levels.items()):
        if factor in taken:
            raise InputError(f"factor {factor!r}: the table of runs has columns {', '.join(taken)}; rename the factor")
        if factor in drawn:
            raise InputError(f"factor {factor!r}: a parameter of that name is drawn, too; rename the factor")
        if not isinstance(level, str):
            raise InputError(f"factor {factor!r}: level {level!r} is not text; use {str(level)!r}")
    for name in drawn.intersection(taken):
        raise InputError(f"parameter {name!r}: the table of runs has columns {', '.join(taken)}; rename the parameter")


def _apply(raw: Raw, variant: Variant) -> Raw:
    return variant(raw) if callable(variant) else vary(raw, variant)
