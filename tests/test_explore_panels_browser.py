"""The panels of the page in a real browser: kept runs, causes, policies, trust, the brief."""

from tests.test_explore_browser import address, banded, browser, drawn, pytestmark, twice, visit  # noqa: F401


@twice
def test_kept_runs_lie_on_the_chart_and_in_a_table(visit):  # noqa: F811
    page = visit()
    banded(page)
    alone = drawn(page, ".prices")
    page.get_by_role("button", name="Total ban", exact=True).click()
    page.locator(".answerline", has_text="Total ban").wait_for()
    page.get_by_label("Keep this run as").fill("all shut")
    page.get_by_role("button", name="Pin", exact=True).click()
    page.get_by_role("button", name="The record", exact=True).click()
    table = page.locator(".differences table")
    table.locator("th", has_text="all shut, difference").wait_for(timeout=60_000)
    page.wait_for_function("!document.querySelector('.differences').innerText.includes('follows')", timeout=90_000)
    row = table.locator("tr", has_text="Mean price, Rotterdam, USD/kg").inner_text().split("\t")
    assert row[2].startswith("+")
    assert " to " in row[1]
    assert drawn(page, ".prices") != alone
    page.get_by_label("Differences to").select_option("all shut")
    table.locator("th", has_text="Present settings, difference").wait_for()
    assert table.locator("tr", has_text="Mean price, Rotterdam").inner_text().split("\t")[2].startswith("−")
    page.get_by_role("button", name="Unpin all shut").click()
    table.wait_for(state="detached")
