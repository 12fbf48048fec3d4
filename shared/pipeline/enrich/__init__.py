"""EnrichAlert: look up the entities around one alert and make it due for the hunt."""

from typing import TYPE_CHECKING

from shared import on_demand

if TYPE_CHECKING:
    from shared.pipeline.enrich.bulk_directory import BulkDirectory
    from shared.pipeline.enrich.cached_directory import CachedDirectory
    from shared.pipeline.enrich.enrich_alert import look_up
else:
    __getattr__ = on_demand.names(__name__)
