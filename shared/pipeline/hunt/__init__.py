"""HuntCorrelate: drain what is due under the tenant's lease: hunt, correlate, publish."""

from typing import TYPE_CHECKING

from shared import on_demand

if TYPE_CHECKING:
    from shared.pipeline.hunt.hunting import grouped
    from shared.pipeline.hunt.publishing import Publication, Taken, publish
    from shared.pipeline.hunt.tenant_hunter import KnowingHunter
else:
    __getattr__ = on_demand.names(__name__)
