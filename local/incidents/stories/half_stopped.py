"""Part of it was stopped. Two alerts.

On wks-sales-05 a library is stopped as it is written, and the program that wrote it goes on; on wks-fin-07 a
download is stopped, and the browser goes on as browsers do.
"""

from local.incidents.case import Case, Expectation, file_evidence, process_evidence
from local.incidents.estate import CLERK, SELLER
from local.incidents.scene import Scene, scene
from local.incidents.stage import Stage, as_user, attacker

_SERVER = "203.0.113.118"


def tell(stage: Stage) -> None:
    """Records both, and raises their alerts."""
    _one_of_two(scene(stage, "wks-sales-05", "07:44:50.2217705"))
    _browser_goes_on(scene(stage, "wks-fin-07", "09:02:05.8810442"))


def _one_of_two(on: Scene) -> None:
    home = as_user(SELLER)
    loader_file = on.stage.drop(attacker("parcel_label.exe", home + "\\Downloads"))
    loader = on.run(on.resident("explorer.exe"), loader_file, f'"{loader_file.path}"', 0, life=1_500)
    on.call(loader, 2.2, _SERVER, f"http://{_SERVER}/s1", port=8_080)
    library = on.stage.drop(attacker("wtsapi33.dll", home + "\\AppData\\Local\\Temp"))
    on.write(loader, 5.0, library.path)
    on.stage.antivirus(loader, on.moment(5.1), library, threat="Trojan:Win64/Donut.RK!MTB", executing=False)
    shell = on.run(
        loader, "cmd.exe", 'cmd.exe /c nltest /domain_trusts & net group "Domain Admins" /domain', 31.0
    )
    on.run(shell, "nltest.exe", "nltest /domain_trusts", 31.2)
    on.run(shell, "net.exe", 'net group "Domain Admins" /domain', 33.0)
    line = (
        "reg add HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run /v Parcel "
        f'/d "{loader_file.path}" /f'
    )
    reg = on.run(loader, "reg.exe", line, 47.5)
    on.put(reg, 47.6, "HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run", "Parcel", loader_file.path)
    for count in range(9):
        on.call(loader, 60 + count * 61.3, _SERVER, port=8_080)
    on.stage.raise_alert(
        Case(
            title="Malware found while a program was running",
            description="A library was stopped; the program that wrote it was not.",
            severity="High",
            category="Malware",
            device=loader.device,
            first=loader.created,
            last=on.moment(47.6),
            created=on.moment(140),
            evidence=(
                file_evidence(library, status="Prevented"),
                process_evidence(loader, status="Detected/active"),
            ),
            expected=Expectation(
                "ExactProcess",
                "Confirmed",
                "The library was stopped, but the program asked for the domain, set its run key and went on.",
                anchors=(loader,),
                techniques=("T1547.001",),
            ),
            incident=1_087,
            techniques=("T1204.002",),
            source="WindowsDefenderAv",
            threat=("Donut", "Trojan:Win64/Donut.RK!MTB"),
            user=SELLER,
            investigation="PartiallyRemediated",
        )
    )


def _browser_goes_on(on: Scene) -> None:
    edge = on.run(on.resident("explorer.exe"), "msedge.exe", '"msedge.exe" --single-argument', 0, life=1_600)
    site = "https://downloads.tailspin-codecs.example/setup_codec.exe"
    on.call(edge, 31.0, "203.0.113.131", site)
    sample = on.stage.drop(attacker("setup_codec.exe", as_user(CLERK) + "\\Downloads"))
    on.write(edge, 35.4, sample.path, origin=site)
    on.stage.antivirus(edge, on.moment(35.9), sample, threat="Trojan:Win32/Sabsik.FL.A!ml", executing=False)
    for count in range(8):
        on.call(edge, 60 + count * 97.1, "192.0.2.11", "www.contoso.example")
    on.write(
        edge,
        420.0,
        as_user(CLERK) + "\\Downloads\\price list.pdf",
        origin="https://www.contoso.example/p.pdf",
    )
    on.stage.raise_alert(
        Case(
            title="'Sabsik' malware was prevented in a download",
            description="A browser fetched a file, which was stopped.",
            severity="Low",
            category="Malware",
            device=edge.device,
            first=on.moment(35.4),
            last=on.moment(35.9),
            created=on.moment(130),
            evidence=(file_evidence(sample, status="Prevented"), process_evidence(edge)),
            expected=Expectation(
                "ExactProcess",
                "Blocked",
                "The download was stopped as it was written; the browser went on as browsers do.",
                anchors=(edge,),
                also=("Unproven",),
            ),
            incident=1_088,
            source="WindowsDefenderAv",
            threat=("Sabsik", "Trojan:Win32/Sabsik.FL.A!ml"),
            user=CLERK,
            investigation="SuccessfullyRemediated",
        )
    )
