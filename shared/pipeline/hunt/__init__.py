"""HuntCorrelate: drain what is due under the tenant's lease: hunt, correlate, publish."""

from shared.pipeline.hunt.hunt_correlate import hunt_correlate

__all__ = [
    "hunt_correlate",
]
