"""What Solara 1.58 does otherwise than this page needs, mended from outside; each part says what and why."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from typing import Any

CULLED_AFTER = "3m"  # a window that has gone away without a word keeps its run for so long; its link brings it back
LANGUAGE = ("<html>", '<html lang="en">')
ZOOM = ("maximum-scale=1, user-scalable=no, minimal-ui", "minimal-ui")
SKIP = (
    '<div id="app"',
    "<style>.skip { position: fixed; left: 8px; top: -60px; z-index: 300; padding: 10px 14px; background: #fff; "
    "color: #0060A0 } .skip:focus { top: 8px }</style>"
    """<a class="skip" href="#questions" onclick="document.getElementById('questions').focus(); return false">"""
    'Skip to the questions</a><div id="app"',
)
# Scripts that are asked for one after the other once widgets come.
EARLY = ("jupyter/nbextensions/jupyter-vuetify/nodeps.js", "jupyter/nbextensions/jupyter-vue/nodeps.js",
         "_solara/cdn/echarts@5.4.0/dist/echarts.min.js")  # fmt: skip


def mend_solara() -> None:
    """Change settings and functions of Solara's server in this process."""
    import solara.lifecycle
    import solara.settings
    from solara.server import app, server, settings

    os.environ.setdefault("REACTON_FAST", "1")  # only what has changed is looked through, in half the time
    os.environ.setdefault("MPLBACKEND", "agg")
    app.patch.patch_heavy_imports = lambda: None  # looks into Matplotlib, which nothing here draws with (see frame.py)
    settings.theme.show_banner = False
    settings.theme.title = "Chokepoint"
    settings.assets.fontawesome_enabled = False  # no icon of it is used
    settings.telemetry.mixpanel_enable = False  # nothing leaves this machine
    settings.kernel.cull_timeout = CULLED_AFTER
    settings.state.auto_remount = True  # a window that comes back is built again from its link, without a question
    solara.settings.main.check_hooks = "off"  # reads the source of every component at each start
    warnings.filterwarnings("ignore", message="Cookies with samesite=none")  # the page cannot be framed anyway
    if not hasattr(server.read_root, "mended"):
        server.read_root = better_page(server.read_root)
        solara.lifecycle.on_kernel_start = forgotten_with_window(solara.lifecycle.on_kernel_start)


def better_page(read: Callable[..., str | None]) -> Callable[..., str | None]:
    """Return what makes the page's frame: with a language and zoom, and with scripts that are fetched early."""

    def made(path: str, root_path: str = "", *args: Any, **more: Any) -> str | None:
        text = read(path, root_path, *args, **more)
        if text is None:
            return None
        early = [f'<link rel="preload" as="script" href="{root_path}/{name}">' for name in EARLY]
        for old, new in (LANGUAGE, ZOOM, SKIP, ("</title>", "</title>" + "".join(early))):
            text = text.replace(old, new, 1)
        return text

    made.mended = True  # type: ignore[attr-defined]
    return made


def forgotten_with_window(register: Callable[..., Callable[[], None]]) -> Callable[..., Callable[[], None]]:
    """Return `on_kernel_start` that drops what a window has registered when the window is closed.

    Every task of a window (Mesa's Play is one) registers there what holds the whole window: megabytes, for ever.
    """
    from solara.server import kernel_context

    def registered(callback: Callable[..., Any]) -> Callable[[], None]:
        forget = register(callback)
        if kernel_context.has_current_context() and kernel_context.get_current_context().id != "dummy":
            kernel_context.get_current_context().on_close(forget)
        return forget

    return registered
