"""What was known on a day: nothing observed later, nothing read off what was, no policy announced later."""

from __future__ import annotations

import shutil
from datetime import date

import pandas as pd
import pytest

from experiments import RECORD
from experiments.ensemble.design import read_raw
from experiments.fit.known import known_scenario, known_world
from model import parse_scenario
from model.posterior import FILE
from model.world import load_world
from tests.conftest import ROOT

DATA = ROOT / "model" / "data"
CUT, LAST = date(2023, 12, 31), date(2024, 6, 30)


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    return known_world(None, CUT, tmp_path_factory.mktemp("known") / "data")


def test_observations_end_at_the_cut(known):
    world, full = load_world(known), load_world()
    for name, column in (("observed_prices", "end_date"), ("observed_exports", "month"),
                         ("observed_export_totals", "end_month")):  # fmt: skip
        kept, whole = getattr(world, name), getattr(full, name)
        assert kept[column].max() <= pd.Timestamp(CUT)
        assert len(kept) == (whole[column] <= pd.Timestamp(CUT)).sum() < len(whole)
    assert "2023-12-01" in set(world.observed_exports["month"].astype(str))


def test_licence_shares_read_off_later_exports_are_unknown(known):
    """The first reading is of shipments up to December 2023, the second of shipments up to March 2024."""
    grants = load_world(known).grants
    assert grants["start"].dt.date.unique().tolist() == [date(2023, 8, 1)]
    assert set(grants["metal"]) == {"gallium", "germanium"}


def test_decisions_are_known_once_they_were_shipped(tmp_path):
    """The second reading is of decisions up to 18 February 2024, but of shipments up to the end of March."""
    for cut, count in ((date(2024, 2, 28), 1), (date(2024, 3, 31), 2)):
        grants = load_world(known_world(None, cut, tmp_path / str(cut))).grants
        assert (grants.groupby("metal", observed=True).size() == count).all()


def test_on_the_last_day_on_record_everything_is_known(tmp_path):
    world, full = load_world(known_world(None, LAST, tmp_path / "data")), load_world()
    for name in ("observed_prices", "observed_exports", "observed_export_totals", "grants"):
        assert len(getattr(world, name)) == len(getattr(full, name))
    assert world.posterior is None


def test_what_came_later_makes_no_difference(tmp_path, known):
    """Other data after the cut, and a posterior of them: what was known is the same to the byte."""
    other = tmp_path / "other"
    shutil.copytree(DATA, other)
    (other / FILE).write_text("draw,weight,precaution\n0,1,3\n", encoding="utf-8")
    for name, column in (("observed_prices", "usd_per_kg"), ("observed_exports", "kg"), ("grants", "granted")):
        table = pd.read_csv(other / f"{name}.csv", dtype=str, keep_default_na=False)
        day = table[{"observed_prices": "date", "observed_exports": "month", "grants": "start"}[name]]
        later = day >= {"grants": "2023-12-04"}.get(name, "2024-01")
        assert later.any()
        table.loc[later, column] = table.loc[later, "high"] if name == "grants" else "1"
        if name == "observed_prices":
            table.loc[later, ["low", "high"]] = ""
        table.to_csv(other / f"{name}.csv", index=False, lineterminator="\n")
    again = known_world(other, CUT, tmp_path / "known")
    assert {path.name: path.read_bytes() for path in again.iterdir()} == {
        path.name: path.read_bytes() for path in known.iterdir()
    }


def test_policies_announced_later_are_unknown():
    raw = read_raw(RECORD)
    then = parse_scenario(known_scenario(raw, CUT), "then")
    names = [policy.title for policy in then.policies]
    assert "China: export licences" in names
    assert all(policy.announced is None or policy.announced <= CUT for policy in then.policies)
    assert not {"China: ban on the US", "China: state germanium purchase", "Umicore: concentrate from Big Hill"} & {
        *names
    }
    (licence,) = [policy for policy in then.policies if policy.title == "China: export licences"]
    assert licence.phases == []
    assert len(raw["policies"]) > len(names)  # the one that was given stays as it is
    late = parse_scenario(known_scenario(raw, date(2026, 12, 31)), "late")
    assert len(late.policies) == len(raw["policies"])
