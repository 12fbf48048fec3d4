"""The numbers the steps go by; `wiring` makes them from the settings."""

from dataclasses import dataclass, field, replace

from shared.core.correlate import HuntPolicy
from shared.core.progress import BudgetPolicy, LedgerPolicy, PollPolicy
from shared.core.values import Portal
from shared.core.write_back import Mode


@dataclass(frozen=True, slots=True)
class CachePolicy:
    """Seconds for which an answer is used again, by kind."""

    device: float = 3_600.0
    prevalence: float = 21_600.0
    user: float = 43_200.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Durations in seconds."""

    tenant: str = "home"
    tenant_id: str = ""  # which every alert must be of that names one; "" where any will do
    row_tenant: str = ""  # the same for a further tenant, in whose published keys it stands; "" for home
    poll: PollPolicy = field(default_factory=PollPolicy)
    ledger: LedgerPolicy = field(default_factory=LedgerPolicy)
    budget: BudgetPolicy = field(default_factory=BudgetPolicy)
    hunt: HuntPolicy = field(default_factory=HuntPolicy)
    cache: CachePolicy = field(default_factory=CachePolicy)
    portal: Portal = field(default_factory=Portal)
    notify_after: float = 180.0
    show_after: float = 60.0  # after which an alert has a row, of which nobody is told yet …
    show_in_a_storm_after: float = 20.0  # … sooner where more are due than are hunted together
    incident_every: float = 300.0  # an incident's row is built no oftener, after the first time
    low_severity_max_wait: float = 900.0
    fetch_for: float = 40.0  # FetchAlerts asks for no further window after this long
    max_pointers: int = 2_000  # that leave one FetchAlerts run: the host sends them one by one
    drain_for: float = 420.0  # after which one HuntCorrelate run makes no further call …
    begin_for: float = 420.0  # … and begins no further work
    lease_for: float = 300.0
    wake_up_lifetime: float = 60.0  # after which a wake-up that nobody answered counts as lost
    hunts_at_once: int = 4
    batch_size: int = 1_000  # alerts that HuntCorrelate takes together …
    group_size: int = 500  # … and about so many of them that share their queries
    max_admitted: int = 3_000  # alerts of one run: hunting is woken when it ends
    prefetch_from: int = 30  # new alerts in one page from which on their entities are looked up together …
    prefetch_for: float = 25.0  # … for so many seconds of one run
    prefetch_at_most: int = 1_000  # entities of a kind
    spread_hunt: bool = False
    redact_command_lines: bool = False
    write_back: Mode = Mode.OFF
    retention: float = 180 * 86_400.0
    purge_every: float = 3_600.0
    purge_for: float = 15.0
    repair_every: float = 3_600.0
    repair_often_for: float = 900.0  # from the first repair on: the version before may still be at work
    audit_every: float = 3_600.0
    audit_lookback: float = 172_800.0
    audit_recovers: int = 200  # alerts fetched by id in one audit; the next one goes on

    @property
    def row_after(self) -> float:
        """Seconds after which an alert has a row, whatever it waits for."""
        return min(self.show_after, self.notify_after)


def among_many(policy: Policy) -> Policy:
    """The numbers where one deployment works on many tenants: none of them keeps a worker for long, and what
    the four drains of a worker hold together is what one holds where it is alone."""
    return replace(
        policy,
        fetch_for=10.0,
        max_pointers=250,
        max_admitted=1_000,
        prefetch_for=10.0,
        drain_for=min(policy.drain_for, 20.0),
        begin_for=6.0,
        batch_size=250,
        group_size=250,
    )
