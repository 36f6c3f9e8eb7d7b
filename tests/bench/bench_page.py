"""Time the page in Chromium: from the start of the server to usable, a change to its path and its band, a week.

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

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[2]
STARTS, CHANGES, WEEKS = 3, 5, 40
# Milliseconds from moving a control to another headline, and to its range over all runs.
CHANGE = """async ([key, value]) => {
    const next = () => new Promise(resolve => requestAnimationFrame(resolve));
    const said = () => document.querySelector('.headline').textContent;
    const before = said(), control = document.getElementById('lever-' + key), start = performance.now();
    control.value = value;
    control.dispatchEvent(new Event('input', { bubbles: true }));
    while (said() === before || !said().includes('buyers')) await next();
    const path = performance.now() - start;
    while (!document.querySelector('.state').textContent.includes('of 20 runs')) await next();
    return [path, performance.now() - start];
}"""
# Milliseconds from a press on "One week back" until the words of that week are there, and until the server's answer of
# the country that is asked is there, too.
WEEK = """async () => {
    const next = () => new Promise(resolve => requestAnimationFrame(resolve));
    const of = (name) => document.querySelector(name).textContent, words = of('.headline'), facts = of('.answer');
    const start = performance.now();
    document.querySelector('[aria-label="One week back"]').click();
    while (of('.headline') === words) await next();
    const said = performance.now() - start;
    while (of('.answer') === facts) await next();
    return [said, performance.now() - start];
}"""


@contextmanager
def serving() -> Iterator[str]:
    """Start the page as `make explore` does; give its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen([sys.executable, "-m", "experiments.page", "--port", port], cwd=ROOT, **quiet)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)


def wait_for_port(address: str) -> None:
    """Return as soon as the server takes connections."""
    port = int(address.rsplit(":", 1)[1])
    while True:
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.005)


def open_page(browser: Browser, address: str) -> Page:
    """Open the page as soon as the server takes connections, and wait until it can be used."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    wait_for_port(address)
    page.goto(address, timeout=120_000)
    page.locator(".headline", has_text="buyers").wait_for(timeout=120_000)
    return page


def main() -> None:
    """Print all times."""
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for _ in range(STARTS):
            begun = time.perf_counter()
            with serving() as address:
                page = open_page(browser, address)
                first = time.perf_counter() - begun
                begun = time.perf_counter()
                open_page(browser, address).context.close()
                print(
                    f"usable {first:.1f} s after the start; a second window after {time.perf_counter() - begun:.1f} s"
                )
                page.context.close()
        with serving() as address:
            page = open_page(browser, address)
            page.get_by_text("of 20 runs").first.wait_for(timeout=120_000)
            found = [page.evaluate(CHANGE, ["grant-others", str(20 + i)]) for i in range(CHANGES)]
            path, band = (statistics.median(one[i] for one in found) / 1000 for i in (0, 1))
            print(f"a change: path {path:.2f} s, band of 20 runs {band:.1f} s (medians of {CHANGES})")
            weeks = [page.evaluate(WEEK) for _ in range(WEEKS)]
            words, facts = (statistics.median(one[i] for one in weeks) for i in (0, 1))
            print(f"one week: words after {words:.0f} ms, tables and agents after {facts:.0f} ms (medians of {WEEKS})")


if __name__ == "__main__":
    main()
