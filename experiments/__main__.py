"""List the experiments: `python -m experiments`."""

import ast
import sys
from pathlib import Path

from experiments.study.cli import complain
from model.errors import nearest

EXPERIMENTS = (
    "history", "compare", "run", "rostec", "export_ban", "lapse", "mitigation", "mechanism", "calibrate", "forecast",
    "sensitivity", "discovery", "reproduce",
)  # fmt: skip


def summary(name: str) -> str:
    """Return the first line of an experiment's docstring without importing it."""
    here = Path(__file__).parent
    package, module = here / name / "__main__.py", here / f"{name}.py"
    code = (package if package.is_file() else module).read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(code)) or "").partition("\n")[0]


def main(arguments: list[str]) -> int:
    """Print a line for each experiment; refuse anything but `--help`, since it would not be run."""
    if arguments and arguments != ["--help"]:
        name = arguments[0]
        if name in EXPERIMENTS:
            return complain(f"{name}: run it with a dot, python -m experiments.{' '.join(arguments)}")
        return complain(f"{name}: no such experiment; {nearest(name, EXPERIMENTS)}")
    print("Run one with `python -m experiments.NAME`; `--help` lists its options.\n")
    for name in EXPERIMENTS:
        print(f"  {name:<12} {summary(name)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
