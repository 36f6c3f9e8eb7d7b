"""How orders become trades: a call auction over all zones, and bilateral bargaining behind the same arguments."""

from model.market.auction import Clearing, clear, clear_arrays
from model.market.bargaining import bargain, bargain_arrays
from model.market.book import checked_book
from model.market.goods import Orders, clear_goods, room_for_goods
from model.market.kernel import Cleared

__all__ = [
    "Cleared",
    "Clearing",
    "Orders",
    "bargain",
    "bargain_arrays",
    "checked_book",
    "clear",
    "clear_arrays",
    "clear_goods",
    "room_for_goods",
]
