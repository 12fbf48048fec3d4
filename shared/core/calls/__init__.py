"""Room 8: what to do about a call that failed.

In: status, headers and tries so far. Out: wait, give up, or take a new token; the quota that an answer names.
"""

from shared.core.calls.retry import (
    Broken,
    Failure,
    Fate,
    GiveUp,
    NewToken,
    RetryPolicy,
    Wait,
    decide,
    is_answered,
    retry_after,
)
from shared.core.calls.throttling import default_wait, quota_of
