"""Alerts whose evidence is thin, null or of kinds nobody knows yet.

Four alerts: an address and nothing else (wks-eng-11); a registry key and nothing else, not even a value
(wks-sales-05); unknown evidence and enum members around one good process (wks-sales-05); and one in which
everything is null, the device too.
"""

from local.incidents.case import Case, Evidence, Expectation, ip_evidence, process_evidence
from local.incidents.estate import DEVELOPER, SELLER
from local.incidents.programs import program
from local.incidents.stage import Stage, as_user, attacker, clock, later
from local.incidents.world import Process

_ADDRESS = "198.51.100.23"


def tell(stage: Stage) -> None:
    """Records what lies behind the alerts, and raises them."""
    _address_only(stage)
    _key_only(stage)
    _unknown_kinds(stage)
    _nothing_at_all(stage)


def _address_only(stage: Stage) -> None:
    record, born = stage.recorder, clock("08:38:02.9081264")
    explorer = stage.estate.resident("wks-eng-11", "explorer.exe")
    reader = attacker("feedreader.exe", as_user(DEVELOPER) + "\\AppData\\Local\\Programs\\feedreader")
    tag = ("feed address",)
    run = record.start(explorer, stage.drop(reader), f'"{reader.path}"', at=born, life=10 * 60 * 10**7)
    record.network(run, later(born, 3.1), ip="192.0.2.30", url="feeds.fabrikam.example")
    record.network(run, later(born, 61.4), ip=_ADDRESS, port=8_443, about=tag)
    record.network(run, later(born, 121.9), ip=_ADDRESS, port=8_443, about=tag)
    # seen on dual-stack sockets: the IPv4 address in its IPv6 spelling
    record.network(run, later(born, 182.2), ip=f"::ffff:{_ADDRESS}", port=8_443, about=tag)
    told, record.story = record.story, ""  # the same address, asked from another device
    edge = record.start(
        stage.estate.resident("wks-hr-03", "explorer.exe"),
        program("windows", "msedge.exe"),
        '"msedge.exe" --single-argument',
        at=clock("08:39:15.6023"),
    )
    record.network(edge, clock("08:39:17.1"), ip=_ADDRESS, action="ConnectionFailed")
    record.story = told
    _alert_on_address(stage, run, born, tag)


def _alert_on_address(stage: Stage, run: Process, born: int, tag: tuple[str]) -> None:
    stage.raise_alert(
        Case(
            title="Connection to an address on a custom indicator list",
            description="A device connected to a listed address.",
            severity="Low",
            category="CommandAndControl",
            device=run.device,
            first=later(born, 61.4),
            last=later(born, 182.2),
            created=clock("08:44:20.5"),
            evidence=(ip_evidence(_ADDRESS),),
            expected=Expectation(
                "Address",
                "Unproven",
                "A feed reader called the address three times before the alert and did nothing else.",
                about=tag[0],
                kind="benign",
            ),
            incident=1053,
            source="CustomerTI",
        )
    )


def _key_only(stage: Stage) -> None:
    record, born = stage.recorder, clock("08:29:41.5573008")
    explorer = stage.estate.resident("wks-sales-05", "explorer.exe")
    key = "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System"
    tag = ("policy key",)
    shell = record.start(explorer, program("windows", "cmd.exe"), "cmd.exe /c banner.cmd", at=born)
    reg = record.start(
        shell,
        program("windows", "reg.exe"),
        f'reg add "HKLM\\{key}" /v legalnoticetext /d "Welcome" /f',
        at=later(born, 0.4120333),
        integrity="High",
    )
    full = f"HKEY_LOCAL_MACHINE\\{key}"
    when = later(born, 0.5)
    record.registry(reg, when, key=full, name="legalnoticetext", value="Welcome", about=tag)
    stage.raise_alert(
        Case(
            title="Modified logon policy",
            description="A key that governs the logon was changed.",
            severity="Low",
            category="DefenseEvasion",
            device=reg.device,
            first=when,
            last=when,
            created=clock("08:31:15.7"),
            evidence=(
                Evidence("RegistryKey", {"registryHive": "HKEY_LOCAL_MACHINE", "registryKey": key.upper()}),
            ),
            expected=Expectation(
                "Registry",
                "Unproven",
                "A text shown at logon was set.",
                about=tag[0],
                kind="benign",
            ),
            incident=1058,
        )
    )


def _unknown_kinds(stage: Stage) -> None:
    record, born = stage.recorder, clock("08:56:10.2231178")
    explorer = stage.estate.resident("wks-sales-05", "explorer.exe")
    excel = record.start(
        explorer, program("windows", "EXCEL.EXE"), '"EXCEL.EXE" /dde "rates.xlsx"', at=born, life=2 * 10**9
    )
    record.network(excel, later(born, 2.6), ip="192.0.2.77", url="https://rates.tailspin.example/q")
    record.start(excel, program("windows", "splwow64.exe"), "splwow64.exe 8192", at=later(born, 3.9))
    stage.raise_alert(
        Case(
            title="Unusual document activity",
            description="Evidence of kinds that are newer than any documentation.",
            severity="Critical",
            category="SpreadsheetAbuse",
            device=excel.device,
            first=born,
            last=later(born, 4),
            created=clock("08:58:33.1004"),
            evidence=(
                Evidence("Ip", {"ipAddress": None}),
                Evidence("CloudApplicationSession", {"url": None, "accountName": SELLER.name}),
                Evidence("Process", {"processId": None, "fileName": None}),
                process_evidence(excel, status="Observed"),
            ),
            expected=Expectation(
                "ExactProcess",
                "Unproven",
                "The workbook asked a server and started nothing of note.",
                anchors=(excel,),
                kind="benign",
            ),
            incident=1054,
            source="QuantumSensor",
            status="Reopened",
            investigation="AwaitingOracle",
            classification="Undecided",
            determination="StillThinking",
        )
    )


def _nothing_at_all(stage: Stage) -> None:
    stage.raise_alert(
        Case(
            title="Unspecified activity",
            description="",
            severity="UnSpecified",
            category="",
            device=None,
            first=clock("09:00:00"),
            last=clock("09:00:00"),
            created=clock("09:02:00"),
            evidence=(Evidence("Ip"), Evidence("Process"), Evidence("File"), Evidence("User")),
            expected=Expectation(
                "None",
                "NoTelemetry",
                "There is neither a device nor one value to look for.",
                status="NotApplicable",
                reason="NoUsableEvidence",
                scored_by="status",
                kind="benign",
            ),
            incident=1055,
        )
    )
