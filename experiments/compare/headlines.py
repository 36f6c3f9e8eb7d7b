"""What a comparison is about, under both market rules: prices, exports and use given up."""

from __future__ import annotations

from experiments.compare.found import Found
from experiments.study.answers import Band, with_article
from experiments.study.bands import band
from experiments.study.rules import Headline


def headlines(found: Found, rivals: Found) -> list[Headline]:
    """Return the numbers of the first lines by both rules: changes to the first scenario, of one alone its levels."""
    return [
        Headline(f"{what}{f' ({name})' if found.others else ''}", unit, _band(found, table, key, name, where),
                 _band(rivals, table, key, name, where))
        for name in found.others or [found.base]
        for what, unit, table, key, where in _asked(found)
    ]  # fmt: skip


def _asked(found: Found) -> list[tuple[str, str, str, str, dict[str, str]]]:
    """Return each number in words, its unit, table and column, and which rows it is summed over."""
    shown, several = found.shown, bool(found.others)
    start, more = ("change of ", "_change") if several else ("", "")
    rows = []
    for metal, good in shown.standard.items():
        rows += [
            (f"{start}{metal} in {with_article(shown.places[zone])}", "change" if several else "usd_per_kg", "prices",
             "mean_usd_per_kg", {"good": good, "zone": zone})
            for zone in shown.quoted
        ]  # fmt: skip
    for metal in shown.standard:
        out = {"metal": metal, "zone": shown.exporter}
        rows.append((f"{start}exports of {metal}", f"t_per_yr{more}", "trade", "exports_t", out))
        rows.append((f"{start}use of {metal} given up", f"t_per_yr{more}", "use", "lost_t", {"metal": metal}))
    return rows


def _band(found: Found, table: str, key: str, name: str, where: dict[str, str]) -> Band:
    source = found.changes if found.others else found.levels
    values = source[table][key].sel(cell=name).sel(where)
    if found.others and table == "prices":
        values = values / found.levels[table][key].sel(cell=found.base).sel(where)
    return band(values.sum([label for label in values.dims if label != "run"], skipna=True, min_count=1))
