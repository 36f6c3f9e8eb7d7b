"""Where metal comes from at the start of a run: the tracked origin, carried through refining and trade at rest."""

from __future__ import annotations

import numpy as np

from model.state.firms import Firms
from model.state.record import Kind


def mark_start(f: Firms, params: np.ndarray, flow: np.ndarray, owed: np.ndarray, zone: int) -> np.ndarray:
    """Give all stocks and goods in transit the share of tracked-origin metal that trade at rest gives them.

    Primary metal of the tracked country is of that origin, recycled metal is local, refined metal is what went in, and
    a country's sellers mix. Refining leads from good to good: after as many rounds as there are goods shares are final.

    Args:
        f: the records at rest; `tracked_kg` and `transit_tracked_kg` are set.
        params: parameters by good, [G].
        flow: weekly flows at rest, metal from own scrap included, kg, [G, Z, Z].
        owed: share of each recycler's captive metal that belongs to a country, [R, Z].
        zone: the tracked country, from which exporters alone sell abroad.

    Returns:
        Metal of tracked origin that each country receives, kg a week, [G, Z].
    """
    lines, buyers = f.of(Kind.REFINER), f.buyers
    tolled_kg = tolled_at_rest(f, params, owed)
    sold_kg = f["normal_output_kg"].copy()
    sold_kg[f.of(Kind.RECYCLER)] -= _captive_kg(f, params, owed).sum(axis=1)
    traded = np.maximum(flow - tolled_kg, 0.0)
    abroad = ~np.eye(f.zones, dtype=bool)
    may_leave = f["exporter"] | (f["zone"] != zone)
    share = f["of_tracked_origin"].astype(float)
    for _ in range(f.goods):
        tracked = traded * _shares_sold(f, share, sold_kg, may_leave, traded)
        received: np.ndarray = tracked.sum(axis=1)
        # Traders of a country that gets no metal at rest hold what is traded between countries.
        usual = _ratio((tracked * abroad).sum(axis=(1, 2)), (traded * abroad).sum(axis=(1, 2)))
        of_received = _ratio(received, flow.sum(axis=1), usual[:, None])
        inputs = f.table[f["line"][lines]]
        share[lines] = of_received[inputs["good"], inputs["zone"]]
    share[buyers] = of_received[f["good"][buyers], f["zone"][buyers]]
    f["tracked_kg"][:] = share * f["stock_kg"]
    f.transit_tracked_kg[:] = share[:, None] * f.transit_kg
    return received


def tolled_at_rest(f: Firms, params: np.ndarray, owed: np.ndarray) -> np.ndarray:
    """Return the metal that goes back to owners of scrap in a week at rest, kg, by place of work and use, [G, Z, Z]."""
    rows = f.of(Kind.RECYCLER)
    tolled = np.zeros((f.goods, f.zones, f.zones))
    np.add.at(tolled, (f["good"][rows], f["zone"][rows]), _captive_kg(f, params, owed))
    return tolled


def as_own_scrap(flow: np.ndarray, tolled: np.ndarray) -> np.ndarray:
    """Return flows in which metal from own scrap comes from home, wherever it was worked up, kg, [G, Z, Z]."""
    own: np.ndarray = np.maximum(flow - tolled, 0.0)
    home = np.arange(flow.shape[1])
    own[:, home, home] += tolled.sum(axis=1)
    return own


def _captive_kg(f: Firms, params: np.ndarray, owed: np.ndarray) -> np.ndarray:
    """Return what each recycler gives back to the users of each country at rest, kg a week, [R, Z]."""
    rows = f.of(Kind.RECYCLER)
    good = f["good"][rows]
    captive_kg = owed * (f["captive_share"][rows] * f["normal_output_kg"][rows])[:, None]
    by_owner = np.zeros((f.goods, f.zones))
    np.add.at(by_owner, good, captive_kg)
    use = f.by_place(f.users, f["trend_use_kg"][f.users])
    fits = _ratio(np.minimum(by_owner, params["most_tolled_share"][:, None] * use), by_owner)
    found: np.ndarray = captive_kg * fits[good]
    return found


def _shares_sold(
    f: Firms, share: np.ndarray, sold_kg: np.ndarray, may_leave: np.ndarray, traded: np.ndarray
) -> np.ndarray:
    """Return the tracked share of each flow, [G, Z, Z]: the exporters' mix abroad, what that leaves at home."""
    rows, open_kg = slice(0, len(f)), sold_kg * may_leave
    made, made_tracked = f.by_place(rows, sold_kg), f.by_place(rows, share * sold_kg)
    abroad = _ratio(f.by_place(rows, share * open_kg), f.by_place(rows, open_kg))
    home = np.arange(f.zones)
    left = traded.sum(axis=2) - traded[:, home, home]
    at_home = np.clip(_ratio(made_tracked - abroad * left, made - left, abroad), 0.0, 1.0)
    shares = np.repeat(abroad[:, :, None], f.zones, axis=2)
    shares[:, home, home] = at_home
    return shares


def _ratio(part: np.ndarray, whole: np.ndarray, otherwise: np.ndarray | float = 0.0) -> np.ndarray:
    """Return part / whole, and `otherwise` where the whole is nothing."""
    found: np.ndarray = np.divide(part, whole, out=np.broadcast_to(otherwise, part.shape).copy(), where=whole > 1e-9)
    return found
