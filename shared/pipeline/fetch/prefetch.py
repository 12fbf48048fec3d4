"""In a storm, the entities of all new alerts are looked up together before the alerts are queued.

What is found lies in the shared cache, where each EnrichAlert finds it. A lone alert gains nothing from this
and would only wait, so it is done from some number of alerts on.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, wait

from shared import telemetry
from shared.core.alert import Alert
from shared.core.lookups import Lookup, Wanted, wanted_entities
from shared.errors import AppError, error_text
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Ports
from shared.threads import Threads

# Kinds looked up at once. Two of them are hunts, seconds long; more would ask Defender for more at once than
# its client keeps connections for.
_LANES = 2


def prefetch(ports: Ports, policy: Policy, alerts: Sequence[Alert]) -> None:
    """Fills the cache for these alerts. Never raises: what is missing is asked for later, alert by alert.

    The alerts wait no longer than the policy's time; what is under way then goes on by itself, and is counted
    as `left`: the platform drops what it logs once this run has ended.
    """
    if len(alerts) < policy.prefetch_from:
        return
    wanted = [found for alert in alerts if (found := _wanted(alert)) is not None]
    asks: list[tuple[str, Callable[[Iterable[str]], object], Iterable[str]]] = [
        ("users", ports.directory.users, (key for each in wanted for key in each.devices)),
        ("file", ports.directory.files, (key for each in wanted for key in each.files)),
        ("device", ports.directory.devices, (key for each in wanted for key in each.devices)),
        ("address", ports.directory.addresses, (key for each in wanted for key in each.addresses)),
        ("domain", ports.directory.domains, (key for each in wanted for key in each.domains)),
    ]
    pool = Threads(_LANES, thread_name_prefix="prefetch")
    asked: dict[str, Future[int]] = {}
    for kind, ask, keys in asks:
        distinct = list(dict.fromkeys(keys))[: policy.prefetch_at_most]
        if distinct:
            asked[kind] = pool.submit(_ask, kind, ask, distinct)
    ended, _ = wait(asked.values(), timeout=policy.prefetch_for)
    pool.shutdown(wait=False, cancel_futures=True)
    counts = {kind: one.result() for kind, one in asked.items() if one in ended}
    left = [kind for kind, one in asked.items() if one not in ended]
    telemetry.info("prefetched", alerts=len(alerts), left=left, **counts)


def _wanted(alert: Alert) -> Wanted | None:
    try:
        return wanted_entities(alert)
    except Exception as err:  # a fault of ours: EnrichAlert meets it with this alert alone
        telemetry.error("look-ups not planned", alert_id=alert.id, reason=error_text(err))
        return None


def _ask(kind: str, ask: Callable[[Iterable[str]], object], keys: list[str]) -> int:
    try:
        answers = ask(keys)
    except Exception as err:
        say = telemetry.warning if isinstance(err, AppError) else telemetry.error
        say("prefetch failed", kind=kind, reason=error_text(err))
        return 0
    found = answers.values() if isinstance(answers, dict) else ()
    return sum(isinstance(look, Lookup) and look.value is not None for look in found)
