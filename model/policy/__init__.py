"""The policies a scenario can use: one class, one file each; a new one is added to `POLICIES` and tested."""

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

POLICIES: dict[str, type[Policy]] = {
    "export_licence": ExportLicence,
    "export_ban": ExportBan,
    "reexport_ban": ReexportBan,
    "export_quota": ExportQuota,
    "tariff": Tariff,
    "sanction": Sanction,
    "stockpile": Stockpile,
    "capacity_support": CapacitySupport,
    "price_floor": PriceFloor,
    "recycling_support": RecyclingSupport,
}

__all__ = ["POLICIES", "Policy", "Suspension", "Trigger"]
