"""Take the pictures of the page beside this file: six states, three widths, light and dark.

Run from the top folder: `python -m tests.pictures.make [state ...]`. Needs chromium and the extras explore and test.
"""

import io
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.bench.bench_page import serving, wait_for_port

FOLDER = Path(__file__).parent
WIDTHS = {1440: 900, 768: 1024, 390: 844}  # px, with their heights
COLOURS = 256  # of a picture: enough for its flat colours, and small
BAN = "restriction=total-ban"
# By state: the link, and what is in sight (nothing: the top of the page).
STATES = {
    "start": ("", ""),
    "crisis": (f"?{BAN}&good=germanium-5N&week=120", ""),
    "pins": (f"?week=160&pin=Total ban!history!unrestricted!{BAN.replace('=', ':')}", ".prices"),
    "why": ("?why=USA~26", ".why"),
    "agent": ("?ask=zone:JPN&week=110", ".beside"),
    "brief": (f"?{BAN}&why=USA~26", ""),
}
PAPER = 703  # px: A4 without its margins
SHOW = """selector => { const one = document.querySelector(selector);
    const clock = document.querySelector('.clock'), sticks = getComputedStyle(clock).position === 'sticky';
    one.style.scrollMarginTop = `${sticks ? clock.offsetHeight + 40 : 8}px`; one.scrollIntoView(); }"""


def opened(browser: Browser, address: str, state: str, width: int, theme: str) -> Page:
    """Open the page in a state, and wait until all its runs are there."""
    query, where = STATES[state]
    context = browser.new_context(viewport={"width": width, "height": WIDTHS[width]}, color_scheme=theme)
    page = context.new_page()
    page.goto(address + query, timeout=120_000)
    page.get_by_text("10 to 90 % of 20 runs: ").wait_for(timeout=300_000)
    for shown in [".because:has-text('10 to 90 %')"] * ("why" in query) + [".differences table"] * ("pin=" in query):
        page.locator(shown).wait_for(timeout=300_000)
        page.wait_for_function("!document.querySelector('.results').innerText.includes('follow')", timeout=300_000)
    if where:
        page.evaluate(SHOW, where)
    page.wait_for_timeout(2500)
    return page


def taken(page: Page, state: str) -> bytes:
    """Return the picture: what is in sight, or the printed page."""
    if state != "brief":
        return page.screenshot()
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": PAPER, "height": 1032})
    page.wait_for_timeout(500)
    height = page.evaluate("Math.ceil(document.querySelector('.explore').getBoundingClientRect().bottom)")
    page.set_viewport_size({"width": PAPER, "height": height + 8})
    return page.screenshot()


def main() -> None:
    """Take all pictures, or those of the states that were named."""
    with sync_playwright() as started, serving() as address:
        wait_for_port(address)
        browser = started.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for state in sys.argv[1:] or STATES:
            for width in WIDTHS:
                for theme in ("light", "dark"):
                    page = opened(browser, address, state, width, theme)
                    picture = Image.open(io.BytesIO(taken(page, state))).convert("RGB").quantize(COLOURS)
                    picture.save(FOLDER / f"explore_{state}_{width}_{theme}.png", optimize=True)
                    page.context.close()


if __name__ == "__main__":
    main()
