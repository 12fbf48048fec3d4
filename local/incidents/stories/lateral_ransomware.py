"""From wks-fin-07 a service is made on srv-file-01; its program deletes shadow copies and encrypts shares.

Three alerts: the remote service creation at its source (T1543.003), the service's program on the target
(T1569.002), and the ransomware with its hundreds of file events (T1486, T1490).
"""

from local.incidents.case import Case, Expectation, file_evidence, process_evidence, user_evidence
from local.incidents.estate import CLERK, OPERATOR
from local.incidents.programs import program
from local.incidents.stage import Stage, attacker, clock, later
from local.incidents.stories.finance_macro import C2, INCIDENT
from local.incidents.world import SYSTEM, Cell, File, Process

_SHARES = ("Finance", "Payroll", "Contracts", "Projects")
_KINDS = ("xlsx", "docx", "pdf", "pptx")


def tell(stage: Stage) -> None:
    """Records the way over to the server and what happened there; raises three alerts."""
    _make_service(stage)
    service = _run_service(stage)
    _encrypt(stage, service)


def _make_service(stage: Stage) -> None:
    record, implant = stage.recorder, stage.actors["implant"]
    target = stage.estate.device("srv-file-01")
    shell = record.start(
        implant, program("windows", "cmd.exe"), "cmd.exe /c", at=clock("08:20:31.7719203"), integrity="High"
    )
    line = f"sc.exe \\\\{target.short} create WinUpdSvc binPath= C:\\Windows\\winupdsvc.exe start= demand"
    maker = record.start(shell, program("windows", "sc.exe"), line, at=clock("08:20:33.0481156"))
    record.network(maker, later(maker.created, 0.0619233), ip=target.ip, port=135, url=target.dns)
    record.network(maker, later(maker.created, 0.1280334), ip=target.ip, port=49_669, url=target.dns)
    stage.raise_alert(
        Case(
            title="Suspicious remote service creation",
            description="A service was created on another device.",
            severity="Medium",
            category="LateralMovement",
            device=maker.device,
            first=maker.created,
            last=later(maker.created, 0.2),
            created=clock("08:22:05.3016678"),
            evidence=(process_evidence(maker), user_evidence(CLERK)),
            expected=Expectation(
                "ExactProcess",
                "Confirmed",
                "The command reached the service control port of the server.",
                anchors=(maker,),
                techniques=("T1543.003",),
                also=("Likely",),
            ),
            incident=INCIDENT,
            techniques=("T1569.002", "T1021.002"),
            user=CLERK,
        )
    )


def _run_service(stage: Stage) -> Process:
    record, source = stage.recorder, stage.estate.device("wks-fin-07")
    services = stage.estate.resident("srv-file-01", "services.exe")
    lsass = stage.estate.resident("srv-file-01", "lsass.exe")
    record.logon(
        lsass, clock("08:20:33.1002771"), "LogonSuccess", OPERATOR, ip=source.ip, from_device=source.short
    )
    binary = stage.drop(attacker("winupdsvc.exe", "C:\\Windows"))
    service = record.start(
        services,
        binary,
        binary.path,
        at=clock("08:20:35.4930062"),
        account=SYSTEM,
        integrity="System",
        life=3 * 10**10,
    )
    own: dict[str, Cell] = {
        "FileName": binary.name,
        "FolderPath": binary.path,
        "AdditionalFields": '{"ServiceName":"WinUpdSvc","ServiceStartType":3}',
    }
    record.event("DeviceEvents", service, later(service.created, 0.8802339), "ServiceInstalled", own)
    for count in range(6):
        record.network(service, later(service.created, 3 + count * 97.3), ip=C2)
    _alert_on_service(stage, service, binary)
    return service


def _alert_on_service(stage: Stage, service: Process, binary: File) -> None:
    stage.raise_alert(
        Case(
            title="Suspicious service launched",
            description="A service was installed from another device and started a rare, unsigned program.",
            severity="High",
            category="Execution",
            device=service.device,
            first=service.created,
            last=later(service.created, 1.1),
            created=clock("08:23:10.0402001"),
            evidence=(process_evidence(service), file_evidence(binary)),
            expected=Expectation(
                "ExactProcess",
                "Confirmed",
                "The service's program ran and started ransomware after the alert.",
                anchors=(service,),
                techniques=("T1569.002",),
            ),
            incident=INCIDENT,
            techniques=("T1543.003",),
        )
    )


def _encrypt(stage: Stage, service: Process) -> None:
    record, chance = stage.recorder, stage.chance
    shell = record.start(
        service,
        program("windows", "cmd.exe"),
        "cmd.exe /c C:\\ProgramData\\lockr.exe --all",
        at=clock("08:30:02.2"),
    )
    binary = stage.drop(attacker("lockr.exe", "C:\\ProgramData"))
    record.file(service, clock("08:29:58.4471306"), "FileCreated", binary)
    locker = record.start(shell, binary, f"{binary.path} --all", at=clock("08:30:02.9941378"))
    for line, after in (
        ("vssadmin.exe delete shadows /all /quiet", 0.61),
        ("wevtutil.exe cl Security", 0.93),
    ):
        record.start(locker, program("windows", line.split()[0]), line, at=later(locker.created, after))
    moment = later(locker.created, 1.4)
    for count in range(320):
        name = f"{chance.pick(_SHARES)} {2019 + count % 8} {count:04}.{chance.pick(_KINDS)}"
        folder = f"D:\\Shares\\{chance.pick(_SHARES)}\\{2019 + count % 8}"
        moment = later(moment, chance.number(0.004, 0.31))
        record.file(locker, moment, "FileModified", File(name, folder, content="encrypted"))
        renamed = File(f"{name}.lockr", folder, content="encrypted")
        record.file(locker, later(moment, 0.0021), "FileRenamed", renamed, previous=name)
    for share in _SHARES:
        note = File("RESTORE-FILES.txt", f"D:\\Shares\\{share}")
        record.file(locker, later(moment, 1.1), "FileCreated", stage.drop(note))
        moment = later(moment, 0.2)
    _alert_on_encryption(stage, locker, binary)


def _alert_on_encryption(stage: Stage, locker: Process, binary: File) -> None:
    stage.raise_alert(
        Case(
            title="Ransomware behavior detected in the file system",
            description="Many files were rewritten and renamed in a short time, and shadow copies deleted.",
            severity="High",
            category="Ransomware",
            device=locker.device,
            first=locker.created,
            last=later(locker.created, 12.5),
            created=clock("08:30:41.9270146"),
            evidence=(process_evidence(locker), file_evidence(binary)),
            expected=Expectation(
                "ExactProcess",
                "Confirmed",
                "Hundreds of files were rewritten and the shadow copies deleted; nothing stopped it.",
                anchors=(locker,),
                techniques=("T1486", "T1490"),
            ),
            incident=INCIDENT,
            techniques=("T1486", "T1490"),
            threat=("Lockr", "Ransom:Win64/Lockr.A"),
        )
    )
