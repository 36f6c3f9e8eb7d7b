"""All licences of a week: holders may use what every office has granted, and each office's part of it is drawn down."""

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from agents.books import GRAM_KG
from model.policy.licence_office import FILE
from model.policy.licences import Licences
from model.state.firms import Firms
from model.state.record import Kind
from tests.records import one, state

ZONES = 4
EAST, WEST, HERE, THERE = range(ZONES)


@pytest.fixture
def firms() -> Firms:
    """Two users in one country and one in another; two countries license what goes there."""
    return state(
        one("maker", Kind.PRODUCER, EAST), one("a", Kind.BUYER, HERE), one("b", Kind.BUYER, HERE),
        one("c", Kind.BUYER, THERE, licence_balance_kg=99.0), zones=ZONES,
    )  # fmt: skip


def office(actor: int, firms: Firms, **granted_kg: float) -> Any:
    """Return what `Licences` asks of an office: who licenses, and the files with what is granted to each firm."""
    files = np.zeros(len(granted_kg), FILE)
    files["row"], files["granted_kg"] = [firms.rows_of(firm)[0] for firm in granted_kg], list(granted_kg.values())
    return cast(Any, SimpleNamespace(actor=actor, files=files))


def at_work(firms: Firms, *offices: Any) -> Licences:
    licences = Licences(firms)
    licences.open_week()
    for each in offices:
        licences.open_for_work(each)
    return licences


def lanes(*closed: tuple[int, int]) -> Any:
    book = np.zeros((1, ZONES, ZONES), dtype=bool)
    for origin, destination in closed:
        book[0, origin, destination] = True
    return SimpleNamespace(closed=book)


def trades(flow: dict[tuple[int, int], float], a: float = 0.0, b: float = 0.0, c: float = 0.0) -> Any:
    """Return licensed flows from nodes to countries, and what each user bought under licence."""
    whole = np.zeros((1, 2 * ZONES, 2 * ZONES))
    for (origin, destination), kg in flow.items():
        whole[0, origin, ZONES + destination] = kg
    bought = np.zeros((3, 2))
    bought[:, 0], bought[:, 1] = 50.0, (a, b, c)  # what is bought on the free market needs no licence
    return SimpleNamespace(spot_flow=whole, bought_kg=bought)


def balances(firms: Firms) -> list[float]:
    return firms["licence_balance_kg"][firms.buyers].tolist()


def test_holders_may_use_what_all_offices_have_granted(firms):
    licences = at_work(firms, office(EAST, firms, a=30.0, b=5.0), office(WEST, firms, a=10.0, b=0.0))
    balance = licences.hand_out(lanes())
    assert balances(firms) == [40, 5, 0]
    assert balance[0, EAST].tolist() == [0, 0, 35, 0]
    assert balance[0, WEST].tolist() == [0, 0, 10, 0]
    assert balance.sum() == 45


def test_a_licence_for_a_closed_lane_is_kept_but_cannot_be_used(firms):
    east, west = office(EAST, firms, a=30.0), office(WEST, firms, a=10.0)
    licences = at_work(firms, east, west)
    balance = licences.hand_out(lanes((EAST, HERE)))
    assert balances(firms) == [10, 0, 0]
    assert balance[0, EAST, HERE] == 0
    assert balance[0, WEST, HERE] == 10
    assert east.files["granted_kg"] == [30]
    licences.hand_out(lanes())
    assert balances(firms) == [40, 0, 0]


def test_without_an_office_at_work_nobody_holds_a_licence(firms):
    licences = at_work(firms, office(EAST, firms, a=30.0))
    licences.hand_out(lanes())
    licences.open_week()
    assert licences.hand_out(lanes()).sum() == 0
    assert balances(firms) == [0, 0, 0]


def test_each_offices_balance_falls_by_its_part_of_what_was_shipped(firms):
    """Of 16 licensed kg into the country 12 came from the east and 4 from the west, 2 and 1 of them from home books.

    So 3 of 4 kg that a user bought were under the licence of the east, and 1 under that of the west.
    """
    east, west = office(EAST, firms, a=30.0, b=5.0, c=7.0), office(WEST, firms, a=10.0, b=4.0)
    licences = at_work(firms, east, west)
    licences.hand_out(lanes())
    flow = {(EAST, HERE): 10.0, (ZONES + EAST, HERE): 2.0, (WEST, HERE): 3.0, (ZONES + WEST, HERE): 1.0}
    licences.draw_down(trades(flow | {(EAST, THERE): 6.0}, a=12.0, b=4.0, c=6.0))
    assert east.files["granted_kg"] == pytest.approx([30 - 9, 5 - 3, 7 - 6])
    assert west.files["granted_kg"] == pytest.approx([10 - 3, 4 - 1])
    assert balances(firms) == pytest.approx([28, 5, 1])


def test_no_balance_falls_below_zero(firms):
    """The flows give the west 6 of 12 kg, but it has granted 4 only."""
    east, west = office(EAST, firms, a=30.0), office(WEST, firms, a=4.0)
    licences = at_work(firms, east, west)
    licences.hand_out(lanes())
    licences.draw_down(trades({(EAST, HERE): 6.0, (WEST, HERE): 6.0}, a=12.0))
    assert east.files["granted_kg"] == pytest.approx([24])
    assert west.files["granted_kg"] == [0]
    assert balances(firms) == pytest.approx([24, 0, 0])


@pytest.mark.parametrize(("left_kg", "kept"), [(0.5 * GRAM_KG, 0.0), (2 * GRAM_KG, 2 * GRAM_KG)])
def test_what_rounding_leaves_of_a_licence_is_none(firms, left_kg, kept):
    east = office(EAST, firms, a=10.0)
    licences = at_work(firms, east)
    licences.hand_out(lanes())
    licences.draw_down(trades({(EAST, HERE): 10.0 - left_kg}, a=10.0 - left_kg))
    assert east.files["granted_kg"] == pytest.approx([kept], abs=1e-9)


def test_nothing_bought_under_licence_draws_nothing(firms):
    east = office(EAST, firms, a=10.0)
    licences = at_work(firms, east)
    licences.hand_out(lanes())
    licences.draw_down(trades({}))
    assert east.files["granted_kg"] == [10]
    assert balances(firms) == [10, 0, 0]


def test_bars_add_up_within_a_week_and_are_forgotten_after_it(firms):
    licences, nobody = at_work(firms), [False] * 4
    licences.bar(EAST, np.array([False, True, False, False]))
    licences.bar(EAST, np.array([False, False, False, True]))
    assert licences.barred_from(EAST).tolist() == [False, True, False, True]
    assert licences.barred_from(WEST).tolist() == nobody
    licences.open_week()
    assert licences.barred_from(EAST).tolist() == nobody


def test_two_offices_of_one_country_are_not_drawn_down_twice(firms):
    """12 kg were shipped: 10 under the licences of the one, and what those did not cover under the other's."""
    one_office, other = office(EAST, firms, a=10.0), office(EAST, firms, a=30.0)
    licences = at_work(firms, one_office, other)
    licences.hand_out(lanes())
    licences.draw_down(trades({(EAST, HERE): 12.0}, a=12.0))
    assert (one_office.files["granted_kg"].tolist(), other.files["granted_kg"].tolist()) == ([0.0], [28.0])
    assert balances(firms) == [28, 0, 0]
