"""The words that the plays' braces stand for, all of them safe to print."""

import re
from collections.abc import Callable, Mapping

from shared.core.alert import Account, EvidenceKind
from shared.core.conclude.behaviour import object_of
from shared.core.conclude.next_steps.movement import movement
from shared.core.conclude.next_steps.situation import Situation
from shared.core.conclude.next_steps.wording import command, listed, named, path
from shared.core.correlate import TiedEvent, spelling
from shared.core.tables import LOGONS, PROCESSES

_REGISTRY = "DeviceRegistryEvents"
_SID = re.compile(r"(?<=\\)S-1-5-[\d-]+\\")  # a user's own part of the registry: the hive says enough
_BY_SYSTEM: Mapping[str, Mapping[str, str]] = {
    "auth_log": {
        "windows": "the Security log (4624, 4625, 4648, 4672)",
        "linux": "the authentication log (/var/log/auth.log, /var/log/secure, last)",
        "macos": "the unified log's log-ons (log collect: it keeps days)",
    },
    "script_log": {
        "windows": "the PowerShell log (event 4104)",
        "linux": "the shell history and audit log",
        "macos": "the unified log (log collect: it keeps days)",
    },
    "job_store": {
        "windows": "the job's file below C:\\Windows\\System32\\Tasks",
        "linux": "crontabs (/etc/cron*, /var/spool/cron) and systemd timers",
        "macos": "the launchd plist (LaunchAgents, LaunchDaemons) or crontab",
    },
    "service_store": {
        "windows": "the service's key below HKLM\\SYSTEM\\CurrentControlSet\\Services",
        "linux": "the unit file below /etc/systemd/system",
        "macos": "the plist below LaunchDaemons or LaunchAgents",
    },
}


class Facts(dict[str, str]):
    """Every fact by its name; one that is not known reads as a plain noun. Each is worked out when a line
    first names it, since a play names few of them. Raises KeyError for a name that is none."""

    def __init__(self, situation: Situation, said: Mapping[str, str] | None = None) -> None:
        super().__init__(said or {})
        self.situation = situation

    def __missing__(self, name: str) -> str:
        fact = self[name] = _FACTS[name](self)
        return fact

    def but(self, **said: str) -> "Facts":
        """The same facts, with these words for some."""
        return Facts(self.situation, {**self, **said})


def _proc(facts: Facts) -> str:
    lead = facts.situation.lead
    return f"{facts['program']} (pid {lead.key.pid})" if lead else facts["program"]


def _command(facts: Facts) -> str:
    lead = facts.situation.lead
    return command(lead.command_line) if lead and lead.command_line else "its command line"


def _run_as(facts: Facts) -> str:
    lead = facts.situation.lead
    return account(lead.account if lead else None) or account(facts.situation.user) or "an account not known"


def _root_time(facts: Facts) -> str:
    root = facts.situation.root()
    return f"{root.key.created.text()[11:19]} UTC" if root else "its start"


def _account(facts: Facts) -> str:
    situation = facts.situation
    return account(_logged_in(situation)) or account(situation.user) or "the account"


def _files(facts: Facts) -> str:
    files = facts.situation.files
    return listed((path(one.path_and_name()) for one in files), 2) or f"what {facts['program']} wrote"


def _names(facts: Facts) -> str:
    files = facts.situation.files
    return listed((named(one.name) for one in files), 2) or f"what {facts['program']} wrote"


def _where(facts: Facts, last: str = "and") -> str:
    """The other ends of connections, "" where there are none."""
    situation = facts.situation
    return listed(map(named, (*situation.addresses, *situation.hosts)), last=last)


def _talks(facts: Facts) -> str:
    return facts["where"] and f" or still talks to {_where(facts, 'or')}"


def _proxy_log(facts: Facts) -> str:
    return facts["where"] and f" and the proxy's or firewall's log for {facts['where']}"


def _named_object(facts: Facts) -> str:
    thing = _object(facts.situation)
    return thing and f" ({thing})"


def _moved(name: str) -> Callable[[Facts], str]:
    return lambda facts: movement(facts.situation, facts["dvc"])[name]


def _by_system(words: Mapping[str, str]) -> Callable[[Facts], str]:
    return lambda facts: words[facts.situation.context.system() or "windows"]


_FACTS: Mapping[str, Callable[[Facts], str]] = {
    "dvc": lambda facts: device(facts.situation),
    "program": lambda facts: named(_program(facts.situation), 40) or "the program",
    "proc": _proc,
    "chain": lambda facts: facts.situation.chain() or facts["program"],
    "command": _command,
    "user": lambda facts: account(facts.situation.user) or f"whoever runs {facts['dvc']}",
    "run_as": _run_as,
    "root": lambda facts: _root(facts.situation) or facts["program"],
    "root_time": _root_time,
    "users": lambda facts: users(facts.situation),
    "account": _account,
    "files": _files,
    "names": _names,
    "where": _where,
    "met": lambda facts: facts["where"] and f" ({facts['where']})",
    "talks": _talks,
    "proxy_log": _proxy_log,
    "object": lambda facts: _object(facts.situation) or f"what {facts['program']} wrote",
    "named_object": _named_object,
    "entry": lambda facts: _entry(facts.situation) or f"what {facts['program']} set",
    "time": lambda facts: f"{facts.situation.time.text()[11:19]} UTC",
    **{name: _moved(name) for name in ("other_contain", "other_look", "other_logs")},
    **{name: _by_system(words) for name, words in _BY_SYSTEM.items()},
}


def _program(situation: Situation) -> str:
    """The lead's name; where no process of the tree leads, that of the row of the gravest sign."""
    if situation.lead is not None:
        return situation.lead.file_name or ""
    event = situation.gravest[0].event if situation.gravest else None
    if event is None:
        return ""
    return str(event.row.get("FileName" if event.table == PROCESSES else "InitiatingProcessFileName") or "")


def _root(situation: Situation) -> str:
    root = situation.root()
    return f"{named(root.file_name, 40) or 'the process'} (pid {root.key.pid})" if root else ""


def device(situation: Situation) -> str:
    """The device's first label, as people call it; its id where it has no name."""
    name = situation.device_name
    label = name.partition(".")[0] if name and not name.replace(".", "").isdigit() else name
    return named(label) or (
        f"device {named(situation.device_id[:40])}" if situation.device_id else "the device"
    )


def account(who: Account | None) -> str:
    """`DOMAIN\\name`, else the principal name."""
    if who is None:
        return ""
    return named(f"{who.domain}\\{who.name}" if who.domain and who.name else who.name or who.upn or "")


def users(situation: Situation) -> str:
    """Who was seen on the device, domain administrators first; else the process's own account."""
    seen = [
        f"{account(who)}{' (domain administrator)' if is_admin else ''}"
        for who, is_admin in situation.logged_on
    ]
    return listed(seen or [account(situation.user)]) or "whoever was logged on"


def _logged_in(situation: Situation) -> Account | None:
    """Whose log-on the gravest behaviour is about."""
    for one in situation.gravest[:1]:
        if one.event is not None and one.event.table == LOGONS:
            row = one.event.row
            return Account(str(row.get("AccountName") or ""), str(row.get("AccountDomain") or ""))
    return None


def _entry(situation: Situation) -> str:
    """The registry value in question, by its key without the hive's user."""
    found = registry_set(situation)
    return path(f"{found[0]} {found[1]}".strip()) if found else ""


def _object(situation: Situation) -> str:
    """What the gravest behaviours were done to: the first that is more than a process."""
    bases = {technique.partition(".")[0] for one in situation.gravest[:1] for technique in one.techniques}
    for one in situation.gravest:
        if one.event is None or one.event.table in (PROCESSES, LOGONS):
            continue
        if bases & {technique.partition(".")[0] for technique in one.techniques}:
            what = _SID.sub("", object_of(TiedEvent(one.event, "")))
            if what and not what.lower().endswith("\\lsass.exe"):
                return path(what)
    return ""


def registry_set(situation: Situation) -> tuple[str, str] | None:
    """(canonical key, name of the value): set by the gravest behaviours, else by the alert's processes, else
    named by the alert."""
    rows = [one.event.row for one in situation.gravest if one.event and one.event.table == _REGISTRY]
    rows += [tied.event.row for tied in situation.context.of_table(_REGISTRY)]
    named_by_rows = (
        (str(row.get("RegistryKey") or ""), str(row.get("RegistryValueName") or "")) for row in rows
    )
    for key, name in named_by_rows:
        if key and name:
            return spelling.registry_key(key), name
    for item in situation.context.alert.evidence:
        if item.kind is EvidenceKind.REGISTRY and item.registry_key:
            key = spelling.registry_key(item.registry_key, item.registry_hive or "")
            return key, item.registry_value_name or ""
    return None
