"""What is installed for what: packages, versions, licences, sizes. `make packages` writes the table in PACKAGES.md."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from importlib import metadata

from tests.conftest import ROOT

PACKAGES = ROOT / "PACKAGES.md"
MARK = "<!-- made by `make packages` from what is installed; a test says when it is stale -->"
HEAD = "| package | version | licence | for |\n|---|---|---|---|"


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def named(requirement: str) -> tuple[str, tuple[str, ...]]:
    """Return the name and the extras of a requirement."""
    name, extras = re.match(r"([\w.-]+)\s*(?:\[([^\]]*)\])?", requirement).groups()
    return plain(name), tuple(one.strip() for one in (extras or "").split(",") if one.strip())


def requirements() -> dict[str, list[str]]:
    """Return what is asked for by the core and by each extra."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {"core": project["dependencies"], **project["optional-dependencies"]}


def declared() -> dict[str, set[str]]:
    return {part: {named(one)[0] for one in some} for part, some in requirements().items()}


def pinned() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return {plain(name): version for name, _, version in (line.partition("==") for line in lines if line[:1] != "#")}


def needed(asked: Iterable[str]) -> dict[str, metadata.Distribution]:
    """Return the installed packages that requirements need, with all that those need in turn."""
    found: dict[str, metadata.Distribution] = {}
    seen: set[tuple[str, str]] = set()
    left = [named(one) for one in asked]
    while left:
        name, extras = left.pop()
        try:
            found[name] = metadata.distribution(name)
        except metadata.PackageNotFoundError:  # for another system
            continue
        for extra in ("", *extras):
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            left += [named(one) for one in found[name].requires or () if extra_of(one) == extra]
    return found


def extra_of(requirement: str) -> str:
    """Return the extra that a requirement of a package belongs to; none: the package itself."""
    found = re.search(r"""extra\s*==\s*['"]([^'"]+)""", requirement)
    return found[1] if found else ""


def licence(package: metadata.Distribution) -> str:
    """Return what a package says of its licence: an expression, classifiers and first words, or else its file."""
    about = package.metadata
    classes = [text.rpartition("::")[2].strip() for text in about.get_all("Classifier") or () if "License ::" in text]
    said = about.get("License-Expression") or "; ".join([*classes, (about.get("License") or "")[:60]])
    if said:
        return said
    texts = [file.read_text() for file in package.files or () if file.name.upper().startswith("LICEN")]
    return "; ".join(text[:60] for text in texts)


def size_mb(package: metadata.Distribution) -> float:
    return sum(file.size or 0 for file in package.files or ()) / 1e6


def with_table(text: str) -> str:
    """Return the text with the table below its mark made anew."""
    parts = {part: needed(some) for part, some in requirements().items()}
    everything = {name: package for some in parts.values() for name, package in some.items()}
    rows = []
    for name, package in sorted(everything.items()):
        uses = "core" if name in parts["core"] else ", ".join(part for part, some in parts.items() if name in some)
        short = re.split(r"[;\n]", licence(package))[0].strip()
        rows.append(f"| {name} | {package.version} | {short} | {uses} |")
    return "\n".join([text.split(MARK)[0] + MARK, "", HEAD, *rows, ""])


def main() -> None:
    """Write the table; say how large parts are."""
    PACKAGES.write_text(with_table(PACKAGES.read_text(encoding="utf-8")), encoding="utf-8")
    for part, some in requirements().items():
        found = needed(some)
        print(f"{part}: {len(found)} packages, {sum(map(size_mb, found.values())):.0f} MB")


if __name__ == "__main__":
    main()
