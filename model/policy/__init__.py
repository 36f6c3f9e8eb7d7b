"""The policies a scenario can use: one class, one file each; a new one is added to `AnyPolicy` and tested."""

from typing import Annotated, get_args

from pydantic import Field

from model.policy.base import Policy, Suspension, Trigger
from model.policy.capacity_support import CapacitySupport
from model.policy.export_ban import ExportBan
from model.policy.export_licence import ExportLicence
from model.policy.export_quota import ExportQuota
from model.policy.price_floor import PriceFloor
from model.policy.recycling_support import RecyclingSupport
from model.policy.reexport_ban import ReexportBan
from model.policy.sanction import Sanction
from model.policy.stockpile import Stockpile
from model.policy.tariff import Tariff

AnyPolicy = Annotated[
    ExportLicence | ExportBan | ReexportBan | ExportQuota | Tariff | Sanction | Stockpile | CapacitySupport | PriceFloor
    | RecyclingSupport,
    Field(discriminator="kind"),
]  # fmt: skip
POLICIES: dict[str, type[Policy]] = {
    get_args(policy.model_fields["kind"].annotation)[0]: policy for policy in get_args(get_args(AnyPolicy)[0])
}

__all__ = ["POLICIES", "AnyPolicy", "Policy", "Suspension", "Trigger"]
