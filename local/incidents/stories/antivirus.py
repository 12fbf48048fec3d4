"""Antivirus in time, and antivirus a little late.

Two alerts: a file stopped before it ever ran (wks-hr-03), named by the file alone; and a program that ran
for forty seconds before it was stopped and removed (wks-sales-05).
"""

from local.incidents.case import Case, Expectation, file_evidence, process_evidence, user_evidence
from local.incidents.clock import cut
from local.incidents.estate import PARTNER, SELLER
from local.incidents.programs import program
from local.incidents.stage import Stage, as_user, attacker, clock, later
from local.incidents.world import File, Process


def tell(stage: Stage) -> None:
    """Records both detections and raises their alerts."""
    _blocked(stage)
    _contained(stage)


def _blocked(stage: Stage) -> None:
    record, born = stage.recorder, clock("07:15:33.2208149")
    explorer = stage.estate.resident("wks-hr-03", "explorer.exe")
    folder = as_user(PARTNER) + "\\Downloads\\applications"
    sample = stage.drop(attacker("cv_viewer.exe", folder))
    tag = ("cv viewer",)
    unzip = record.start(
        explorer,
        program("windows", "7zG.exe"),
        '"7zG.exe" x "applications.7z"',
        at=born,
    )
    for count in range(3):
        record.file(unzip, later(born, 0.4 + count / 5), "FileCreated", File(f"letter {count}.pdf", folder))
    record.file(unzip, later(born, 1.3019442), "FileCreated", sample, about=tag)
    stage.antivirus(
        unzip, later(born, 1.4230117), sample, threat="Trojan:Win32/Wacatac.B!ml", executing=False, about=tag
    )
    told, record.story = record.story, ""  # an honest program of the same name, minutes later
    honest = File("cv_viewer.exe", "C:\\Program Files\\Contoso HR", "Contoso", "Contoso")
    setup = record.start(
        stage.estate.resident("wks-hr-03", "services.exe"),
        program("windows", "msiexec.exe"),
        "msiexec.exe /V",
        at=clock("07:19:04.1150332"),
        integrity="System",
    )
    record.file(setup, clock("07:19:06.4"), "FileCreated", honest)
    record.story = told
    _alert_on_blocked_file(stage, unzip, born, sample, tag)


def _alert_on_blocked_file(stage: Stage, unzip: Process, born: int, sample: File, tag: tuple[str]) -> None:
    stage.raise_alert(
        Case(
            title="'Wacatac' malware was prevented",
            description="Antivirus stopped a file before it could run.",
            severity="Informational",
            category="Malware",
            device=unzip.device,
            first=later(born, 1.3019442),
            last=later(born, 1.4230117),
            created=clock("07:16:20.8102"),
            evidence=(file_evidence(sample, status="Prevented"),),
            expected=Expectation(
                "FileHash",
                "Blocked",
                "The file was removed as it was written, and nothing ran it.",
                about=tag[0],
            ),
            incident=1048,
            source="WindowsDefenderAv",
            threat=("Wacatac", "Trojan:Win32/Wacatac.B!ml"),
            investigation="SuccessfullyRemediated",
        )
    )


def _contained(stage: Stage) -> None:
    record, born = stage.recorder, clock("07:58:12.1237745")
    explorer = stage.estate.resident("wks-sales-05", "explorer.exe")
    sample = stage.drop(attacker("pricelist_2026.exe", as_user(SELLER) + "\\Downloads"))
    program_ = record.start(explorer, sample, f'"{sample.path}"', at=born, life=42 * 10**7)
    record.image_load(program_, later(born, 0.2), program("windows", "winhttp.dll"))
    record.network(program_, later(born, 2.1), ip="203.0.113.90", url="cdn.tailspin.example")
    record.start(
        program_, program("windows", "cmd.exe"), "cmd.exe /c ver", at=later(born, 5.5109441), life=2 * 10**7
    )
    stage.antivirus(
        program_, later(born, 40.2200917), sample, threat="Behavior:Win32/Prilex.A", executing=True
    )
    _alert_on_stopped_program(stage, program_, born, sample)


def _alert_on_stopped_program(stage: Stage, program_: Process, born: int, sample: File) -> None:
    stage.raise_alert(
        Case(
            title="Malware was stopped while running",
            description="A program showed malicious behavior, was stopped and quarantined.",
            severity="Medium",
            category="Malware",
            device=program_.device,
            first=born,
            last=later(born, 40.2200917),
            created=clock("07:59:30.0208"),
            evidence=(
                process_evidence(program_, created=cut(born, 3), status="Blocked"),
                file_evidence(sample, status="Blocked"),
                user_evidence(SELLER),
            ),
            expected=Expectation(
                "ProcessWithinTolerance",
                "Contained",
                "It ran for forty seconds, was stopped and removed, and nothing came after.",
                anchors=(program_,),
            ),
            incident=1049,
            source="WindowsDefenderAv",
            threat=("Prilex", "Behavior:Win32/Prilex.A"),
            user=SELLER,
            investigation="SuccessfullyRemediated",
            status="Resolved",
            classification="TruePositive",
            determination="Malware",
        )
    )
