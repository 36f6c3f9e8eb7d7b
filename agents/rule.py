"""How a rule of behaviour is written: a plain function of one firm's record, compiled.

A rule reads and writes the fields of the record it is given (`model/state/record.py` declares them) and is called in a
loop over the firms of its kind (`model/stages.py`). It may call other rules.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from numba import njit
from numba.core import caching

_PACKAGES = tuple(Path(__file__).parents[1] / name for name in ("agents", "model"))


def rule(function: Callable[..., Any]) -> Any:
    """Compile a function for use in compiled code; what was compiled is kept on disk.

    Compiled code runs on records and arrays (the types come from the first call). It holds no interpreter lock.
    """
    return njit(cache=True, nogil=True, error_model="numpy")(function)


@cache
def _stamp() -> str:
    whole = hashlib.sha256()
    for package in _PACKAGES:
        for path in sorted(package.rglob("*.py")):
            whole.update(path.read_bytes())
    return whole.hexdigest()


class _Stamped:
    """Keys kept code by all sources of the project: numba looks at a function's own file only.

    A loop with a rule of another file compiled into it would go on with the old rule after a change there.
    """

    def get_source_stamp(self) -> str:
        return _stamp()

    @classmethod
    def from_function(cls, function: Callable[..., Any], file: str) -> Any:
        ours = any(package in Path(file).resolve().parents for package in _PACKAGES)
        return super().from_function(function, file) if ours else None  # type: ignore[misc]


class _InTree(_Stamped, caching.InTreeCacheLocator):
    """Beside the sources."""


class _UserWide(_Stamped, caching.UserWideCacheLocator):
    """In the user's cache folder, where the sources cannot be written to."""


caching.CacheImpl._locator_classes[1:1] = [_InTree, _UserWide]
