"""The most telling things a device did, for an alert that names nothing but the device.

A rank is a rule of thumb about what an analyst looks at first, and proves nothing: the tie stays the weakest.
"""

from shared.core.correlate.finding import TiedEvent
from shared.core.correlate.policy import HuntPolicy
from shared.core.correlate.rows import Observation
from shared.core.correlate.subject import Subject
from shared.core.correlate.telemetry import View
from shared.core.tables import PROCESSES

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
_LOUD = ("antivirus", "asr", "exploitguard", "tampering", "securitylog", "smartscreen")


def by_device(view: View, subject: Subject, policy: HuntPolicy) -> tuple[TiedEvent, ...]:
    """The device's most telling events near the alert, best first; empty where there are none."""
    ranked = []
    for observation in view.telemetry.observations.values():
        event = observation.event
        if event.device_id != subject.device_id or event.time not in subject.mention_span:
            continue
        rank = 5 if view.proves(event) else _rank(observation)
        if rank:
            ranked.append((-rank, abs(event.time.ticks - subject.near.ticks), event.key, event))
    ranked.sort(key=lambda item: item[:3])
    return tuple(
        TiedEvent(event, "device-activity", None, None) for *_, event in ranked[: policy.device_activity]
    )


def _rank(observation: Observation) -> int:
    event = observation.event
    if event.action.lower().startswith(_LOUD):
        return 4
    if event.kind in ACTIONS:
        return 3
    if event.table != PROCESSES:
        return 0
    row = event.row
    if str(row.get("FileName", "")).lower() not in TOOLS:
        return 0
    from_odd_parent = str(row.get("InitiatingProcessFileName", "")).lower() in _ODD_PARENTS
    return 2 if from_odd_parent or len(str(row.get("ProcessCommandLine", ""))) > 200 else 1


# Programs that have no business starting the tools above.
_ODD_PARENTS = frozenset(
    "winword.exe excel.exe powerpnt.exe outlook.exe w3wp.exe wmiprvse.exe mshta.exe".split()
)
