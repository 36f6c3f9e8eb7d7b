"""The panels of the page: kept runs, causes, policies, trust; each holds the numbers of the studies."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from experiments.compare import quantities
from experiments.history.scorecard import scorecard
from experiments.page import pins, policies, trust, why
from experiments.page.aside import job_of, several, without
from experiments.page.charts import prices
from experiments.page.files import read_raw
from experiments.page.marks import marked
from experiments.page.record import run, start_model
from experiments.page.session import Session
from experiments.study.observations import observations
from experiments.study.observe import Observed
from experiments.study.record import held
from experiments.study.shown import shown_of
from model.scenario import parse_scenario

WEEKS = 70


@pytest.fixture(scope="module")
def session():
    session = Session()
    session.change({"weeks": WEEKS})
    return session


@pytest.fixture(scope="module")
def kept(session):
    """The record and the same without licences, both with one more run."""
    found = []
    for name, changes in (("as filed", {}), ("free", {"restriction": "none"})):
        session.change({"restriction": "as-it-is", **changes})
        job = session.job()._replace(full=False)
        runs = tuple(run(one) for one in (job, job._replace(seed=1, draw=0), job._replace(seed=2, draw=1)))
        found.append(pins.Kept(name, parse_scenario(session.raw(), name), runs))
    session.change({"restriction": "as-it-is"})
    return found


# ---- kept runs -------------------------------------------------------------------------------------------------------


def test_kept_runs_have_the_numbers_of_compare(session, kept):
    """Mean prices and use given up, read from one seed as `compare` reads them."""
    world, first, last = session.world, date(2023, 7, 3), date(2024, 2, 26)
    weeks = slice(26, 61)
    declared = quantities.tables(world, "CHN", (first, last), (world.start, first))
    seen = Observed(start_model(session.job()).run())
    for good, name in enumerate(world.goods):
        found = pins.measures(world, good, ("CHN", "DEU", "USA"))
        price = seen.read(declared["prices"]["mean_usd_per_kg"])
        for zone, place in (("CHN", "China"), ("DEU", "Rotterdam")):
            own = price.found[price.names["good"].index(name), price.names["zone"].index(zone)]
            assert found[f"mean price, {place}"][1](kept[0].path, weeks) == pytest.approx(own, rel=1e-5)
        for key in ("lost_t", "cut_back_t", "short_t"):
            use = seen.read(declared["use"][key])
            own = use.found[use.names["metal"].index(world.metal_of_good[good])].sum()
            unit, read = found[declared["use"][key].what]
            assert (unit, read(kept[0].path, weeks)) == ("t_per_yr", pytest.approx(own, rel=1e-4, abs=1e-3))
    spent = np.array([week.spent_usd for week in start_model(session.job()).run().recorder.weeks]).sum(axis=1)
    assert found["public money spent, all metals"][1](kept[0].path, weeks) == pytest.approx(
        (spent[60] - spent[25]) / 1e6, rel=1e-4, abs=1e-6
    )


def test_kept_runs_are_compared_from_where_they_differ(kept):
    assert pins.span_of(kept, WEEKS) == (date(2023, 7, 3), date(2024, 4, 29))
    assert pins.span_of(kept, 40)[1] == date(2023, 10, 2)
    assert pins.span_of(kept, 5) == (date(2023, 1, 2), date(2023, 1, 30))


def test_the_table_of_kept_runs_has_ranges_and_names(session, kept):
    text = pins.table(kept, kept[0], session.world, 0, ("DEU",), slice(26, 61))
    assert "free, difference" in text
    assert "Mean price, Rotterdam" in text
    assert text.count("range follows") == 0
    paths = [pins.Kept(one.name, one.scenario, (*one.runs[:1], None, None)) for one in kept]
    assert pins.table(paths, paths[0], session.world, 0, ("DEU",), slice(26, 61)).count("range follows") == 10
    back = pins.table(kept, kept[1], session.world, 0, ("DEU",), slice(26, 61))
    assert "as filed, difference" in back


def test_kept_runs_lie_over_the_prices(session, kept):
    record = run(session.job())
    option = prices(session, record, None, None, False, False, pins.paths(kept))
    own = [one for one in option["series"] if one["name"] == "free"]
    assert len(own) == len(session.view.value.places)
    assert option["called"]["pin0-DEU"] == "Rotterdam, free"
    assert own[0]["lineStyle"]["type"] != "solid"
    z = session.world.zone_index[session.view.value.places[0]]
    assert own[0]["data"][50][1] == pytest.approx(kept[1].path.free[50, 0, z], rel=1e-3)


# ---- runs of panels --------------------------------------------------------------------------------------------------


def test_a_policy_is_taken_away_with_what_waits_for_it():
    raw = read_raw("history")
    names = [p["name"] for p in raw["policies"]]
    gone = without(raw, [names.index("China: ban on the US") + 1])
    assert [p["name"] for p in gone["policies"]] == [name for name in names if name != "China: ban on the US"]
    offices = without(raw, [names.index("China: export licences") + 1])
    assert "Japanese" not in job_of(offices, 1).text  # a ban on end uses works through the licence office


# ---- why -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def causes(session):
    """The present run and those without each cause: the path and two more."""
    return {key: [run(one).free for one in own] for key, own in several(why.jobs_of(session), 2).items()}


@pytest.mark.parametrize(("zone", "first", "last"), [("DEU", 26, 70), ("CHN", 0, 60), ("USA", 30, 31)])
def test_the_bars_of_a_change_add_up(session, causes, zone, first, last):
    z = session.world.zone_index[zone]
    for runs in ({key: own[:1] for key, own in causes.items()}, causes):
        bars = why.split(runs, 0, z, first, last).bars
        assert list(bars)[-2:] == [why.REST, "Whole change"]
        whole = bars.pop("Whole change")
        np.testing.assert_allclose(sum(bars.values()), whole, atol=1e-6)
        assert len(whole) == (1 if runs is not causes else 2)
    price = causes[why.ALL_ON][1][:, 0, z]
    level = [price[max(week - 4, 0) : max(week, 1)].mean() for week in (first, last)]
    assert whole[0] == pytest.approx(level[1] - level[0], rel=1e-4)


def test_a_cause_that_is_not_there_does_nothing(session):
    """Without licences, what licences did is no bar; runs that agree make bars of 0."""
    free = Session()
    free.change({"weeks": 40, "restriction": "none"})
    jobs = why.jobs_of(free)
    assert not {"Licences", "Bans"} & set(jobs)
    same = [run(jobs[why.ALL_ON]).series.free] * 2
    bars = why.split(dict.fromkeys(jobs, same), 0, 0, 5, 40).bars
    assert all((values == 0).all() for key, values in bars.items() if key not in (why.REST, "Whole change"))
    assert bars[why.REST] == pytest.approx(bars["Whole change"])


def test_licences_and_hoarding_raise_gallium_s_price_abroad(session, causes):
    """The announcement of July 2023: without licences hardly anything happens, and hoarding pushes up for two months.

    Half a year on the metal that was hoarded is there, and may be what keeps the price from rising further.
    """
    zone = session.world.zone_index["DEU"]
    for last in (34, 52):
        bars = why.split(causes, 0, zone, 26, last).bars
        assert bars["Licences"].mean() > 0.5 * bars["Whole change"].mean() > 0
        if last == 34:
            assert (bars["Hoarding"] > 0).all()


def test_a_change_in_words_has_its_range(session, causes):
    found = why.split(causes, 0, session.world.zone_index["DEU"], 26, 52)
    said = why.words(found, "Gallium, crude, Rotterdam", "26 Jun to 25 Dec 2023")
    assert "10 to 90 %" in said
    assert "licences +" in said
    path = why.split({key: own[:1] for key, own in causes.items()}, 0, 0, 26, 52)
    assert "range follows" in why.words(path, "", "")
    assert why.chart(found, True)["yAxis"]["data"][-1] == "Whole change"
    assert why.split({**causes, "Bans": [None, None, None]}, 0, 0, 26, 52) is None


def test_spans_begin_before_a_restriction(session):
    found = why.since(run(session.job()))
    assert list(found) == [0, 26, 30]
    assert found[26] == "before 3 Jul 2023: Export licences announced"


# ---- policies --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def piled():
    """A world with stockpiles, and its runs without each policy that spends."""
    session = Session()
    session.change({"weeks": 45, "pile-us": 6})
    record = run(session.job())
    jobs = policies.jobs_of(session, (2,), True)
    spends = [(at,) for at, act in enumerate(record.acts, start=1) if act.policy.kind == "stockpile"]
    taken = {key: [run(one) for one in own[:3]] for key, own in jobs.items() if key in ((), (2,), *spends)}
    return session, record, taken


def test_policies_of_one_name_are_told_apart(piled):
    names = policies.titles(piled[1])
    assert len(set(names)) == len(names)
    assert [name for name in names if name.startswith("US stockpile: 6 months of use")][1].endswith("gallium-6N")


def test_the_scorecard_has_a_row_by_country_and_metal(piled):
    _, record, taken = piled
    found = policies.rows(record, taken, 45)
    assert [len(row) for row in found] == [len(policies.HEAD)] * len(found)
    own = [row for row in found if row[0] == "China: export licences"]
    assert [row[2] for row in own] == ["gallium", "germanium"]
    done = policies.effect(record, taken, (2,), "gallium", 45)
    whole, gone = taken[()][1], taken[2,][1]
    kg = [one.short[:45, :2].sum() + one.cut[:45, :2].sum() for one in (whole, gone)]
    assert done.lost.sum(axis=1)[0] == pytest.approx((kg[0] - kg[1]) / 1e3, rel=1e-3, abs=1e-3)
    assert own[0][3] == "none"
    waited = [row for row in found if row[0] == "ERG Pavlodar"]
    assert waited[0][3:] == ["...", "...", "...", "..."]


def test_what_a_policy_did_in_words(piled):
    _, record, taken = piled
    said = policies.what_it_did(record, taken, (2,), 0, ("CHN", "DEU"), 45)
    assert said.startswith("Prices of the last 13 weeks, USD/kg: China ")
    assert "Rotterdam +" in said
    assert policies.what_it_did(record, taken, (1, 2), 0, ("CHN",), 45) == ""


def test_a_policy_s_date_on_the_chart_leads_to_the_policy(session):
    record = run(session.job())
    found = marked(record)
    assert [text for _, text, _ in found] == ["Export licences announced", "in force"]
    assert [day.date() for day, _, _ in found] == [date(2023, 7, 3), date(2023, 8, 1)]
    assert {record.acts[number - 1].policy.title for _, _, numbers in found for number in numbers} == {
        "China: export licences"
    }


# ---- trust and the brief ---------------------------------------------------------------------------------------------


def test_the_score_is_that_of_history(session, kept):
    """Errors by place, from light runs, against what `history` measures in the same runs."""
    world, runs = session.world, kept[0].runs[1:]
    card = trust.score(world, world.start, runs)
    view = shown_of(world, kept[0].scenario)
    rows = [row for row in held(observations(world, view), world, world.start, WEEKS) if "/price/" in row.key]
    numbers = []
    for draw in range(2):
        seen = Observed(start_model(session.job()._replace(seed=1 + draw, draw=draw)).run())
        numbers += [(row.key, float(seen.read(row.quantity).found)) for row in rows]
    theirs = scorecard(rows, pd.DataFrame(numbers, columns=["key", "value"]))
    one, other = (table.set_index("key").sort_index() for table in (card, theirs))
    assert list(one["inside"]) == list(other["inside"])
    np.testing.assert_allclose(one["log_error"], other["log_error"], atol=1e-5)
    told = trust.score_rows(card)
    assert [row[0] for row in told] == sorted(row[0] for row in told)
    assert sum(int(row[1]) for row in told) == len(card) > 20


def test_what_was_fitted_is_read_from_the_posterior(session):
    about = session.world.posterior.about
    said = trust.fitted(session.world)
    assert f"to {about['observations']} observations" in said
    assert about["cut"] in said
    assert session.world.data_hash[:12] in trust.version(session.world)
    assert "seed 1" in trust.cite(session)
    assert trust.fitted(replace(session.world, posterior=None)).startswith("Nothing")


def test_the_brief_names_what_differs(session):
    told = dict(trust.facts(session))
    assert told["Settings that differ"] == f"Length: {WEEKS} weeks (as filed 209 weeks)"
    assert told["Ranges"].startswith("10 to 90 % of one run")
