"""Both market rules: when they agree, and what a report says first when they do not."""

from experiments.ensemble.design import Cell
from experiments.study.answers import Band, Report
from experiments.study.report import Headline, with_both_rules
from experiments.study.study import _bargaining
from model import Scenario

REPORT = Report(["It rises."], ["## Body"], {})
WHAT, UNIT = "rise of the price", "percent_change"


def headline(auction, bargaining):
    return Headline(WHAT, UNIT, Band(*auction, 5), Band(*bargaining, 5))


def with_both(auction, bargaining):
    return with_both_rules(REPORT, *({WHAT: (UNIT, Band(*band, 5))} for band in (auction, bargaining)))


def test_rules_agree_where_one_band_holds_the_other_median():
    assert headline((0.10, 0.05, 0.20), (0.18, 0.17, 0.40)).agree
    assert headline((0.50, 0.10, 0.90), (0.95, 0.40, 1.20)).agree
    assert not headline((0.006, 0.002, 0.01), (0.059, 0.03, 0.08)).agree
    assert headline((0.0601, 0.0601, 0.0601), (0.0602, 0.0602, 0.0602)).agree  # nobody could tell as written


def test_a_disagreement_is_said_first_and_agreement_in_the_table_only():
    apart = with_both((0.006, 0.002, 0.01), (0.059, 0.03, 0.08))
    assert apart.answer[0].startswith("The two market rules disagree on 1 of 1 number: rise of the price: +1 %")
    assert "+6 %" in apart.answer[0]
    assert apart.answer[1] == "It rises."
    same = with_both((0.1, 0.0, 0.2), (0.1, 0.0, 0.2))
    assert list(same.answer) == ["It rises."]
    assert any("agree" in line for line in same.body)
    assert with_both_rules(REPORT, {}, {}) is REPORT


def test_a_cell_goes_under_the_other_rule_whether_raw_or_checked():
    raw, checked = {"name": "a", "policies": []}, Scenario(name="a")
    assert _bargaining(Cell("a", raw))["mechanism"] == "bargaining"
    assert raw == {"name": "a", "policies": []}
    assert _bargaining(Cell("a", checked)).mechanism == "bargaining"
    assert checked.mechanism == "auction"
