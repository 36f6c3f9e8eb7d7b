"""The state of all firms: records find their place whatever the order of the files, and lines find each other."""

from itertools import permutations

import numpy as np
import pytest

from model.state.firms import Business, Firms
from model.state.record import Kind

GALLIUM, PURE, GERMANIUM = 0, 1, 2
BUSINESSES = (
    Business("zinc", Kind.PRODUCER, 1, GERMANIUM, exporter=True, cost_usd_per_kg=900.0),
    Business("alu", Kind.PRODUCER, 0, GALLIUM, captive_share=0.25),
    Business("pure", Kind.REFINER, 0, PURE, line_good=GALLIUM, yield_share=0.9),
    Business("pure", Kind.REFINER_INPUT, 0, GALLIUM, line_good=PURE, end_use="refining"),
    Business("alu", Kind.TRADER, 0, GALLIUM, end_use="trading"),
    Business("chips", Kind.BUYER, 1, PURE, end_use="semiconductor"),
)


def firms(businesses=BUSINESSES) -> Firms:
    return Firms(businesses, zones=2, goods=3, slots=4)


def test_records_are_sorted_by_kind_firm_and_good():
    assert firms().labels() == ["alu/0/0", "zinc/2/0", "pure/1/2", "alu/0/3", "pure/0/5", "chips/1/6"]
    assert firms().names == ["alu", "chips", "pure", "zinc"]
    assert [firms().names[number] for number in firms()["firm"]] == ["alu", "zinc", "pure", "alu", "pure", "chips"]


def test_the_order_of_the_businesses_makes_no_difference():
    first = firms()
    for order in permutations(BUSINESSES):
        other = firms(order)
        assert (other.table == first.table).all()
        assert other.businesses == first.businesses
        assert other.names == first.names


def test_records_carry_what_their_business_says():
    f = firms()
    assert f["zone"].tolist() == [0, 1, 0, 0, 0, 1]
    assert f["exporter"].tolist() == [False, True, False, False, False, False]
    assert f["cost_usd_per_kg"].tolist() == [0, 900, 0, 0, 0, 0]
    assert f["yield_share"].tolist() == [1, 1, 0.9, 1, 1, 1]
    assert f["captive_share"].tolist() == [0.25, 0, 0, 0, 0, 0]
    assert f.end_uses().tolist() == ["", "", "", "trading", "refining", "semiconductor"]


def test_what_is_held_in_a_country_is_counted_from_the_first_record_of_all():
    f, any_good = firms(), np.ones(3, dtype=bool)
    assert f.held_in(0, any_good, f.of(Kind.PRODUCER, Kind.REFINER)).tolist() == [0, 2]
    assert f.held_in(0, any_good, f.of(Kind.REFINER, Kind.BUYER)).tolist() == [2, 3, 4]
    assert f.held_in(0, np.array([True, False, False]), f.of(Kind.REFINER, Kind.BUYER)).tolist() == [3, 4]
    assert f.held_in(1, any_good, f.of(Kind.STOCKPILE)).tolist() == []


def test_the_two_records_of_a_line_find_each_other_and_nobody_else_has_one():
    assert firms()["line"].tolist() == [-1, -1, 4, -1, 2, -1]


def test_lines_of_one_firm_are_told_apart():
    """Two lines that take in the same good, and one whose product goes into another."""
    lines = [(PURE, GALLIUM), (GERMANIUM, GALLIUM), (3, PURE)]
    both = [
        row
        for made, taken in lines
        for row in (Business("r", Kind.REFINER, 0, made, taken), Business("r", Kind.REFINER_INPUT, 0, taken, made))
    ]
    f = Firms(both, zones=1, goods=4, slots=1)
    outputs = f.of(Kind.REFINER)
    inputs = f["line"][outputs]
    assert (f["line"][inputs] == np.arange(outputs.start, outputs.stop)).all()
    named = [(int(f["good"][i]), int(f["good"][f["line"][i]])) for i in range(outputs.start, outputs.stop)]
    assert sorted(named) == sorted(lines)
    assert (f["kind"][inputs] == Kind.REFINER_INPUT).all()


def test_spans_cover_every_kind_and_groups_of_kinds():
    f = firms()
    assert [len(f["kind"][f.of(kind)]) for kind in Kind] == [2, 0, 1, 1, 0, 1, 1]
    assert (f.sellers, f.buyers, f.users, f.makers) == (slice(0, 4), slice(3, 6), slice(4, 6), slice(0, 3))
    assert f.of(Kind.STOCKPILE) == slice(4, 4)
    assert f.of(Kind.RECYCLER, Kind.TRADER) == slice(2, 4)


def test_sums_by_place():
    f = firms()
    everybody = f.by_place(slice(0, 6), np.arange(1.0, 7.0))
    assert everybody.tolist() == [[1 + 4 + 5, 0], [3, 6], [0, 2]]
    assert f.by_place(np.array([5, 1]), np.array([10.0, 20.0])).tolist() == [[0, 0], [0, 10], [0, 20]]
    assert f.by_place(f.of(Kind.STOCKPILE), np.zeros(0)).tolist() == np.zeros((3, 2)).tolist()
    weeks = np.array([[10.0, 20.0], [1.0, 2.0]])
    assert f.by_place(np.array([5, 1]), weeks).tolist() == [[[0, 0], [0, 10], [0, 20]], [[0, 0], [0, 1], [0, 2]]]


def test_records_of_a_firm_are_found_by_name_span_and_good():
    f = firms()
    assert (f.rows_of("alu"), f.rows_of("pure"), f.rows_of("nobody")) == ([0, 3], [2, 4], [])
    assert f.row_of("alu", f.makers) == 0
    assert f.row_of("alu", f.buyers) == 3
    assert f.row_of("pure", slice(0, 6), GALLIUM) == 4
    for firm, span, good in (("alu", f.users, None), ("pure", f.makers, GALLIUM), ("nobody", f.makers, None)):
        with pytest.raises(KeyError, match=firm):
            f.row_of(firm, span, good)


def test_a_column_is_a_view_and_metal_under_way_has_its_slots():
    f = firms()
    f["stock_kg"][2] = 7.0
    assert f.table[2]["stock_kg"] == 7
    assert f.transit_kg.shape == f.transit_tracked_kg.shape == (6, 4)
    assert len(f) == 6


def test_a_state_without_firms_is_empty():
    f = firms(())
    assert (len(f), f.names, f.labels()) == (0, [], [])
    assert f.spans.tolist() == [0] * 8
