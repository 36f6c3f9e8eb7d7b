"""Serve the page: `python -m experiments.page` (what `make explore` does). `--help` lists the options."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from experiments.page.guard import LARGEST_MESSAGE
from experiments.page.start import first_things

SCRIPT = Path(__file__).parents[1] / "explore.py"


def main() -> None:
    """Start the server; it answers this machine alone unless another host is named."""
    parser = argparse.ArgumentParser(prog="python -m experiments.page", description="Serve the page in the browser.")
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen at; anything but this machine is warned of"
    )
    parser.add_argument("--port", type=int, default=8765)
    asked = parser.parse_args()
    first_things()
    os.environ |= {"SOLARA_APP": str(SCRIPT), "SERVER_NAME": asked.host, "SOLARA_MODE": "production"}
    import uvicorn

    uvicorn.run(
        "solara.server.starlette:app", host=asked.host, port=asked.port, log_level="error", access_log=False,
        proxy_headers=False, ws_max_size=LARGEST_MESSAGE, loop="asyncio", server_header=False,
        timeout_graceful_shutdown=2,
    )  # fmt: skip


if __name__ == "__main__":
    main()
