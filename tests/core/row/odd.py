"""Alerts, look-ups and findings as no honest service would send them, for hypothesis."""

from hypothesis import strategies as st

from shared.core.alert.kinds import EvidenceKind
from shared.core.alert.model import Account, Alert, Comment, Evidence, Severity
from shared.core.conclude import NO_RULES, conclude
from shared.core.conclude.conclusion import Conclusion
from shared.core.correlate.finding import Finding, Method, ProcessKey, ProcessNode, Reason, Status
from shared.core.lookups.entities import Device, Enrichment, File, LoggedOnUser, Lookup, Outcome, Prevalence
from shared.core.values.instant import Instant
from tests.builders import tied

_NASTY = st.sampled_from(
    [
        "",
        "\x00",
        "\ud800",
        "\udfff\ud83d",
        "😀" * 20_000,
        'a"b\\c',
        "a,b",
        "‮gnp.exe",
        "x" * 70_000,
        "<b>",
        "\r\n|",
    ]
)
text = st.one_of(_NASTY, st.text(max_size=20), st.text(st.characters(codec=None), max_size=6))
maybe = st.one_of(st.none(), text)
number = st.one_of(st.none(), st.integers(0, 2**63 - 1))
instant = st.integers(-621_355_968_000_000_000, 2_534_023_007_999_999_999).map(Instant)
a_time = st.one_of(st.none(), instant)
word = st.one_of(
    maybe, st.sampled_from(["Resolved", "New", "TruePositive", "Malicious", "High", "Windows11"])
)
address = st.one_of(maybe, st.sampled_from(["203.0.113.10", "::ffff:203.0.113.1", "fe80::1%eth0", "1.2.3"]))
digest = st.one_of(st.none(), st.sampled_from(["a" * 40, "b" * 64, "c" * 32]))
json_value = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), text), lambda inner: st.lists(inner, max_size=3)
)

account = st.builds(Account, name=maybe, domain=maybe, sid=maybe, object_id=maybe, upn=maybe)
evidence = st.builds(
    Evidence,
    kind=st.sampled_from(EvidenceKind),
    kind_text=text,
    sha1=digest,
    sha256=digest,
    md5=digest,
    file_name=maybe,
    folder_path=maybe,
    process_id=number,
    command_line=maybe,
    process_created=a_time,
    parent_process_id=number,
    parent_process_created=a_time,
    ip_address=address,
    url=maybe,
    registry_hive=maybe,
    registry_key=maybe,
    registry_value_name=maybe,
    registry_value=maybe,
    account=st.one_of(st.none(), account),
    device_id=maybe,
    device_name=maybe,
    detection_status=word,
    verdict=word,
    extra=st.dictionaries(text, json_value, max_size=3),
)
alert = st.builds(
    Alert,
    id=st.text(
        st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=256
    ),  # `normalize` sees to it
    source=st.sampled_from(["defender", "graph"]),
    created=instant,
    last_update=instant,
    severity=st.sampled_from(list(Severity)),
    severity_text=text,
    title=text,
    status=st.one_of(text, st.sampled_from(["New", "InProgress", "Resolved", "Unknown"])),
    description=text,
    category=st.one_of(maybe, st.sampled_from(["Execution", "Malware", "CommandAndControl"])),
    incident_id=maybe,
    assigned_to=maybe,
    classification=word,
    determination=word,
    detection_source=st.one_of(maybe, st.just("CustomDetection")),
    detector_id=maybe,
    threat_name=maybe,
    first_event=a_time,
    resolved=a_time,
    device_id=maybe,
    device_name=maybe,
    device_group=maybe,
    tenant_id=maybe,
    techniques=st.lists(st.one_of(text, st.sampled_from(["T1059.001", "t1105", "T9999"])), max_size=5).map(
        tuple
    ),
    related_user=st.one_of(st.none(), account),
    logged_on_users=st.lists(account, max_size=2).map(tuple),
    comments=st.lists(st.builds(Comment, text=text, author=maybe, created=a_time), max_size=2).map(tuple),
    domains=st.lists(text, max_size=3).map(tuple),
    alert_url=st.one_of(
        maybe, st.just("javascript:alert(1)"), st.just("https://security.microsoft.com/alerts/x")
    ),
    recommended_actions=maybe,
    evidence=st.lists(evidence, max_size=6).map(tuple),
    unreadable=st.lists(text, max_size=3).map(tuple),
)


def _look[T](value: st.SearchStrategy[T]) -> st.SearchStrategy[Lookup[T]]:
    failed: st.SearchStrategy[Lookup[T]] = st.sampled_from(
        [Lookup(Outcome.NOT_FOUND), Lookup(Outcome.THROTTLED, detail="429"), Lookup(Outcome.FORBIDDEN)]
    )
    return st.one_of(failed, value.map(lambda found: Lookup(Outcome.FOUND, found)))


_device = _look(
    st.builds(
        Device,
        id=st.just("d"),
        name=maybe,
        os=word,
        os_version=maybe,
        group=maybe,
        tags=st.lists(text, max_size=3).map(tuple),
        risk_score=word,
        last_ip=address,
        last_seen=a_time,
    )
)
_file = _look(st.builds(File, key=st.just("f"), sha1=digest, signer=maybe, global_prevalence=number))
_users = _look(st.lists(st.builds(LoggedOnUser, account=account), max_size=2).map(tuple))
_address = _look(st.builds(Prevalence, key=st.just("a"), org_prevalence=number))


@st.composite
def enrichments(draw: st.DrawFn, about: Alert) -> Enrichment | None:
    """Look-ups under the keys that the alert names."""
    if draw(st.booleans()):
        return None
    devices = [about.device_id.lower()] if about.device_id else []
    return Enrichment(
        devices={key: draw(_device) for key in devices},
        users={key: draw(_users) for key in devices},
        files={item.sha1: draw(_file) for item in about.evidence if item.sha1},
        addresses={item.ip_address: draw(_address) for item in about.evidence if item.ip_address},
    )


_node = st.builds(
    ProcessNode,
    key=st.builds(ProcessKey, st.just("d"), st.integers(0, 2**32), instant),
    depth=st.integers(-3, 3),
    file_name=maybe,
    command_line=maybe,
    is_anchor=st.booleans(),
)
_EVENT = tied("DeviceProcessEvents", "ProcessCreated")
finding = st.builds(
    Finding,
    alert_id=st.just("a"),
    status=st.sampled_from(list(Status)),
    method=st.sampled_from(list(Method)),
    confidence=st.integers(0, 100),
    reason=st.sampled_from(list(Reason)),
    detail=text,
    nodes=st.lists(_node, max_size=3).map(tuple),
    events=st.sampled_from([(), (_EVENT,)]),
    event_count=st.integers(0, 2**40),
    left_out=st.lists(text, max_size=2).map(tuple),
    query=text,
)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Alert, Enrichment | None, Finding, Conclusion]:
    """An odd alert with everything that goes with it."""
    about = draw(alert)
    looked_up, found = draw(enrichments(about)), draw(finding)
    return about, looked_up, found, conclude(about, looked_up, found, NO_RULES)
