"""The page judged by axe-core, in the real browser: what keeps people from using it."""

from pathlib import Path

import pytest
from axe_playwright_python import base as axe

from tests.test_explore_browser import CHROMIUM, playwright, served, twice

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium found (Debian: apt-get install chromium)"),
]
DARK = "localStorage.setItem(':solara:theme.variant', JSON.stringify('dark'))"
GRAVE = ("serious", "critical")
MOST_TABS = 4  # to the first question, with the keyboard


@pytest.fixture(scope="module")
def windows(tmp_path_factory):
    """Serve the page; give what opens it in a width and a theme."""
    with served(tmp_path_factory.mktemp("server")) as url, playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])

        def opened(width=1440, dark=False):
            context = browser.new_context(viewport={"width": width, "height": 900})
            if dark:
                context.add_init_script(DARK)
            page = context.new_page()
            page.goto(url, timeout=120_000)
            page.locator(".headline", has_text="buyers").wait_for(timeout=120_000)
            page.locator(".prices .chart").scroll_into_view_if_needed()  # drawn when it is near
            page.locator(".prices canvas").first.wait_for(timeout=60_000)
            return page

        yield opened
        browser.close()


def faults(page) -> list[str]:
    """Return what axe finds grave: rule, how many, and the first place."""
    page.evaluate(Path(axe.AXE_FILE_PATH).read_text(encoding="utf-8"))
    found = page.evaluate("axe.run({ resultTypes: ['violations'] })")["violations"]
    return [
        f"{one['id']}: {len(one['nodes'])} times, {[(node['target'], node['html'][:120]) for node in one['nodes'][:6]]}"
        for one in found
        if one["impact"] in GRAVE
    ]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
@twice
def test_axe_finds_nothing_grave(windows, width, dark):
    page = windows(width, dark)
    try:
        assert page.evaluate("document.querySelector('.v-application').classList.contains('theme--dark')") == dark
        assert faults(page) == []
        page.get_by_role("button", name="Total ban", exact=True).click()
        page.locator(".answerline", has_text="Total ban").wait_for(timeout=60_000)
        page.get_by_role("button", name="Show me round").click()
        assert faults(page) == []
    finally:
        page.context.close()


@twice
def test_a_few_tabs_lead_to_the_first_question(windows):
    page = windows()
    try:
        for _ in range(MOST_TABS):
            page.keyboard.press("Tab")
            if page.evaluate("!!document.activeElement.closest('.questions')"):
                break
            if page.evaluate("document.activeElement.classList.contains('skip')"):
                page.keyboard.press("Enter")
        assert page.evaluate("!!document.activeElement.closest('.questions')")
        assert page.evaluate("document.querySelector('meta[name=viewport]').content").count("user-scalable") == 0
    finally:
        page.context.close()
