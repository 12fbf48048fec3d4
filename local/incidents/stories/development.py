"""A developer works on wks-eng-11. Two alerts, both about ordinary work.

One session in the editor's terminal, with packages and their scripts; one build, whose test program is as new
and unsigned as any attacker's.
"""

from local.incidents.estate import DEVELOPER
from local.incidents.scene import LIKELY, Scene, file_at, product, scene
from local.incidents.stage import Stage, as_user

_DEVICE = "wks-eng-11"
_STUDIO = "C:\\Program Files\\Microsoft Visual Studio\\2022\\Professional"


def tell(stage: Stage) -> None:
    """Records the two, and raises their alerts."""
    _terminal(scene(stage, _DEVICE, "07:40:16.9082213"))
    _build(scene(stage, _DEVICE, "08:55:31.4410077"))


def _terminal(on: Scene) -> None:
    code = on.run(on.resident("explorer.exe"), "Code.exe", '"Code.exe" C:\\src\\portal', 0, life=5_000)
    integration = "C:\\Program Files\\Microsoft VS Code\\shell.ps1"
    line = f'powershell.exe -noexit -command "try {{ . \\"{integration}\\" }} catch {{}}"'
    shell = on.run(code, "powershell.exe", line, 4.4, life=4_000)
    on.load(shell, 4.9, "amsi.dll")
    on.run(shell, "git.exe", '"git.exe" fetch --all --prune', 30.0)
    npm = "C:\\Program Files\\nodejs\\node_modules\\npm\\bin\\npm-cli.js"
    install = on.run(shell, "node.exe", f'"node.exe" "{npm}" ci', 55.2, life=120)
    for after in (57.0, 59.4, 63.3):
        on.call(install, after, "198.51.100.230", "https://registry.packages.example/")
    modules = "C:\\src\\portal\\node_modules"
    on.write(install, 66.0, f"{modules}\\esbuild\\install.js", f"{modules}\\esbuild\\esbuild.exe")
    script = on.run(install, "cmd.exe", "C:\\Windows\\system32\\cmd.exe /d /s /c node install.js", 71.3)
    on.run(script, "node.exe", "node install.js", 71.5, life=20)
    on.run(script, file_at(f"{modules}\\esbuild\\esbuild.exe"), "esbuild.exe --version", 74.0)
    on.run(shell, "curl.exe", "curl.exe -s http://127.0.0.1:3000/health", 140.8)
    serve = on.run(shell, "node.exe", '"node.exe" C:\\src\\portal\\server.js', 120.0, life=1_500)
    on.call(serve, 124.0, "10.20.8.10", "srv-file-01.contoso.example", port=445)
    venv = as_user(DEVELOPER) + "\\AppData\\Local\\Programs\\Python\\Python313\\python.exe"
    python = on.run(shell, product(venv, "Python Software Foundation"), "python -m pytest -q", 200.5, life=60)
    on.write(python, 230.0, "C:\\src\\portal\\.pytest_cache\\lastfailed", action="FileModified")
    on.ordinary(
        shell,
        title="Script interpreter started several others",
        description="PowerShell under an editor started script engines and reached the internet.",
        because="A developer installed packages, served and tested a web page.",
        created=260,
        last=231,
        incident=1_074,
        category="Execution",
        also=LIKELY,
        techniques=("T1059.007",),
    )


def _build(on: Scene) -> None:
    studio_file = product(f"{_STUDIO}\\Common7\\IDE\\devenv.exe", "Microsoft Corporation")
    studio = on.run(
        on.resident("explorer.exe"), studio_file, f'"{studio_file.path}" C:\\src\\ledger.sln', 0, life=1_500
    )
    build_file = product(f"{_STUDIO}\\MSBuild\\Current\\Bin\\amd64\\MSBuild.exe", "Microsoft Corporation")
    build = on.run(
        studio, build_file, f'"{build_file.path}" /nologo /nodemode:1 /nodeReuse:true', 9.1, life=900
    )
    compiler = on.run(
        build,
        "csc.exe",
        f'"csc.exe" /noconfig @"{as_user(DEVELOPER)}\\AppData\\Local\\Temp\\MSBuildTemp\\tmp3f1.rsp"',
        12.0,
    )
    on.run(compiler, "cvtres.exe", "cvtres.exe /NOLOGO /READONLY /MACHINE:IX86 RES8A1.tmp", 13.1)
    out = "C:\\src\\ledger\\bin\\Debug"
    on.write(compiler, 15.0, f"{out}\\Ledger.Tests.exe", f"{out}\\Ledger.dll")
    tests = on.run(
        studio,
        file_at(f"{out}\\Ledger.Tests.exe"),
        f'"{out}\\Ledger.Tests.exe" --filter Export',
        21.7,
        life=60,
    )
    on.load(tests, 22.0, file_at(f"{out}\\Ledger.dll"))
    on.call(tests, 23.4, "127.0.0.1", port=5_432)
    on.run(tests, "cmd.exe", "cmd.exe /c ver", 25.0)
    on.write(tests, 27.9, as_user(DEVELOPER) + "\\AppData\\Local\\Temp\\export-8f1.csv")
    on.ordinary(
        tests,
        title="Rare and unsigned program",
        description="A program that no other device knows was run.",
        because="A developer ran the tests of a program that was built a moment before.",
        created=120,
        last=28,
        incident=1_075,
        category="Malware",
        also=LIKELY,
    )
