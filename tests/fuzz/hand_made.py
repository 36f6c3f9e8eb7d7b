"""Files made by hand to break what reads them: each ends in a run, or in a line that holds the words given."""

from __future__ import annotations

from typing import NamedTuple

HEAD = 'name = "x"\nweeks = 8\nspin_up_weeks = 2\n'
DATES = "announced = 2023-01-09\neffective = 2023-01-16\n"
RUNS = ("",)


class Case(NamedTuple):
    """A scenario file, and words of the line that refuses it; none of them: it runs."""

    content: bytes
    words: tuple[str, ...] = ()


def _text(text: str, *words: str) -> Case:
    return Case(text.encode("utf-8", "surrogatepass"), words)


def _top(line: str, *words: str) -> Case:
    return _text(HEAD + line + "\n", *words)


def _parameter(line: str, *words: str) -> Case:
    return _text(f"{HEAD}[parameters]\n{line}\n", *words)


def _policy(kind: str, line: str, *words: str, actor: str = "CHN", dates: str = DATES) -> Case:
    return _text(f'{HEAD}[[policies]]\nkind = "{kind}"\nactor = "{actor}"\n{dates}{line}\n', *words)


def _many(count: int, policy: str) -> str:
    return HEAD + "".join(f'[[policies]]\nname = "p{i}"\n{policy}\n{DATES}' for i in range(count))


BAN = 'targets = ["USA"]'
TRIGGER = '{ zone = "USA", good = "gallium-4N", price_above = 1 }'
PLANT = 'good = "germanium-HP"\noutput_t_per_year = 1\ncapacity_t_per_year = 1\n'
PILE = 'good = "gallium-4N"\n'
TARIFF = 'kind = "tariff"\nactor = "USA"\nrate_share = 0.0001'
CASES = {
    # numbers beyond all limits
    "a rate above 1": _parameter("use_adjustment = 3", "parameters.use_adjustment = 3.0", "between 0 and 1"),
    "a rate far above 1": _parameter("utilisation_rate = 1e9", "parameters.utilisation_rate", "between 0 and 1"),
    "a huge pressure": _parameter("stock_pressure = 100", "parameters.stock_pressure = 100.0", "between 0 and 5"),
    "weights above 1": _parameter("fundamental_weight = 3.0", "parameters.fundamental_weight", "between 0 and 1"),
    "a hasty buyer": _parameter("adaptation = 2.3", "parameters.adaptation = 2.3", "between 0 and 1"),
    "a follower of trends": _parameter("trend_following = 1e4", "parameters.trend_following", "between 0 and 1"),
    "no choke": _parameter("choke_multiple = 0.9", "parameters.choke_multiple = 0.9", "between 1 and 100"),
    "the least choke": _parameter("choke_multiple = 1.0"),
    "orders of 20 times": _parameter("order_closure = 20", "parameters.order_closure", "between 0 and 1"),
    "metal given away": _parameter("release_discount = 1", "release_discount = 1.0", "between 0 and 0.99"),
    "all growth": _parameter("growth_gallium = 1.0"),
    "a stranger costs all": _parameter("switching_cost = 1.0"),
    "not a number": _parameter("precaution = nan", "parameters.precaution = nan", "finite"),
    "endless": _parameter("precaution = 1e400", "parameters.precaution = inf", "finite"),
    "a metal's parameter": _parameter("growth = 0.1", "parameters.growth", 'nearest "growth_gallium"'),
    "no number at all": _parameter('precaution = "much"', "parameters.precaution = 'much'", "number"),
    "20,000 digits": _text("weeks = " + "9" * 20_000 + "\n", "broken TOML", "4300 digits"),
    "5,000 hex digits": _text('name = "x"\nweeks = 0x' + "f" * 5000 + "\n", "weeks = (too long to show)", "between"),
    "4,000 digits": _text('name = "x"\nweeks = ' + "9" * 4000 + "\n", "weeks = 999", "between"),
    "digits of a real number": _policy("capacity_support", PLANT + "ramp_weeks = 1" + "0" * 400, "ramp_weeks = 1000"),
    "an endless ramp": _policy("capacity_support", PLANT + "ramp_weeks = 1e400", "policies[1].ramp_weeks = inf"),
    "a delay of ages": _policy("export_ban", f"{BAN}\ndelay_weeks = {10**18}\nwhen = {TRIGGER}", "delay_weeks", "5200",
                               dates=""),
    "a pile of 1e300 kg": _policy("stockpile", PILE + "target_kg = 1e300", "policies[1].target_kg", "less than"),
    "the largest pile": _policy("stockpile", PILE + "target_kg = 1e12\ninitial_kg = 1e12\npay_up_to = 1000"),
    "pays nothing": _policy("stockpile", PILE + "target_kg = 1\npay_up_to = 5e-324", "policies[1].pay_up_to", "0.001"),
    "a plant of 1e300 t": _policy("capacity_support", PLANT.replace("= 1", "= 1e300"), "capacity_t_per_year", "less"),
    "the largest plant": _policy("capacity_support", PLANT.replace("= 1", "= 1e9") + "ramp_weeks = 1"),
    "metal for 1e300 USD": _policy("capacity_support", PLANT + "cost_usd_per_kg = 1e300", "cost_usd_per_kg", "less"),
    "a floor of 1e300 USD": _policy("price_floor", PILE + "floor_usd_per_kg = 1e300", "floor_usd_per_kg", "less"),
    "evasion of 1e308 kg": _policy("export_licence", "evasion_kg_per_week = 1e308", "evasion_kg_per_week", "less"),
    "a negative quota": _policy("export_quota", "tonnes_per_year = -1", "tonnes_per_year = -1", "greater"),
    "no quota at all": _policy("export_quota", "tonnes_per_year = 0"),
    # types
    "a list of kinds": _text(HEAD + '[[policies]]\nkind = ["tariff"]\n', "policies[1].kind = ['tariff']", '"tariff"'),
    "a table as kind": _text(HEAD + "[[policies]]\nkind = { a = 1 }\n", "policies[1].kind = {'a': 1}", "allowed:"),
    "a policy that is no table": _top('policies = ["tariff"]', "policies: must be a list of tables"),
    "policies as one table": _top("[policies]\nkind = 1", "policies: must be a list of tables"),
    "parameters as a list": _top("parameters = [1]", "parameters = [1]", "dictionary"),
    "a flag as number of weeks": _text('name = "x"\nweeks = true\n', "weeks = true", "switches"),
    "half a week": _text('name = "x"\nweeks = 1.5\n', "weeks = 1.5", "integer"),
    # dates
    "the last day of all": _policy("export_ban", BAN, dates="announced = 2023-01-09\neffective = 9999-12-31\n"),
    "the first day of all": _policy("export_ban", BAN, dates="announced = 0001-01-01\neffective = 0001-01-01\n"),
    "until the last day": _policy("export_ban", BAN + "\nuntil = 9999-12-31"),
    "a time in place of a day": _top("start = 07:32:00", "start", "07:32:00"),
    "a start after all tables": _top("start = 2262-04-14", "start 2262-04-14 must lie between"),
    "no such day": _top("start = 2023-02-30", "broken TOML"),
    # text
    "a name with a line break": _text('"a\\nb" = 1\nname = "x"\n', "a\\nb = 1: unknown key"),
    "a kind with a line break": _policy("tar\\niff", "", r"'tar\niff'", 'nearest "tariff"'),
    "colours in a key": _text('"\\u001b[31m" = 1\nname = "x"\n', r"\x1b[31m = 1: unknown key"),
    "a country of 5,000 letters": _policy("export_ban", BAN, "policies[1].actor", "...", "allowed", actor="x" * 5000),
    "a key of 5,000 letters": _top("x" * 5000 + " = 1", "xxx...xxx", "unknown key"),
    "words of rich and mathematics": _text('name = "[/red] $\\\\frac{"\ntitle = "[/b]"\nweeks = 4\n'),
    "a name of zeros": _text('name = "a\\u0000b"\nweeks = 4\nspin_up_weeks = 1\n'),
    # bytes
    "a byte order mark": Case(b"\xef\xbb\xbf" + HEAD.encode()),
    "lines of Windows": Case(HEAD.replace("\n", "\r\n").encode()),
    "UTF-16": Case(HEAD.encode("utf-16"), ("cannot be read as a scenario file",)),
    "Latin-1": Case('name = "\xe9"\n'.encode("latin-1"), ("cannot be read as a scenario file",)),
    "nothing": Case(b"", ("name: missing",)),
    "cut in a string": Case(b'name = "x', ("broken TOML",)),
    "larger than any scenario": Case(HEAD.encode() + b"#" * 6_000_000, ("larger than 5,000,000 bytes",)),
    # nesting and numbers of things
    "2,000 brackets": _text(f"a = {'[' * 2000}{']' * 2000}\n", "broken TOML", "nested"),
    "a key of 2,000 parts": _text(f"{'.'.join('a' * 2000)} = 1\n", "a.a.a", "more than 12"),
    "10,000 policies": _top(f"policies = [{'{}, ' * 10_000}]", "policies: a list of 10000", "1000"),
    "301 policies": _text(_many(301, TARIFF), "policies: 301 of them", "300"),
    "300 policies": _text(_many(300, TARIFF)),
    "5,000 targets": _policy("export_ban", 'targets = [' + '"USA", ' * 5000 + "]", "targets: a list of 5000", "1000"),
    "900 times the same target": _policy("export_ban", 'targets = [' + '"USA", ' * 900 + "]"),
    "a key twice": _text('name = "x"\nname = "y"\n', "broken TOML"),
    "policies that wait for each other": _text(
        HEAD + '[[policies]]\nname = "a"\n' + TARIFF + '\nwhen = { policy = "b" }\n'
        '[[policies]]\nname = "b"\n' + TARIFF + '\nwhen = { policy = "a" }\n'
    ),
    # what does not fit together
    "gallium out of germanium": _policy("capacity_support", PLANT + 'input_good = "gallium-4N"', "cannot become"),
    "metal out of itself": _policy("capacity_support", PLANT + 'input_good = "germanium-HP"', "cannot become"),
    # where files start from
    "extends a long name": _text(f'extends = "{"x" * 5000}"\n', "extends = 'xxx", "no such scenario"),
    "extends a device": _text('extends = "/dev/zero"\n', "extends = '/dev/zero'", "no such scenario"),
    "extends a name with a zero": _text('extends = "a\\u0000b"\n', r"extends = 'a\x00b'", "no such scenario"),
    "extends a list": _text('extends = ["history"]\n', "extends = ['history']", "name of a scenario"),
    "removes 900 policies": _text('extends = "history"\nremove = [' + '"p", ' * 900 + "]\n", "no policy is named 'p'"),
}  # fmt: skip
