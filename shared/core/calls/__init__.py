"""Room 8: what to do about a call that failed.

In: status, headers and tries so far. Out: wait, give up, or take a new token; the quota that an answer names.
"""

from shared.core.calls import retry
from shared.core.calls.throttling import default_wait, quota_of
