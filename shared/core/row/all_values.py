"""All users, devices, addresses, file names, hashes and techniques of an alert: what people look for it by.

In lower case, each once, so that one comparison finds a value wherever the alert says it and however it is
spelt there.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from shared.core.alert import Account, Alert, EvidenceKind, mappings
from shared.core.row.names import account_name, hashes_of
from shared.core.row.search_fields import ADDRESSES, DEVICES, FILES, HASHES, SHOWN_FIRST, USERS
from shared.core.row.text import joined


def all_values(
    alert: Alert, columns: Mapping[str, object], logged_on: Iterable[str], found: Mapping[str, Sequence[str]]
) -> dict[str, object]:
    """Column -> its values with commas between: what `columns` show first, then what the evidence names, last
    what was `found` in fields that nobody else reads."""

    def all_of(kind: str, typed: Iterable[str | None]) -> str:
        return _lower((*_first(kind, columns), *typed, *found.get(kind, ())))

    items = alert.evidence
    who = (alert.related_user, *(item.account for item in items), *alert.logged_on_users)
    return {
        USERS: all_of(USERS, (*_names(who), *logged_on)),
        DEVICES: all_of(DEVICES, [text for name in _named(alert) for text in (name, name.partition(".")[0])]),
        ADDRESSES: all_of(ADDRESSES, [*(item.ip_address for item in items), *_own(columns)]),
        FILES: all_of(FILES, [text for item in items for text in (item.file_name, item.parent_file_name)]),
        HASHES: all_of(HASHES, [text for item in items for text in hashes_of(item)]),
        "AllTechniques": _lower(_techniques(alert.techniques)),
    }


def with_shown(columns: Mapping[str, object], names: Iterable[str]) -> dict[str, str]:
    """Column -> its values in `columns`, after what those of `names` show that it begins with: so what an
    earlier hunt named is found as long as it is shown."""
    kinds = [kind for kind, first in SHOWN_FIRST.items() if not set(names).isdisjoint(first)]
    return {kind: _lower((*_first(kind, columns), *str(columns[kind]).split(", "))) for kind in kinds}


def _first(kind: str, columns: Mapping[str, object]) -> Iterator[str]:
    """What the columns show of that kind."""
    shown = (columns[name] for name in SHOWN_FIRST.get(kind, ()))
    return (text for text in shown if isinstance(text, str))


def _named(alert: Alert) -> Iterator[str]:
    """Ids and names of devices."""
    yield alert.device_name or ""
    for item in alert.evidence:
        yield item.device_id or ""
        yield item.device_name or ""


def _own(columns: Mapping[str, object]) -> Iterator[str]:
    """The addresses of the device shown and of the others."""
    for name in ("DvcIpAddr", "DvcExternalIpAddr"):
        if isinstance(text := columns[name], str):
            yield text
    entities = columns["EntitiesJson"]
    for entry in entities if isinstance(entities, list) else ():
        if entry.get("kind") == EvidenceKind.DEVICE:
            yield from (entry.get("ip", ""), entry.get("externalIp", ""))


def _names(accounts: Iterable[Account | None]) -> Iterator[str | None]:
    """Each account by all that it is called, each account once."""
    for who in dict.fromkeys(accounts):
        if who is not None:
            yield from (account_name(who), who.name, who.upn, who.sid, who.object_id)


def _techniques(texts: Iterable[str]) -> Iterator[str]:
    """Each technique, and the one that a sub-technique is of."""
    for text in texts:
        known = mappings.technique(text)
        yield (known.sub_id or known.id) if known else text
        if known and known.sub_id:
            yield known.id


def _lower(texts: Iterable[str | None]) -> str:
    """The texts in lower case, as `joined` writes them."""
    return joined([text.strip().lower() for text in dict.fromkeys(texts) if text])
