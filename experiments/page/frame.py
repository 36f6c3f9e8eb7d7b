"""Mesa's frame of the page: Play, Step and Reset, and its sliders."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import model  # noqa: F401  # it makes Mesa light

DRAWING = ("altair", "matplotlib", "PIL")  # what Mesa could draw with; this page draws in the browser


class _Blank(ModuleType):
    """Stands for a module of a drawing library while Mesa's page is imported: every name is there, nothing draws."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # tools look through all modules for such
            raise AttributeError(name)
        return object


class _Blanks(MetaPathFinder, Loader):
    """Gives blank modules to one thread; any other gets the libraries themselves."""

    def __init__(self) -> None:
        self.thread = threading.get_ident()

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        blank = name.partition(".")[0] in DRAWING and threading.get_ident() == self.thread
        return ModuleSpec(name, self, is_package=True) if blank else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Blank(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """There is nothing in it."""


def _load() -> Any:
    """Import Mesa's page without its two drawing libraries, which take a second of the processor."""
    blanks = _Blanks()
    sys.meta_path.insert(0, blanks)
    try:
        from mesa.visualization import SolaraViz
    finally:
        sys.meta_path.remove(blanks)
        for name in [name for name, module in list(sys.modules.items()) if isinstance(module, _Blank)]:
            del sys.modules[name]
    return SolaraViz


Frame = _load()
