"""What Entra knows of one app that works in many tenants: whom it trusts, and where it was consented to."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from local.identity.tokens import DEFENDER, EXCHANGE, GRAPH, Identity, assertion_issuer


@dataclass(frozen=True, slots=True)
class Trust:
    """A federated identity credential of the app: whose assertions are taken for it, letter by letter."""

    issuer: str
    subject: str
    audience: str = EXCHANGE


def trust_in(identity: Identity) -> Trust:
    """The credential that trusts a managed identity."""
    return Trust(assertion_issuer(identity.tenant_id), identity.object_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A tenant. `roles` maps each API that is in the tenant to what its administrator granted the app; an API
    that is not in it is not there at all. `slow_s` is how long its tokens take."""

    tenant_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    is_consented: bool = True
    roles: Mapping[str, tuple[str, ...]] = MappingProxyType({DEFENDER: (), GRAPH: ()})
    object_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    slow_s: float = 0


class Directory:
    """One multi-tenant app of the provider's tenant, and its customers. Any thread may ask and change."""

    def __init__(
        self,
        identity: Identity,
        *,
        trusts: Iterable[Trust] | None = None,
        app_id: str | None = None,
        app_tenant_id: str | None = None,
    ) -> None:
        self.app_id = app_id or str(uuid.uuid4())
        # Where the app is registered: an identity of another tenant cannot sign in as it.
        self.app_tenant_id = app_tenant_id or identity.tenant_id
        self.trusts = (trust_in(identity),) if trusts is None else tuple(trusts)
        self._customers: dict[str, Customer] = {}
        self._lock = threading.Lock()

    def put(self, customer: Customer) -> Customer:
        """The customer, known from now on; it replaces the one of the same tenant."""
        with self._lock:
            self._customers[customer.tenant_id.lower()] = customer
        return customer

    def remove(self, tenant_id: str) -> None:
        """There is no such tenant any more."""
        with self._lock:
            self._customers.pop(tenant_id.lower(), None)

    def grant(self, tenant_id: str, api: str, roles: Iterable[str] | None) -> None:
        """From now on the tenant's tokens for `api` carry exactly `roles`; None takes the API away."""
        with self._lock:
            known = self._customers[tenant_id.lower()]
            granted = {name: held for name, held in known.roles.items() if name != api}
            if roles is not None:
                granted[api] = tuple(roles)
            self._customers[tenant_id.lower()] = replace(known, roles=granted)

    def customer(self, tenant_id: str) -> Customer | None:
        """The tenant, if there is one of this id."""
        with self._lock:
            return self._customers.get(tenant_id.lower())
