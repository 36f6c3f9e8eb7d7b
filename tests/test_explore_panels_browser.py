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


@twice
def test_a_change_is_split_into_causes_and_each_policy_is_asked(visit):  # noqa: F811
    page = visit("?weeks=60")
    page.get_by_role("button", name="Split the change into causes").click()
    said = page.locator(".because")
    said.filter(has_text="Gallium, crude, US, 26 Jun 2023 to 19 Feb 2024").wait_for(timeout=60_000)
    page.get_by_label("Place").select_option(label="Rotterdam")
    said.filter(has_text="Rotterdam").wait_for()
    page.locator(".because", has_text="10 to 90 %").wait_for(timeout=120_000)
    assert "licences +" in said.inner_text()
    page.locator(".scrub").fill("45")
    said.filter(has_text="to 6 Nov 2023").wait_for()
    page.get_by_role("button", name="China: export licences").click()
    page.locator(".did", has_text="Prices of the last 13 weeks").wait_for(timeout=60_000)
    page.get_by_role("button", name="Scorecard of all").click()
    row = page.locator(".policies tr", has_text="China: export licences").first
    row.filter(has_text="none").wait_for(timeout=60_000)
    page.wait_for_function("location.search.includes('why=DEU~26') && location.search.includes('without=2')")
    # A change of the settings takes the answers away until it has been run again.
    page.get_by_role("button", name="Free trade", exact=True).click()
    page.locator(".because", has_text="licences").wait_for(state="detached")
    page.locator(".because", has_text="Rotterdam").wait_for(timeout=60_000)
    page.get_by_role("button", name="Close", exact=True).click()
    page.locator(".because").wait_for(state="detached")


@twice
def test_a_policy_s_line_on_the_chart_can_be_clicked(visit):  # noqa: F811
    page = visit("?weeks=60")
    chart = page.locator(".prices canvas").first
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    share = (182 / 7 - 0) / 59  # 3 July 2023, of the 60 Mondays from 2 January 2023
    x = box["x"] + 52 + share * (box["width"] - 52 - 16)
    for dx in (0, -1, 1, 2, -2):
        page.mouse.click(x + dx, box["y"] + 200)
        if page.get_by_role("button", name="China: export licences").get_attribute("aria-pressed") == "true":
            break
        page.wait_for_timeout(300)
    page.locator(".did", has_text="China: export licences").wait_for()
