"""Room 4: which telemetry belongs to the alert, by which proof and how surely.

In: the alert and the rows that hunting gave. Out: a `Finding`: the tied events, the process tree, the method
and its confidence, or the reason why nothing is tied.
"""

from typing import TYPE_CHECKING

from shared import on_demand

if TYPE_CHECKING:
    from shared.core.correlate.alert_evidence import evidence_by_alert
    from shared.core.correlate.by_evidence import Mentions, overflows_of
    from shared.core.correlate.chain import follows
    from shared.core.correlate.device_activity import ACTIONS, LOUD, TOOLS
    from shared.core.correlate.finding import (
        REFUSED,
        REPORT_SECONDS,
        Cell,
        Event,
        Finding,
        Method,
        ProcessKey,
        ProcessNode,
        Reason,
        Status,
        TiedEvent,
    )
    from shared.core.correlate.indicators import Indicator
    from shared.core.correlate.merging import merge
    from shared.core.correlate.moments import moment_span
    from shared.core.correlate.policy import HuntPolicy
    from shared.core.correlate.rows import Observation, Ref, instant_of, read
    from shared.core.correlate.shared_parents import is_session_root, is_shared
    from shared.core.correlate.span import Span
    from shared.core.correlate.subject import Subject, subject_of
    from shared.core.correlate.telemetry import Proves, Telemetry, View, proves_nothing
    from shared.core.correlate.tie import Tie, Trouble, finding_of, tie_of_subject, without_tie
else:
    __getattr__ = on_demand.names(__name__)
