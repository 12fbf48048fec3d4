"""The simulator's settings, from a JSON file or from code."""

from __future__ import annotations

import dataclasses
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

_PATHS = ("data", "public_key", "cert", "key", "node_modules")
# What one process has once, however many tenants it serves.
_OF_ALL = frozenset({
    "public_key", "cert", "key", "node_modules", "defender_port", "graph_port", "control_port",
    "control_secret", "quotas", "quota_scale", "hunting_retry_after", "tenants",
})  # fmt: skip


class ConfigError(ValueError):
    """A setting is unknown, missing, or cannot be read; the message names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Lengths of time end in `_s` and are seconds.

    `public_key` is the PEM file that tokens are checked with; `cert` and `key` are the server's. A port of 0
    is a free one. `quota_scale` multiplies the number of calls that the documented quotas allow. Hunts take
    no time, or a seeded random one with this median and at most `hunting_latency_tail_s`.
    `hunting_cpu_s` is what the tenant may spend in a quarter of an hour; None never counts it.
    `comment_visible_after_s` is how long a comment that was written takes to show.
    `hunting_lacks` names tables, and columns as Table.Column, that the tenant's hunting has not. Where it is
    `hunting_unkind`, every second answer is written as some are (`unkind.py`). A query for more rows than
    `hunting_heaviest_rows` is too heavy, and ends with `hunting_heavy_status`. Where `telemetry_lags`, rows
    can be found as late as was measured. Where it is not `hunting_licensed`, every hunt is refused.

    `tenants` holds, by tenant id, the settings in which a tenant differs; then tokens of any other tenant
    are refused. Without it there is one tenant, and it takes every token.
    """

    public_key: Path
    cert: Path
    key: Path
    data: Path | None = None
    node_modules: Path | None = None
    defender_port: int = 0
    graph_port: int = 0
    control_port: int = 0
    control_secret: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    shift: bool = True
    newest_alert_age_s: float = 180
    alert_listing_delay_s: float = 0
    telemetry_delay_s: float = 0
    comment_visible_after_s: float = 0
    quotas: bool = True
    quota_scale: float = 1
    hunting_latency_median_s: float = 0
    hunting_latency_tail_s: float = 15
    hunting_timeout_s: float = 180
    hunting_retry_after: bool = True
    hunting_cpu_s: float | None = None
    hunting_lacks: tuple[str, ...] = ()
    hunting_unkind: bool = True
    hunting_licensed: bool = True
    hunting_heaviest_rows: int | None = None
    hunting_heavy_status: int = 504
    telemetry_lags: bool = False
    max_result_bytes: int = 50 * 1024 * 1024
    pascal_case_schema: bool = False
    seed: int = 1
    tenants: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def by_tenant(self) -> dict[str, Self]:
        """The settings of each tenant by its id in small letters; of the one that takes every token by ""."""
        if not self.tenants:
            return {"": self}
        return {
            tenant_id.lower(): dataclasses.replace(self, **_readable(own, f"tenant {tenant_id}"))
            for tenant_id, own in self.tenants.items()
        }

    @classmethod
    def from_file(cls, path: Path, **overrides: Any) -> Self:
        """The settings in the JSON object that `path` holds, with `overrides` winning."""
        try:
            given = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise ConfigError(f"{path}: {error}") from error
        if not isinstance(given, dict):
            raise ConfigError(f"{path}: not a JSON object")
        known = {one.name for one in dataclasses.fields(cls)}
        if unknown := sorted(given.keys() - known):
            raise ConfigError(f"{path}: unknown setting {unknown[0]!r}")
        try:
            made = cls(**_typed({**given, **overrides}))
            made.by_tenant()
        except TypeError as error:
            raise ConfigError(f"{path}: {error}") from error
        return made


def _readable(own: Mapping[str, Any], whose: str) -> dict[str, Any]:
    """A tenant's own settings. Raises ConfigError for one that all tenants share."""
    if shared := sorted(own.keys() & _OF_ALL):
        raise ConfigError(f"{whose}: {shared[0]!r} is for all tenants at once")
    return {**_typed(own), "tenants": {}}


def _typed(given: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as code has them, of settings as JSON has them."""
    typed: dict[str, Any] = {
        name: Path(value) if name in _PATHS and isinstance(value, str) else value
        for name, value in given.items()
    }
    if "hunting_lacks" in typed:
        typed["hunting_lacks"] = tuple(typed["hunting_lacks"])
    return typed
