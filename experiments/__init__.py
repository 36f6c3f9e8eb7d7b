"""Experiments: studies of the model, the engine that runs them, and the page in the browser."""

from pathlib import Path

SCENARIOS = Path(__file__).parent / "scenarios"  # the scenario files that come with the project
RECORD = SCENARIOS / "history.toml"
