"""The programs that ordinary devices run: name, folder, maker, signer."""

from local.incidents.world import File

_SYSTEM32 = "C:\\Windows\\System32"
_OFFICE = "C:\\Program Files\\Microsoft Office\\root\\Office16"
_FRAMEWORK = "C:\\Windows\\Microsoft.NET\\Framework64\\v4.0.30319"
_MICROSOFT = "Microsoft Corporation"

# What the version information of a program calls it, where that is not its name.
_ORIGINAL = {
    "cmd.exe": "Cmd.Exe",
    "powershell.exe": "PowerShell.EXE",
    "rundll32.exe": "RUNDLL32.EXE",
    "regsvr32.exe": "REGSVR32.EXE",
    "mshta.exe": "MSHTA.EXE",
    "certutil.exe": "CertUtil.exe",
    "nltest.exe": "nltestrk.exe",
    "systeminfo.exe": "sysinfo.exe",
    "vssadmin.exe": "VSSADMIN.EXE",
    "conhost.exe": "CONHOST.EXE",
    "explorer.exe": "EXPLORER.EXE",
    "notepad.exe": "NOTEPAD.EXE",
    "robocopy.exe": "ROBOCOPY.EXE",
    "gpscript.exe": "GPSCRIPT.EXE",
    "icacls.exe": "iCACLS.EXE",
    "winlogon.exe": "WINLOGON.EXE",
    "userinit.exe": "USERINIT.EXE",
    "wininit.exe": "WinInit.exe",
    "cvtres.exe": "CVTRES.EXE",
    "WINWORD.EXE": "WinWord.exe",
    "EXCEL.EXE": "Excel.exe",
    "OUTLOOK.EXE": "Outlook.exe",
    "Code.exe": "electron.exe",
}

_WINDOWS: dict[str, str] = {
    "wininit.exe": _SYSTEM32,
    "services.exe": _SYSTEM32,
    "svchost.exe": _SYSTEM32,
    "lsass.exe": _SYSTEM32,
    "winlogon.exe": _SYSTEM32,
    "userinit.exe": _SYSTEM32,
    "explorer.exe": "C:\\Windows",
    "cmd.exe": _SYSTEM32,
    "conhost.exe": _SYSTEM32,
    "whoami.exe": _SYSTEM32,
    "net.exe": _SYSTEM32,
    "nltest.exe": _SYSTEM32,
    "reg.exe": _SYSTEM32,
    "sc.exe": _SYSTEM32,
    "schtasks.exe": _SYSTEM32,
    "vssadmin.exe": _SYSTEM32,
    "rundll32.exe": _SYSTEM32,
    "mshta.exe": _SYSTEM32,
    "certutil.exe": _SYSTEM32,
    "taskhostw.exe": _SYSTEM32,
    "backgroundTaskHost.exe": _SYSTEM32,
    "RuntimeBroker.exe": _SYSTEM32,
    "SearchProtocolHost.exe": _SYSTEM32,
    "notepad.exe": _SYSTEM32,
    "wevtutil.exe": _SYSTEM32,
    "msiexec.exe": _SYSTEM32,
    "dllhost.exe": _SYSTEM32,
    "robocopy.exe": _SYSTEM32,
    "splwow64.exe": "C:\\Windows",
    "net1.exe": _SYSTEM32,
    "netsh.exe": _SYSTEM32,
    "ipconfig.exe": _SYSTEM32,
    "systeminfo.exe": _SYSTEM32,
    "gpupdate.exe": _SYSTEM32,
    "gpscript.exe": _SYSTEM32,
    "dsregcmd.exe": _SYSTEM32,
    "powercfg.exe": _SYSTEM32,
    "icacls.exe": _SYSTEM32,
    "mmc.exe": _SYSTEM32,
    "wscript.exe": _SYSTEM32,
    "regsvr32.exe": _SYSTEM32,
    "tasklist.exe": _SYSTEM32,
    "curl.exe": _SYSTEM32,
    "TrustedInstaller.exe": "C:\\Windows\\servicing",
    "TiWorker.exe": "C:\\Windows\\WinSxS\\amd64_microsoft-windows-servicingstack_10.0.26100.7300",
    "csc.exe": _FRAMEWORK,
    "cvtres.exe": _FRAMEWORK,
    "comsvcs.dll": _SYSTEM32,
    "dbgcore.dll": _SYSTEM32,
    "amsi.dll": _SYSTEM32,
    "winhttp.dll": _SYSTEM32,
    "taskschd.dll": _SYSTEM32,
    "powershell.exe": _SYSTEM32 + "\\WindowsPowerShell\\v1.0",
    "WINWORD.EXE": _OFFICE,
    "EXCEL.EXE": _OFFICE,
    "OUTLOOK.EXE": _OFFICE,
    "VBE7.DLL": "C:\\Program Files\\Common Files\\Microsoft Shared\\VBA\\VBA7.1",
    "msedge.exe": "C:\\Program Files (x86)\\Microsoft\\Edge\\Application",
    "ms-teams.exe": "C:\\Program Files\\WindowsApps\\MSTeams_26.1_x64__8wekyb3d8bbwe",
    "OneDrive.exe": "C:\\Program Files\\Microsoft OneDrive",
    "MsMpEng.exe": "C:\\ProgramData\\Microsoft\\Windows Defender\\Platform\\4.18.26090.9-0",
    "Code.exe": "C:\\Program Files\\Microsoft VS Code",
}
_OTHER: tuple[tuple[str, str, str, str], ...] = (
    ("7zG.exe", "C:\\Program Files\\7-Zip", "7-Zip", ""),
    ("git.exe", "C:\\Program Files\\Git\\cmd", "Git for Windows", ""),
    ("node.exe", "C:\\Program Files\\nodejs", "Node.js", "OpenJS Foundation"),
)
_LINUX = (
    "/usr/lib/systemd/systemd",
    "/usr/sbin/sshd",
    "/usr/sbin/cron",
    "/usr/sbin/nginx",
    "/usr/sbin/logrotate",
    "/usr/bin/bash",
    "/usr/bin/dash",
    "/usr/bin/sudo",
    "/usr/bin/crontab",
    "/usr/bin/curl",
    "/usr/bin/chmod",
    "/usr/bin/tar",
    "/usr/bin/ls",
    "/usr/bin/cat",
    "/usr/bin/grep",
    "/usr/bin/vim",
    "/usr/bin/id",
    "/usr/bin/uname",
    "/usr/bin/python3.12",
    "/usr/bin/apt-get",
    "/usr/bin/systemctl",
    "/usr/bin/rclone",
    "/usr/bin/run-parts",
    "/usr/lib/postgresql/17/bin/postgres",
    "/usr/lib/postgresql/17/bin/pg_dump",
    "/usr/lib/postgresql/17/bin/psql",
    "/usr/bin/dpkg",
    "/usr/bin/tail",
    "/usr/bin/base64",
    "/usr/sbin/update-initramfs",
)
_MACOS = (
    "/sbin/launchd",
    "/System/Applications/Utilities/Terminal.app/Contents/MacOS/Terminal",
    "/usr/bin/login",
    "/bin/zsh",
    "/bin/bash",
    "/bin/sh",
    "/bin/ls",
    "/bin/launchctl",
    "/usr/bin/osascript",
    "/usr/bin/curl",
    "/usr/bin/unzip",
    "/usr/bin/xattr",
    "/usr/bin/git",
    "/usr/bin/python3",
    "/usr/libexec/trustd",
    "/usr/libexec/xpcproxy",
    "/System/Library/Frameworks/CoreServices.framework/Support/mdworker_shared",
    "/Applications/Safari.app/Contents/MacOS/Safari",
    "/Applications/Sketch.app/Contents/MacOS/Sketch",
    "/usr/sbin/softwareupdated",
    "/usr/sbin/softwareupdate",
    "/usr/sbin/system_profiler",
    "/usr/bin/profiles",
    "/usr/bin/tar",
    "/usr/bin/base64",
    "/bin/chmod",
    "/System/Library/PrivateFrameworks/PackageKit.framework/Resources/package_script_service",
)


def _windows(name: str, folder: str) -> File:
    """A program of Microsoft's: signed as a part of Windows, or as a product."""
    is_part = folder.startswith(("C:\\Windows", "C:\\ProgramData"))
    signer = "Microsoft Windows" if is_part else _MICROSOFT
    return File(name, folder, _MICROSOFT, signer, original=_ORIGINAL.get(name, ""))


def _unix(path: str, company: str, signer: str) -> tuple[str, File]:
    folder, _, name = path.rpartition("/")
    return name, File(name, folder, company, signer)


_CATALOG: dict[str, dict[str, File]] = {
    "windows": {
        **{name: _windows(name, folder) for name, folder in _WINDOWS.items()},
        **{name: File(name, folder, company, signer) for name, folder, company, signer in _OTHER},
    },
    "linux": dict(_unix(path, "", "") for path in _LINUX),
    "macos": dict(_unix(path, "Apple", "Software Signing") for path in _MACOS),
}


def program(family: str, name: str) -> File:
    """The program `name` of an operating system; KeyError for one that is not in the catalogue."""
    return _CATALOG[family][name]
