"""The two Macs are looked after. Three alerts, all about ordinary work.

The management agent asks for the device's state (mac-design-02); a package runs its script and starts its
daemon (mac-exec-01); a designer installs a tool with a package manager (mac-design-02).
"""

from local.incidents.estate import DESIGNER
from local.incidents.scene import LIKELY, Scene, file_at, product, scene
from local.incidents.stage import Stage
from local.incidents.world import local_account


def tell(stage: Stage) -> None:
    """Records the three, and raises their alerts."""
    _management(scene(stage, "mac-design-02", "07:05:31.2200117"))
    _package(scene(stage, "mac-exec-01", "07:21:08.9053340"))
    _package_manager(scene(stage, "mac-design-02", "08:15:46.0771009"))


def _management(on: Scene) -> None:
    daemon_file = product("/usr/local/fabrikam-mdm/bin/mdmd", "Fabrikam")
    daemon = on.run(on.resident("launchd"), daemon_file, f"{daemon_file.path} --daemon", 0, life=7_000)
    on.call(daemon, 2.2, "198.51.100.211", "https://mdm.fabrikam.example/checkin")
    shell = on.run(daemon, "sh", "sh -c /usr/local/fabrikam-mdm/scripts/inventory.sh", 5.0, life=60)
    for after, name, line in (
        (5.4, "profiles", "/usr/bin/profiles status -type enrollment"),
        (7.1, "system_profiler", "/usr/sbin/system_profiler SPHardwareDataType -json"),
        (15.9, "softwareupdate", "/usr/sbin/softwareupdate --list"),
        (40.3, "ls", "ls -1 /Applications"),
    ):
        on.run(shell, name, line, after)
    on.write(daemon, 48.2, "/usr/local/fabrikam-mdm/var/inventory.json", action="FileModified")
    on.call(daemon, 49.0, "198.51.100.211", "https://mdm.fabrikam.example/inventory")
    on.ordinary(
        shell,
        title="System information gathered by a script",
        description="A script asked for the hardware, the profiles and the installed programs.",
        because="The management agent took its inventory.",
        created=130,
        last=40.4,
        incident=1_082,
        category="Discovery",
        techniques=("T1082",),
    )


def _package(on: Scene) -> None:
    service_name = "package_script_service"
    service = on.run(on.resident("launchd"), service_name, service_name, 0, life=200)
    sandbox = "/private/tmp/PKInstallSandbox.Yx3aQe/Scripts/com.fabrikam.sync.pkg.9GdTTd"
    line = f"/bin/sh {sandbox}/postinstall /Users/exec.office/Downloads/FabrikamSync.pkg /Applications / /"
    script = on.run(service, "sh", line, 3.3, life=60)
    plist = "/Library/LaunchDaemons/com.fabrikam.sync.plist"
    on.write(script, 3.9, plist)
    on.run(script, "chmod", f"/bin/chmod 644 {plist}", 4.2)
    on.run(script, "launchctl", f"/bin/launchctl bootstrap system {plist}", 5.0)
    daemon_file = product("/Applications/Fabrikam Sync.app/Contents/MacOS/fsyncd", "Fabrikam")
    daemon = on.run(on.resident("launchd"), daemon_file, f"{daemon_file.path} --daemon", 5.6, life=6_000)
    on.call(daemon, 8.0, "198.51.100.220", "https://sync.fabrikam.example/delta")
    on.ordinary(
        script,
        title="Launch daemon made by a script",
        description="A script wrote a launch daemon and started it.",
        because="A package's script put the daemon of its program in place.",
        created=120,
        last=5.1,
        incident=1_083,
        category="Persistence",
        also=LIKELY,
        techniques=("T1543.004",),
    )


def _package_manager(on: Scene) -> None:
    root = local_account("root", "mac-design-02", 0)
    terminal = on.resident("Terminal")
    login = on.run(terminal, "login", f"login -pf {DESIGNER.name}", 0, life=3_000, account=root)
    zsh = on.run(login, "zsh", "-zsh", 0.2, life=3_000, account=DESIGNER)
    brew = on.run(zsh, "bash", "/bin/bash /opt/homebrew/bin/brew install imagemagick", 12.0, life=180)
    ruby_file = file_at("/opt/homebrew/Library/Homebrew/vendor/portable-ruby/current/bin/ruby")
    ruby = on.run(
        brew, ruby_file, "ruby /opt/homebrew/Library/Homebrew/brew.rb install imagemagick", 14.4, life=170
    )
    cache = f"/Users/{DESIGNER.name}/Library/Caches/Homebrew/downloads/imagemagick--7.1.1.tar.gz"
    site = "https://bottles.packages.example/v2/imagemagick/7.1.1"
    curl = on.run(
        ruby, "curl", f"/usr/bin/curl --disable --location --remote-time --output {cache} {site}", 18.0
    )
    on.call(curl, 18.6, "198.51.100.241", site)
    on.write(curl, 24.0, cache, origin=site)
    tar = on.run(
        ruby, "tar", f"/usr/bin/tar --extract --file {cache} --directory /private/tmp/homebrew-unpack", 26.0
    )
    on.write(tar, 26.5, "/opt/homebrew/Cellar/imagemagick/7.1.1/bin/magick")
    on.run(ruby, "git", "git -C /opt/homebrew rev-parse --verify HEAD", 30.1)
    on.run(zsh, file_at("/opt/homebrew/Cellar/imagemagick/7.1.1/bin/magick"), "magick -version", 60.7)
    on.ordinary(
        brew,
        title="Program fetched by a script and put in place",
        description="A script fetched an archive, unpacked it and made it executable.",
        because="A designer installed a tool with a package manager.",
        created=140,
        last=30.2,
        incident=1_084,
        category="Execution",
        also=LIKELY,
        techniques=("T1105",),
    )
