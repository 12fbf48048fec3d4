"""Whether Entra knows a tenant, asked without any sign-in."""

from __future__ import annotations

import requests

_PATIENCE = (5.0, 10.0)  # seconds to connect, and for the first byte
_MOST_BYTES = 100_000


def tenant(authority: str, tenant_id: str) -> bool | None:
    """Whether there is a tenant of this id in the cloud of `authority`; None where Entra does not tell.

    The configuration of a tenant is public, and that of a tenant that is not there is refused with 90002
    (https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc, read 2026-11-30; the refusal:
    https://github.com/mvertopoulos/vue-msal/issues/24).
    """
    url = f"{authority}/{tenant_id}/v2.0/.well-known/openid-configuration"
    try:
        with requests.get(url, timeout=_PATIENCE, allow_redirects=False, stream=True) as answer:
            body = answer.raw.read(_MOST_BYTES, decode_content=True)
            if answer.status_code == 200:
                return True
            return False if answer.status_code == 400 and b"AADSTS90002" in body else None
    except (OSError, ValueError):
        return None
