"""The kinds of evidence, and what is done with each: read, looked up, hunted, shown.

This is the one place that says so; a test holds every statement against the code. All items may name a
device, which is looked up besides. Words: https://learn.microsoft.com/en-us/defender-endpoint/api/get-alerts,
https://learn.microsoft.com/en-us/graph/api/resources/security-alertevidence and
https://learn.microsoft.com/en-us/defender-xdr/advanced-hunting-alertevidence-table (read 2026-11).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from shared.core.tables import IndicatorKind


class EvidenceKind(StrEnum):
    """What a piece of evidence is. The words stand in published rows and in the digests of versions, so they
    never change. OTHER is a kind that we do not know: what can be read of it is used, the rest kept."""

    PROCESS = "process"
    FILE = "file"
    USER = "user"
    IP = "ip"
    URL = "url"
    REGISTRY = "registry"
    DEVICE = "device"
    OTHER = "other"


class Entity(StrEnum):
    """What Defender's entity APIs know things about."""

    FILE = "file"
    ADDRESS = "address"
    DOMAIN = "domain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What is done with one kind of evidence.

    Read where `words`, in lower case, is its name in Defender's alerts and in hunting's AlertEvidence, and
    `graph` its type in Graph's; the first item of such a type is of this kind. `hunted` names the rows it
    leads to, besides the process itself where it has a pid and a creation time. `shown` is the attribute of
    OCSF's evidence artifacts in which it stands.
    """

    words: tuple[str, ...] = ()
    graph: tuple[str, ...] = ()
    looked_up: tuple[Entity, ...] = ()
    hunted: tuple[IndicatorKind, ...] = ()
    shown: str


def use_of(kind: EvidenceKind) -> Use:
    """What is done with evidence of this kind."""
    match kind:
        case EvidenceKind.PROCESS:
            return Use(
                words=("process",),
                graph=("processEvidence",),
                looked_up=(Entity.FILE,),
                hunted=(IndicatorKind.FILE_HASH, IndicatorKind.FILE_NAME, IndicatorKind.ACCOUNT),
                shown="process",
            )
        case EvidenceKind.FILE:
            return Use(
                words=("file",),
                graph=("fileEvidence", "fileHashEvidence"),
                looked_up=(Entity.FILE,),
                hunted=(IndicatorKind.FILE_HASH, IndicatorKind.FILE_NAME),
                shown="file",
            )
        case EvidenceKind.USER:
            return Use(
                words=("user",), graph=("userEvidence",), hunted=(IndicatorKind.ACCOUNT,), shown="user"
            )
        case EvidenceKind.IP:
            return Use(
                words=("ip",),
                graph=("ipEvidence", "networkConnectionEvidence"),
                looked_up=(Entity.ADDRESS,),
                hunted=(IndicatorKind.ADDRESS,),
                shown="dst_endpoint",
            )
        case EvidenceKind.URL:
            return Use(
                words=("url",),
                graph=("urlEvidence", "dnsEvidence"),
                looked_up=(Entity.DOMAIN,),
                hunted=(IndicatorKind.URL,),
                shown="url",
            )
        case EvidenceKind.REGISTRY:
            return Use(
                words=("registry", "registrykey", "registryvalue"),
                graph=("registryKeyEvidence", "registryValueEvidence"),
                hunted=(IndicatorKind.REGISTRY,),
                shown="reg_key",
            )
        case EvidenceKind.DEVICE:
            return Use(words=("machine", "device"), graph=("deviceEvidence",), shown="device")
        case EvidenceKind.OTHER:
            return Use(
                graph=("malwareEvidence",), looked_up=tuple(Entity), hunted=tuple(IndicatorKind), shown="data"
            )
        case _:
            assert_never(kind)


_BY_WORD = {word: kind for kind in EvidenceKind for word in use_of(kind).words}
_LONGEST_WORD = 20


def kind_of(word: str) -> EvidenceKind:
    """The kind that Defender's alerts and hunting call so; OTHER for a word we do not know."""
    return _BY_WORD.get(word[:_LONGEST_WORD].lower(), EvidenceKind.OTHER)
