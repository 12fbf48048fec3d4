"""Programs install and update themselves. Four alerts, all about ordinary work.

A meeting program for one user sets its run key, and fetches its own update (wks-sales-05, wks-eng-11); a
product for the whole machine comes as a package (wks-hr-03); the browser is updated (wks-sales-05).
"""

from local.incidents.estate import DEVELOPER, PARTNER, SELLER
from local.incidents.programs import program
from local.incidents.scene import LIKELY, Scene, product, scene
from local.incidents.stage import Stage, as_user

_MAKER = "Fabrikam, Inc."
_RUN = "Software\\Microsoft\\Windows\\CurrentVersion\\Run"
_SITE = ("198.51.100.201", "https://meet.fabrikam.example/desktop/FabrikamMeetSetup.exe")


def tell(stage: Stage) -> None:
    """Records the four, and raises their alerts."""
    _for_one_user(scene(stage, "wks-sales-05", "06:35:10.2207714"))
    _updates_itself(scene(stage, "wks-eng-11", "06:52:41.0813355"))
    _for_the_machine(scene(stage, "wks-hr-03", "06:50:03.6610087"))
    _browser(scene(stage, "wks-sales-05", "07:20:44.5090172"))


def _for_one_user(on: Scene) -> None:
    local = as_user(SELLER) + "\\AppData\\Local"
    setup_file = product(as_user(SELLER) + "\\Downloads\\FabrikamMeetSetup.exe", _MAKER, original="Setup.exe")
    edge = on.run(on.resident("explorer.exe"), "msedge.exe", '"msedge.exe" --single-argument', 0, life=3_000)
    on.call(edge, 6.2, *_SITE)
    on.write(edge, 9.8, setup_file.path, origin=_SITE[1])
    setup = on.run(on.resident("explorer.exe"), setup_file, f'"{setup_file.path}"', 31, life=60)
    updater = product(local + "\\SquirrelTemp\\Update.exe", _MAKER, original="Update.exe")
    on.write(setup, 32.1, updater.path, local + "\\SquirrelTemp\\FabrikamMeet-5.2.0-full.nupkg")
    update = on.run(setup, updater, f'"{updater.path}" --install . --rerunUpdate', 32.9, life=50)
    home = local + "\\FabrikamMeet"
    app_file = product(home + "\\app-5.2.0\\FabrikamMeet.exe", _MAKER)
    on.write(update, 34.4, app_file.path, home + "\\app-5.2.0\\ffmpeg.dll", home + "\\Update.exe")
    on.write(update, 36.0, as_user(SELLER) + "\\Desktop\\Fabrikam Meet.lnk")
    on.run(update, app_file, f'"{app_file.path}" --squirrel-install 5.2.0', 36.8, life=3)
    app = on.run(update, app_file, f'"{app_file.path}" --squirrel-firstrun', 40.2, life=7_000)
    start = f'{home}\\Update.exe --processStart "FabrikamMeet.exe" --process-start-args "--hidden"'
    on.put(app, 41.3, f"HKCU\\{_RUN}", "FabrikamMeet", start)
    opened = "HKCU\\Software\\Classes\\fabrikammeet\\shell\\open\\command"
    on.put(app, 41.5, opened, "", f'"{app_file.path}" "%1"')
    for after in (43.1, 61.8, 300.4):
        on.call(app, after, "198.51.100.202", "signal.meet.fabrikam.example")
    on.ordinary(
        setup,
        title="Anomalous program set to start at logon",
        description="A program that few devices know wrote a run key.",
        because="An installer put its program in place, which set itself to start with the session.",
        created=150,
        last=41.6,
        incident=1_060,
        category="Persistence",
        also=LIKELY,
        techniques=("T1547.001",),
    )


def _updates_itself(on: Scene) -> None:
    home = as_user(DEVELOPER) + "\\AppData\\Local\\FabrikamMeet"
    old = product(home + "\\app-5.1.4\\FabrikamMeet.exe", _MAKER)
    new = product(home + "\\app-5.2.0\\FabrikamMeet.exe", _MAKER)
    updater = product(home + "\\Update.exe", _MAKER)
    app = on.run(on.resident("explorer.exe"), old, f'"{old.path}" --hidden', 0, life=500)
    site = "https://meet.fabrikam.example/desktop/win"
    update = on.run(app, updater, f'"{updater.path}" --update {site}', 62, life=400)
    on.call(update, 62.8, "198.51.100.201", f"{site}/RELEASES")
    on.call(update, 63.5, "198.51.100.201", f"{site}/FabrikamMeet-5.2.0-delta.nupkg")
    on.write(update, 70.2, home + "\\packages\\FabrikamMeet-5.2.0-delta.nupkg")
    on.write(update, 74.0, new.path, home + "\\app-5.2.0\\resources.pak")
    on.run(update, new, f'"{new.path}" --squirrel-updated 5.2.0', 76.3, life=4)
    run = on.run(update, new, f'"{new.path}" --hidden', 95.1, life=6_000)
    on.put(run, 96.0, f"HKCU\\{_RUN}", "FabrikamMeet", f"{updater.path} --processStart FabrikamMeet.exe")
    on.call(run, 97.4, "198.51.100.202", "signal.meet.fabrikam.example")
    on.ordinary(
        update,
        title="Downloaded program started by an unusual parent",
        description="A program was fetched from the internet and started.",
        because="The updater of a signed program fetched its next version and started it.",
        created=260,
        last=97.5,
        incident=1_061,
        category="Execution",
        also=LIKELY,
        techniques=("T1105",),
    )


def _for_the_machine(on: Scene) -> None:
    package = as_user(PARTNER) + "\\Downloads\\ContosoHR-4.0.msi"
    on.run(on.resident("explorer.exe"), "msiexec.exe", f'"msiexec.exe" /i "{package}"', 0, life=80)
    server = on.service("msiexec.exe", "C:\\Windows\\system32\\msiexec.exe /V", 1.4, life=200)
    on.write(server, 8.1, "C:\\Windows\\Installer\\MSI4F21.tmp", "C:\\Windows\\Installer\\3a77c1.msi")
    action = 'rundll32.exe "C:\\Windows\\Installer\\MSI4F21.tmp",zzzzInvokeManagedCustomActionOutOfProc'
    custom = on.run(server, "msiexec.exe", "C:\\Windows\\System32\\MsiExec.exe -Embedding 6E2C", 8.8, life=60)
    on.run(custom, "rundll32.exe", f"{action} SfxCA_3831921 2 Actions!Check", 9.5)
    folder = "C:\\Program Files\\Contoso HR"
    on.write(server, 14.2, f"{folder}\\hrsync.exe", f"{folder}\\hrtray.exe", f"{folder}\\hrshell.dll")
    on.put(server, 16.3, f"HKLM\\{_RUN}", "Contoso HR", f'"{folder}\\hrtray.exe" /quiet')
    on.run(server, "regsvr32.exe", f'regsvr32.exe /s "{folder}\\hrshell.dll"', 16.9)
    on.run(server, "icacls.exe", 'icacls.exe "C:\\ProgramData\\Contoso HR" /grant Users:(OI)(CI)M', 17.4)
    sync_file = product(f"{folder}\\hrsync.exe", "Contoso")
    sync = on.service(sync_file, f'"{folder}\\hrsync.exe" --service', 19.0)
    note = {"AdditionalFields": '{"ServiceName":"ContosoHrSync","ServiceStartType":2}'}
    installed = {"FileName": "hrsync.exe", "FolderPath": sync_file.path, **note}
    on.stage.recorder.event("DeviceEvents", sync, on.moment(19.2), "ServiceInstalled", installed)
    on.call(sync, 22.7, "192.0.2.13", "https://files.contoso.example/hr/api")
    on.ordinary(
        server,
        title="Installer changed autostart locations",
        description="An installer package wrote a run key and registered a library.",
        because="A package was installed by its user; it set its tray program to start with each session.",
        created=140,
        last=19.3,
        incident=1_062,
        category="Persistence",
        also=LIKELY,
        techniques=("T1547.001", "T1543.003"),
    )


def _browser(on: Scene) -> None:
    root = "C:\\Program Files (x86)\\Microsoft"
    maker = ("Microsoft Corporation", "Microsoft Corporation")
    updater = product(f"{root}\\EdgeUpdate\\MicrosoftEdgeUpdate.exe", maker[0], original="msedgeupdate.dll")
    service = on.service(updater, f'"{updater.path}" /svc', 0, life=900)
    on.call(service, 2.0, "192.0.2.40", "https://msedge.api.cdp.microsoft.example/api/v2")
    folder = f"{root}\\EdgeUpdate\\Install\\{{B5E4A1D0-3F1C-4C2E-9E57-6A1F2C4D9B10}}"
    packed = product(f"{folder}\\MicrosoftEdge_X64_130.0.2849.80.exe", maker[0])
    on.write(service, 20.5, packed.path)
    line = f'"{packed.path}" --msedge --verbose-logging --do-not-launch-msedge --system-level'
    archive = on.run(service, packed, line, 24.1, life=90)
    setup_file = product(f"{folder}\\EDGEMITMP_3C1F2.tmp\\setup.exe", maker[0])
    on.write(archive, 25.0, setup_file.path, f"{folder}\\EDGEMITMP_3C1F2.tmp\\MSEDGE.PACKED.7Z")
    setup = on.run(
        archive, setup_file, f'"{setup_file.path}" --install-archive="MSEDGE.PACKED.7Z"', 26.2, life=80
    )
    home = f"{root}\\Edge\\Application\\130.0.2849.80"
    on.write(
        setup, 40.4, f"{home}\\msedge.dll", f"{home}\\elevation_service.exe", f"{home}\\Installer\\setup.exe"
    )
    components = "HKLM\\SOFTWARE\\Microsoft\\Active Setup\\Installed Components"
    active = f"{components}\\{{9459C573-B17A-45AE-9F64-1857B5D58CEE}}"
    on.put(setup, 44.9, active, "StubPath", f'"{home}\\Installer\\setup.exe" --configure-user-settings')
    service_key = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\MicrosoftEdgeElevationService"
    on.put(setup, 45.3, service_key, "ImagePath", f'"{home}\\elevation_service.exe"', "ExpandString")
    on.write(setup, 47.0, f"{root}\\Edge\\Application\\old_msedge.exe", action="FileDeleted")
    on.load(setup, 47.2, program("windows", "taskschd.dll"))
    on.ordinary(
        setup,
        title="Process changed a service and an installed component",
        description="A program in a temporary folder changed how another program starts.",
        because="The browser was updated by its own signed updater.",
        created=170,
        last=47.3,
        incident=1_063,
        category="Persistence",
    )
