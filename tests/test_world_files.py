"""Files of a world as people and programs write them: marks, encodings, lengths, limits; each fault in one line."""

import pytest

from model.tables import LARGEST_CELL, DataError
from model.world import DATA_FOLDER, load_world
from tests.test_world_refused import broken, copied

PURE = b"high purity, 6N and above"  # in row 3 of goods.csv


def rewritten(tmp_path, file, change):
    """Copy the data and change the bytes of one file."""
    folder = copied(tmp_path)
    path = folder / f"{file}.csv"
    path.write_bytes(change(path.read_bytes()))
    return folder


def line(number, change):
    """Change one line of a file; the header is line 1."""

    def of(content: bytes) -> bytes:
        lines = content.split(b"\n")
        lines[number - 1] = change(lines[number - 1])
        return b"\n".join(lines)

    return of


def without(start: bytes):
    """Leave out the lines that begin with `start`."""
    return lambda content: b"\n".join(row for row in content.split(b"\n") if not row.startswith(start))


def refusal(folder) -> DataError:
    with pytest.raises(DataError) as caught:
        load_world(folder)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500
    return caught.value


@pytest.mark.parametrize(
    "change",
    [lambda b: b"\xef\xbb\xbf" + b, lambda b: b.replace(b"\n", b"\r\n"), lambda b: b + b"\n\n"],
    ids=["UTF-8 with a byte order mark", "lines of Windows", "blank lines at the end"],
)
@pytest.mark.parametrize("file", ["zones", "parameters", "world"])
def test_what_spreadsheets_do_to_a_file_is_accepted(tmp_path, file, change):
    world, base = load_world(rewritten(tmp_path, file, change)), load_world()
    assert world.zones == base.zones
    assert world.parameter_table.equals(base.parameter_table)
    assert world.start == base.start


@pytest.mark.parametrize(
    ("file", "change", "row", "column", "words"),
    [
        ("goods", lambda b: b.replace(b"crude metal;", b"crude \xff metal;"), 2, "note", [r"\udcff", "not UTF-8 text"]),
        ("firms", lambda b: b.replace(b"Sojitz", b"Soj\xeftz"), None, "name", ["Soj\\udcef", "not UTF-8 text"]),
        ("goods", lambda b: b.replace(b"crude metal;", b"crude\0metal;"), 2, "note", [r"\x00", "not UTF-8 text"]),
        ("goods", lambda b: b.replace(PURE, PURE + b"x" * LARGEST_CELL), 3, "note", ["...", "has over 10000"]),
        ("goods", lambda b: b.replace(PURE, PURE + b"x" * 200_000), 3, "", ["goods.csv", "field limit"]),
        ("goods", line(3, lambda row: row + b",more"), 3, "note", ["more", "11 columns"]),
        ("parameters", line(5, lambda row: row + b",more,still"), 5, "confidence", ["more", "12 columns"]),
        ("parameters", line(5, lambda row: row.rpartition(b",")[0]), 5, "confidence", ["11 cells do not fit 12"]),
        ("goods", lambda b: b + b'"x', 6, "", ["goods.csv", "comma-separated values"]),
        ("goods", lambda b: b"", 1, "confidence", ["'confidence' is missing"]),
        ("goods", lambda b: b.decode().encode("utf-16"), 1, "", [r"\udcff\udcfe", "not UTF-8 text"]),
        ("goods", line(1, lambda row: row.replace(b"note", b"name")), 1, "note", ["'note' is missing"]),
    ],
    ids=[
        "undecodable byte", "another encoding", "zero byte", "oversized cell", "cell beyond what is read",
        "a field too many", "two fields too many", "a field too few", "open quote", "empty", "UTF-16", "column twice",
    ],
)  # fmt: skip
def test_a_file_that_is_no_table_is_refused(tmp_path, file, change, row, column, words):
    error = refusal(rewritten(tmp_path, file, change))
    if row is None:
        rows = (DATA_FOLDER / f"{file}.csv").read_text(encoding="utf-8").split("\n")
        row = next(number for number, text in enumerate(rows, start=1) if "Sojitz" in text)
    assert (error.file, error.row, error.column) == (f"{file}.csv", row, column)
    assert str(error).startswith(f"{file}.csv, row {row}{f', column {column!r}' if column else ''}: ")
    for word in words:
        assert word in str(error)


@pytest.mark.parametrize(
    ("row", "column", "value", "where", "words"),
    [
        (4, "value", "lots", "value", ["'lots'", "valid number"]),
        (4, "maximum", "inf", "maximum", ["'inf'", "finite"]),
        (4, "low", "", "low", ["''", "required"]),
        (3, "value", "0.9", "value", ["0.9 is outside 0 to 0.3"]),
        (3, "minimum", "0.01", "low", ["0.0", "leaves the limits 0.01 to 20"]),
        (3, "maximum", "0.2", "high", ["0.3", "leaves the limits 0 to 0.2"]),
        (4, "metal", "indium", "metal", ["'indium' is unknown", "allowed: gallium, germanium"]),
        (4, "status", "guessed", "status", ["'guessed' is unknown", "assumed"]),
        (11, "metal", "gallium", "name", ["'growth' stands twice"]),
        (11, "metal", "", "metal", ["'growth' needs one row, or one for each"]),
    ],
)
def test_a_parameter_that_cannot_be_used_is_named(tmp_path, row, column, value, where, words):
    error = refusal(broken(tmp_path, "parameters", row, column, value))
    assert (error.file, error.column) == ("parameters.csv", where)
    assert error.row in (row, row - 1)
    for word in words:
        assert word in str(error)


def test_a_parameter_that_has_no_value_for_a_metal_is_named(tmp_path):
    error = refusal(rewritten(tmp_path, "parameters", without(b"growth,germanium")))
    rows = (DATA_FOLDER / "parameters.csv").read_text(encoding="utf-8").split("\n")
    assert rows[error.row - 1].startswith("growth,gallium")
    assert str(error).startswith(f"parameters.csv, row {error.row}, column 'metal': 'growth' needs one row, or one for")


@pytest.mark.parametrize("start", [b"news_rate,", b"rung_share_3,"])
def test_a_parameter_that_is_missing_is_named(tmp_path, start):
    error = refusal(rewritten(tmp_path, "parameters", without(start)))
    assert (error.file, error.row, error.column) == ("parameters.csv", 0, "name")
    assert f"'{start.decode()[:-1]}' is missing" in str(error)


def test_no_number_of_a_file_is_beyond_all_measure(tmp_path):
    error = refusal(broken(tmp_path, "trading", 2, "turnover_t_per_yr", "1e12"))
    assert str(error).startswith("trading.csv, row 2, column 'turnover_t_per_yr': '1e12' is refused: ")
    assert "less than or equal to 1000000000" in str(error)


def test_a_metal_has_one_standard_grade(tmp_path):
    error = refusal(broken(tmp_path, "goods", 3, "standard", "yes"))
    assert str(error) == "goods.csv, row 3, column 'standard': 'gallium-6N' is a second standard grade of gallium"
    error = refusal(broken(tmp_path / "none", "goods", 2, "standard", "no"))
    assert (error.row, error.column) == (2, "standard")
    assert "has no standard grade" in str(error)


@pytest.mark.parametrize("key", ["reference_date", "start", "tracked_zone"])
def test_a_world_without_one_of_its_facts_is_refused(tmp_path, key):
    error = refusal(rewritten(tmp_path, "world", without(key.encode())))
    assert str(error) == f"world.csv, column 'key': '{key}' is missing"


@pytest.mark.parametrize(
    ("row", "value", "why"),
    [
        (2, "soon", "must be a date, YYYY-MM-DD"), (3, "2023-13-01", "must be a date, YYYY-MM-DD"),
        (3, "2023-01-03", "must be a Monday"), (3, "0001-01-01", "must lie between 1900-01-01 and 2200-01-01"),
        (2, "2300-01-01", "must lie between 1900-01-01 and 2200-01-01"), (4, "CHM", 'is unknown; nearest "CHN"'),
    ],
)  # fmt: skip
def test_a_fact_of_the_world_that_cannot_be_used_is_named(tmp_path, row, value, why):
    error = refusal(broken(tmp_path, "world", row, "value", value))
    assert str(error).startswith(f"world.csv, row {row}, column 'value': '{value}' {why}")
