"""Which of several things of an alert is shown first: one table for both APIs, never the order they came in.

Words of evidence: https://learn.microsoft.com/en-us/graph/api/resources/security-alertevidence (2026-11).
`active` still works, `unremediated`, `declined` and `none` are not remediated; what is only "Detected" may
still run. Roles: `contextual` is likely benign, `scanned` was only looked at. That the device an alert is
about is called "PrimaryDevice" or "Main device" in `detailedRoles` was seen in samples of the API.
"""

import re
from collections.abc import Iterable, Mapping

from shared.core.alert.built_in_accounts import is_built_in
from shared.core.alert.kinds import EvidenceKind
from shared.core.alert.model import Account, Evidence
from shared.core.alert.reading import Notes, Reader

ANY_OTHER = "any other word"
DETECTED_ONLY = "None of a thing that was only Detected"
VERDICTS = ("Malicious", "Suspicious", ANY_OTHER, "NoThreatsFound")
DETECTIONS = ("Detected", ANY_OTHER, "Blocked", "Prevented")
_STILL_THERE = (
    *("Active", "Running", "Unremediated", "NotRemediated", "Declined", "Failed"),
    *("PartiallyRemediated", "PendingApproval"),
)
_STOPPED = ("Blocked", "Prevented", "Remediated")
REMEDIATIONS = (*_STILL_THERE, "NotFound", ANY_OTHER, DETECTED_ONLY, *_STOPPED)
DEVICE_ROLES = ("PrimaryDevice, Main device", "compromised", "attacked", ANY_OTHER, "contextual, scanned")
_SAYS_NOTHING = frozenset(("", "none", "unknown", "unknownfuturevalue"))
_STATES = {"active": 0, "detected": 1, "": 2, "stopped": 3}
_BESIDE = frozenset((EvidenceKind.DEVICE, EvidenceKind.USER))
_SERVICE_DOMAINS = frozenset(
    ("nt service", "window manager", "font driver host", "iis apppool", "nt virtual machine")
)
_SERVICES = re.compile(
    r".*\$|root|daemon|nobody|www-data|apache|nginx|mysql|postgres|sshd|syslog|messagebus|systemd-[a-z-]+"
    r"|_[a-z]+",
    re.ASCII | re.IGNORECASE,
)
# Services, application pools and virtual machines by their numbers.
_SERVICE_SIDS = re.compile(r"S-1-5-(?:80|82|83)-[\d-]+", re.ASCII | re.IGNORECASE)


def _fold(word: str | None) -> str:
    return (word or "").replace(" ", "").lower()


def _places(words: Iterable[str]) -> Mapping[str, int]:
    """Word -> place, as the table spells it and folded."""
    parts = [(part, at) for at, word in enumerate(words) for part in word.split(",")]
    return {spelled: at for part, at in parts for spelled in (part, _fold(part))}


def _place(word: str, places: Mapping[str, int]) -> int:
    at = places.get(word)
    return places.get(_fold(word), places[_REST]) if at is None else at


_VERDICTS, _DETECTIONS, _REMEDIATIONS = _places(VERDICTS), _places(DETECTIONS), _places(REMEDIATIONS)
_ROLES = _places(DEVICE_ROLES)
_REST = _fold(ANY_OTHER)
_STILL, _DONE = frozenset(map(_fold, _STILL_THERE)), frozenset(map(_fold, _STOPPED))


def state_of(item: Evidence) -> tuple[str, str]:
    """("active", "stopped", "detected" or "" where nothing is said; the word that says so, in lower case)."""
    if not item.detection_status and not item.remediation_status:
        return "", ""
    detected, remedied = _fold(item.detection_status), _fold(item.remediation_status)
    if remedied in _STILL:
        return "active", remedied
    for word in (remedied, detected):
        if word in _DONE:
            return "stopped", word
    return ("detected", detected) if detected == "detected" else ("", "")


def is_clean(item: Evidence) -> bool:
    """True where Defender found no threat in it."""
    return item.verdict is not None and _fold(item.verdict) == "nothreatsfound"


def verdict_rank(item: Evidence) -> int:
    """0 for the gravest verdict; one that is not there lies between the suspicious and the clean."""
    return _place(item.verdict, _VERDICTS) if item.verdict else _VERDICTS[_REST]


def rank(item: Evidence) -> tuple[int, int]:
    """Sort key among items of one kind: the gravest verdict first, then what least was done about."""
    return verdict_rank(item), _STATES[state_of(item)[0]]


def gravest(items: Iterable[Evidence]) -> list[Evidence]:
    """The items by their rank; those of one rank in their order."""
    listed = list(items)
    return sorted(listed, key=rank) if len(listed) > 1 else listed


def worst_detection(items: Iterable[Evidence]) -> str | None:
    """The detection status of what the alert is about that leaves most to fear."""
    said = ((item, item.detection_status) for item in items)
    return _worst((_word(item, word, _DETECTIONS), word) for item, word in said if word)


def worst_remediation(items: Iterable[Evidence]) -> str | None:
    """The remediation status of what the alert is about that leaves most to do."""
    said = ((item, item.remediation_status) for item in items)
    return _worst((_word(item, word, _REMEDIATIONS), word) for item, word in said if word)


def gravest_verdict(items: Iterable[Evidence]) -> str | None:
    """The gravest verdict on anything but devices and users; theirs where there is no other."""
    judged = [item for item in items if item.verdict]
    apart = [item for item in judged if item.kind not in _BESIDE] or judged
    return min((verdict_rank(item), item.verdict or "") for item in apart)[1] if apart else None


type _Rank = tuple[bool, bool, int]


def _word(item: Evidence, word: str, places: Mapping[str, int]) -> _Rank:
    """Rank of a status: what says nothing comes last, then what stands beside (devices, users, clean)."""
    is_beside = item.kind in _BESIDE or is_clean(item)
    if _fold(word) not in _SAYS_NOTHING:
        return False, is_beside, _place(word, places)
    if places is _REMEDIATIONS and _fold(word) == "none" and state_of(item)[0] == "detected":
        return False, is_beside, places[DETECTED_ONLY]
    return True, is_beside, places[_REST]


def _worst(ranked: Iterable[tuple[_Rank, str]]) -> str | None:
    return min(ranked, default=(None, None))[1]


def device_rank(item: Evidence) -> int:
    """0 for the device that its roles call the primary one, more for each that is less so."""
    roles = (*item.roles, *Reader(item.extra, Notes()).strings("detailedRoles"))
    return min((_place(role, _ROLES) for role in roles), default=_ROLES[_REST])


def is_service(account: Account) -> bool:
    """True for an account of a machine or a service: the system's own, and those that programs run as."""
    if is_built_in(account) or (account.sid and _SERVICE_SIDS.fullmatch(account.sid)):
        return True
    if (account.domain or "").lower() in _SERVICE_DOMAINS:
        return True
    return bool(account.name and _SERVICES.fullmatch(account.name[:300]))
