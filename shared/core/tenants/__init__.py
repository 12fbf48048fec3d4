"""Room 8: the list of tenants: whose work is done, in which state each tenant is, and whose turn it is.

In: a tenant's row, what was asked for or came of a fetch, the time. Out: the row to write, or the refusal in
words for the operator.
"""

from typing import TYPE_CHECKING

from shared import on_demand

if TYPE_CHECKING:
    from shared.core.tenants import checks, standing, states, turns
    from shared.core.tenants.overrides import overrides_of
    from shared.core.tenants.row import ACTIVE, PAUSED, WORKED_ON, Claim, TenantRow
else:
    __getattr__ = on_demand.names(__name__)
