"""Further tenants for the demo: the same recording, with the same ids on purpose, and another truth.

Alert, device and incident ids, hashes and times are those of the recording. The company has another name and
another tenant's id, and of one of its devices there is no telemetry, so that the same alert of the same id is
told otherwise.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from local.stack import StackTenant

NAMES = ("northwind", "litware", "adatum", "woodgrove")  # no text of the recording has one of them
MOST = len(NAMES) + 1
_OWN = re.compile("contoso|fabrikam", re.IGNORECASE)
_TENANT_ID = re.compile(r'("(?:aadTenantId|tenantId|TenantId)":\s*)"[0-9a-fA-F-]{36}"')  # in each API's words


def further(folder: Path, number: int, into: Path) -> tuple[StackTenant, ...]:
    """So many tenants beside the recording's own, each with a recording of its own in `into`."""
    devices = _devices(folder)
    tenants = []
    for place, name in enumerate(NAMES[:number]):
        own = into / name
        own.mkdir(parents=True)
        silent = devices[place % len(devices)] if devices else ""
        tenant = StackTenant(name=name, data=own)
        _write(folder, own, tenant, silent)
        tenants.append(tenant)
    return tuple(tenants)


def _devices(folder: Path) -> list[str]:
    """The names of the devices that telemetry tells of, in order."""
    names = {str(row.get("DeviceName", "")) for file in _hunting(folder) for row in _rows(file)}
    return sorted(names - {""})


def _write(folder: Path, own: Path, tenant: StackTenant, silent: str) -> None:
    for file in sorted(folder.glob("*.json")):
        (own / file.name).write_text(_renamed(file.read_text("utf-8"), tenant), "utf-8")
    (own / "hunting").mkdir()
    for file in _hunting(folder):
        kept = [json.dumps(row) for row in _rows(file) if not silent or row.get("DeviceName") != silent]
        (own / "hunting" / file.name).write_text(_renamed("\n".join(kept) + "\n", tenant), "utf-8")


def _renamed(text: str, tenant: StackTenant) -> str:
    """The text of another company; capitals as they were."""
    name = tenant.name

    def other(found: re.Match[str]) -> str:
        word = found[0]
        return name.upper() if word.isupper() else name.capitalize() if word[0].isupper() else name

    return _TENANT_ID.sub(rf'\g<1>"{tenant.customer.tenant_id}"', _OWN.sub(other, text))


def _hunting(folder: Path) -> list[Path]:
    return sorted((folder / "hunting").glob("*.ndjson"))


def _rows(file: Path) -> Iterator[dict[str, object]]:
    for line in file.read_text("utf-8").splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue  # the simulator names it, with its line
        if isinstance(row, dict):
            yield row
