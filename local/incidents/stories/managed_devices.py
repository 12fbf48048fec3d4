"""Devices are looked after from afar. Four alerts, all about ordinary work.

The management agent runs a script of the company (wks-fin-07); an agent of another maker gives its scripts
to PowerShell encoded (wks-eng-11); the session's own script connects drives (wks-hr-03); the help desk looks
at a user's device with its remote tool (wks-hr-03).
"""

import base64

from local.incidents.estate import PARTNER
from local.incidents.scene import LIKELY, Scene, product, scene
from local.incidents.stage import Stage, as_user

_POWERSHELL = "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe"
_BASELINE = (
    "$p = 'HKLM:\\SOFTWARE\\Policies\\Contoso\\Baseline'; "
    "if (-not (Test-Path $p)) { New-Item $p -Force | Out-Null }; "
    "Set-ItemProperty $p -Name Ring -Value 2; "
    "Get-CimInstance Win32_OperatingSystem | Select-Object Version | ConvertTo-Json"
)


def tell(stage: Stage) -> None:
    """Records the four, and raises their alerts."""
    _company_script(scene(stage, "wks-fin-07", "06:20:18.3305116"))
    _encoded_script(scene(stage, "wks-eng-11", "06:10:27.9004431"))
    _session_script(scene(stage, "wks-hr-03", "08:05:50.1128003"))
    _help_desk(scene(stage, "wks-hr-03", "07:35:12.7740915"))


def _company_script(on: Scene) -> None:
    home = "C:\\Program Files (x86)\\Microsoft Intune Management Extension"
    service = product(
        f"{home}\\Microsoft.Management.Services.IntuneWindowsAgent.exe", "Microsoft Corporation"
    )
    agent = on.service(service, f'"{service.path}"', 0)
    on.call(agent, 4.0, "192.0.2.41", "https://fef.msub05.manage.microsoft.example/SideCar")
    script = f"{home}\\Policies\\Scripts\\7c1e6b1a_3.ps1"
    on.write(agent, 7.7, script)
    runner_file = product(f"{home}\\AgentExecutor.exe", "Microsoft Corporation")
    line = f'"{runner_file.path}" -powershell "{script}" "{home}\\Policies\\Results\\7c1e6b1a_3.output" 3600'
    runner = on.run(agent, runner_file, line, 9.2, life=60)
    shell_line = f'"{_POWERSHELL}" -NoProfile -executionPolicy bypass -file "{script}"'
    shell = on.run(runner, "powershell.exe", shell_line, 9.9, life=40)
    on.load(shell, 10.4, "amsi.dll")
    on.run(shell, "dsregcmd.exe", '"dsregcmd.exe" /status', 12.2)
    on.run(shell, "powercfg.exe", '"powercfg.exe" /change standby-timeout-ac 30', 13.0)
    on.put(shell, 14.5, "HKLM\\SOFTWARE\\Policies\\Contoso\\Power", "Profile", "3", "Dword")
    on.write(runner, 17.8, f"{home}\\Policies\\Results\\7c1e6b1a_3.output")
    on.write(agent, 18.3, script, action="FileDeleted")
    on.call(agent, 400.0, "192.0.2.41", "https://fef.msub05.manage.microsoft.example/SideCar")
    on.ordinary(
        shell,
        title="PowerShell ran with a bypassed execution policy",
        description="A script ran as SYSTEM and changed policies.",
        because="The management agent ran a script of the company's own.",
        created=130,
        last=14.6,
        incident=1_064,
        category="Execution",
        also=LIKELY,
        techniques=("T1059.001",),
    )


def _encoded_script(on: Scene) -> None:
    home = "C:\\Program Files\\Fabrikam Endpoint"
    agent_file = product(f"{home}\\fabrikam-agent.exe", "Fabrikam, Inc.")
    agent = on.service(agent_file, f'"{agent_file.path}" --service', 0)
    on.call(agent, 3.3, "198.51.100.210", "https://eu.endpoint.fabrikam.example/v3/tasks")
    encoded = base64.b64encode(_BASELINE.encode("utf-16-le")).decode()
    line = f'"{_POWERSHELL}" -NoProfile -NonInteractive -ExecutionPolicy Bypass -EncodedCommand {encoded}'
    shell = on.run(agent, "powershell.exe", line, 6.1, life=40)
    on.run(shell, "conhost.exe", "\\??\\C:\\Windows\\system32\\conhost.exe 0xffffffff -ForceV1", 6.2)
    on.load(shell, 6.7, "amsi.dll")
    on.put(shell, 8.9, "HKLM\\SOFTWARE\\Policies\\Contoso\\Baseline", "Ring", "2", "Dword")
    on.write(agent, 11.5, f"{home}\\cache\\inventory.json", action="FileModified")
    on.call(agent, 12.0, "198.51.100.210", "https://eu.endpoint.fabrikam.example/v3/results")
    on.ordinary(
        shell,
        title="Encoded PowerShell command run by a service",
        description="A service handed PowerShell a command in base64.",
        because="A management agent sets the company's baseline; it encodes all of its scripts.",
        created=110,
        last=9.0,
        incident=1_065,
        category="Execution",
        also=LIKELY,
        techniques=("T1059.001", "T1027"),
    )


def _session_script(on: Scene) -> None:
    policy = on.service("svchost.exe", "svchost.exe -k netsvcs -p -s gpsvc", 0)
    logon = on.run(
        policy, "gpscript.exe", "gpscript.exe /Logon", 5, life=120, account=PARTNER, integrity="Medium"
    )
    shell = on.run(logon, "cmd.exe", 'cmd.exe /c "\\\\contoso.example\\netlogon\\connect.cmd"', 5.8, life=90)
    for after, line in (
        (6.4, "net use H: /delete /y"),
        (7.2, "net use H: \\\\srv-file-01\\home\\hr.partner"),
    ):
        on.run(shell, "net.exe", line, after)
    on.call(shell, 7.4, "10.20.8.10", "srv-file-01.contoso.example", port=445)
    script = "\\\\contoso.example\\netlogon\\printers.ps1"
    line = f"powershell.exe -NoLogo -WindowStyle Hidden -ExecutionPolicy Bypass -File {script}"
    printers = on.run(shell, "powershell.exe", line, 9.0, life=50)
    on.load(printers, 9.6, "amsi.dll")
    on.put(printers, 13.8, "HKCU\\Printers\\Connections\\,,srv-file-01,HR-2", "Server", "\\\\srv-file-01")
    on.ordinary(
        shell,
        title="Hidden PowerShell window started by a script",
        description="A batch file from a share started PowerShell without a window.",
        because="The session's script connects drives and printers, as at each logon.",
        created=125,
        last=13.9,
        incident=1_066,
        category="Execution",
        also=LIKELY,
        techniques=("T1564.003",),
    )


def _help_desk(on: Scene) -> None:
    tool_file = product(as_user(PARTNER) + "\\Downloads\\FabrikamAssist.exe", "Fabrikam, Inc.")
    edge = on.run(
        on.resident("explorer.exe"), "msedge.exe", '"msedge.exe" https://assist.example', 0, life=900
    )
    on.write(edge, 8.0, tool_file.path, origin="https://assist.fabrikam.example/FabrikamAssist.exe")
    tool = on.run(on.resident("explorer.exe"), tool_file, f'"{tool_file.path}"', 21.3, life=1_500)
    for after in (23.0, 84.5, 260.1, 610.9):
        on.call(tool, after, "198.51.100.215", "relay7.assist.fabrikam.example")
    shell = on.run(tool, "cmd.exe", "cmd.exe", 96.0, life=400)
    for after, name, line in (
        (101.2, "ipconfig.exe", "ipconfig /all"),
        (130.7, "systeminfo.exe", "systeminfo"),
        (171.5, "gpupdate.exe", "gpupdate /force"),
        (240.0, "netsh.exe", "netsh winsock show catalog"),
    ):
        on.run(shell, name, line, after)
    on.write(tool, 700.3, as_user(PARTNER) + "\\Documents\\FabrikamAssist\\session.log")
    on.ordinary(
        tool,
        title="Remote access tool used",
        description="A program for remote control was fetched and run.",
        because="The help desk looked at a user's device, asked by the user.",
        created=205,
        last=171.6,
        incident=1_067,
        category="CommandAndControl",
        also=LIKELY,
        techniques=("T1219",),
    )
