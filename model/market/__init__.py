"""How orders become trades: a call auction over all zones, and bilateral bargaining behind the same arguments."""

from model.market.auction import Clearing, clear, clear_arrays
from model.market.bargaining import bargain, bargain_arrays
from model.market.book import checked_book

__all__ = ["Clearing", "bargain", "bargain_arrays", "checked_book", "clear", "clear_arrays"]
