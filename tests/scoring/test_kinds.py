"""Kinds of alerts that verdicts were wrong about, each told anew in a recording of its own.

What goes on after an alert proves nothing; an installer that sets its own start is no attack; a browser does
not run what was stopped in its download; and a process is the alert's own whatever it is called.
"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from local.incidents.case import file_evidence, process_evidence
from local.incidents.columns import file
from local.incidents.scene import Scene, file_at, product
from local.incidents.stage import attacker
from local.incidents.world import File, Process
from local.score.publishing import Published
from tests.scoring.small_recordings import alert, rows, scored, verdict

_RUN = "Software\\Microsoft\\Windows\\CurrentVersion\\Run"
_DOWNLOADS = "C:\\Users\\fin.clerk\\Downloads"
_LOCAL = "C:\\Users\\fin.clerk\\AppData\\Local"


def _windows_service(on: Scene) -> Process:
    image = product("C:\\Program Files\\Tailspin Print\\tpserver.exe", "Tailspin Toys")
    return on.service(image, f'"{image.path}" -service', 0)


def _own_windows_service(on: Scene) -> Process:
    return on.service(file_at("D:\\ledger\\bin\\ledgerd.exe"), "D:\\ledger\\bin\\ledgerd.exe --port 8080", 0)


def _linux_service(on: Scene) -> Process:
    image = file_at("/opt/orders/bin/ordersd")
    return on.run(
        on.resident("systemd"), image, "/opt/orders/bin/ordersd --config /etc/orders.yml", 0, life=5_000
    )


def _mac_service(on: Scene) -> Process:
    image = product("/Applications/Notes Sync.app/Contents/MacOS/nsyncd", "Tailspin")
    return on.run(on.resident("launchd"), image, f"{image.path} -d", 0, life=5_000)


@pytest.mark.parametrize(
    ("device", "start"),
    [
        ("wks-fin-07", _windows_service),
        ("srv-file-01", _own_windows_service),
        ("db-02", _linux_service),
        ("mac-exec-01", _mac_service),
    ],
)
def test_a_service_that_goes_on_proves_nothing(
    tmp_path: Path, device: str, start: Callable[[Scene], Process]
) -> None:
    def tell(on: Scene) -> None:
        service = start(on)
        folder = "D:\\spool" if service.device.family == "windows" else "/var/lib/spool"
        for count in range(12):
            separator = "\\" if "\\" in folder else "/"
            on.write(service, 3 + count * 50, f"{folder}{separator}job{count}.dat", action="FileModified")
            on.call(service, 5 + count * 50, "10.20.8.30", "queue.contoso.example", port=9_100)
        alert(on, service)

    validation, reason = verdict(scored(tmp_path / "small", tell, device=device))
    assert validation == "Unproven", reason
    assert "it went on after the alert" in reason


def _own_setup(on: Scene) -> Process:
    """A program for one user, by a maker."""
    setup_file = product(f"{_DOWNLOADS}\\TailspinNotesSetup.exe", "Tailspin Toys")
    setup = on.run(on.resident("explorer.exe"), setup_file, f'"{setup_file.path}"', 0)
    on.write(setup, 3, f"{_LOCAL}\\Programs\\Notes\\notes.exe", f"{_LOCAL}\\Programs\\Notes\\update.exe")
    on.put(setup, 6, f"HKCU\\{_RUN}", "Notes", f'"{_LOCAL}\\Programs\\Notes\\notes.exe" --hidden')
    return setup


def _unsigned_setup(on: Scene) -> Process:
    """The same without a maker, started again by the program itself."""
    setup_file = File("notes-1.2-setup.exe", _DOWNLOADS)
    setup = on.run(on.resident("explorer.exe"), setup_file, f'"{setup_file.path}" /S', 0)
    on.write(setup, 3, f"{_LOCAL}\\Programs\\Notes\\notes.exe")
    run = on.run(
        setup, file_at(f"{_LOCAL}\\Programs\\Notes\\notes.exe"), "notes.exe --first-run", 5, life=900
    )
    on.put(run, 6, f"HKCU\\{_RUN}", "Notes", f'"{_LOCAL}\\Programs\\Notes\\notes.exe" --hidden')
    return setup


def _package(on: Scene) -> Process:
    """A package for the whole machine, with a task for its updates."""
    server = on.service("msiexec.exe", "C:\\Windows\\system32\\msiexec.exe /V", 0, life=200)
    home = "C:\\Program Files\\Tailspin Notes"
    on.write(server, 4, f"{home}\\notes.exe", f"{home}\\update.exe")
    on.put(server, 6, f"HKLM\\{_RUN}", "Notes", f'"{home}\\notes.exe" --hidden')
    line = f'schtasks /create /f /tn "Tailspin Update" /sc daily /tr "\\"{home}\\update.exe\\" /silent"'
    on.run(server, "schtasks.exe", line, 7)
    return server


def _updater(on: Scene) -> Process:
    """A service that renews its program and the value that starts it."""
    image = product("C:\\Program Files (x86)\\Tailspin\\Update\\TailspinUpdate.exe", "Tailspin Toys")
    updater = on.service(image, f'"{image.path}" /svc', 0)
    on.write(updater, 4, "C:\\Program Files (x86)\\Tailspin\\Notes\\notes.exe")
    on.put(updater, 6, f"HKLM\\{_RUN}", "Notes", '"C:\\Program Files (x86)\\Tailspin\\Notes\\notes.exe"')
    return updater


@pytest.mark.parametrize("install", [_own_setup, _unsigned_setup, _package, _updater])
def test_an_installer_that_sets_its_own_start_is_not_confirmed(
    tmp_path: Path, install: Callable[[Scene], Process]
) -> None:
    one = scored(tmp_path / "small", lambda on: alert(on, install(on)))
    validation, reason = verdict(one)
    assert "Notes" in {event["RegistryValueName"] for event in one.events}
    assert validation in ("Unproven", "Likely"), reason


@pytest.mark.parametrize("first", ["file", "browser"])
@pytest.mark.parametrize("reported", [False, True], ids=["by the alert alone", "by the antivirus, too"])
def test_a_browser_goes_on_after_its_download_was_blocked(tmp_path: Path, first: str, reported: bool) -> None:
    def tell(on: Scene) -> None:
        sample = attacker("driver_pack.exe", _DOWNLOADS)
        image = product("C:\\Program Files\\Tailspin Browser\\browse.exe", "Tailspin Toys")
        browser = on.run(on.resident("explorer.exe"), image, f'"{image.path}"', 0, life=4_000)
        on.call(browser, 20, "203.0.113.150", "https://drivers.tailspin-files.example/driver_pack.exe")
        on.write(browser, 30, sample.path)
        if reported:
            on.stage.antivirus(browser, on.moment(30.4), sample, threat="Trojan:Win32/Agent", executing=False)
        for count in range(6):
            on.call(browser, 200 + count * 60, "192.0.2.11", "www.contoso.example")
        on.write(browser, 300, f"{_DOWNLOADS}\\minutes.pdf")
        items = (file_evidence(sample, status="Prevented"), process_evidence(browser))
        alert(on, browser, items if first == "file" else items[::-1])

    validation, reason = verdict(scored(tmp_path / "small", tell))
    assert validation in ("Blocked", "Unproven"), reason
    assert "driver_pack.exe" in reason
    assert validation == "Blocked" or "browse.exe" in reason, "what was stopped and what was only detected"


SHARED = ("svchost.exe", "services.exe", "WmiPrvSE.exe", "update.exe")


def _intrusion(name: str, anchor: str) -> Callable[[Scene], None]:
    """A document's program leaves and starts `name`, which adds an account and reads LSASS; the alert names
    the document's program, or what it left."""

    def tell(on: Scene) -> None:
        word = on.run(on.resident("explorer.exe"), "WINWORD.EXE", '"WINWORD.EXE" "offer.docm"', 0, life=900)
        dropped = attacker(name, "C:\\Users\\fin.clerk\\AppData\\Roaming\\Sync")
        on.write(word, 4, dropped.path)
        run = on.run(word, dropped, dropped.path, 6, life=800)
        shell = on.run(run, "cmd.exe", "cmd.exe /c net user backupsvc Winter-2026 /add", 12)
        on.run(shell, "net.exe", "net user backupsvc Winter-2026 /add", 12.3)
        for count in range(5):
            on.call(run, 20 + count * 31, "203.0.113.77", port=8_443)
        lsass = on.resident("lsass.exe")
        every_right = json.dumps({"DesiredAccess": 0x1FFFFF})
        read = {**file(lsass.image), "ProcessId": lsass.pid, "AdditionalFields": every_right}
        on.stage.recorder.event("DeviceEvents", run, on.moment(28), "OpenProcessApiCall", read)
        alert(on, word if anchor == "document" else run)

    return tell


@pytest.fixture(scope="module", params=["document", "dropped"])
def plain(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Published]:
    """What the alert names, and what is published where no name is the system's."""
    return request.param, scored(
        tmp_path_factory.mktemp("plain") / "small", _intrusion("syncer.exe", request.param)
    )


@pytest.mark.parametrize("name", SHARED)
def test_a_name_of_the_systems_loses_no_row_and_changes_no_verdict(
    tmp_path: Path, plain: tuple[str, Published], name: str
) -> None:
    anchor, usual = plain
    named = scored(tmp_path / "small", _intrusion(name, anchor))
    assert len(usual.events) >= 10
    assert rows(named) == rows(usual)
    assert verdict(named)[0] == verdict(usual)[0] == "Confirmed"
