"""web-01 and db-02 are kept up. Four alerts, all about ordinary work.

Packages are upgraded at night; a tool for configuration works over SSH; a release is put in place by a
script; a database's operator works by hand.
"""

from local.incidents.scene import LIKELY, Scene, scene
from local.incidents.stage import Stage
from local.incidents.world import Account, Process, local_account

_DEPLOY = local_account("deploy", "web-01", 1_000)
_DBADMIN = local_account("dbadmin", "db-02", 1_001)


def tell(stage: Stage) -> None:
    """Records the four, and raises their alerts."""
    _packages(scene(stage, "web-01", "04:10:22.0110448"))
    _configuration(scene(stage, "web-01", "06:31:14.8003317"))
    _release(scene(stage, "web-01", "07:50:55.2209981"))
    _operator(scene(stage, "db-02", "07:10:40.6617702"))


def _session(on: Scene, who: Account, ip: str, life: float) -> Process:
    """What sshd starts for somebody who logged on."""
    line = f"sshd: {who.name} [priv]"
    session = on.run(on.resident("sshd"), "sshd", line, 0, life=life, is_root=True)
    on.stage.recorder.logon(session, on.moment(0.9), "LogonSuccess", who, ip=ip, kind="RemoteInteractive")
    return session


def _packages(on: Scene) -> None:
    timer = on.run(
        on.resident("systemd"), "dash", "/bin/sh /usr/lib/apt/apt.systemd.daily install", 0, life=400
    )
    upgrade = on.run(timer, "python3.12", "/usr/bin/python3 /usr/bin/unattended-upgrade", 3.1, life=380)
    on.call(upgrade, 8.8, "198.51.100.240", "http://security.packages.example/ubuntu", port=80)
    on.write(upgrade, 20.4, "/var/cache/apt/archives/openssh-server_9.6p1_amd64.deb")
    line = (
        "/usr/bin/dpkg --status-fd 10 --no-triggers --unpack --auto-deconfigure /var/cache/apt/archives/*.deb"
    )
    unpack = on.run(upgrade, "dpkg", line, 41.0, life=120)
    on.write(
        unpack,
        44.2,
        "/usr/sbin/sshd.dpkg-new",
        "/usr/lib/systemd/system/ssh.service.dpkg-new",
        "/etc/pam.d/sshd.dpkg-new",
        "/etc/cron.d/e2scrub_all.dpkg-new",
    )
    configure = on.run(
        unpack, "dash", "/bin/sh /var/lib/dpkg/info/openssh-server.postinst configure 1:9.6", 60.5, life=40
    )
    on.run(configure, "systemctl", "systemctl daemon-reload", 63.0)
    on.run(configure, "systemctl", "systemctl try-restart ssh.service", 65.2)
    on.run(unpack, "update-initramfs", "/bin/sh /usr/sbin/update-initramfs -u", 80.0)
    on.ordinary(
        unpack,
        title="Service and log-on files changed",
        description="A process wrote a unit, a PAM file and a cron file.",
        because="The nightly upgrade of packages replaced the SSH server.",
        created=220,
        last=81,
        incident=1_078,
        category="Persistence",
    )


def _configuration(on: Scene) -> None:
    session = _session(on, _DEPLOY, "10.20.9.50", 300)
    work = "/home/deploy/.ansible/tmp/ansible-tmp-1763966474.81-4471-22093"
    shell = on.run(session, "dash", "/bin/sh -c 'echo ~deploy && sleep 0'", 1.6, account=_DEPLOY)
    on.write(shell, 2.0, f"{work}/AnsiballZ_copy.py")
    copy = f"/usr/bin/python3 {work}/AnsiballZ_copy.py"
    as_root = f'sudo -H -S -n -u root /bin/sh -c "echo BECOME-SUCCESS ; {copy}"'
    become = on.run(session, "dash", f"/bin/sh -c '{as_root} && sleep 0'", 4.4, life=60, account=_DEPLOY)
    root = on.resident("sshd").account
    sudo = on.run(become, "sudo", as_root.replace('"', ""), 4.5, life=50, account=root)
    module = on.run(sudo, "python3.12", copy, 4.9, life=40, account=root)
    on.write(module, 6.1, "/etc/cron.d/contoso-backup", "/etc/systemd/system/contoso-web.service")
    on.run(module, "systemctl", "systemctl daemon-reload", 8.3)
    on.run(module, "systemctl", "systemctl enable contoso-web.service", 9.0)
    on.write(become, 12.2, f"{work}/AnsiballZ_copy.py", action="FileDeleted")
    on.ordinary(
        become,
        title="Persistence files written over SSH",
        description="A session over SSH became root and wrote a cron file and a unit.",
        because="The company's tool for configuration put its files in place.",
        created=160,
        last=12.3,
        incident=1_079,
        category="Persistence",
        also=LIKELY,
        techniques=("T1053.003", "T1543.002"),
    )


def _release(on: Scene) -> None:
    session = _session(on, _DEPLOY, "10.20.9.60", 200)
    script = on.run(session, "bash", "bash /srv/deploy/release.sh 2026.47", 2.0, life=150, account=_DEPLOY)
    site = "https://artifacts.contoso.example/web/web-2026.47.tar.gz"
    curl = on.run(script, "curl", f"curl -fsSL {site} -o /srv/deploy/web-2026.47.tar.gz", 3.3)
    on.call(curl, 3.9, "192.0.2.60", site)
    on.write(curl, 6.0, "/srv/deploy/web-2026.47.tar.gz", origin=site)
    tar = on.run(script, "tar", "tar -xzf /srv/deploy/web-2026.47.tar.gz -C /srv/web/releases/2026.47", 8.1)
    for count in range(12):
        on.write(tar, 8.4 + count / 8, f"/srv/web/releases/2026.47/static/asset{count:02}.js")
    on.run(script, "chmod", "chmod 0755 /srv/web/releases/2026.47/bin/server", 11.0)
    on.run(script, "sudo", "sudo systemctl restart contoso-web.service", 13.5)
    check = on.run(script, "curl", "curl -fsS --retry 5 http://127.0.0.1:8080/health", 18.8)
    on.call(check, 19.0, "127.0.0.1", "http://127.0.0.1:8080/health", port=8_080)
    on.ordinary(
        script,
        title="Archive fetched and unpacked on a server",
        description="A script fetched an archive, unpacked it and restarted a service.",
        because="A release of the company's own web application was put in place.",
        created=140,
        last=19.1,
        incident=1_080,
        category="Execution",
        also=LIKELY,
        techniques=("T1105",),
    )


def _operator(on: Scene) -> None:
    session = _session(on, _DBADMIN, "10.20.2.61", 2_400)
    shell = on.run(session, "bash", "-bash", 1.2, life=2_300, account=_DBADMIN)
    root = on.resident("sshd").account
    for after, name, line in (
        (14.0, "id", "id"),
        (33.7, "tail", "tail -n 200 /var/log/postgresql/postgresql-17-main.log"),
        (71.0, "psql", "psql -c 'select pid, state, query from pg_stat_activity' customers"),
        (190.2, "ls", "ls -la /var/lib/postgresql"),
        (270.8, "grep", "grep -ri work_mem /etc/postgresql/17/main"),
    ):
        on.run(shell, name, line, after, account=_DBADMIN)
    sudo = on.run(shell, "sudo", "sudo systemctl restart postgresql", 330.4, account=root)
    on.run(sudo, "systemctl", "systemctl restart postgresql", 330.6, account=root)
    edit = on.run(shell, "crontab", "crontab -e", 401.0, life=90, account=_DBADMIN)
    vim = on.run(edit, "vim", "vim /tmp/crontab.Qx7Lma/crontab", 401.4, life=80)
    on.write(vim, 470.0, "/tmp/crontab.Qx7Lma/crontab", action="FileModified")  # noqa: S108
    on.write(edit, 482.2, "/var/spool/cron/crontabs/dbadmin", action="FileModified")
    on.ordinary(
        shell,
        title="Interactive session changed a crontab",
        description="A person logged on over SSH, became root and changed a crontab.",
        because="The database's operator looked into a slow query and changed a job.",
        created=560,
        last=483,
        incident=1_081,
        category="Persistence",
        also=LIKELY,
        techniques=("T1053.003",),
    )
