"""The panels of the page in a real browser: kept runs, causes, policies, trust, the brief."""

import re

from model.world import load_world
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
    page.locator(".why select").first.select_option(label="Rotterdam")
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
    banded(page)  # lines of dates stay within reach when bands lie on the chart
    chart = page.locator(".prices .chart").first
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


@twice
def test_the_page_says_how_far_to_trust_it(visit):  # noqa: F811
    page = visit("?weeks=60")
    page.get_by_role("button", name="What was fitted, how it scores, what is left out").click()
    score = page.locator(".trust table", has_text="Typical error")
    score.wait_for(timeout=90_000)
    assert re.search(r"parameters to \d\d observations", page.locator(".trust").inner_text())
    row = score.locator("tr", has_text="gallium-4N, Rotterdam").inner_text().split("\t")
    assert row[2].endswith("%")
    assert " of " in row[3]


OPTION = "(name => document.querySelector(name).__vue__.chart.getOption())"  # what a chart draws
PAPER = 703, 1032  # px: A4 without its margins


@twice
def test_the_brief_is_two_pages_that_hold_everything(visit):  # noqa: F811
    page = visit("?weeks=60&why=DEU~26&restriction=total-ban")
    banded(page)
    page.locator(".because", has_text="10 to 90 %").wait_for(timeout=120_000)
    pdf = page.pdf(prefer_css_page_size=True)
    assert int(re.search(rb"/Count (\d+)", pdf)[1]) <= 2
    assert page.locator(".address").inner_text().endswith(page.evaluate("location.search"))
    page.emulate_media(media="print")
    page.set_viewport_size({"width": PAPER[0], "height": PAPER[1]})
    for shown in (".headline", ".map", ".prices", ".because", ".brief", ".address"):
        assert page.locator(shown).first.is_visible(), shown
    # A dark theme prints dark words on white paper, too.
    page.emulate_media(media="print", color_scheme="dark")
    looks = "all => all.map(e => getComputedStyle(e)).map(s => [s.color, s.backgroundColor].join())"
    assert set(page.locator(".explore :is(.clock, .prices, .why)").evaluate_all(looks)) == {
        "rgb(17, 17, 17),rgba(0, 0, 0, 0)"
    }
    for hidden in (".side", ".head button", ".scrub", ".ask", ".press", ".takeaway", "header"):
        assert not page.locator(hidden).first.is_visible(), hidden
    text = page.locator(".brief").inner_text()
    assert "China restricts exports: Total ban (as filed As in the scenario)" in text
    assert "10 to 90 % of 20 runs" in text
    inside = "all => all.every(e => e.getBoundingClientRect().right <= innerWidth + 1)"
    assert page.locator(".explore :is(p, table, h2, canvas)").evaluate_all(inside)
    assert page.evaluate("document.querySelector('.explore').getBoundingClientRect().height") <= 2 * PAPER[1]


@twice
def test_a_phone_prints_as_finely_as_a_desk(visit):  # noqa: F811
    page = visit("?weeks=60", width=390)
    banded(page)
    for name in (".map", ".prices"):
        drawn(page, name)
    wide = "[...document.querySelectorAll('.prices canvas, .map canvas')].map(one => one.width)"
    before = page.evaluate(wide)
    page.evaluate(f"addEventListener('beforeprint', () => {{ window.printed = {wide} }})")
    page.pdf(prefer_css_page_size=True)
    assert min(page.evaluate("printed")) >= 3 * 600  # points across, of 18 cm or less: 250 an inch
    page.wait_for_function(f"before => {wide}.join() === before.join()", arg=before)  # the screen is as it was


@twice
def test_policies_stand_on_their_own_days(visit):  # noqa: F811
    page = visit("?weeks=60&week=31&ask=zone:CHN")
    drawn(page, ".prices")
    lines = f"{OPTION}('.prices .chart').series.flatMap(s => s.markLine ? s.markLine.data : [])"
    # Licences were announced on a Monday, and were in force from a Tuesday.
    assert [one["xAxis"] for one in page.evaluate(lines)] == ["2023-07-03", "2023-08-01"]
    assert "1 Aug 2023: in force" in page.locator(".answer").inner_text()


@twice
def test_use_given_up_is_never_below_nothing(visit):  # noqa: F811
    page = visit("?weeks=60&week=20")
    page.get_by_text("of 20 runs").first.wait_for(timeout=60_000)
    table = page.locator(".countries table")
    heads = table.locator("thead th").all_inner_texts()
    at = [i for i, head in enumerate(heads) if "Use given up" in head or "Of it" in head]
    rows = [row.inner_text().split("\t") for row in table.locator("tbody tr").all()]
    assert rows
    assert not [row[i] for row in rows for i in at if "−" in row[i] or "-" in row[i]]
    drawn(page, ".pair > :last-child")
    data = f"{OPTION}('.pair > :last-child .chart').series.flatMap(s => s.data.map(d => d[1]))"
    assert min(value for value in page.evaluate(data) if value is not None) >= 0


@twice
def test_a_chart_out_of_sight_is_drawn_when_it_is_near(visit):  # noqa: F811
    page, last = visit("?weeks=60"), ".pair > :last-child"
    banded(page)
    assert not page.locator(f"{last} canvas").count()
    before = drawn(page, last)
    page.locator(".headline").scroll_into_view_if_needed()
    page.locator("#lever-grant-others").evaluate("(it) => { it.value = 10; it.dispatchEvent(new Event('input')); }")
    page.wait_for_function("location.search.includes('grant-others')")
    banded(page)
    cleared = page.locator(f"{last} canvas").evaluate_all("all => all.map(one => one.toDataURL()).join()")
    assert len({before, cleared, drawn(page, last)}) == 3  # never the old picture under the new settings


@twice
def test_drivers_are_turned_off_and_on(visit):  # noqa: F811
    page = visit("?weeks=60")
    before = banded(page)
    page.get_by_text("What nobody can know").click()
    page.locator("#lever-drivers").select_option("off")
    page.wait_for_function("location.search.includes('drivers=off')")
    assert banded(page) != before
    assert page.locator("#lever-demand_volatility").is_disabled()
    assert page.locator("#lever-grant_shift_gallium").is_enabled()


@twice
def test_a_country_is_clicked_on_the_map(visit):  # noqa: F811
    page, world = visit("?weeks=60"), load_world()
    drawn(page, ".map")
    row = world.zone_table.iloc[world.zone_index["JPN"]]
    at = "at => document.querySelector('.map .chart').__vue__.chart.convertToPixel('geo', at)"
    x, y = page.evaluate(at, [float(row["lon"]), float(row["lat"])])
    page.locator(".map canvas").first.scroll_into_view_if_needed()
    box = page.locator(".map canvas").first.bounding_box()
    page.mouse.click(box["x"] + x, box["y"] + y)
    page.get_by_text("Japanese market for gallium, crude").wait_for()
    page.locator(".headline", has_text="Japanese buyers").wait_for()
    assert page.get_by_label("Country or firm").input_value() == "zone:JPN"


@twice
def test_nothing_reaches_beyond_a_phone_s_edge(visit):  # noqa: F811
    """With every panel open; tables alone may be wider, in boxes that scroll."""
    pin = "all shut!history!unrestricted!restriction:total-ban"
    page = visit(f"?why=on&without=2&scored=1&pin={pin}", width=390)  # all weeks: the longest dates to choose from
    page.get_by_role("button", name="What was fitted, how it scores, what is left out").click()
    for shown in (".because", ".did", ".policies table", ".differences table", ".trust table"):
        page.locator(shown).first.wait_for(timeout=60_000)
    beyond = """all => all.filter(one => !one.closest('.table') && one.getBoundingClientRect().right > innerWidth)
        .map(one => [one.tagName, one.className, one.getBoundingClientRect().right])"""
    assert page.locator(".explore *").evaluate_all(beyond) == []
