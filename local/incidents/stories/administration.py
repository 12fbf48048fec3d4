"""Somebody administers srv-file-01 by hand. Three alerts, all about ordinary work.

An operator looks why the server is slow, installs the service of a monitoring product, and plans a job.
"""

from local.incidents.estate import OPERATOR
from local.incidents.scene import LIKELY, Scene, product, scene
from local.incidents.stage import Stage
from local.incidents.world import Process

_SERVER = "srv-file-01"
_SOURCE = "10.20.2.60"


def tell(stage: Stage) -> None:
    """Records the three sessions, and raises their alerts."""
    _looks_around(scene(stage, _SERVER, "07:05:09.4471008"))
    _installs_a_service(scene(stage, _SERVER, "07:31:55.1180226"))
    _plans_a_job(scene(stage, _SERVER, "07:52:37.8305590"))


def _shell(on: Scene, life: float) -> Process:
    """An elevated command line in a remote desktop's session."""
    on.stage.recorder.logon(
        on.resident("lsass.exe"),
        on.moment(-40),
        "LogonSuccess",
        OPERATOR,
        ip=_SOURCE,
        kind="RemoteInteractive",
        from_device="wks-ops-02",
    )
    explorer = on.resident("explorer.exe")
    return on.run(explorer, "cmd.exe", '"C:\\Windows\\system32\\cmd.exe"', 0, life=life, integrity="High")


def _looks_around(on: Scene) -> None:
    shell = _shell(on, 1_400)
    for after, name, line in (
        (8.2, "whoami.exe", "whoami /groups"),
        (25.0, "systeminfo.exe", "systeminfo"),
        (51.4, "ipconfig.exe", "ipconfig /all"),
        (80.9, "tasklist.exe", "tasklist /svc"),
        (122.3, "net.exe", "net localgroup administrators"),
        (150.6, "net.exe", "net session"),
        (188.1, "nltest.exe", "nltest /sc_verify:contoso.example"),
        (230.0, "sc.exe", "sc query LanmanServer"),
        (301.7, "wevtutil.exe", "wevtutil epl System D:\\logs\\system.evtx"),
        (377.2, "vssadmin.exe", "vssadmin list shadows"),
        (420.5, "gpupdate.exe", "gpupdate /target:computer"),
    ):
        started = on.run(shell, name, line, after)
        if name == "net.exe":
            on.run(
                started, "net1.exe", f"C:\\Windows\\system32\\{line.replace('net ', 'net1 ')}", after + 0.04
            )
    console = on.run(shell, "mmc.exe", '"C:\\Windows\\system32\\mmc.exe" services.msc', 460.0, life=800)
    on.load(console, 461.2, "taskschd.dll")
    on.ordinary(
        shell,
        title="Suspicious sequence of exploration activities",
        description="A process asked for accounts, groups, services and the network.",
        because="An operator looked why the server was slow.",
        created=330,
        last=302,
        incident=1_068,
        category="Discovery",
        also=LIKELY,
        techniques=("T1033", "T1082", "T1087.001"),
    )


def _installs_a_service(on: Scene) -> None:
    shell = _shell(on, 900)
    home = "C:\\Program Files\\Fabrikam Monitor"
    source = "\\\\srv-file-01\\software\\fabrikam-monitor"
    copy = on.run(shell, "robocopy.exe", f'robocopy {source} "{home}" /mir', 12.7, life=20)
    on.write(copy, 14.0, f"{home}\\fmon.exe", f"{home}\\fmon.conf", f"{home}\\plugins\\disk.dll")
    line = f'sc.exe create FabrikamMonitor binPath= "\\"{home}\\fmon.exe\\" --service" start= auto'
    maker = on.run(shell, "sc.exe", line, 61.3)
    on.run(shell, "sc.exe", "sc.exe failure FabrikamMonitor reset= 86400 actions= restart/60000", 75.0)
    monitor = on.service(
        product(f"{home}\\fmon.exe", "Fabrikam, Inc."), f'"{home}\\fmon.exe" --service', 90.4
    )
    installed = {
        "FileName": "fmon.exe",
        "FolderPath": f"{home}\\fmon.exe",
        "AdditionalFields": '{"ServiceName":"FabrikamMonitor","ServiceStartType":2}',
    }
    services = on.resident("services.exe")
    on.stage.recorder.event("DeviceEvents", services, on.moment(61.5), "ServiceInstalled", installed)
    on.run(shell, "net.exe", "net start FabrikamMonitor", 90.0)
    for after in (93.1, 153.2, 213.3, 273.4):
        on.call(monitor, after, "10.20.8.30", "monitor.contoso.example", port=5_693)
    on.ordinary(
        maker,
        title="Service created by command line",
        description="A new service that starts with the machine was made with sc.exe.",
        because="An operator installed the service of a monitoring product.",
        created=180,
        last=61.6,
        incident=1_069,
        category="Persistence",
        also=LIKELY,
        techniques=("T1543.003",),
    )


def _plans_a_job(on: Scene) -> None:
    shell = _shell(on, 600)
    on.write(shell, 20.0, "D:\\jobs\\rotate.ps1", action="FileModified")
    line = (
        'schtasks /create /tn "Contoso\\Rotate logs" /sc daily /st 03:15 /ru SYSTEM '
        '/tr "powershell.exe -NoProfile -File D:\\jobs\\rotate.ps1"'
    )
    task = on.run(shell, "schtasks.exe", line, 44.1)
    on.load(task, 44.3, "taskschd.dll")
    note = (
        '{"TaskName":"\\\\Contoso\\\\Rotate logs","TaskContent":"<Task><Exec>powershell.exe</Exec></Task>"}'
    )
    made = {"AdditionalFields": note}
    on.stage.recorder.event("DeviceEvents", task, on.moment(44.6), "ScheduledTaskCreated", made)
    on.run(shell, "schtasks.exe", 'schtasks /query /tn "Contoso\\Rotate logs" /v /fo LIST', 58.8)
    on.ordinary(
        task,
        title="Scheduled task that runs as SYSTEM",
        description="A task was made that runs PowerShell as SYSTEM.",
        because="An operator planned the nightly rotation of logs.",
        created=170,
        last=44.7,
        incident=1_070,
        category="Persistence",
        also=LIKELY,
        techniques=("T1053.005",),
    )
