"""A folder that cannot be a world is refused in one line that names file, row, column and value."""

import csv
import shutil
from pathlib import Path

import pandas as pd
import pytest

from model import TradeModel, parse_scenario
from model.tables import DataError
from model.world import DATA_FOLDER, load_world
from model.world_checks import OF_ALL_METALS


def read(name):
    return pd.read_csv(DATA_FOLDER / f"{name}.csv", dtype=str, keep_default_na=False)


def copied(tmp_path) -> Path:
    return Path(shutil.copytree(DATA_FOLDER, tmp_path / "data"))


def broken(tmp_path, file, row, column, value):
    """Copy the data and change one cell; row as in the message (the header is row 1)."""
    folder = copied(tmp_path)
    path = folder / f"{file}.csv"
    with path.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.reader(stream))
    rows[row - 1][rows[0].index(column)] = value
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows)
    return folder


@pytest.mark.parametrize(
    ("file", "row", "column", "value", "hint"),
    [
        ("firms", 2, "zone", "CHM", 'nearest "CHN"'),
        ("firms", 2, "kind", "produser", 'nearest "producer"'),
        ("supply", 3, "good", "galium-4N", 'nearest "gallium-4N"'),
        ("supply", 3, "firm", "fangyaun", 'nearest "fangyuan"'),
        ("lanes", 2, "origin", "chinna", 'nearest "china"'),
        ("duties", 5, "partner", "MEXX", 'nearest "MEX"'),
        ("goods", 2, "metal", "galium", 'nearest "gallium"'),
        ("demand", 4, "use_t_per_yr", "a lot", "valid number"),
        ("demand", 4, "use_t_per_yr", "-3", "greater than"),
        ("demand", 4, "use_t_per_yr", "nan", "finite"),
        ("demand", 4, "use_t_per_yr", "9999", "outside"),
        ("supply", 2, "output_t_per_yr", "", "required"),
        ("supply", 2, "input_good", "gallium-6N", "refiners"),
        ("supply", 2, "source", "", "required"),
        ("trading", 2, "confidence", "sure", "allowed"),
        ("projects", 2, "start", "soon", "date"),
        ("world", 2, "value", "soon", "date"),
        ("world", 2, "key", "referense_date", "reference_date"),
        ("observed_exports", 2, "month", "2023-13", "month"),
        ("zones", 3, "zone", "CHN", "twice"),
        ("firms", 2, "end_use", "led", "buyers"),
        ("supply", 2, "captive_share", "0.5", "is for a recycler"),
        ("supply", 2, "yield_share", "0.9", "is for a refiner: 1 for others"),
        ("duties", 52, "partner", "JPN", "the cost of exporting has '*'"),
    ],
)
def test_a_bad_cell_is_named(tmp_path, file, row, column, value, hint):
    with pytest.raises(DataError, match=rf"{file}\.csv, row \d+, column ") as caught:
        load_world(broken(tmp_path, file, row, column, value))
    error = caught.value
    assert isinstance(error, ValueError)
    assert hint in str(error)
    assert (error.file, error.row, error.column) == (f"{file}.csv", row, column)


def test_output_above_capacity_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"row 2, column 'output_t_per_yr': 155\.2 is above capacity"):
        load_world(broken(tmp_path, "supply", 2, "capacity_t_per_yr", "10"))


def test_a_trader_in_the_demand_table_is_refused(tmp_path):
    with pytest.raises(DataError, match="'sojitz' is a trader, not a buyer"):
        load_world(broken(tmp_path, "demand", 2, "firm", "sojitz"))


def test_a_germanium_input_cannot_become_gallium(tmp_path):
    row = next(i for i, name in enumerate(read("supply")["firm"], start=2) if name == "jinmei")
    with pytest.raises(DataError, match="cannot become gallium-6N"):
        load_world(broken(tmp_path, "supply", row, "input_good", "germanium-5N"))


def test_a_missing_duty_is_refused(tmp_path):
    row = next(i for i, r in enumerate(read("duties").itertuples(), start=2) if r.zone == "JPN")
    with pytest.raises(DataError, match="'JPN' has no import duty on gallium"):
        load_world(broken(tmp_path, "duties", row, "partner", "CHN"))


def test_a_missing_lane_is_refused(tmp_path):
    lanes = read("lanes")
    row = 2 + int(lanes.index[(lanes["origin"] == "oceania") & (lanes["destination"] == "row")][0])
    with pytest.raises(DataError, match="'AUS' has no row to ROW"):
        load_world(broken(tmp_path, "lanes", row, "destination", "AUS"))


def test_a_wrong_header_is_named(tmp_path):
    with pytest.raises(DataError, match=r"'exportr' is not a known column|'exporter' is missing"):
        load_world(broken(tmp_path, "firms", 1, "exporter", "exportr"))


def test_a_row_with_a_stray_comma_is_named(tmp_path):
    folder = copied(tmp_path)
    path = folder / "goods.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines[:2], lines[2] + ",oops", *lines[3:]]) + "\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"goods\.csv, row 3, column 'note': \['oops'\] does not fit 11 columns"):
        load_world(folder)


@pytest.mark.parametrize(("emptied", "first"), [("firms supply demand trading", "firms"), ("*", "zones")])
def test_a_world_without_rows_is_refused(tmp_path, emptied, first):
    folder = copied(tmp_path)
    for path in [path for name in emptied.split() for path in folder.glob(f"{name}.csv")]:
        path.write_text(path.read_text(encoding="utf-8").partition("\n")[0] + "\n", encoding="utf-8")
    with pytest.raises(DataError, match=rf"^{first}\.csv: 0 rows; a world needs one at least$"):
        load_world(folder)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"^zones\.csv: '.*' does not hold this file$"):
        load_world(tmp_path)


def test_the_hash_follows_the_bytes(tmp_path):
    changed = load_world(broken(tmp_path, "demand", 2, "note", "a remark"))
    assert changed.data_hash != load_world().data_hash
    shutil.copytree(DATA_FOLDER, tmp_path / "same")
    assert load_world(tmp_path / "same").data_hash == load_world().data_hash


def by_metal(tmp_path, names) -> Path:
    """Copy the data and give each of these parameters a row for each metal, of the same value."""
    folder = copied(tmp_path)
    (folder / "posterior.csv").unlink()  # its columns are the former keys
    table = read("parameters")
    twice = table["name"].isin(names) & (table["metal"] == "")
    metals = [table[twice].assign(metal=metal) for metal in load_world().metals]
    pd.concat([table[~twice], *metals]).to_csv(folder / "parameters.csv", index=False)
    return folder


@pytest.mark.parametrize("name", ["cover_factor", "freight_volatility", "rung_share_3"])
def test_a_parameter_read_without_a_metal_has_one_row(tmp_path, name):
    with pytest.raises(DataError, match=rf"parameters\.csv, row \d+, column 'metal': '{name}' needs one row for all"):
        load_world(by_metal(tmp_path, [name]))


def test_every_other_parameter_may_differ_by_metal(tmp_path, history):
    names = set(read("parameters")["name"]) - set(OF_ALL_METALS)
    world = load_world(by_metal(tmp_path, names))
    assert len(world.parameter_table) == len(OF_ALL_METALS) + 2 * len(names)
    raw = history.given() | {"spin_up_weeks": 2, "weeks": 2}
    TradeModel(parse_scenario(raw, "history", world), seed=1, world=world).run()


def test_every_use_of_a_metal_has_its_value(tmp_path):
    folder = copied(tmp_path)
    path = folder / "value_added.csv"
    rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(row for row in rows if not row.startswith("fibre,")), encoding="utf-8")
    with pytest.raises(DataError, match=r"value_added\.csv.*'fibre' has no row for germanium, which yofc uses for it$"):
        load_world(folder)


def test_a_value_is_drawn_by_ratios_and_so_above_zero(tmp_path):
    with pytest.raises(DataError, match=r"value_added\.csv, row 2, column 'low': 0\.0 must be above 0, or all three"):
        load_world(broken(tmp_path, "value_added", 2, "low", "0"))
