"""Write the table of parameters into `model/ODD.md`: `make odd`."""

from pathlib import Path

from model.world import load_world

ODD = Path(__file__).parent.parent / "model" / "ODD.md"
MARK = "<!-- made by `make odd` from data/parameters.csv; a test says when it is stale -->"
HEAD = "| parameter | value | range | unit | status | what it is |"


def with_table(text: str) -> str:
    """Return the text with the table below its mark made anew."""
    table = load_world().parameter_table
    rows = [
        f"| `{name}` | {row.value:g} | {row.low:g} to {row.high:g} | {row.unit} | {row.status} | {row.description} |"
        for name, row in zip(table.index, table.itertuples(), strict=True)
    ]
    return "\n".join([text.split(MARK)[0] + MARK, "", HEAD, "|---|---|---|---|---|---|", *rows, ""])


if __name__ == "__main__":
    ODD.write_text(with_table(ODD.read_text(encoding="utf-8")), encoding="utf-8")
