"""List the experiments: `python -m experiments`."""

import ast
from importlib.util import find_spec
from pathlib import Path

EXPERIMENTS = ("history", "rostec", "export_ban", "lapse", "mitigation", "mechanism")


def summary(name: str) -> str:
    """Return the first line of an experiment's docstring without importing it."""
    spec = find_spec(f"experiments.{name}")
    if spec is None or spec.origin is None:
        return "not available"
    doc = ast.get_docstring(ast.parse(Path(spec.origin).read_text(encoding="utf-8"))) or ""
    return doc.splitlines()[0] if doc else ""


def main() -> None:
    """Print a line for each experiment."""
    print("Run one with `python -m experiments.NAME`; `--help` lists its options.\n")
    for name in EXPERIMENTS:
        if find_spec(f"experiments.{name}"):
            print(f"  {name:<12} {summary(name)}")


if __name__ == "__main__":
    main()
