"""Many windows: ten that change a control at once, twenty for two minutes, memory, early openings, hovering.

Run from the top folder: `python -m tests.bench.bench_windows [windows] [crowd] [memory] [early] [hover]`, all if none
is named.
"""

import shutil
import statistics
import sys
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.bench.bench_page import open_page, serving, wait_for_port

WINDOWS, VISITS, DROPPED, STARTS = 10, 50, 20, 50
CULLED_AFTER = 240  # s after the last dropped window
# Watches the text and asks for no frames: twenty windows that draw while they wait would be the load.
MOVE = """key => {
    const control = document.getElementById('lever-grant-others');
    const said = () => document.querySelector('.headline').textContent;
    const before = said(), begun = performance.now();
    window.took = 0;
    const watch = new MutationObserver(() => {
        if (said() === before || !said().includes('buyers')) return;
        watch.disconnect();
        requestAnimationFrame(() => window.took = performance.now() - begun); });
    watch.observe(document.querySelector('.explore'), { subtree: true, childList: true, characterData: true });
    control.value = key; control.dispatchEvent(new Event('input', { bubbles: true })); }"""
CROWD, CROWD_SECONDS, CROWD_PAUSE = 20, 120, 10  # windows, how long, s from one change of a window to its next
AFTER_CROWD = 300  # s
LOOSE, STRICT = 80, 10  # per cent of licences granted: far enough apart for other words
HOVER = """async () => { const box = document.querySelector('.prices .chart'), at = box.getBoundingClientRect();
    const canvas = box.querySelector('canvas'), start = performance.now();
    const where = { bubbles: true, clientX: at.x + at.width / 2, clientY: at.y + 200 };
    canvas.dispatchEvent(new MouseEvent('mousemove', where));
    const shown = () => [...box.querySelectorAll('div')].some(one => one.textContent.includes('USD/kg')
        && one.style.visibility !== 'hidden' && one.style.opacity !== '0');
    while (!shown()) await new Promise(done => requestAnimationFrame(done));
    return performance.now() - start; }"""


def memory_mb(port: str) -> float:
    """Return the memory of the server of a port, without its workers, MB."""
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            command = (status.parent / "cmdline").read_bytes().split(b"\0")
            if b"experiments.page" in command and port.encode() in command:
                line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
                return float(line.split()[1]) / 1e3
        except (OSError, StopIteration):
            continue
    return float("nan")


def windows(browser: Browser) -> None:
    """Let ten windows change a control at once, each to a value of its own."""
    with serving() as address:
        pages = [open_page(browser, address) for _ in range(WINDOWS)]
        pages[0].get_by_text("of 20 runs").first.wait_for(timeout=300_000)
        for number, page in enumerate(pages):
            page.evaluate(MOVE, str(10 + number))
        took = [answered(page) for page in pages]
        values = [page.locator("#lever-grant-others").input_value() for page in pages]
        whole = "isolated" if values == [str(10 + number) for number in range(WINDOWS)] else "NOT isolated"
        print(f"{WINDOWS} windows: new paths after {min(took):.1f} to {max(took):.1f} s, {whole}")


def crowd(browser: Browser) -> None:
    """Let twenty windows change a control in turn for two minutes; none may complain, or wait for ever."""
    with serving() as address:
        port, faults = address.rsplit(":", 1)[1], list[str]()
        pages = [open_page(browser, address) for _ in range(CROWD)]
        for page in pages:
            page.on("pageerror", lambda error: faults.append(str(error)))
            page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        pages[0].get_by_text("of 20 runs").first.wait_for(timeout=300_000)
        before, begun, took, turn = memory_mb(port), time.monotonic(), list[float](), 0
        while time.monotonic() < begun + CROWD_SECONDS:
            page = pages[turn % CROWD]
            if turn >= CROWD:
                took.append(answered(page))
            page.evaluate(MOVE, str((LOOSE, STRICT)[turn // CROWD % 2] + turn % CROWD))
            turn += 1
            time.sleep(max(0.0, begun + turn * CROWD_PAUSE / CROWD - time.monotonic()))
        took += [answered(page) for page in pages]
        for page in pages:
            page.goto("about:blank")
            page.context.close()
        print(
            f"{CROWD} windows for {CROWD_SECONDS} s: {len(took)} changes, median {statistics.median(took):.1f} s, "
            f"p95 {statistics.quantiles(took, n=20)[-1]:.1f} s, longest {max(took):.1f} s, {len(faults)} errors",
            *faults[:3], flush=True,
        )  # fmt: skip
        time.sleep(AFTER_CROWD)
        print(f"memory {before:.0f} MB with all windows; {AFTER_CROWD} s after they left {memory_mb(port):.0f} MB")


def answered(page: Page) -> float:
    """Return how long the answer to a window's last change took, s."""
    return float(page.wait_for_function("window.took", timeout=120_000).json_value()) / 1000


def memory(browser: Browser) -> None:
    """Visit and leave, properly and without a word."""
    with serving() as address:
        port = address.rsplit(":", 1)[1]
        for number in range(3):  # what every server keeps
            visited(browser, address, properly=number > 0)
        page = open_page(browser, address)
        page.get_by_text("of 20 runs").first.wait_for(timeout=300_000)
        page.close(run_before_unload=True)
        time.sleep(5)
        before = memory_mb(port)
        for _ in range(VISITS):
            visited(browser, address, properly=True)
        time.sleep(5)
        after = memory_mb(port)
        print(f"memory {before:.0f} MB; after {VISITS} visits {after - before:+.0f} MB", flush=True)
        for _ in range(DROPPED):
            visited(browser, address, properly=False)
        dropped = memory_mb(port)
        time.sleep(CULLED_AFTER)
        freed = f"{CULLED_AFTER} s later {memory_mb(port) - after:+.0f} MB"
        print(f"{DROPPED} dropped windows {dropped - after:+.0f} MB, {freed}")


def visited(browser: Browser, address: str, properly: bool) -> None:
    """Open the page, move a week, and go."""
    page = open_page(browser, address)
    page.get_by_role("button", name="One week back").click()
    page.locator(".when", has_text="Week 208").wait_for()
    context = page.context
    if properly:
        page.goto("about:blank")
    context.close()


def early(browser: Browser) -> None:
    """Open the page as soon as the server takes connections, and up to half a second later."""
    good = 0
    for number in range(STARTS):
        with serving() as address:
            page = browser.new_page()
            opened_early(page, address, number / STARTS / 2)
            good += page.locator(".headline", has_text="buyers").count()
            page.close()
    print(f"{good} of {STARTS} early openings succeed")


def opened_early(page: Page, address: str, later: float) -> None:
    """Go to the page until it answers, so many seconds after the port does."""
    wait_for_port(address)
    time.sleep(later)
    page.goto(address, timeout=120_000)
    page.locator(".headline", has_text="buyers").or_(page.locator("pre")).first.wait_for(timeout=120_000)


def hover(browser: Browser) -> None:
    """Move the pointer over the chart of prices."""
    with serving() as address:
        page = open_page(browser, address)
        page.locator(".prices").scroll_into_view_if_needed()
        page.locator(".prices canvas").first.wait_for()
        page.wait_for_timeout(1000)
        print(f"hovering: values after {page.evaluate(HOVER):.0f} ms")


def main() -> None:
    """Print what was asked for."""
    parts = {"windows": windows, "crowd": crowd, "memory": memory, "early": early, "hover": hover}
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name in sys.argv[1:] or parts:
            parts[name](browser)


if __name__ == "__main__":
    main()
