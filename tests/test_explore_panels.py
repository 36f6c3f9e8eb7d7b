"""The panels of the page: kept runs, causes, policies, trust; each holds the numbers of the studies."""

from datetime import date

import numpy as np
import pytest

from experiments.compare import quantities
from experiments.page import pins
from experiments.page.aside import job_of, without
from experiments.page.charts import prices
from experiments.page.files import read_raw
from experiments.page.record import run, start_model
from experiments.page.session import Session
from experiments.study.observe import Observed
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
