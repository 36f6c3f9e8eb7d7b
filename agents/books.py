"""The two books of a seller and the two markets of a buyer, by their place in arrays of orders.

A seller's `OPEN` book may go anywhere, its `HOME` book stays in its country. On the `FREE` market anybody may buy; on the
`LICENSED` one metal is bought that is shipped under an export licence.
"""

OPEN, HOME = 0, 1
FREE, LICENSED = 0, 1
