"""Room 2: where each alert stands and what happens next to it.

In: a fetched version, the stored row, the time. Out: the next row of the ledger, lease or checkpoint, the
order of what is due, and the messages and documents that stand for an alert between two steps.
"""

from shared.core.progress import (
    admission,
    auditing,
    budget,
    codec,
    due,
    due_index,
    lease,
    ledger,
    looking_up,
    polling,
    write_budget,
)
from shared.core.progress.admission import Admission
from shared.core.progress.budget import BudgetPolicy
from shared.core.progress.due_index import DueEntry, Span
from shared.core.progress.lease import Lease
from shared.core.progress.ledger_row import LedgerPolicy, LedgerRow, State
from shared.core.progress.messages import Pointer, WakeUp, tenant_of
from shared.core.progress.polling import PollPolicy, Window, middle_of, windows
from shared.core.progress.unread import unread_alert
from shared.core.progress.versions import Digests, digests
