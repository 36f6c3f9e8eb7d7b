"""Time the page in Chromium: from the start of the server to ready, a step, a run to the end, and memory.

Run from the top folder: `python -m tests.bench.bench_page`. Needs chromium and the extras explore and test.
"""

import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[2]
STARTS, STEPS, WEEKS = 5, 100, 260
RESETS, QUARTERS = 50, 4  # 52 weeks after each reset: 2,600 steps
LONG = f'name = "long"\nweeks = {WEEKS}\n'
# From the click to the first frame in which all four pictures show the week, in seconds.
TIME_UNTIL = """async ([button, week]) => {
    const next = () => new Promise(resolve => requestAnimationFrame(resolve));
    const pressed = [...document.querySelectorAll('button')].find(b => b.textContent.trim() === button);
    while (pressed.disabled) await next();
    const start = performance.now();
    const shown = image => image.complete && Number(image.dataset.week) === week;
    pressed.click();
    while (![...document.querySelectorAll('.picture img')].every(shown)) await next();
    return (performance.now() - start) / 1000;
}"""
READY = """() => { const all = [...document.querySelectorAll('.picture img')];
    return all.length === 4 && all.every(image => image.complete && image.offsetHeight > 0); }"""


@contextmanager
def serving() -> Iterator[tuple[str, psutil.Process]]:
    """Start the page as `make explore` does; give its address and its process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [sys.executable, "-m", "solara", "run", "experiments/explore.py", "--host", "127.0.0.1", "--port", port]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen([*command, "--production", "--no-open", "--no-check-version"], cwd=ROOT, **quiet)
    try:
        yield f"http://127.0.0.1:{port}", psutil.Process(server.pid)
    finally:
        server.terminate()
        server.wait(10)


def open_page(browser: Browser, address: str) -> tuple[Page, float]:
    """Open the page as soon as the server takes connections; return it and the clock's time when it was opened."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    port = int(address.rsplit(":", 1)[1])
    while True:
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.01)
    opened = time.perf_counter()
    page.goto(address)
    page.wait_for_function(READY, timeout=120_000)
    return page, opened


def press(page: Page, button: str, week: int) -> float:
    """Press a button; return the seconds until all pictures show a week."""
    return float(page.evaluate(TIME_UNTIL, [button, week]))


def starts(browser: Browser) -> None:
    """Print how long it takes until the page is ready."""
    for _ in range(STARTS):
        started = time.perf_counter()
        with serving() as (address, server):
            page, opened = open_page(browser, address)
            now, spent = time.perf_counter(), sum(server.cpu_times()[:2])
            print(f"ready {now - started:.2f} s after the start, {now - opened:.2f} s after opening; CPU {spent:.1f} s")
            page.context.close()


def steps(page: Page, server: psutil.Process) -> None:
    """Print the median of many steps, by Mesa's button."""
    before = sum(server.cpu_times()[:2])
    seconds = [press(page, "Step", week + 1) for week in range(STEPS)]
    each = 1000 * (sum(server.cpu_times()[:2]) - before) / STEPS
    low, *_, high = statistics.quantiles(seconds, n=20)
    print(f"step: median of {STEPS} {1000 * statistics.median(seconds):.0f} ms ({1000 * low:.0f} to {1000 * high:.0f})"
          f"; CPU of the server {each:.0f} ms")  # fmt: skip


def to_the_end(page: Page) -> None:
    """Print how long a run of all weeks takes."""
    page.locator("input[type=file]").set_input_files(
        {"name": "long.toml", "mimeType": "text/plain", "buffer": LONG.encode()}
    )
    page.get_by_text("Press Reset above").wait_for()
    spent = []
    for _ in range(3):
        press(page, "Reset", 0)
        spent.append(press(page, "Run to the end", WEEKS))
        page.wait_for_timeout(1000)
    print(f"run to the end of {WEEKS} weeks: {', '.join(f'{s:.2f}' for s in spent)} s")


def memory(page: Page, server: psutil.Process) -> None:
    """Print how much the server grows in one session of many resets and steps."""
    before = server.memory_info().rss
    for _ in range(RESETS):
        press(page, "Reset", 0)
        for quarter in range(QUARTERS):
            press(page, "One quarter", 13 * (quarter + 1))
    grown = (server.memory_info().rss - before) / 1e6
    print(
        f"memory after {RESETS} resets and {RESETS * QUARTERS * 13:,} steps: {grown:+.0f} MB on {before / 1e6:.0f} MB"
    )


def main() -> None:
    """Print all times and the growth of memory."""
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        starts(browser)
        with serving() as (address, server):
            page, _ = open_page(browser, address)
            page.wait_for_timeout(2000)
            steps(page, server)
            to_the_end(page)
            memory(page, server)


if __name__ == "__main__":
    main()
