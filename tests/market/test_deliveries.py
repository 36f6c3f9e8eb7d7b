"""Contracts at the market: what binds a delivery, who gives way, and the kg and USD that change hands."""

import numpy as np
import pytest

from model.market.deliveries import CONTRACT, cut_to, deliverable, settle
from model.state.record import Kind
from tests.records import one, state

WEEKS = np.tile([[0, 2], [2, 0]], (2, 2))


def firms():
    """Makers a and b in country 0, c in country 1; users x in country 0, y and z in country 1."""
    return state(
        one("a", Kind.PRODUCER, 0, stock_kg=30.0, tracked_kg=15.0), one("b", Kind.PRODUCER, 0, stock_kg=100.0),
        one("c", Kind.PRODUCER, 1, stock_kg=100.0), one("x", Kind.BUYER, 0), one("y", Kind.BUYER, 1),
        one("z", Kind.BUYER, 1), slots=3,
    )  # fmt: skip


DUE = np.array([10.0, 20.0, 40.0, 10.0, 5.0])
FREE_TRADE = {
    "takes": np.full(6, 1e9), "closed": np.zeros((1, 2, 2), bool), "licence_needed": np.zeros((1, 2, 2), bool),
    "balance": np.zeros((2, 6)), "quota_kg": np.full((1, 2), np.inf),
}  # fmt: skip


def contracts():
    """Contracts of a with x and y, of b with y and z, of c with z."""
    signed = np.zeros(5, CONTRACT)
    signed["seller"], signed["origin"] = [0, 0, 1, 1, 2], [0, 0, 0, 0, 1]
    signed["user"], signed["destination"] = [3, 4, 4, 5, 5], [0, 1, 1, 1, 1]
    signed["agreed_kg"] = signed["kg"] = DUE
    return signed


def delivered(f=None, **changed):
    f, signed = f or firms(), contracts()
    deliverable(f.table, 3, signed, *(FREE_TRADE | changed).values())
    return signed["kg"]


def test_what_nothing_binds_is_delivered_in_full():
    assert delivered().tolist() == DUE.tolist()


def test_a_group_above_its_most_gives_way_in_equal_parts():
    kg = np.array([6.0, 2.0, 5.0, 7.0])
    cut_to(kg, np.array([0, 0, 1, -1]), np.array([4.0, 9.0]))
    assert kg.tolist() == [3, 1, 5, 7]


def test_a_closed_lane_delivers_nothing_and_home_goes_on():
    closed = np.zeros((1, 2, 2), bool)
    closed[0, 0, 1] = True
    assert delivered(closed=closed).tolist() == [10, 0, 0, 0, 5]


def test_a_licence_balance_is_shared_by_all_sellers_of_its_holder():
    """y may have 15 kg of the 60 due to it, z has no licence; c is in z's own country."""
    needed, balance = np.zeros((1, 2, 2), bool), np.zeros((2, 6))
    needed[0, 0, 1], balance[0, 4] = True, 15.0
    assert delivered(licence_needed=needed, balance=balance).tolist() == [10, 5, 10, 0, 5]


def test_a_seller_without_stock_delivers_pro_rata():
    f = firms()
    f["stock_kg"][0] = 6.0
    assert delivered(f) == pytest.approx([2, 4, 40, 10, 5])


def test_limits_and_quotas_bind_what_goes_abroad_only():
    f = firms()
    f["export_limit_kg"][0] = 5.0
    assert delivered(f) == pytest.approx([10, 5, 40, 10, 5])
    assert delivered(quota_kg=np.array([[35.0, 0.0]])) == pytest.approx([10, 10, 20, 5, 5])


def test_a_user_takes_no_more_than_it_wants():
    takes = np.full(6, 1e9)
    takes[4] = 30.0
    assert delivered(takes=takes) == pytest.approx([10, 10, 20, 10, 5])


def settled():
    """Settle a's 10 kg at home and 20 to y under a licence: 200 USD/kg at home, lane 50, of it 8 duty."""
    f = firms()
    price, cost, tariff = np.array([[200.0, 300.0]]), np.zeros((1, 4, 4)), np.zeros((1, 4, 4))
    cost[0, 0, 3], tariff[0, 0, 3] = 50.0, 8.0
    needed = np.zeros((1, 2, 2), bool)
    needed[0, 0, 1] = True
    return f, *settle(f.table, 3, contracts()[:2], price, cost, tariff, needed, WEEKS, f.transit_kg,
                      f.transit_tracked_kg)  # fmt: skip


def test_metal_and_money_change_hands():
    f, flow, tracked, licensed = settled()
    assert (f["stock_kg"][0], f["tracked_kg"][0], f["contract_sold_kg"][0]) == (0, 0, 30)
    assert f["received_usd"][0] == f["cash_usd"][0] == 30 * 200
    assert f["paid_usd"][3:5].tolist() == f["contract_paid_usd"][3:5].tolist() == [10 * 200, 20 * 250]
    assert f["duty_usd"][3:5].tolist() == [0, 160]
    assert f.transit_kg[3:5].tolist() == [[10, 0, 0], [0, 0, 20]]
    assert f.transit_tracked_kg[3:5].tolist() == [[5, 0, 0], [0, 0, 10]]
    assert (flow[0, 2, 0], flow[0, 0, 3], tracked.sum(), licensed[0, 4]) == (10, 20, 15, 20)
