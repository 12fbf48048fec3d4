"""The numbers that hunting and correlation go by."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class HuntPolicy:
    """Durations in seconds, `_rows` in hunting rows, `max_` in pieces.

    `tolerance_s` is how far two creation times of one process may lie apart; `drift_s` the same where hash
    and command line are equal, too, so that rows are asked for as far as that. Where one process has more
    than `process_rows` rows in a table, or one thing is named by more than `mention_rows` rows of a table and
    device, the rows are counted first and then asked for by themselves: as many, the nearest to the alert.
    """

    tolerance_s: float = 2.0
    drift_s: float = 10.0
    lookback_s: float = 86_400.0  # telemetry of this long before the alert's first event may belong to it
    lookahead_s: float = 86_400.0  # and of this long after its last
    mention_window_s: float = 3_600.0  # the same for rows that only name the alert's evidence
    late_row_s: float = 3_600.0  # after a process's creation, its creation row is asked for so long
    moment_s: float = 2.0  # as far from the alert's moment, an account's act is the one meant
    shared_within_s: float = 60.0  # a thing that many processes share leads to one that touched it so near
    settled_after_s: float = 7_200.0  # an alert of this age has all its telemetry
    retention_s: float = 30 * 86_400.0
    batch_size: int = 100  # alerts a query
    max_query_chars: int = 60_000
    max_processes: int = 400  # a query
    process_rows: int = 1_000
    mention_rows: int = 200
    moment_rows: int = 1_000  # of a table, about an alert's moments
    max_events: int = 2_000  # an alert
    max_nodes: int = 1_000  # an alert
    max_depth: int = 200  # of a tree, up and down
    shared_children: int = 200  # followed of a process whose name many others on the machine bear
    max_anchors: int = 16  # found by evidence
    max_indicators: int = 60  # an alert
    max_rounds: int = 40  # of questions
    device_activity: int = 20  # events shown for an alert with only a device

    @property
    def reach_s(self) -> float:
        """How far from a creation time the rows of a process are asked for."""
        return max(self.tolerance_s, self.drift_s)
