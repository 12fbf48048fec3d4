"""The Microsoft clouds and their hosts."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Cloud:
    """The hosts and scopes of one Microsoft cloud, by default those of the public one.

    https://learn.microsoft.com/en-us/defender-endpoint/gov and
    https://learn.microsoft.com/en-us/graph/deployments (read 2026-11). `exchange_scope` is that of the
    token by which a managed identity stands for an app:
    https://learn.microsoft.com/en-us/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity
    (read 2026-11-30).
    """

    # The scope stays api.securitycenter.microsoft.com although the host is api.security.microsoft.com: a
    # token for the newer name belongs to another resource app, which does not hold the roles of Defender for
    # Endpoint.
    defender_url: str = "https://api.security.microsoft.com"
    defender_scope: str = "https://api.securitycenter.microsoft.com/.default"
    graph_url: str = "https://graph.microsoft.com"
    authority: str = "https://login.microsoftonline.com"
    portal_url: str = "https://security.microsoft.com"
    storage_suffix: str = "core.windows.net"
    exchange_scope: str = "api://AzureADTokenExchange/.default"


_HIGH = Cloud(
    "https://api-gov.securitycenter.microsoft.us",
    "https://api-gov.securitycenter.microsoft.us/.default",
    "https://graph.microsoft.us",
    "https://login.microsoftonline.us",
    "https://security.microsoft.us",
    "core.usgovcloudapi.net",
    "api://AzureADTokenExchangeUSGov/.default",
)
CLOUDS = {
    "public": Cloud(),
    "usgov-gcc": Cloud(
        "https://api-gcc.securitycenter.microsoft.us", "https://api-gcc.securitycenter.microsoft.us/.default"
    ),
    "usgov-high": _HIGH,
    "usgov-dod": replace(
        _HIGH, graph_url="https://dod-graph.microsoft.us", portal_url="https://security.apps.mil"
    ),
}
