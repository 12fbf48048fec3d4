"""What the next steps speak of: the device, the process that counts, its files, addresses and users."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from shared.core.alert import Account, EvidenceKind, ranking
from shared.core.conclude.behaviour import Behaviour
from shared.core.conclude.conclusion import Validation
from shared.core.conclude.context import AlertContext, cell
from shared.core.conclude.next_steps.wording import named
from shared.core.conclude.seen_before import is_everybodys
from shared.core.conclude.stops import Stop
from shared.core.correlate import TOOLS, ProcessKey, ProcessNode, spelling
from shared.core.lookups import outside_address, url_host, value_in
from shared.core.values import Instant

MOST = 3  # things of a kind that are spoken of
MANY_DEVICES = 50  # of the organisation that met an address: what half of it uses is no sign
# Where programs of the system and of installers lie, and the folders in there that anybody can write to.
_INSTALLED = re.compile(
    r"\\windows\\|\\program files(?: \(x86\))?\\|\\users\\[^\\]+\\appdata\\local\\programs\\"
    r"|/usr/|/s?bin/|/lib|/opt/|/system/|/applications/|/library/"
)
_OPEN = re.compile(
    r"\\windows\\(?:temp|tasks|tracing)\\|\\windows\\system32\\spool\\drivers\\color\\|/usr/local/tmp/"
)


_RUNS = re.compile(
    r"\.(?:exe|dll|scr|com|sys|cpl|ocx|ps1|psm1|vbs|vbe|js|jse|wsf|hta|bat|cmd|msi|jar|lnk|py|pl|sh|command|app"
    r"|dylib|so|plist|php|jsp|aspx?)$"
)
# Where people read pages, every host that they visit would be named.
_BROWSERS = frozenset(
    "msedge.exe chrome.exe firefox.exe iexplore.exe brave.exe opera.exe safari chrome firefox".split()
)

_NOT_REACHED = ("ConnectionFailed", "ListeningConnectionCreated")


@dataclass(frozen=True, slots=True)
class LooseFile:
    """A program or file that belongs to no installation; `hash` is the surest that is known of it."""

    name: str
    path: str
    hash: str

    def path_and_name(self) -> str:
        """The whole path where the folder is known; rows mostly give the path with the name already."""
        if not self.path or self.path.lower().endswith(self.name.lower()):
            return self.path or self.name
        slash = "/" if "/" in self.path else "\\"
        return f"{self.path.rstrip(slash)}{slash}{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """The facts in one place.

    `gravest` are the telling behaviours, those of the first play first; `lead` is the process that the first
    of them stands on, else the alert's; `addresses` were met without a host's name.
    """

    context: AlertContext
    validation: Validation
    gravest: tuple[Behaviour, ...]
    stop: Stop | None
    lead: ProcessNode | None
    device_id: str
    device_name: str
    files: tuple[LooseFile, ...]
    addresses: tuple[str, ...]
    hosts: tuple[str, ...]
    user: Account | None
    logged_on: tuple[tuple[Account, bool], ...]

    @property
    def time(self) -> Instant:
        """When it happened: the gravest behaviour, else the lead's creation, else the alert's first event."""
        if self.gravest:
            return self.gravest[0].time
        alert = self.context.alert
        return self.lead.key.created if self.lead else alert.first_event or alert.created

    @property
    def is_server(self) -> bool:
        """True where the look-up says that others depend on the device."""
        device = value_in(self.context.enrichment.devices, self.device_id)
        is_named_so = device is not None and "server" in (device.os or "").lower()
        return is_named_so or self.context.system() == "linux"

    def root(self) -> ProcessNode | None:
        """The alert's own process above the lead: what would have to be stopped."""
        node = self.lead
        while node is not None and not node.is_anchor and node.parent in self.context.nodes:
            node = self.context.nodes[node.parent]
        return node if node is not None and node.is_anchor else self.lead

    def children(self) -> list[ProcessNode]:
        """What the lead started."""
        key = self.lead.key if self.lead else None
        return [node for node in self.context.own_nodes() if key is not None and node.parent == key]

    def parent(self) -> ProcessNode | None:
        """The process that started the lead."""
        return self.context.nodes.get(self.lead.parent) if self.lead and self.lead.parent else None

    def chain(self, most: int = 4) -> str:
        """How the lead came about, by names: the oldest known first."""
        names: list[str] = []
        node = self.lead
        while node is not None and len(names) < most:
            names.append(named(node.file_name, 40) or "a process")
            node = self.context.nodes.get(node.parent) if node.parent else None
        return " > ".join(reversed(names))


def situation_of(
    context: AlertContext, gravest: tuple[Behaviour, ...], validation: Validation, stop: Stop | None
) -> Situation:
    """The facts of one alert; `gravest` are its behaviours, those to be acted on first at the front."""
    lead = _lead(context, gravest)
    suspects = _suspects(context, gravest, lead)
    device_id = (lead.key.device_id if lead else "") or context.alert.device_id or _named_device(context)
    addresses, hosts = _reached(context, suspects)
    return Situation(
        context=context,
        validation=validation,
        gravest=gravest,
        stop=stop,
        lead=lead,
        device_id=device_id,
        device_name=_device_name(context, device_id),
        files=tuple(_once(_files(context, suspects)))[:MOST],
        addresses=addresses,
        hosts=hosts,
        user=_user(context, lead),
        logged_on=_logged_on(context, device_id),
    )


def _lead(context: AlertContext, gravest: tuple[Behaviour, ...]) -> ProcessNode | None:
    """The process that counts; instead of one without arguments, a shell as a rule, what it started."""
    for one in gravest:
        if one.owner in context.nodes:
            return context.nodes[one.owner]
    anchor = next((node for node in context.nodes.values() if node.is_anchor), None)
    if anchor is not None and not _says_something(anchor):
        children = [node for node in context.own_nodes() if node.parent == anchor.key]
        said = sorted(filter(_says_something, children), key=lambda node: not _is_tool(node))
        return said[0] if said else anchor
    return anchor


def _is_tool(node: ProcessNode) -> bool:
    return (node.file_name or "").lower() in TOOLS


def _says_something(node: ProcessNode) -> bool:
    return len((node.command_line or "").split()) > 1


def _suspects(
    context: AlertContext, telling: tuple[Behaviour, ...], lead: ProcessNode | None
) -> dict[ProcessKey, None]:
    """The processes that the steps are about: those of telling behaviours and, in the alert's tree and above
    the lead, programs of no installation."""
    keys = [one.owner for one in telling if one.owner is not None]
    if telling:
        keys += [node.key for node in context.nodes.values() if is_loose(context, node)]
    return dict.fromkeys([*keys, *([lead.key] if lead else [])])


def is_loose(context: AlertContext, node: ProcessNode) -> bool:
    """True for a program out of a folder that no installation uses, unless everybody has it."""
    known = context.file(node.sha1) or context.file(node.sha256)
    if known is not None and is_everybodys(known):
        return False
    return bool(node.folder_path) and _in_open_folder(node.folder_path or "")


def _in_open_folder(path: str) -> bool:
    """True outside of the folders of the system and of installations."""
    windows = spelling.folder(path) + "\\"
    unix = windows.replace("\\", "/")
    if _OPEN.search(windows) or _OPEN.search(unix):
        return True
    return not (_INSTALLED.match(windows) or _INSTALLED.match(unix))


def _files(context: AlertContext, suspects: Iterable[ProcessKey]) -> Iterator[LooseFile]:
    for key in suspects:
        node = context.nodes.get(key)
        if node is not None and node.file_name and is_loose(context, node):
            yield LooseFile(node.file_name, node.folder_path or "", node.sha1 or node.sha256 or "")
    yield from _dropped(context, set(suspects))
    for item in ranking.gravest(context.alert.evidence):
        hashed = item.sha1 or item.sha256 or ""
        known = context.file(item.sha1) or context.file(item.sha256)
        if item.kind is not EvidenceKind.FILE or ranking.is_clean(item) or not item.file_name:
            continue
        if known is None or not is_everybodys(known):
            yield LooseFile(item.file_name, item.folder_path or "", hashed or item.md5 or "")


def _dropped(context: AlertContext, suspects: set[ProcessKey]) -> Iterator[LooseFile]:
    """Programs, libraries and scripts that a suspect put into an open folder."""
    for tied in context.of_table("DeviceFileEvents"):
        name, where = cell(tied, "FileName"), cell(tied, "FolderPath")
        if tied.event.kind != "FileCreated" or tied.owner not in suspects or not _RUNS.search(name.lower()):
            continue
        if _in_open_folder(where):
            yield LooseFile(name, where, cell(tied, "SHA1") or cell(tied, "SHA256"))


def _once(files: Iterable[LooseFile]) -> list[LooseFile]:
    """Each file once, by hash where it has one; its hash in the lower case that queries give back."""
    found: dict[str, LooseFile] = {}
    for one in files:
        found.setdefault(one.hash.lower() or one.name.lower(), one)
    return list(found.values())


def _reached(
    context: AlertContext, suspects: Iterable[ProcessKey]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(outside addresses without a name, hosts) that the suspects reached or the alert names."""
    owners = set(suspects)
    addresses: dict[str, None] = {}
    hosts: dict[str, None] = {}
    for tied in context.of_table("DeviceNetworkEvents"):
        if tied.owner not in owners or tied.event.action in _NOT_REACHED:
            continue
        if cell(tied, "InitiatingProcessFileName").lower() in _BROWSERS:
            continue
        if host := url_host(cell(tied, "RemoteUrl")):
            hosts[host] = None
        elif address := outside_address(cell(tied, "RemoteIP")):
            addresses[address] = None
    for item in ranking.gravest(context.alert.evidence):
        if ranking.is_clean(item):
            continue
        if address := outside_address(item.ip_address):
            addresses[address] = None
        if host := url_host(item.url):
            hosts[host] = None
    known = context.enrichment
    few = [one for one in addresses if not _is_common(known.addresses.get(one))]
    rare = [one for one in hosts if not _is_common(known.domains.get(one))]
    return tuple(few[:MOST]), tuple(rare[:MOST])


def _is_common(look: object) -> bool:
    value = getattr(look, "value", None)
    return (getattr(value, "org_prevalence", None) or 0) >= MANY_DEVICES


def _named_device(context: AlertContext) -> str:
    return next((item.device_id for item in context.alert.evidence if item.device_id), "")


def _device_name(context: AlertContext, device_id: str) -> str:
    alert, wanted = context.alert, device_id.lower()
    if alert.device_name and (alert.device_id or device_id).lower() == wanted:
        return alert.device_name
    for item in alert.evidence:
        if item.device_name and (item.device_id or "").lower() == wanted:
            return item.device_name
    device = value_in(context.enrichment.devices, wanted)
    return (device and device.name) or ""


def _user(context: AlertContext, lead: ProcessNode | None) -> Account | None:
    """A person rather than a service: the lead's account, else whom the alert names."""
    alert = context.alert
    listed = [lead.account if lead else None, alert.related_user, *(item.account for item in alert.evidence)]
    known = [who for who in listed if who is not None and (who.name or who.upn)]
    return next((who for who in known if not ranking.is_service(who)), None)


def _logged_on(context: AlertContext, device_id: str) -> tuple[tuple[Account, bool], ...]:
    """(account, whether a domain administrator) of the persons seen on the device, administrators first."""
    users = value_in(context.enrichment.users, device_id) or ()
    seen = [(one.account, bool(one.is_domain_admin)) for one in users if one.account.name]
    return tuple(sorted((one for one in seen if not ranking.is_service(one[0])), key=lambda one: not one[1]))
