"""Time runs of the record: next to an example of Mesa's own in the same process, and in worlds of ever more firms.

Run from the top folder: `python -m tests.bench.bench_model`.
"""

import gc
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
from mesa.examples.advanced.sugarscape_g1mt.model import SugarscapeG1mt

from model import Scenario, TradeModel, load_scenario
from tests.bench.worlds import split_model

SCENARIO = Path(__file__).parents[2] / "experiments" / "scenarios" / "history.toml"
WEEKS = 260
REPEATS = 5
SUGAR_STEPS, SUGAR_AGENTS = 60, 200
COPIES, MANY_FIRMS = 4, 8_000


def timed(call: Callable[[], object]) -> float:
    """Return the wall time of a call in seconds."""
    gc.collect()
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def megabytes(call: Callable[[], object]) -> tuple[float, float]:
    """Return what the result of a call keeps in memory and the peak on the way, MB."""
    gc.collect()
    tracemalloc.start()
    kept = call()
    now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del kept
    return now / 1e6, peak / 1e6


def sugarscape() -> tuple[float, int]:
    """Run Mesa's example; return seconds and agent-steps (its agents die, so they are counted in every step)."""
    model = SugarscapeG1mt(initial_population=SUGAR_AGENTS, seed=1)
    agent_steps, spent = 0, 0.0
    for _ in range(SUGAR_STEPS):
        agent_steps += len(model.agents)
        spent += timed(model.step)
    return spent, agent_steps


def show(name: str, seconds: list[float]) -> None:
    """Print the median of some times and their range."""
    print(f"{name:<34} {np.median(seconds):8.3f} s  ({min(seconds):.3f} to {max(seconds):.3f})")


def history(scenario: Scenario) -> None:
    """Print what a user waits for: the record from building the model to its tables."""
    runs, whole = [], []
    for seed in range(1, REPEATS + 1):
        model = TradeModel(scenario, seed=seed)
        runs.append(timed(model.run))
        whole.append(timed(lambda s=seed: TradeModel(scenario, seed=s).run().tables()))
    show(f"{scenario.weeks} weeks of the record", runs)
    show("  with building, spin-up and tables", whole)


def long_run(scenario: Scenario) -> None:
    """Print build time, run time, agent-steps a second, the same for Mesa's example, and memory."""
    build, run, tables = [], [], []
    for seed in range(1, REPEATS + 1):
        models: list[TradeModel] = []
        build.append(timed(lambda s=seed, m=models: m.append(TradeModel(scenario, seed=s))))
        model = models[0]
        run.append(timed(model.run))
        tables.append(timed(model.tables))
    agents, rows = len(model.agents), len(model.firms)
    rate = agents * WEEKS / float(np.median(run))
    sugar_seconds, sugar_steps = sugarscape()
    sugar_rate = sugar_steps / sugar_seconds
    kept, peak = megabytes(lambda: TradeModel(scenario, seed=1).run())
    print(f"{agents} agents (firms and countries), {rows} records, {WEEKS} weeks, {REPEATS} runs")
    show(f"build and {scenario.spin_up_weeks} weeks of spin-up", build)
    show("run", run)
    show("tables", tables)
    print(f"agent-steps per second             {rate:8,.0f}")
    print(f"Mesa's sugarscape_g1mt             {sugar_rate:8,.0f}  ({sugar_steps:,} in {sugar_seconds:.2f} s)")
    print(f"ratio                              {rate / sugar_rate:8.1f}")
    print(f"memory of a finished run           {kept:8.1f} MB  (peak {peak:.1f} MB)")


def larger_worlds(scenario: Scenario) -> None:
    """Print how the time of a run grows with the number of firms, the totals of the world staying as they are."""
    print(f"\n  firms  records  build and spin-up  {WEEKS} weeks  ms a week  cost grows as firms to the power of")
    firms = len(split_model(scenario, 1, 1).firms.names)
    seen: list[tuple[int, float]] = []
    for times in (1, COPIES, round(MANY_FIRMS / firms)):
        models: list[TradeModel] = []
        build = timed(lambda t=times, m=models: m.append(split_model(scenario, 1, t)))
        model = models[0]
        run = timed(model.run)
        seen.append((len(model.firms.names), run))
        (few, before), (many, now) = seen[0], seen[-1]
        power = f"{np.log(now / before) / np.log(many / few):.2f}" if many > few else ""
        print(f"{many:>7,} {len(model.firms):>8,} {build:>16.2f} s {run:>7.2f} s {1e3 * run / WEEKS:>10.2f}  {power}")


def main() -> None:
    """Print all of it."""
    record = load_scenario(SCENARIO)
    scenario = record.model_copy(update={"weeks": WEEKS})
    TradeModel(scenario, seed=0).run(5).tables()  # compiles, or loads what was compiled
    history(record)
    long_run(scenario)
    larger_worlds(scenario)


if __name__ == "__main__":
    main()
