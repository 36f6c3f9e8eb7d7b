"""The two books of a seller and the two markets of a buyer, by their place in arrays of orders; the least order.

A seller's `OPEN` book may go anywhere, its `HOME` book stays in its country. On the `FREE` market anybody may buy; on
the `LICENSED` one metal is bought that is shipped under an export licence.
"""

OPEN, HOME = 0, 1
FREE, LICENSED = 0, 1
# Nobody trades, licenses or counts less than a gram: what is smaller is what rounding leaves of a balance used up.
GRAM_KG = 1e-3
# Order prices always differ by this much at least, log price: firms alike would tie, and rounding would choose.
LEAST_NOISE = 1e-6
