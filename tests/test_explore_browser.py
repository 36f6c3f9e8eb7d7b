"""The page in a real browser: what a visitor does, from the early opening to the shared link."""

import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from functools import wraps
from pathlib import Path

import pandas as pd
import pytest

from model import TradeModel
from model.scenario import load_scenario
from model.world import DATA_VARIABLE

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ROOT = Path(__file__).parent.parent
NOVIUM = ROOT / "tests" / "worlds" / "novium"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium found (Debian: apt-get install chromium)"),
]
playwright = pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed")


@contextmanager
def served(folder, **environment):
    """Serve the page at a free port of this machine; give its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = (folder / "log.txt").open("w+")
    server = subprocess.Popen(
        [sys.executable, "-m", "experiments.page", "--port", str(port)], cwd=ROOT,
        stdout=log, stderr=subprocess.STDOUT, env=os.environ | environment,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(3000):
            assert server.poll() is None, (log.seek(0), log.read())[1]
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.01)
        yield url
        log.seek(0)
        said = log.read()
        assert "Traceback" not in said
        assert "Too many renders" not in said
    finally:
        server.terminate()
        server.wait(10)
        log.close()


def twice(test):
    """Let a test of the page try once more, in new windows, after a stall; what is wrong stays wrong."""

    @wraps(test)
    def tried(*args, **fixtures):
        try:
            test(*args, **fixtures)
        except playwright.TimeoutError:  # a busy machine stalls a browser now and then
            test(*args, **fixtures)

    return tried


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Serve the page of the packaged world."""
    with served(tmp_path_factory.mktemp("server")) as url:
        yield url


@pytest.fixture(scope="module")
def browser():
    """Start Chromium without a window and with a fresh profile."""
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def novium_address(tmp_path):
    """Serve the page of a made-up world; it outlives the windows of whoever asks for it before `visit`."""
    with served(tmp_path, **{DATA_VARIABLE: str(NOVIUM)}) as url:
        yield url


@pytest.fixture
def visit(browser, address):
    """Open windows; each is a visitor of its own. None may complain or ask another host."""
    contexts, faults = [], []

    def open_page(query="", width=1440, at=address):
        context = browser.new_context(viewport={"width": width, "height": 900}, accept_downloads=True)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        page.on("request", lambda asked: faults.append(asked.url) if not ours(asked.url, at) else None)
        page.goto(at + query)
        page.locator(".headline", has_text="buyers").wait_for(timeout=60_000)
        return page

    yield open_page
    for context in contexts:
        context.close()  # a second time does nothing
    assert faults == []


def ours(url, at):
    """Return whether an address is of the page's own server, or none at all."""
    return url.startswith((at, at.replace("http", "ws"), "data:", "blob:"))


def banded(page):
    """Wait for the range of the present settings; return the headline."""
    page.get_by_text("Bands: 10 to 90 % of 20 runs: ").wait_for(timeout=60_000)
    page.locator(".headline", has_text="of runs").wait_for()
    return page.locator(".headline").inner_text()


def week_shown(page, week):
    page.locator(".when", has_text=f"Week {week} of" if week else "Before the first week").wait_for()


def drawn(page, name):
    """Return what a chart or the map has drawn: its picture, layer by layer."""
    chart = page.locator(f"{name} .chart").first
    chart.scroll_into_view_if_needed()  # what is far out of sight is not drawn
    page.locator(f"{name} canvas").first.wait_for()
    page.wait_for_function("chart => !chart.__vue__.asked.show", arg=chart.element_handle())
    return page.locator(f"{name} canvas").evaluate_all("all => all.map(one => one.toDataURL()).join()")


@twice
def test_opened_as_soon_as_the_port_answers(browser, tmp_path):
    """The page once ended in a traceback when it was opened while the server was still loading the model."""
    for number, later in enumerate((0.0, 0.3)):
        (tmp_path / str(number)).mkdir(exist_ok=True)
        with served(tmp_path / str(number)) as url:
            time.sleep(later)
            page = browser.new_page()
            page.goto(url)
            page.locator(".headline", has_text="buyers").wait_for(timeout=60_000)
            for name in ("▶", "Step", "Reset"):  # Mesa's buttons: later they would push everything down
                page.locator("button", has_text=name).first.wait_for(timeout=5_000)
            page.close()


@twice
def test_a_change_is_answered_without_reset(visit):
    page = visit()
    before, price = banded(page), drawn(page, ".prices")
    assert page.locator(".state").inner_text().endswith("20 runs: parameters that agree with the record, and luck.")
    assert page.locator("h1").inner_text().startswith("Chokepoint")
    assert page.evaluate("document.documentElement.lang") == "en"
    slider = page.locator("#lever-grant-others")
    slider.focus()
    slider.fill("0")
    page.locator(".headline", has_text="range follows").or_(page.locator(".headline", has_text="of runs")).wait_for()
    page.wait_for_function("before => document.querySelector('.headline').textContent !== before", arg=before)
    after = banded(page)
    assert after != before
    assert drawn(page, ".prices") != price
    # Neither focus nor an open group is lost.
    assert page.evaluate("document.activeElement.id") == "lever-grant-others"
    assert page.get_by_text("Russia 80 %").first.is_visible()
    page.get_by_role("button", name="Put back: Licences granted to all others").click()
    page.wait_for_function("before => document.querySelector('.headline').textContent === before", arg=before)


@twice
def test_the_link_holds_the_page(visit):
    page = visit()
    page.get_by_role("button", name="Total ban", exact=True).click()
    page.locator(".answerline", has_text="Total ban").wait_for()
    page.get_by_role("button", name="Germanium, standard").click()
    page.get_by_label("Country or firm").select_option("zone:JPN")
    page.get_by_text("Japanese market for germanium, standard").wait_for()
    page.locator(".scrub").fill("100")
    week_shown(page, 100)
    page.get_by_label("Keep this run as").fill("all shut")
    page.get_by_role("button", name="Pin", exact=True).click()
    page.get_by_role("button", name="Unpin all shut").wait_for()
    page.wait_for_function("location.search.includes('pin=') && location.search.includes('week=100')")
    query, said = page.evaluate("location.search"), banded(page)
    assert "restriction=total-ban" in query
    assert len(query) < 200
    for again in (page, visit(query)):
        if again is page:
            page.reload()
        week_shown(again, 100)
        assert banded(again) == said
        again.get_by_text("Japanese market for germanium, standard").wait_for()
        again.get_by_role("button", name="Unpin all shut").wait_for()
        assert again.locator("#lever-restriction").input_value() == "total-ban"
    page.get_by_role("button", name="The record", exact=True).click()
    page.locator("#lever-restriction").and_(page.locator("select")).wait_for()
    page.wait_for_function("document.querySelector('#lever-restriction').value === 'as-it-is'")
    page.get_by_role("button", name="all shut", exact=True).click()
    page.wait_for_function("document.querySelector('#lever-restriction').value === 'total-ban'")


@twice
def test_play_step_reset_and_the_scrubber(visit):
    page = visit()
    banded(page)
    week_shown(page, 209)
    page.get_by_role("button", name="Reset").click()
    week_shown(page, 0)
    page.locator(".headline", has_text="Nothing has happened yet").wait_for()
    for week in (1, 2, 3):
        page.get_by_role("button", name="Step", exact=True).click()
        week_shown(page, week)
    answer, flows = page.locator(".answer").inner_text(), drawn(page, ".map")
    page.get_by_role("button", name="▶ Play").click()
    page.wait_for_function("/Week ([89]|1\\d) of/.test(document.querySelector('.when').textContent)", timeout=20_000)
    pause, play = (page.get_by_role("button", name=name) for name in ("❚❚ Pause", "▶ Play"))
    for _ in range(10):  # a click may fall between two renders of Mesa's buttons
        if pause.count():
            pause.click(timeout=5_000)
        page.wait_for_timeout(500)
        if play.count():
            break
    play.wait_for()
    page.locator(".scrub").fill("120")
    week_shown(page, 120)
    page.wait_for_function("before => document.querySelector('.answer').innerText !== before", arg=answer)
    assert drawn(page, ".map") != flows
    page.get_by_role("button", name="Whole path").click()
    week_shown(page, 209)


@twice
def test_two_windows_do_not_disturb_each_other(visit):
    one, two = visit(), visit()
    two.get_by_text("of 20 runs").first.wait_for(timeout=60_000)  # the first few runs give a band before all have come
    before = banded(two)
    one.locator("#lever-restriction").select_option("total-ban")
    one.locator(".answerline", has_text="Total ban").wait_for()
    assert banded(one) != before
    one.get_by_role("button", name="One week back").click()
    week_shown(one, 208)
    assert banded(two) == before
    week_shown(two, 209)
    assert two.evaluate("location.search") == ""
    assert two.locator("#lever-restriction").input_value() == "as-it-is"


@twice
def test_files_are_taken_in_or_refused_with_a_message(visit, tmp_path):
    page = visit()
    picker, bad, good = page.locator("input[type=file]"), tmp_path / "bad.toml", tmp_path / "history.toml"
    bad.write_text('name = "bad"\nweks = 12\n')
    picker.set_input_files(bad)
    page.get_by_text('bad.toml: weks = 12: unknown key; nearest "weeks"').wait_for()
    assert page.get_by_text("nearest").count() == 1
    good.write_text('name = "short"\ntitle = "A short one"\nweeks = 30\n', encoding="utf-8-sig")
    picker.set_input_files(good)
    week_shown(page, 30)
    page.get_by_text("history.toml is loaded and run.").wait_for()
    assert "A short one" in page.locator(".side select").first.inner_text()
    page.locator("#lever-restriction").select_option("total-ban")
    page.wait_for_function("document.querySelector('.brief td').textContent === 'A short one, changed'")
    page.get_by_role("button", name="Put back: China restricts exports").click()
    page.wait_for_function("document.querySelector('.brief td').textContent === 'A short one'")
    banded_file = tmp_path / "mine.toml"
    with page.expect_download() as download:
        page.get_by_role("button", name="Settings (scenario file").click()
    download.value.save_as(banded_file)
    page.get_by_label("Country or firm").select_option("zone:DEU")
    page.get_by_text("German market for gallium, crude").wait_for()
    model = TradeModel(load_scenario(banded_file), seed=1).run()
    said = f"{model.free_price('gallium-4N', 'DEU'):,.0f} USD/kg"
    row = page.locator(".answer tr", has_text="Price of free metal").filter(has_text="10 to 90 %")
    assert row.inner_text().split("\t")[-1].strip().startswith(f"{said} (10 to 90 %: ")
    with page.expect_download() as download:
        page.get_by_role("button", name="Tables (CSV").click()
    download.value.save_as(tmp_path / "tables.zip")
    shutil.unpack_archive(tmp_path / "tables.zip", tmp_path / "tables")
    on_page = pd.read_csv(tmp_path / "tables" / "prices.csv")["usd_per_kg"].to_numpy()
    assert on_page == pytest.approx(model.tables()["prices"]["usd_per_kg"].to_numpy(), rel=1e-5, nan_ok=True)


@twice
def test_uploads_stay_in_the_list_whatever_they_are_called_and_written_in(visit, tmp_path):
    page = visit("?weeks=40")
    picker, listed = page.locator("input[type=file]"), page.locator(".side select").first
    latin, wide, own = (tmp_path / name for name in ("latin.toml", "wide.toml", "history.toml"))
    latin.write_text('name = "x"\ntitle = "Größe"\n', encoding="latin-1")
    picker.set_input_files(latin)
    page.get_by_text("latin.toml: cannot be read as a scenario file: byte 23 is not UTF-8; save it as UTF-8").wait_for()
    assert page.get_by_text("is not UTF-8").count() == 1
    wide.write_text('name = "wide"\ntitle = "Größe"\nweeks = 31\n', encoding="utf-16")
    own.write_text('name = "own"\ntitle = "My own history"\nweeks = 32\n', encoding="utf-8")
    for file, weeks in ((wide, 31), (own, 32)):
        picker.set_input_files(file)
        week_shown(page, weeks)
        assert page.locator(".problem").count() == 0
    # Both stand beside what comes with the project, and all can be chosen again.
    for title, weeks in (("The record: licences", 209), ("Größe", 31), ("My own history", 32)):
        names = listed.locator("option").all_inner_texts()
        listed.select_option(label=next(name for name in names if title in name))
        week_shown(page, weeks)
        page.locator(".answerline", has_text=title).wait_for()
    assert len(names) == len(set(names))


@twice
def test_narrow_window_shows_everything_without_moving_sideways(visit):
    page = visit(width=390)
    banded(page)
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390
    assert page.evaluate("document.scrollingElement.scrollHeight") <= 900  # nothing blank below the page
    rights = page.locator(".explore > *, .chart").evaluate_all("all => all.map(e => e.getBoundingClientRect().right)")
    assert max(rights) <= 390


@twice
def test_another_world_on_the_page(novium_address, visit):
    page = visit(at=novium_address)
    page.locator("input[type=file]").set_input_files(NOVIUM / "controls.toml")
    week_shown(page, 104)
    banded(page)
    page.get_by_role("button", name="Novium, fine").click()
    page.get_by_label("Country or firm").select_option(label="Farland")
    page.get_by_text("Farland market for novium, fine").wait_for()
    page.locator(".headline", has_text="Farland buyers").wait_for()
    text = page.inner_text("body")
    assert "Oreland restricts exports" in text
    assert not [name for name in ("China", "Chinese", "Gallium", "Rotterdam", "Russia") if name in text]
