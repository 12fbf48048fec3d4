"""The most telling things a device did, for an alert that names nothing but the device.

A rank is a rule of thumb about what an analyst looks at first, and proves nothing: the tie stays the weakest.
"""

from shared.core.correlate import asked
from shared.core.correlate.finding import Event, TiedEvent
from shared.core.correlate.rows import Observation
from shared.core.correlate.subject import Subject
from shared.core.correlate.telemetry import View
from shared.core.tables import DEVICE_EVENTS, PROCESSES

# Programs of the systems themselves that attacks are made with: https://lolbas-project.github.io/ and
# https://gtfobins.github.io/ (read 2026-11).
TOOLS = tuple(
    """
    powershell.exe pwsh.exe cmd.exe wscript.exe cscript.exe mshta.exe rundll32.exe regsvr32.exe certutil.exe
    bitsadmin.exe schtasks.exe sc.exe reg.exe net.exe net1.exe wmic.exe whoami.exe nltest.exe vssadmin.exe
    wevtutil.exe bcdedit.exe msbuild.exe installutil.exe psexec.exe psexesvc.exe procdump.exe ntdsutil.exe
    bash sh dash zsh python python3 perl curl wget nc ncat socat crontab chmod base64 osascript launchctl ssh
    """.split()
)
# Actions that stand for a decision of the sensor, not for ordinary work.
ACTIONS = tuple(
    """
    AntivirusDetection AntivirusReport AntivirusScanCompleted ExploitGuardNetworkProtectionBlocked
    AsrLsassCredentialTheftAudited AsrLsassCredentialTheftBlocked AsrOfficeChildProcessAudited
    AsrOfficeChildProcessBlocked AsrExecutableOfficeContentBlocked SmartScreenUrlWarning SmartScreenAppWarning
    OpenProcessApiCall CreateRemoteThreadApiCall QueueUserApcRemoteApiCall ProcessPrimaryTokenModified
    ScheduledTaskCreated ServiceInstalled UserAccountCreated UserAccountAddedToLocalGroup
    SecurityLogCleared TamperingAttempt PowerShellCommand DpapiAccessed LdapSearch
    """.split()
)
LOUD = ("Antivirus", "Asr", "ExploitGuard", "Tampering", "SecurityLog", "SmartScreen")
_LOUD = tuple(word.lower() for word in LOUD)


def by_device(view: View, subject: Subject) -> tuple[TiedEvent, ...]:
    """The device's most telling events near the alert, best first; empty where there are none. Only what the
    question for such events brings is looked at: what others asked for is there by chance."""
    ranked = []
    for observation in _telling(view, subject):
        event = observation.event
        rank = 5 if view.proves(event) else _rank(observation)
        ranked.append((-rank, abs(event.time.ticks - subject.near.ticks), event.key, event))
    ranked.sort(key=lambda item: item[:3])
    kept = ranked[: view.policy.device_activity]
    return tuple(TiedEvent(event, "device-activity") for *_, event in kept)


def _telling(view: View, subject: Subject) -> list[Observation]:
    """The rows that `mention_query.device_activity_query` asks for; of what is too many the nearest."""
    alike: dict[tuple[str, str], list[Observation]] = {}
    for observation in view.of_device(subject.device_id):
        event = observation.event
        if event.time in subject.mention_span:
            if word := telling_word(event):
                alike.setdefault((event.table, word), []).append(observation)
    most = view.policy.mention_rows
    return [one for rows in alike.values() for one in asked.nearest(rows, subject.near, most)]


def telling_word(event: Event) -> str:
    """By what the event is telling, in lower case: its action or its program; "" where it is not."""
    action = event.action.lower()
    if event.table == DEVICE_EVENTS:
        return action if event.action in ACTIONS or action.startswith(_LOUD) else ""
    program = str(event.row.get("FileName", "")).lower()
    return program if event.table == PROCESSES and program in TOOLS else ""


def _rank(observation: Observation) -> int:
    event = observation.event
    if event.action.lower().startswith(_LOUD):
        return 4
    if event.table != PROCESSES:
        return 3
    row = event.row
    from_odd_parent = str(row.get("InitiatingProcessFileName", "")).lower() in _ODD_PARENTS
    return 2 if from_odd_parent or len(str(row.get("ProcessCommandLine", ""))) > 200 else 1


# Programs that have no business starting the tools above.
_ODD_PARENTS = frozenset(
    "winword.exe excel.exe powerpnt.exe outlook.exe w3wp.exe wmiprvse.exe mshta.exe".split()
)
