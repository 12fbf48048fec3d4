"""Windows updates itself, and a service goes on as it does all day (wks-fin-07). Two alerts, both about
ordinary work.
"""

from local.incidents.estate import CLERK
from local.incidents.scene import Scene, product, scene
from local.incidents.stage import Stage, as_user
from local.incidents.world import SYSTEM

_DEVICE = "wks-fin-07"


def tell(stage: Stage) -> None:
    """Records the two, and raises their alerts."""
    _windows(scene(stage, _DEVICE, "05:05:48.1109336"))
    _service(scene(stage, _DEVICE, "08:44:20.6651190"))


def _windows(on: Scene) -> None:
    update = on.service("svchost.exe", "svchost.exe -k netsvcs -p -s wuauserv", 0, life=1_500)
    for after in (1.2, 3.9):
        on.call(update, after, "192.0.2.45", "https://fe3cr.delivery.mp.microsoft.example/ClientWebService")
    download = "C:\\Windows\\SoftwareDistribution\\Download\\5e6f1c33"
    on.write(
        update, 20.0, f"{download}\\Windows11.0-KB5068861-x64.cab", f"{download}\\SSU-26100.7300-x64.cab"
    )
    on.service("TrustedInstaller.exe", "C:\\Windows\\servicing\\TrustedInstaller.exe", 64.2, life=900)
    worker = on.run(
        on.resident("dcom"),
        "TiWorker.exe",
        "TiWorker.exe -Embedding",
        65.0,
        life=880,
        account=SYSTEM,
        integrity="System",
    )
    for count, name in enumerate(("ntoskrnl.exe", "win32kfull.sys", "lsasrv.dll", "samsrv.dll", "cmd.exe")):
        on.write(worker, 80 + count * 9.3, f"C:\\Windows\\WinSxS\\Temp\\InFlight\\{count}\\{name}")
        on.write(worker, 84 + count * 9.3, f"C:\\Windows\\System32\\{name}", action="FileModified")
    services = "HKLM\\SYSTEM\\CurrentControlSet\\Services"
    on.put(
        worker,
        131.0,
        f"{services}\\WdFilter",
        "ImagePath",
        "system32\\drivers\\wd\\WdFilter.sys",
        "ExpandString",
    )
    on.put(worker, 131.6, f"{services}\\Schedule", "DelayedAutostart", "0", "Dword")
    run_once = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing\\RebootPending"
    on.put(worker, 140.1, run_once, "", "1", "Dword")
    on.write(worker, 600.0, "C:\\Windows\\Logs\\CBS\\CBS.log", action="FileModified")
    on.ordinary(
        worker,
        title="System files were replaced",
        description="A process wrote into the system's folder and changed services.",
        because="Windows installed its monthly update.",
        created=190,
        last=140.2,
        incident=1_076,
        category="DefenseEvasion",
    )


def _service(on: Scene) -> None:
    program = product("C:\\Program Files\\Fabrikam Sync\\fsyncd.exe", "Fabrikam, Inc.")
    daemon = on.service(program, f'"{program.path}" --service', 0)
    cache = "C:\\ProgramData\\Fabrikam Sync\\cache"
    for count in range(16):
        after = 2.5 + count * 41.9
        on.call(daemon, after, "198.51.100.220", "https://sync.fabrikam.example/delta")
        on.write(daemon, after + 1.1, f"{cache}\\chunk-{count:04}.dat")
        if count % 4 == 3:
            ledger = as_user(CLERK) + f"\\Documents\\Ledger {2020 + count}.xlsx"
            on.write(daemon, after + 1.7, ledger, action="FileModified")
    on.put(daemon, 30.2, "HKLM\\SOFTWARE\\Fabrikam\\Sync", "LastDelta", "133775558604", "Qword")
    on.ordinary(
        daemon,
        title="Service with regular outside connections",
        description="A service called the same outside address at regular times.",
        because="A service synchronised files, before the alert and after it.",
        created=150,
        last=132,
        incident=1_077,
        category="CommandAndControl",
        techniques=("T1071.001",),
    )
