"""The Microsoft clouds and their hosts."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cloud:
    """The hosts and scopes of one Microsoft cloud.

    https://learn.microsoft.com/en-us/defender-endpoint/gov and
    https://learn.microsoft.com/en-us/graph/deployments (read 2026-11). `exchange_scope` is that of the
    token by which a managed identity stands for an app:
    https://learn.microsoft.com/en-us/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity
    (read 2026-11-30).
    """

    defender_url: str
    defender_scope: str
    graph_url: str
    authority: str
    portal_url: str
    storage_suffix: str
    exchange_scope: str = "api://AzureADTokenExchange/.default"


# The scope stays api.securitycenter.microsoft.com although the host is api.security.microsoft.com: a token
# for the newer name belongs to another resource app, which does not hold the Defender for Endpoint roles.
CLOUDS = {
    "public": Cloud(
        "https://api.security.microsoft.com",
        "https://api.securitycenter.microsoft.com/.default",
        "https://graph.microsoft.com",
        "https://login.microsoftonline.com",
        "https://security.microsoft.com",
        "core.windows.net",
    ),
    "usgov-gcc": Cloud(
        "https://api-gcc.securitycenter.microsoft.us",
        "https://api-gcc.securitycenter.microsoft.us/.default",
        "https://graph.microsoft.com",
        "https://login.microsoftonline.com",
        "https://security.microsoft.com",
        "core.windows.net",
    ),
    "usgov-high": Cloud(
        "https://api-gov.securitycenter.microsoft.us",
        "https://api-gov.securitycenter.microsoft.us/.default",
        "https://graph.microsoft.us",
        "https://login.microsoftonline.us",
        "https://security.microsoft.us",
        "core.usgovcloudapi.net",
        "api://AzureADTokenExchangeUSGov/.default",
    ),
    "usgov-dod": Cloud(
        "https://api-gov.securitycenter.microsoft.us",
        "https://api-gov.securitycenter.microsoft.us/.default",
        "https://dod-graph.microsoft.us",
        "https://login.microsoftonline.us",
        "https://security.apps.mil",
        "core.usgovcloudapi.net",
        "api://AzureADTokenExchangeUSGov/.default",
    ),
}
