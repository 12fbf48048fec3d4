"""The settings as the numbers that the steps go by; see `wiring`."""

from datetime import timedelta

from shared.core.correlate import HuntPolicy
from shared.core.progress import BudgetPolicy, LedgerPolicy, PollPolicy
from shared.core.tenants import TenantRow
from shared.core.values import Portal
from shared.core.write_back import Mode
from shared.pipeline.policy import CachePolicy, Policy
from shared.settings import Settings

_TIMER = timedelta(seconds=15)  # the schedule in FetchAlerts/function.json


def policy_of(settings: Settings, row: TenantRow | None = None) -> Policy:
    """The numbers the steps go by, for home or for the further tenant of `row`."""
    # Zero where each run of the timer is to fetch.
    every = settings.fetch_every if settings.fetch_every > _TIMER else timedelta(0)
    tenant_id, portal = row.tenant_id if row else "", settings.endpoints.portal_url
    return Policy(
        tenant=settings.tenant,
        tenant_id=tenant_id,
        row_tenant=settings.tenant if row else "",
        poll=PollPolicy(first_lookback=settings.initial_lookback, overlap=settings.poll_overlap, every=every),
        ledger=LedgerPolicy(
            resend_after=settings.resend_after.total_seconds(),
            late_hunts=tuple(span.total_seconds() for span in settings.late_hunts),
            settle_after=settings.settle_after.total_seconds(),
            retry_after=settings.retry_after.total_seconds(),
            look_up_again=settings.look_up_again.total_seconds(),
        ),
        budget=BudgetPolicy(per_minute=settings.hunt_calls_per_minute),
        hunt=HuntPolicy(
            tolerance_s=settings.process_tolerance.total_seconds(), batch_size=settings.hunt_batch_size
        ),
        cache=CachePolicy(
            device=settings.cache_device.total_seconds(),
            prevalence=settings.cache_prevalence.total_seconds(),
            user=settings.cache_user.total_seconds(),
        ),
        portal=Portal(portal, tenant_id),
        notify_after=settings.notify_after.total_seconds(),
        incident_every=settings.incident_every.total_seconds(),
        low_severity_max_wait=settings.low_severity_max_wait.total_seconds(),
        drain_for=settings.drain_for.total_seconds(),
        lease_for=settings.lease_for.total_seconds(),
        hunts_at_once=settings.hunts_at_once,
        spread_hunt=settings.spread_hunt,
        redact_command_lines=settings.redact_command_lines,
        write_back=Mode(settings.write_back),
        retention=settings.retention.total_seconds(),
        audit_lookback=settings.audit_lookback.total_seconds(),
    )
