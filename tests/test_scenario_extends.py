"""Scenario files that start from another one: a question in five lines."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from experiments import RECORD
from experiments.ensemble.design import read_raw, vary
from experiments.page.files import read_upload
from model import InputError, load_scenario, parse_scenario

LICENCES = "China: export licences"
START = 'extends = "history"\n'
CHANGE = f'{START}[change."{LICENCES}"]\n'


@pytest.fixture
def write(tmp_path):
    def written(text: str, name: str = "question") -> Path:
        path = tmp_path / f"{name}.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return written


def test_five_lines_equal_the_scenario_in_full(write):
    path = write(
        'extends = "history"\nweeks = 60\nremove = ["China: ban on the US"]\n[parameters]\nprecaution = 2.5\n'
        f'[change."{LICENCES}"]\napproval = {{ default = 0.2 }}\n'
        '[[policies]]\nkind = "tariff"\nactor = "USA"\nrate_share = 0.25\n'
        "announced = 2023-03-06\neffective = 2023-04-03\n"
    )
    dates = {"announced": date(2023, 3, 6), "effective": date(2023, 4, 3)}
    whole = vary(
        read_raw(RECORD),
        {"name": "question", "title": "question", "weeks": 60, "parameters": {"precaution": 2.5}},
        add=[{"kind": "tariff", "actor": "USA", "rate_share": 0.25, **dates}],
        remove=["China: ban on the US"],
        change={LICENCES: {"approval": {"default": 0.2}}},
    )
    found = load_scenario(path)
    assert found == parse_scenario(whole, "whole")
    assert found.start == load_scenario(RECORD).start
    licences = next(policy for policy in found.policies if policy.title == LICENCES)
    assert licences.approval.default == 0.2
    assert licences.approval.destinations  # what is not named stays


def test_a_file_may_start_from_its_neighbour_which_starts_from_another(write):
    write('extends = "free_trade"\nweeks = 30\n', "short")
    found = load_scenario(write('extends = "short.toml"\nname = "mine"\nspin_up_weeks = 4\n'))
    assert (found.name, found.weeks, found.spin_up_weeks, found.policies) == ("mine", 30, 4, [])


def test_a_file_of_the_same_name_starts_from_the_one_of_the_project(write):
    found = load_scenario(write('extends = "history"\nweeks = 3\n', "history"))
    assert found.weeks == 3
    assert len(found.policies) == len(load_scenario(RECORD).policies)


def test_a_removed_policy_can_come_back_as_another(write):
    text = 'extends = "history"\nremove = ["China: ban on the US"]\n[[policies]]\nkind = "export_ban"\nactor = "CHN"\n'
    dates = "announced = 2024-01-01\neffective = 2024-01-01\n"
    found = load_scenario(write(text + 'name = "China: ban on the US"\n' + dates))
    assert [p.announced for p in found.policies if p.title == "China: ban on the US"] == [date(2024, 1, 1)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('extends = "histori"', "extends = 'histori': no such scenario; nearest \"history\"; allowed: free_trade"),
        ("extends = 5", "extends = 5: must be the name of a scenario; allowed: free_trade, history"),
        ('extends = "question"', "extends = 'question': no such scenario; "),
        ('remove = ["x"]', "remove: there is nothing to remove; name a scenario to start from: extends"),
        ("[change.x]", "change: there is nothing to change; name a scenario to start from: extends"),
        (START + 'remove = "x"', "remove = 'x': must be a list of names of policies"),
        (START + "change = 3", "change = 3: must be tables, each headed"),
        (START + "policies = 3", "policies: must be a list of tables, each headed [[policies]]"),
        (START + 'remove = ["China: licenses"]', f"no policy is named 'China: licenses'; nearest \"{LICENCES}\""),
        (f'{START}remove = ["{LICENCES}"]\n[change."{LICENCES}"]\nseverity = 0.5', f"'{LICENCES}' is removed, too"),
        (f'{START}[[policies]]\nkind = "tariff"\nname = "{LICENCES}"', f'change it with [change."{LICENCES}"]'),
        (CHANGE + "severity = -1", f'policies["{LICENCES}"].severity = -1: '),
        (CHANGE + "severty = 1", f'policies["{LICENCES}"].severty = 1: unknown key; nearest "severity"'),
        ("weeks = " + 5000 * "1", "broken TOML: "),
        ("a = " + 3000 * "[", "broken TOML: too deeply nested"),
    ],
)  # fmt: skip
def test_mistakes_are_one_line_that_name_the_file(write, text, says):
    path = write(text)
    with pytest.raises(InputError) as caught:
        load_scenario(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert says in message
    assert "\n" not in message


def test_circles_are_refused(write):
    write('extends = "b"\n', "a")
    with pytest.raises(InputError, match=r"a\.toml: extends = 'b': leads back to b\.toml"):
        load_scenario(write('extends = "a"\n', "b"))


def test_what_is_wrong_in_the_other_file_is_said_of_that_file(write):
    other = write("weeks = = 3\n", "other")
    with pytest.raises(InputError, match=r"other\.toml: broken TOML"):
        load_scenario(write('extends = "other"\n'))
    other.unlink()
    other.mkdir()
    with pytest.raises(InputError, match="no such scenario"):
        load_scenario(write('extends = "other"\n'))


def test_an_upload_may_start_from_scenarios_of_the_project_only(tmp_path):
    content = b'extends = "history"\nweeks = 20\n'
    tables, _seed = read_upload("mine.toml", len(content), content)
    assert (tables["name"], tables["weeks"]) == ("mine", 20)
    (tmp_path / "secret.toml").write_text('name = "secret"\n', encoding="utf-8")
    for name in (tmp_path / "secret.toml", "../scenarios/history.toml", "mine.toml"):
        content = f'extends = "{name}"\n'.encode()
        with pytest.raises(InputError, match="no such scenario"):
            read_upload("mine.toml", len(content), content)
