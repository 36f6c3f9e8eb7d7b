"""How much licence offices grant: by metal, by the record, and on a walk after it."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from model.calendar import week_of
from model.drivers.grants import BAND_SDS, Grants, log_odds, share_of
from model.parameters import load_parameters
from model.policy.answers import Answers, Applicant, Approval, beside
from tests.conftest import make_scenario, play
from tests.policy.helpers import OPEN_OFFICE, WORLD, licence_of
from tests.typical import TYPICAL

START = date(2023, 1, 2)
METALS = WORLD.metals
RECORD = WORLD.grants[WORLD.grants["actor"] == "CHN"]
END = week_of(RECORD["end"].max().date(), START)


def grants(seed: int = 1, on: bool = False, actor: str = "CHN", **parameters: float) -> Grants:
    unshifted = {f"grant_shift_{metal}": 0.0 for metal in METALS}
    by_good = load_parameters(TYPICAL | unshifted | parameters).by_good
    return Grants(WORLD, actor, START, seed, on, lambda name, metal: by_good[name][WORLD.metal_of_good.index(metal)])


def test_odds_of_destinations_keep_their_ratio_to_the_defaults():
    """From 1:1 to 4:1 for the default: a destination at 1:4 comes to 1:1; what is certain stays."""
    found = [beside(chance, 0.5, 0.8) for chance in (0.5, 0.2, 0.0, 1.0)]
    assert found == pytest.approx([0.8, 0.5, 0.0, 1.0], abs=1e-12)


@pytest.mark.parametrize("share", [0.0, 1e-9, 0.3, 1.0])
@pytest.mark.parametrize("default", [0.0, 0.4, 1.0])
def test_chances_stay_between_none_and_all(default, share):
    found = np.array([beside(chance, default, share) for chance in np.linspace(0, 1, 11)])
    assert (found >= 0).all()
    assert (found <= 1).all()


def test_shares_without_a_record_are_just_those_of_the_practice():
    practice = Approval(default=0.42, destinations={"USA": 0.3}, end_uses={"trading": 0.2})
    who = [Applicant("DEU", "led", METALS[0]), Applicant("USA", "trading", METALS[1])]
    assert Answers([practice], [], who, grants()).in_week(40).tolist() == [0.42, 0.3 * 0.2]


def test_a_share_by_metal_takes_the_place_of_the_default():
    practice = Approval(default=0.5, granted={METALS[0]: 0.8}, destinations={"USA": 0.2})
    who = [Applicant(zone, "led", metal) for metal in METALS for zone in ("DEU", "USA")]
    assert Answers([practice], [], who, grants()).in_week(40) == pytest.approx([0.8, 0.5, 0.5, 0.2])


def test_a_phase_may_change_one_metal():
    later = Approval(default=0.5, granted={METALS[1]: 0.1})
    who = [Applicant("DEU", "led", metal) for metal in METALS]
    answers = Answers([Approval(default=0.5), later], [30], who, grants())
    assert answers.in_week(29).tolist() == [0.5, 0.5]
    assert answers.in_week(30).tolist() == [0.5, 0.1]


def test_an_office_that_grants_one_metal_only():
    office = OPEN_OFFICE | {"approval": {"default": 1.0, "granted": {METALS[0]: 0.0}}}
    played = play([office])
    granted = {played.model.firms["good"][row] for _, row, yes, _ in licence_of(played.model).office.decisions if yes}
    assert {WORLD.metal_of_good[good] for good in granted} == {METALS[1]}


def test_unknown_metals_are_named():
    with pytest.raises(ValueError, match=r"approval\.granted\.galium.*gallium"):
        make_scenario([OPEN_OFFICE | {"approval": {"granted": {"galium": 0.5}}}])


def test_the_record_holds_from_its_dates_and_its_last_word_goes_on():
    for metal, rows in RECORD.groupby("metal"):
        read = grants()
        first = week_of(rows["start"].min().date(), START)
        assert read.recorded(metal, first - 1) is None
        for row in rows.itertuples():
            assert read.recorded(metal, week_of(row.start.date(), START)) == row.granted
        assert read.recorded(metal, END + 500) == rows["granted"].iloc[-1]
    assert grants(actor="USA").recorded(METALS[0], 60) is None


def test_the_records_shares_are_exports_over_those_of_a_normal_quarter():
    """Quarters of shipments, four weeks after the decisions; what exceeds a normal quarter is set below one."""
    monthly = WORLD.observed_exports.set_index(["metal", "month"])["kg"] / 1000
    quarters = ("2023-10", "2024-01", "2024-04")
    for metal, normal in (("gallium", 4.7), ("germanium", 3.6)):
        shares = RECORD[RECORD["metal"] == metal]["granted"].to_numpy()
        for quarter, share in zip(quarters, shares, strict=False):
            months = pd.date_range(quarter, periods=3, freq="MS")
            t = sum(monthly.get((metal, month), np.nan) for month in months)
            if np.isnan(t):  # January and February of germanium are known together only
                t = 3.709 + 3.206
            assert share == pytest.approx(min(t / (3 * normal), 0.90), abs=0.01), (metal, quarter)


def test_what_is_carried_on_is_the_filtered_level_of_the_readings():
    step = 13 * load_parameters(TYPICAL).values["grant_volatility"] ** 2
    for metal, rows in RECORD.groupby("metal"):
        *readings, last = rows.itertuples()
        error = [((log_odds(row.high) - log_odds(row.low)) / BAND_SDS) ** 2 for row in readings]
        level, variance = log_odds(readings[0].granted), error[0]
        for row, noise in zip(readings[1:], error[1:], strict=True):
            variance += step
            gain = variance / (variance + noise)
            level, variance = level + gain * (log_odds(row.granted) - level), (1 - gain) * variance
        band = BAND_SDS / 2 * variance**0.5
        assert [share_of(level - band), share_of(level), share_of(level + band)] == pytest.approx(
            [last.low, last.granted, last.high], abs=0.006
        ), metal


def test_a_shift_moves_every_reading_by_as_much():
    plain, shifted = grants(), grants(**{f"grant_shift_{METALS[0]}": 1.0})
    for week in (40, 60, 75, 200):
        apart = log_odds(shifted.recorded(METALS[0], week)) - log_odds(plain.recorded(METALS[0], week))
        assert apart == pytest.approx(1.0)
        assert shifted.recorded(METALS[1], week) == plain.recorded(METALS[1], week)


def test_off_the_state_is_flat():
    assert [grants().wandered(METALS[0], week, 0.42) for week in (-50, 60, END + 1, 300)] == [0.42] * 4


def test_on_it_walks_from_the_records_end():
    state = grants(on=True)
    assert state.wandered(METALS[0], END, 0.42) == 0.42
    assert state.wandered(METALS[0], END + 1, 0.42) != 0.42
    elsewhere = grants(on=True, actor="USA")  # nothing on record: from the first week on
    assert elsewhere.wandered(METALS[0], -1, 0.42) == 0.42
    assert elsewhere.wandered(METALS[0], 0, 0.42) != 0.42


def test_the_walks_variance_grows_by_the_week():
    sd, weeks = 0.15, 52
    places = np.array(
        [log_odds(grants(seed, True, grant_volatility=sd).wandered(METALS[0], END + weeks, 0.5)) for seed in range(400)]
    )
    assert places.std() == pytest.approx(sd * weeks**0.5, rel=0.1)
    assert abs(places.mean()) < 4 * sd * (weeks / 400) ** 0.5


def test_the_state_stays_a_share_however_far_it_walks():
    state = grants(on=True, grant_volatility=5.0)
    shares = [state.wandered(METALS[0], week, 0.42) for week in range(END, END + 500)]
    assert 0.0 <= min(shares) < 0.01
    assert 0.99 < max(shares) <= 1.0
    assert [state.wandered(METALS[0], END + 9, share) for share in (0.0, 1.0)] == [0.0, 1.0]


def test_each_metal_and_country_walks_on_its_own():
    first, other = grants(on=True), grants(on=True)
    other.wandered(METALS[1], END + 90, 0.5)
    other.wandered(METALS[0], END + 90, 0.5)
    assert first.wandered(METALS[0], END + 40, 0.5) == other.wandered(METALS[0], END + 40, 0.5)
    assert first.wandered(METALS[1], END + 40, 0.5) != first.wandered(METALS[0], END + 40, 0.5)


def test_readings_are_drawn_within_their_ranges():
    rows = RECORD[RECORD["metal"] == METALS[0]]
    weeks = [week_of(day.date(), START) for day in rows["start"]]
    drawn = np.array([[grants(seed, True).recorded(METALS[0], week) for week in weeks] for seed in range(300)])
    assert np.median(drawn, axis=0) == pytest.approx(rows["granted"].to_numpy(), abs=0.05)
    spread = np.log(drawn / (1 - drawn)).std(axis=0)
    wanted = (log_odds(rows["high"].to_numpy()) - log_odds(rows["low"].to_numpy())) / BAND_SDS
    assert spread == pytest.approx(wanted, rel=0.15)
