"""The record of a firm's business in one good: every field, with its type, unit and meaning.

One record per firm and good (a refining line has two: what it makes and what it takes in). All kinds share one layout;
`of` names the kinds that a field belongs to. Prices of views are natural logs of USD/kg, rates are per week.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np


class Kind(IntEnum):
    """What a record is; sellers come first, buyers last, traders and stockpiles in between are both."""

    PRODUCER = 0
    RECYCLER = 1
    REFINER = 2
    TRADER = 3
    STOCKPILE = 4
    REFINER_INPUT = 5
    BUYER = 6


class Field(NamedTuple):
    """One field: its NumPy type, unit, the kinds it belongs to, and what it means."""

    name: str
    type: str
    unit: str
    of: str
    meaning: str


MAKERS, SELLERS, BUYERS, USERS = "makers", "sellers", "buyers", "users"

# What a firm did this week: sums that are forgotten when the next week starts.
FLOWS = (
    Field("produced_kg", "f8", "kg", MAKERS, "output"),
    Field("bought_kg", "f8", "kg", BUYERS, "bought, metal returned under tolling included"),
    Field("sold_kg", "f8", "kg", SELLERS, "sold, metal returned under tolling included"),
    Field("consumed_kg", "f8", "kg", USERS, "used up"),
    Field("short_kg", "f8", "kg", USERS, "planned for use and not to be had"),
    Field("paid_usd", "f8", "USD", BUYERS, "paid for what was bought, duty included"),
    Field("duty_usd", "f8", "USD", BUYERS, "import duty in what was paid"),
    Field("received_usd", "f8", "USD", SELLERS, "received for what was sold, rent included"),
    Field("rent_usd", "f8", "USD", SELLERS, "scarcity rent of full lanes in what was received"),
    Field("support_usd", "f8", "USD", MAKERS, "paid by the state on top of the price"),
    Field("tolling_kg", "f8", "kg", "recycler, users", "metal returned to the owners of scrap"),
    Field("tolling_usd", "f8", "USD", "recycler, users", "fee for it"),
    Field("contract_bought_kg", "f8", "kg", USERS, "bought under contract"),
    Field("contract_paid_usd", "f8", "USD", USERS, "paid for it, duty included"),
    Field("contract_sold_kg", "f8", "kg", MAKERS, "sold under contract"),
    Field("contract_received_usd", "f8", "USD", MAKERS, "received for it"),
)  # fmt: skip

FIELDS = (
    # Who it is.
    Field("firm", "i8", "", "all", "number of the firm, in the order of `Firms.names`"),
    Field("kind", "i8", "", "all", "`Kind`"),
    Field("zone", "i8", "", "all", "number of its country"),
    Field("good", "i8", "", "all", "number of its good"),
    Field("line", "i8", "", "refiner, refiner_input", "the other record of the same refining line"),
    Field("exporter", "?", "", SELLERS, "sells abroad; elsewhere than in the controlling country everybody may"),
    Field("domestic_first", "?", "", SELLERS, "serves the users of its country before it exports"),
    Field("of_tracked_origin", "?", "", "producer", "its metal is followed through trade"),
    Field("growth", "f8", "1/week", "all", "weekly growth factor of its trend"),
    # What it holds.
    Field("stock_kg", "f8", "kg", "all", "metal in stock"),
    Field("tracked_kg", "f8", "kg", "all", "part of the stock that is primary metal of the tracked country"),
    Field("in_transit_kg", "f8", "kg", BUYERS, "metal bought and under way"),
    Field("cash_usd", "f8", "USD", "all", "receipts and support less payments since the start"),
    *FLOWS,
    # What it thinks of prices.
    Field("log_expected", "f8", "log USD/kg", "all", "price expected"),
    Field("log_trend", "f8", "log USD/kg/week", "all", "recent trend of what it expects"),
    Field("log_normal", "f8", "log USD/kg", BUYERS, "price held to be normal"),
    Field("log_reference", "f8", "log USD/kg", "all", "price at which supply meets trend use (marginal-cost view)"),
    Field("trend_weight", "f8", "", "all", "weight of the trend in its expectation"),
    Field("price_noise", "f8", "log", "all", "this week's deviation of its order prices"),
    # Supply.
    Field("capacity_kg", "f8", "kg/week", MAKERS, "most it can make"),
    Field("normal_output_kg", "f8", "kg/week", MAKERS, "output planned at the reference price"),
    Field("utilisation", "f8", "share", MAKERS, "share of capacity in use"),
    Field("outage_share", "f8", "share", "producer", "share of capacity lost to an outage this week"),
    Field("made_ahead_kg", "f8", "kg/week", "producer", "made on top of the trend for what users abroad buy ahead"),
    Field("supply_elasticity", "f8", "", MAKERS, "response of planned output to the log of price over reference"),
    Field("log_guaranteed", "f8", "log USD/kg", MAKERS, "price guaranteed by the state; -inf without"),
    Field("cost_usd_per_kg", "f8", "USD/kg", MAKERS, "marginal cost; of conversion alone for a refiner"),
    Field("scrap_kg", "f8", "kg", "recycler", "metal in the scrap at hand and in process"),
    Field("feed_kg", "f8", "kg/week", "recycler", "old scrap and residues that come in beside users' new scrap"),
    Field("captive_share", "f8", "share", "recycler", "share of output that goes back to the owners of the scrap"),
    Field("yield_share", "f8", "share", "refiner", "output per input"),
    Field("norm_stock_weeks", "f8", "weeks", MAKERS, "normal stock in weeks of normal output"),
    Field("norm_stock_kg", "f8", "kg", SELLERS, "normal stock; what a trader aims for"),
    Field("normal_export_share", "f8", "share", "producer to trader", "share of output exported in calm times"),
    Field("export_limit_kg", "f8", "kg", SELLERS, "most it may offer abroad this week; inf without limit"),
    # Trade and public stocks.
    Field("turnover_kg", "f8", "kg/week", "trader", "usual turnover"),
    Field("calm_stock_kg", "f8", "kg", "trader", "stock held in calm times"),
    Field("purchase_kg", "f8", "kg/week", "stockpile", "purchase planned"),
    Field("release_kg", "f8", "kg/week", "stockpile", "release planned"),
    Field("log_price_limit", "f8", "log USD/kg", "stockpile", "highest price paid"),
    # Demand.
    Field("trend_use_kg", "f8", "kg/week", USERS, "use at the reference price"),
    Field("planned_use_kg", "f8", "kg/week", USERS, "use planned at the price expected"),
    Field("set_aside_kg", "f8", "kg", USERS, "bought ahead and not counted as cover; below 0, the other way about"),
    Field("scrap_share", "f8", "share", "buyer", "metal used that becomes new scrap"),
    Field("demand_elasticity", "f8", "", "buyer", "short-run price elasticity of use, a positive number"),
    Field("short_run_response", "f8", "share", "buyer", "use at today's prices over trend use, quick part"),
    Field("long_run_response", "f8", "share", "buyer", "the same, slow part: thrift and substitution"),
    Field("calm_cover_weeks", "f8", "weeks", USERS, "weeks of cover it aims for in calm times"),
    Field("cover_elasticity", "f8", "log", USERS, "alpha: rise of its bid over the normal price when it has no stock"),
    Field("perceived_risk", "f8", "", BUYERS, "share of supply believed lost, 0 to 1"),
    Field("news", "f8", "", BUYERS, "news heard and not yet acted on"),
    Field("licence_balance_kg", "f8", "kg", BUYERS, "valid export licences in its name that can be used this week"),
)  # fmt: skip

RECORD = np.dtype([(field.name, field.type) for field in FIELDS], align=True)
WEEKLY = tuple(field.name for field in FLOWS)
