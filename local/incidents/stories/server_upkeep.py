"""The agents of srv-file-01 at work. Three alerts, all about ordinary work.

The nightly backup makes a shadow copy; the cloud's guest agent provisions a feature with an encoded command;
and its collector of logs reads the memory of LSASS.
"""

import base64

from local.incidents.columns import file
from local.incidents.scene import LIKELY, Scene, product, scene
from local.incidents.stage import Stage

_SERVER = "srv-file-01"
_MICROSOFT = "Microsoft Corporation"
_PROVISION = (
    "Install-WindowsFeature FS-Resource-Manager -IncludeManagementTools; "
    "New-FsrmQuota -Path D:\\Shares -Size 2TB -SoftLimit"
)


def tell(stage: Stage) -> None:
    """Records the three, and raises their alerts."""
    _backup(scene(stage, _SERVER, "04:00:03.1200981"))
    _provisioning(scene(stage, _SERVER, "05:30:41.7712260"))
    _collector(scene(stage, _SERVER, "06:40:29.0550317"))


def _backup(on: Scene) -> None:
    home = "C:\\Program Files\\Fabrikam Backup"
    program = product(f"{home}\\fbagent.exe", "Fabrikam, Inc.")
    agent = on.service(program, f'"{program.path}" --job nightly', 0, life=3_000)
    on.run(agent, "vssadmin.exe", "vssadmin.exe create shadow /for=D:", 11.2)
    on.load(agent, 20.4, "comsvcs.dll")
    for count in range(24):
        part = f"E:\\Backup\\srv-file-01\\2026-11-24\\part{count:03}.fbk"
        on.write(agent, 60 + count * 31.7, part)
    for day in (10, 11):
        on.write(
            agent, 830.0 + day, f"E:\\Backup\\srv-file-01\\2026-11-{day}\\part000.fbk", action="FileDeleted"
        )
    on.run(agent, "vssadmin.exe", "vssadmin.exe list shadows /for=D:", 860.3)
    on.call(agent, 871.0, "10.20.8.40", "vault.contoso.example", port=9_392)
    on.ordinary(
        agent,
        title="Shadow copy made and many files written",
        description="A program made a shadow copy of a volume with shares and wrote large files.",
        because="The nightly backup ran.",
        created=300,
        last=280,
        incident=1_071,
        category="CredentialAccess",
        also=LIKELY,
        techniques=("T1003.003",),
    )


def _provisioning(on: Scene) -> None:
    root = "C:\\Packages\\Plugins\\Microsoft.Compute.CustomScriptExtension\\1.10.19\\bin"
    guest = product("C:\\WindowsAzure\\GuestAgent_2.7.41491.1176\\WindowsAzureGuestAgent.exe", _MICROSOFT)
    agent = on.service(guest, guest.path, 0)
    handler_file = product(f"{root}\\CustomScriptHandler.exe", _MICROSOFT)
    handler = on.run(agent, handler_file, f'"{handler_file.path}" "enable"', 7.4, life=400)
    on.write(handler, 8.2, f"{root[:-4]}\\Status\\0.status")
    encoded = base64.b64encode(_PROVISION.encode("utf-16-le")).decode()
    line = f"powershell -ExecutionPolicy Unrestricted -NonInteractive -EncodedCommand {encoded}"
    shell = on.run(handler, "cmd.exe", f'"cmd" /C {line}', 9.0, life=380)
    script = on.run(shell, "powershell.exe", line, 9.3, life=370)
    on.load(script, 9.9, "amsi.dll")
    on.write(script, 44.0, "C:\\Windows\\Logs\\ServerManager\\feature.log", action="FileModified")
    on.put(script, 71.5, "HKLM\\SOFTWARE\\Microsoft\\ServerManager\\ServicingStorage", "Needed", "1", "Dword")
    on.call(agent, 390.0, "168.63.129.16", port=32_526)
    on.ordinary(
        shell,
        title="Encoded command run by an extension",
        description="A virtual machine's extension ran PowerShell with a command in base64.",
        because="The server was given a feature by the company's provisioning.",
        created=200,
        last=71.6,
        incident=1_072,
        category="Execution",
        also=LIKELY,
        techniques=("T1059.001", "T1027"),
    )


def _collector(on: Scene) -> None:
    folder = "C:\\WindowsAzure\\Packages"
    guest = product(f"{folder}\\WaAppAgent.exe", _MICROSOFT)
    agent = on.service(guest, guest.path, 0)
    program = product(f"{folder}\\CollectGuestLogs.exe", _MICROSOFT)
    line = f'"{program.path}" -Mode:ga -FileName:C:\\WindowsAzure\\CollectGuestLogsTemp\\710dc858.zip'
    collector = on.run(agent, program, line, 6.6, life=90)
    lsass = on.resident("lsass.exe")
    read = {**file(lsass.image), "ProcessId": lsass.pid, "AdditionalFields": '{"DesiredAccess":5136}'}
    on.stage.recorder.event("DeviceEvents", collector, on.moment(12.1), "OpenProcessApiCall", read)
    on.run(collector, "netsh.exe", "netsh.exe advfirewall show allprofiles", 14.0)
    on.run(collector, "systeminfo.exe", "systeminfo.exe", 16.8)
    on.write(collector, 40.2, "C:\\WindowsAzure\\CollectGuestLogsTemp\\710dc858.zip")
    on.ordinary(
        collector,
        title="Process read the memory of the Local Security Authority",
        description="A process asked for the memory of LSASS.",
        because="The cloud's collector of logs looks at every process, LSASS among them.",
        created=140,
        last=16.9,
        incident=1_073,
        category="CredentialAccess",
        also=LIKELY,
        techniques=("T1003.001",),
    )
