"""Time one 260-week run of the record, next to an example of Mesa's own in the same process.

Run from the top folder: `python -m tests.bench.bench_model`.
"""

import gc
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
from mesa.examples.advanced.sugarscape_g1mt.model import SugarscapeG1mt

from model import TradeModel, load_scenario

SCENARIO = Path(__file__).parents[2] / "experiments" / "scenarios" / "history.toml"
WEEKS = 260
REPEATS = 5
SUGAR_STEPS, SUGAR_AGENTS = 60, 200


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


def main() -> None:
    """Print build time, run time, agent-steps a second, the same for Mesa's example, and memory."""
    scenario = load_scenario(SCENARIO).model_copy(update={"weeks": WEEKS})
    TradeModel(scenario, seed=0).run(5)  # compiles, or loads what was compiled
    build, run, tables = [], [], []
    for seed in range(1, REPEATS + 1):
        models: list[TradeModel] = []
        build.append(timed(lambda s=seed, m=models: m.append(TradeModel(scenario, seed=s))))
        model = models[0]
        run.append(timed(model.run))
        tables.append(timed(model.tables))
    agents, rows = len(model.agents), len(model.columns)
    rate = agents * WEEKS / float(np.median(run))
    sugar_seconds, sugar_steps = sugarscape()
    sugar_rate = sugar_steps / sugar_seconds
    kept, peak = megabytes(lambda: TradeModel(scenario, seed=1).run())
    print(f"{agents} agents (firms and countries), {rows} rows, {WEEKS} weeks recorded, {REPEATS} runs")
    print(f"build and {scenario.spin_up_weeks} weeks of spin-up  {np.median(build):8.3f} s")
    for name, seconds in (("run", run), ("tables", tables)):
        print(f"{name:<30} {np.median(seconds):8.3f} s  ({min(seconds):.3f} to {max(seconds):.3f})")
    print(f"agent-steps per second         {rate:8,.0f}")
    print(f"Mesa's sugarscape_g1mt         {sugar_rate:8,.0f}  ({sugar_steps:,} agent-steps in {sugar_seconds:.2f} s)")
    print(f"ratio                          {rate / sugar_rate:8.1f}")
    print(f"memory of a finished run       {kept:8.1f} MB  (peak {peak:.1f} MB)")


if __name__ == "__main__":
    main()
