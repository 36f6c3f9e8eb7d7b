"""What the measures are, what they cost, and what the model leaves out, in words."""

from __future__ import annotations

LEFT_OUT = (
    "Lost use is metal not used because it was dear or not to be had. What its absence does further down (chips, "
    "optics, weapons) is not modelled, so a kg counts the same wherever it is missing.",
    "Nobody's own money is told from public money. A plant is charged 10 % interest over 15 years for the time from "
    "opening to the end of 2028; whether it earns the rest later is not asked.",
    "Stockpiles have no cost of storage, and metal loses no purity over the years (gallium is said to keep for about a "
    "year).",
    "Faster substitution has no price here: redesign and approval of parts cost money that no source gives.",
    "Announced plants open when and as large as announced (or a year late); some have no investment decision yet.",
    "Governments act as the scenario says; none outbids another, none seizes metal in transit.",
    "The suspended ban on the US is assumed not to come back before the disruption.",
    "After June 2024 everything is forecast; the record up to the disruption includes only dated policies and plants.",
)


def measures() -> list[str]:
    """Return what each measure is and how it is charged."""
    return [
        "Stockpiles: 3, 6 or 12 months of trend use at the disruption, of every good, in the US, Belgium, Germany, "
        "France and Slovakia; bought from January 2025 to November 2026, under the controls of the record, at up to "
        "1.5 times the price when buying starts, then released over a year to users at home while the price is above "
        "1.2 times that of the recorded year, and filled up again below it. Outlay: what was paid. Charge: of that "
        "what is no longer there in the end, and 10 % interest a year until the disruption. Net: outlay and interest "
        "less sales, and less what is left, at the last price.",
        "New plants: those in `projects.csv` that would serve the US and the EU and are not in the record's "
        "scenario yet, on their announced dates. Outlay: capital cost of 2.5 million USD per t/yr of gallium and 10 "
        "million of germanium (Korea Zinc, Onsan, 2025), 1.1 million for zone refining (US award to 5N Plus, 2026), "
        "whoever pays. Charge and net: 13 % of it a year (assumed: 10 % interest over 15 years) for the time from "
        "opening to the end of 2028.",
        "More recycling in the US and the EU, built up over 2025 and 2026: twice as much, as far as there is scrap. "
        "Outlay, charge and net: all of its running cost, 300 USD/kg of gallium (255 to 318 EUR/kg, Kozerke 2025) and "
        "1,000 USD/kg of germanium (data folder), from the start.",
        "Faster substitution: thrift follows prices three times as fast (1.2 % a week, inside the declared range), "
        "everywhere and from 2023 on.",
        "Combined: 6 months of stock with recycling, with plants, recycling with plants, and all four.",
    ]
