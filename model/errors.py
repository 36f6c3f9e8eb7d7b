"""One error type for everything a user can get wrong, and the hint that names the nearest allowed value."""

from collections.abc import Iterable
from datetime import date, time
from difflib import get_close_matches

LONGEST_LINE, LONGEST_WORD, LONGEST_LIST = 300, 140, 160  # characters


class InputError(ValueError):
    """Bad input: the message is one line that names the file, the key, the value and what is allowed."""

    def __init__(self, message: str) -> None:
        """Keep the message to one line of bounded length, whatever a file put into it."""
        words = " ".join(shortened(word, LONGEST_WORD, tail=40) for word in message.split(" "))
        plain = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in words)
        super().__init__(shortened(plain, LONGEST_LINE))


def shortened(text: str, most: int, tail: int = 0) -> str:
    """Return a text of at most so many characters; what is cut out before the last `tail` ones is dots."""
    return text if len(text) <= most else f"{text[: most - 3 - tail]}...{text[len(text) - tail :]}"


def shown(value: object, most: int = 60) -> str:
    """Return a value as messages show it."""
    try:
        text = str(value) if isinstance(value, int | float | date | time) else repr(value)
    except (ValueError, RecursionError):  # thousands of digits, or of brackets
        text = "(too long to show)"
    return shortened(text, most)


def nearest(value: object, allowed: Iterable[object], most: int = 30) -> str:
    """Return ``nearest "X"; allowed: ...`` for a value that is not among the allowed ones."""
    names = [str(name) for name in allowed]
    by_lower = {name.lower(): name for name in names}
    match = get_close_matches(shown(value, 200).lower().strip("'\""), by_lower, n=1, cutoff=0.4)
    hint = f'nearest "{by_lower[match[0]]}"; ' if match else ""
    listed = ", ".join(names[:most])
    if len(listed) > LONGEST_LIST:
        listed = listed[: LONGEST_LIST - 5].rpartition(", ")[0]
        return f"{hint}allowed: {listed}, ..."
    return f"{hint}allowed: {listed}" + (", ..." if len(names) > most else "")


# Attributes of earlier versions of `TradeModel`, and where to look now.
RENAMED = {
    "columns": "the state is one record per firm and good, `model.firms`; a column is `model.firms[field]`",
    "row_of": "use `model.firms.row_of`",
    "growth": "use `model.firms['growth']`",
    "export_room": "use `model.handling` and the field `export_limit_kg`",
    "exports_kg": "use `model.desk.exports_kg`",
}
