"""An export quota caps what leaves in each period."""

import numpy as np
import pytest

from tests.conftest import play
from tests.policy.helpers import KG, WEEKLY, E


def per_period(kg: np.ndarray, weeks: int) -> np.ndarray:
    kg = kg[E : E + (len(kg) - E) // weeks * weeks]
    return kg.reshape(-1, weeks).sum(axis=1)


@pytest.mark.parametrize("weeks", [1, 13])
def test_export_quota_caps_each_period_and_good(weeks):
    quota = {"kind": "export_quota", "actor": "CHN", "tonnes_per_year": 12, "period_weeks": weeks}
    quota["goods"] = ["gallium-4N"]
    played, base = play([quota]), play()
    most = 12_000 * weeks * WEEKLY
    exported = per_period(played.exports("CHN", "gallium-4N"), weeks)
    assert per_period(base.exports("CHN", "gallium-4N"), weeks).mean() > 1.5 * most
    assert exported.max() <= most + KG
    assert exported.min() > 0.99 * most
    # Metal outside the quota is as free as before.
    rest = played.exports("CHN", "germanium")[E:].sum() / base.exports("CHN", "germanium")[E:].sum()
    assert 0.8 < rest < 1.3


def test_export_quota_of_a_country_without_handling_limits_holds_and_ends():
    quota = {"kind": "export_quota", "actor": "BEL", "tonnes_per_year": 10, "goods": ["germanium-5N"]}
    played, base = play([quota | {"until": "2023-10-02"}]), play()
    most = 10_000 * 13 * WEEKLY
    first, second = played.exports("BEL", "germanium-5N")[E:39].reshape(2, 13).sum(axis=1)
    assert 0.95 * most < first <= most + KG
    assert 0.95 * most < second <= most + KG
    after = slice(39, 52)
    assert played.exports("BEL", "germanium-5N")[after].sum() > 0.6 * base.exports("BEL", "germanium-5N")[after].sum()
    assert played.exports("BEL", "germanium-HP")[E:].sum() > 0.7 * base.exports("BEL", "germanium-HP")[E:].sum()


def test_export_quota_goes_on_where_it_stood_after_a_suspension():
    """Coming back in the middle of a period must neither close the border nor hand the period out again."""
    pause = {"start": "2023-05-15", "end": "2023-05-29"}  # weeks 19 and 20
    quota = {"kind": "export_quota", "actor": "CHN", "tonnes_per_year": 80, "goods": ["gallium-4N"]}
    exports = play([quota | {"suspensions": [pause]}]).exports("CHN", "gallium-4N")
    most = 80_000 * 13 * WEEKLY
    assert exports[21:26].sum() > 0
    assert exports[E:19].sum() + exports[21:26].sum() <= most + KG


def test_export_quota_of_nothing_stops_exports_where_home_comes_first():
    played, base = play([{"kind": "export_quota", "actor": "RUS", "tonnes_per_year": 0}]), play()
    assert base.exports("RUS")[E:].sum() > 0
    assert played.exports("RUS")[E:].max() == 0
