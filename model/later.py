"""Loads a module when something in it is first asked for.

Mesa imports what models on grids and networks need, SciPy's spatial trees and networkx among it. Firms that trade stand
on no grid: nobody should wait for that at every start.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any


class _Later(ModuleType):
    """A module that loads itself at the first look for something that only its text can give."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name not in ("__all__", "__version__"):  # tools look through all modules for such
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        _load(self)
        return ModuleType.__getattribute__(self, name)


class _LaterLoader(Loader):
    """Makes a module without running it; keeps who can."""

    def __init__(self, real: Loader) -> None:
        self.real = real

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Later(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing yet."""


def _load(module: _Later) -> None:
    """Run a module that waits; who asks meanwhile waits, too, unless it is itself part of the module."""
    spec = module.__spec__
    assert spec
    with spec.loader_state:
        waiting = spec.loader
        if isinstance(waiting, _LaterLoader):
            module.__loader__ = spec.loader = waiting.real
            try:
                waiting.real.exec_module(module)
            except BaseException:
                spec.loader = waiting  # whoever asks next tries again
                raise
            object.__setattr__(module, "__class__", ModuleType)


class _Finder(MetaPathFinder):
    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of a module that can wait, else None: others know. A part of one loads the whole first."""
        parent = sys.modules.get(name.rpartition(".")[0])
        if isinstance(parent, _Later):
            _load(parent)
        spec = PathFinder.find_spec(name, path, target) if name in self.names else None
        if spec and spec.loader:
            spec.loader, spec.loader_state = _LaterLoader(spec.loader), threading.RLock()
        return spec


def load_later(*names: str) -> None:
    """Let `import name` return at once for modules not loaded yet; each loads at its first use."""
    sys.meta_path.insert(0, _Finder(names))
