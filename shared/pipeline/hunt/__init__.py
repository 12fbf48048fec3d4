"""HuntCorrelate: drain what is due under the tenant's lease: hunt, correlate, publish."""

from shared.pipeline.hunt.hunt_correlate import hunt_correlate
from shared.pipeline.hunt.hunting import grouped
from shared.pipeline.hunt.publishing import Publication, publish
from shared.pipeline.hunt.tenant_hunter import KnowingHunter

__all__ = [
    "KnowingHunter",
    "Publication",
    "grouped",
    "hunt_correlate",
    "publish",
]
