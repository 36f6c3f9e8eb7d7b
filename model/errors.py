"""One error type for everything a user can get wrong, and the hint that names the nearest allowed value."""

from collections.abc import Iterable
from difflib import get_close_matches


class InputError(ValueError):
    """Bad input: the message is one line that names the file, the key, the value and what is allowed."""


def nearest(value: object, allowed: Iterable[object], most: int = 30) -> str:
    """Return ``nearest "X"; allowed: ...`` for a value that is not among the allowed ones."""
    names = [str(name) for name in allowed]
    by_lower = {name.lower(): name for name in names}
    match = get_close_matches(str(value).lower(), by_lower, n=1, cutoff=0.4)
    hint = f'nearest "{by_lower[match[0]]}"; ' if match else ""
    listed = ", ".join(names[:most]) + (", ..." if len(names) > most else "")
    return f"{hint}allowed: {listed}"


# Attributes of earlier versions of `TradeModel`, and where to look now.
RENAMED = {
    "columns": "the state is one record per firm and good, `model.firms`; a column is `model.firms[field]`",
    "row_of": "use `model.firms.row_of`",
    "growth": "use `model.firms['growth']`",
    "export_room": "use `model.handling` and the field `export_limit_kg`",
    "exports_kg": "use `model.desk.exports_kg`",
}
