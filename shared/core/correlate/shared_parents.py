"""Processes that start or serve much of a whole machine: what else they did says nothing of one alert.

The names are those of the systems themselves: https://learn.microsoft.com/en-us/sysinternals/ and systemd(1),
launchd(8), sshd(8), cron(8) (read 2026-11). A name alone proves nothing, so such a process is still shown.
"""

from shared.core.correlate.finding import ProcessKey

# A session or a service begins here: nothing above is of interest.
_ROOTS = frozenset(
    """
    system smss.exe csrss.exe wininit.exe winlogon.exe services.exe svchost.exe lsass.exe explorer.exe
    init systemd launchd loginwindow sshd sshd-session crond cron atd xinetd inetd nginx gdm gnome-shell
    containerd-shim containerd-shim-runc-v2 dockerd containerd runc kubelet kernel_task kthreadd
    """.split()
)
# Many unrelated things are done in these on behalf of others.
_HOSTS = frozenset(
    """
    taskhostw.exe taskeng.exe dllhost.exe wmiprvse.exe runtimebroker.exe sihost.exe spoolsv.exe
    searchindexer.exe msmpeng.exe mssense.exe sensecncproxy.exe senseir.exe wdavdaemon mdatp
    xpcproxy mds mds_stores mdworker finder dbus-daemon systemd-logind systemd-journald rsyslogd
    """.split()
)

_FORKING = frozenset(("sshd", "sshd-session", "cron", "crond", "atd", "xinetd", "inetd"))


def is_session_root(key: ProcessKey, name: str) -> bool:
    """True where the way up from a process ends: it began the session or the service."""
    return name.lower() in _ROOTS or key.pid <= 4


def is_shared(key: ProcessKey, name: str, parent_name: str) -> bool:
    """True where a process works for the whole machine, so that its other doings are no part of an alert.

    A daemon starts a copy of itself for each session or job; such a copy is not shared.
    """
    name = name.lower()
    if name in _FORKING and parent_name.lower() == name:
        return False
    return is_session_root(key, name) or name in _HOSTS
