"""EnrichAlert: look up the entities around one alert and make it due for the hunt."""

from shared.pipeline.enrich.bulk_directory import BulkDirectory
from shared.pipeline.enrich.cached_directory import CachedDirectory
from shared.pipeline.enrich.enrich_alert import enrich_alert, look_up

__all__ = [
    "BulkDirectory",
    "CachedDirectory",
    "enrich_alert",
    "look_up",
]
