"""The page in a real browser: what a visitor does, from the first click to the downloaded scenario."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest

from model import TradeModel
from model.scenario import load_scenario
from model.world import DATA_VARIABLE

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ROOT = Path(__file__).parent.parent

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
    command = [sys.executable, "-m", "solara", "run", "experiments/explore.py", "--host", "127.0.0.1"]
    server = subprocess.Popen(
        [*command, "--port", str(port), "--production", "--no-open"], cwd=ROOT, stdout=log, stderr=subprocess.STDOUT,
        env=os.environ | environment,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            assert server.poll() is None, (log.seek(0), log.read())[1]
            try:
                urllib.request.urlopen(url, timeout=2).close()
                break
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        yield url
        log.seek(0)
        assert "Traceback" not in log.read()
    finally:
        server.terminate()
        server.wait(10)
        log.close()


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
def visit(browser, address):
    """Open windows; each is a visitor of its own."""
    contexts = []

    def open_page(width=1280, at=address):
        context = browser.new_context(viewport={"width": width, "height": 900}, accept_downloads=True)
        contexts.append(context)
        page = context.new_page()
        page.goto(at)
        page.wait_for_selector(".figure-cover img", timeout=30_000)
        return page

    yield open_page
    for context in contexts:
        context.close()


def week_shown(page, week, timeout=15_000):
    """Wait until all figures show a week."""
    page.wait_for_function(
        "week => { const all = [...document.querySelectorAll('.picture img')];"
        " return all.length === 4 && all.every(image => image.dataset.week === String(week)); }",
        arg=week, timeout=timeout,
    )  # fmt: skip


def choose(page, label, option):
    """Pick an option of a select."""
    page.get_by_label(label).first.click(force=True)
    page.get_by_role("option", name=option, exact=True).click()


def chart(page):
    return page.locator(".figure-prices img").get_attribute("src")


def step(page, times, start=0):
    for week in range(start + 1, start + times + 1):
        page.get_by_role("button", name="Step", exact=True).click()
        week_shown(page, week)


def test_ban_on_the_page_and_on_the_command_line(visit, tmp_path):
    page = visit()
    assert page.get_by_text("Before week 1 of 209").is_visible()
    choose(page, "China restricts exports", "Total ban")
    page.get_by_text("Press Reset above").wait_for()
    page.get_by_role("button", name="Reset").click()
    page.get_by_text("Press Reset above").wait_for(state="detached")
    before = chart(page)
    step(page, 10)
    assert page.get_by_text("Step: 10", exact=True).is_visible()
    after_ten = chart(page)
    assert after_ten != before
    page.get_by_role("button", name="Run to the end").click()
    week_shown(page, 209)
    assert chart(page) != after_ten
    assert page.get_by_text("China: total ban").first.is_visible()
    page.wait_for_selector(".headline >> text=/US buyers/")

    page.get_by_role("button", name="Ask Germany").click()
    page.get_by_text("German market for gallium, crude").wait_for()
    answer = page.locator(".answer")
    assert "Weeks of cover" in answer.inner_text()
    page.locator(".headline >> text=/German buyers/").wait_for()

    with page.expect_download() as download:
        page.get_by_role("button", name="Settings (scenario file").click()
    file = tmp_path / "mine.toml"
    download.value.save_as(file)
    model = TradeModel(load_scenario(file), seed=1).run()
    said = f"{model.free_price('gallium-4N', 'DEU'):,.0f} USD/kg"
    assert answer.locator("tr", has_text="Price of free metal").inner_text().split("\t")[-1].strip() == said

    with page.expect_download() as download:
        page.get_by_role("button", name="Tables (CSV").click()
    download.value.save_as(tmp_path / "tables.zip")
    shutil.unpack_archive(tmp_path / "tables.zip", tmp_path / "tables")
    command = [sys.executable, "-m", "experiments.history", "--scenario", str(file), "--runs", "1", "--seed", "1"]
    done = subprocess.run(
        [*command, "--fixed", "--csv", "--jobs", "0", "--out", str(tmp_path / "run")],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    on_page = pd.read_csv(tmp_path / "tables" / "prices.csv")
    on_command_line = pd.read_csv(tmp_path / "run" / "prices.csv")
    assert len(on_page) == len(on_command_line)
    pd.testing.assert_series_equal(on_page["usd_per_kg"], on_command_line["usd_per_kg"], rtol=1e-5)


def test_two_windows_do_not_disturb_each_other(visit):
    one, two = visit(), visit()
    choose(one, "China restricts exports", "Total ban")
    one.get_by_role("button", name="Reset").click()
    step(one, 3)
    week_shown(two, 0)
    step(two, 1)
    week_shown(one, 3)
    assert one.get_by_text("Total ban", exact=True).count() == 1
    assert two.get_by_text("Total ban", exact=True).count() == 0


def test_files_are_loaded_back_or_refused_with_a_message(visit, tmp_path):
    page = visit()
    picker = page.locator("input[type=file]")
    bad = tmp_path / "bad.toml"
    bad.write_text('name = "bad"\nweks = 12\n')
    picker.set_input_files(bad)
    page.get_by_text('bad.toml: weks = 12: unknown key; nearest "weeks"').first.wait_for()
    large = tmp_path / "large.toml"
    large.write_text("# " + "x" * 300_000)
    picker.set_input_files(large)
    page.get_by_text("large.toml: 300 kB; a scenario file has at most 200 kB").first.wait_for()
    good = tmp_path / "good.toml"
    good.write_text('name = "short"\nweeks = 5\n')
    picker.set_input_files(good)
    page.get_by_text("Press Reset above").wait_for()
    page.get_by_role("button", name="Reset").click()
    page.get_by_text("Before week 1 of 5 ").wait_for()
    page.get_by_role("button", name="Run to the end").click()
    week_shown(page, 5)


def test_play_and_pause_and_the_page_by_keyboard(visit):
    page = visit()
    page.get_by_role("button", name="▶").click()
    page.wait_for_function("Number(document.querySelector('.figure-prices img').dataset.week) >= 3", timeout=15_000)
    page.get_by_role("button", name="❚❚").click()
    page.get_by_role("button", name="▶").wait_for()
    japan = page.get_by_role("button", name="Ask Japan")
    japan.focus()
    page.keyboard.press("Enter")
    page.get_by_text("Japanese market for gallium, crude").wait_for()
    page.get_by_role("button", name="Germanium, standard").focus()
    page.keyboard.press("Enter")
    page.get_by_text("Japanese market for germanium, standard").wait_for()


def test_narrow_window_shows_everything_without_moving_sideways(visit):
    page = visit(width=390)
    page.get_by_role("button", name="One week").click()
    week_shown(page, 1)
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390
    left = page.locator(".explore > *").evaluate_all("all => all.map(e => e.getBoundingClientRect().right)")
    assert max(left) <= 390
    page.get_by_role("button", name="Ask Japan").click()  # at the map's far end
    page.get_by_text("Japanese market for gallium, crude").wait_for()
    assert page.locator(".figure-map h3").bounding_box()["x"] >= 0
    assert page.locator(".figure-map .note").bounding_box()["x"] >= 0


def test_another_world_on_the_page(visit, tmp_path):
    folder = ROOT / "tests" / "worlds" / "novium"
    with served(tmp_path, **{DATA_VARIABLE: str(folder)}) as url:
        page = visit(at=url)
        assert page.get_by_text("Before week 1 of 209 (2 January 2023)").is_visible()
        page.locator("input[type=file]").set_input_files(folder / "controls.toml")
        page.get_by_text("Press Reset above").wait_for()
        page.get_by_role("button", name="Reset").click()
        page.get_by_text("Before week 1 of 104 ").wait_for()
        page.get_by_role("button", name="Run to the end").click()
        week_shown(page, 104)
        page.get_by_role("button", name="Ask Farland").click()
        page.get_by_text("Farland market for novium, raw").wait_for()
        page.locator(".headline >> text=/Farland buyers/").wait_for()
        page.get_by_role("button", name="Novium, fine").click()
        page.get_by_text("Farland market for novium, fine").wait_for()
        text = page.inner_text("body")
        assert "Oreland restricts exports" in text
        assert not [name for name in ("China", "Chinese", "Gallium", "Rotterdam", "Russia") if name in text]
