"""What telemetry shows of known techniques. Each rule is pure, small, and fires only on what was seen."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator

from shared.core.conclude import commands
from shared.core.conclude.decode import decoded
from shared.core.conclude.scene import Scene, Sign, cell
from shared.core.correlate import ProcessKey, ProcessNode, TiedEvent
from shared.core.lookups import File
from shared.core.values import Instant

MASS_FILES = 40  # files rewritten by one process …
MASS_SECONDS = 300.0  # … within this time
BRUTE_FAILURES = 5
LOW_PREVALENCE = 5  # devices of the organisation …
LOW_GLOBAL_PREVALENCE = 100  # … or of the world, where that is known

_CRON_PATH = re.compile(r"^/(?:etc/cron|var/spool/cron)")
_INTERPRETER = re.compile(
    r"(?:powershell|pwsh|cmd|wscript|cscript|mshta|rundll32|regsvr32|java|node|perl|ruby|osascript|python[\d.]*w?"
    r"|(?:ba|da|z|k|c|tc)?sh)(?:\.exe)?$"
)
_SCRIPT_HOSTS = re.compile(r"(?i)^(?:powershell|pwsh)(?:\.exe)?$")


def encoded_powershell(scene: Scene) -> Iterator[Sign]:
    """PowerShell started with an encoded command (T1059.001)."""
    for node in scene.own_nodes():
        if _SCRIPT_HOSTS.match(node.file_name or "") and decoded(node.command_line):
            yield Sign(node.key.created, "with an encoded command", "T1059.001", node.key)


def lsass_access(scene: Scene) -> Iterator[Sign]:
    """A process opened LSASS or dumped its memory (T1003.001)."""
    for tied in scene.of_table("DeviceEvents"):
        opened = tied.event.action in ("OpenProcessApiCall", "ReadProcessMemoryApiCall")
        if opened and cell(tied, "FileName").lower() == "lsass.exe" and (tied.depth or 0) >= 0:
            text = f"{scene.name(tied.owner)} opened the memory of lsass.exe"
            yield Sign(tied.event.time, text, "T1003.001", tied.owner, harmful=True)
    for node in scene.own_nodes():
        if commands.dumps_lsass(node.command_line or ""):
            yield Sign(node.key.created, "to dump the memory of LSASS", "T1003.001", node.key, harmful=True)


def run_key(scene: Scene) -> Iterator[Sign]:
    """A value was written to a run key (T1547.001)."""
    for tied in scene.of_table("DeviceRegistryEvents"):
        if tied.event.action == "RegistryValueSet" and commands.is_run_key(cell(tied, "RegistryKey")):
            text = (
                f"{scene.name(tied.owner)} set the run key value {cell(tied, 'RegistryValueName')!r} to "
                f"{cell(tied, 'RegistryValueData')!r}"
            )
            yield Sign(tied.event.time, text, "T1547.001", tied.owner, harmful=True)


def scheduled_task(scene: Scene) -> Iterator[Sign]:
    """A scheduled task (T1053.005) or a cron job (T1053.003) was made."""
    for node in scene.own_nodes():
        if commands.makes_task(node.command_line or ""):
            yield Sign(node.key.created, "to make a scheduled task", "T1053.005", node.key, harmful=True)
    for tied in scene.of_table("DeviceEvents"):
        if tied.event.action == "ScheduledTaskCreated" and (tied.depth or 0) >= 0:
            text = f"{scene.name(tied.owner)} made a scheduled task"
            yield Sign(tied.event.time, text, "T1053.005", tied.owner, harmful=True)
    for tied in scene.of_table("DeviceFileEvents"):
        if _CRON_PATH.match(cell(tied, "FolderPath")) and tied.event.action in (
            "FileCreated",
            "FileModified",
        ):
            text = f"{scene.name(tied.owner)} wrote the cron file {cell(tied, 'FolderPath')}"
            yield Sign(tied.event.time, text, "T1053.003", tied.owner, harmful=True)


def shadow_copies(scene: Scene) -> Iterator[Sign]:
    """Shadow copies or backups were deleted, or recovery turned off (T1490)."""
    for node in scene.own_nodes():
        if commands.removes_recovery(node.command_line or ""):
            yield Sign(node.key.created, "to remove the means of recovery", "T1490", node.key, harmful=True)


def mass_rewriting(scene: Scene) -> Iterator[Sign]:
    """One process rewrote or renamed many files in a short time (T1486)."""
    rewritten: dict[ProcessKey, list[Instant]] = defaultdict(list)
    for tied in scene.of_table("DeviceFileEvents"):
        if tied.owner is not None and tied.event.action in ("FileModified", "FileRenamed"):
            rewritten[tied.owner].append(tied.event.time)
    for owner, times in rewritten.items():
        for first, last in zip(times, times[MASS_FILES - 1 :], strict=False):
            if last.seconds_since(first) <= MASS_SECONDS:
                text = f"{scene.name(owner)} rewrote {len(times)} files"
                yield Sign(first, text, "T1486", owner, harmful=True)
                break


def remote_service(scene: Scene) -> Iterator[Sign]:
    """A service was made on another device or from one (T1543.003, T1569.002)."""
    for node in scene.own_nodes():
        if commands.makes_remote_service(node.command_line or ""):
            yield Sign(
                node.key.created, "to make a service on another device", "T1569.002", node.key, harmful=True
            )
    for tied in scene.of_table("DeviceEvents"):
        if tied.event.action == "ServiceInstalled" and (tied.depth or 0) >= 0:
            text = f"{scene.name(tied.owner)} installed a service"
            yield Sign(tied.event.time, text, "T1543.003", tied.owner, harmful=True)


def brute_force(scene: Scene) -> Iterator[Sign]:
    """Many failed logons from one address, then one that succeeded (T1110)."""
    failures: dict[str, int] = defaultdict(int)
    for tied in scene.of_table("DeviceLogonEvents"):
        address = cell(tied, "RemoteIP")
        if tied.event.action == "LogonFailed":
            failures[address] += 1
        elif tied.event.action == "LogonSuccess" and address and failures[address] >= BRUTE_FAILURES:
            text = f"logon as {cell(tied, 'AccountName')} from {address} after {failures[address]} failures"
            yield Sign(tied.event.time, text, "T1110", tied.owner, harmful=True)
            failures[address] = 0


def download_to_execution(scene: Scene) -> Iterator[Sign]:
    """A process met the network and wrote a file that was then run (T1105)."""
    online = {tied.owner for tied in scene.of_table("DeviceNetworkEvents") if tied.owner is not None}
    written: dict[str, TiedEvent] = {}
    for tied in scene.of_table("DeviceFileEvents"):
        path = cell(tied, "FolderPath").lower()
        if path and tied.event.action == "FileCreated" and tied.owner in online:
            written[path] = tied
    for node in sorted(scene.own_nodes(), key=lambda node: node.key.created):
        for path, tied in written.items():
            # A process that exec'd keeps its first creation time: the file may well be younger than it.
            is_later = node.key.created > tied.event.time or len(node.images) > 1
            if is_later and node.key != tied.owner and _runs(node, path):
                text = f"from {cell(tied, 'FolderPath')}, which {scene.name(tied.owner)} had downloaded"
                yield Sign(node.key.created, text, "T1105", node.key, harmful=True)
                break


def _runs(node: ProcessNode, path: str) -> bool:
    """True where the process is the file, or an interpreter that is given it; paths are in lower case."""
    if (node.folder_path or "").lower() == path:
        return True
    name, command = (node.file_name or "").lower(), (node.command_line or "").lower()
    short = path.removeprefix("/private")  # macOS shows /tmp and /private/tmp for the same folder
    first = command.lstrip("\"' ")
    if first.startswith((path, short)):
        return True
    return bool(_INTERPRETER.match(name)) and (path in command or short in command)


def unsigned_and_rare(scene: Scene) -> Iterator[Sign]:
    """A binary without a signature that hardly anybody knows; proves no technique."""
    for node in scene.own_nodes():
        file = scene.file(node.sha1) or scene.file(node.sha256)
        if file is None or file.signer or file.is_valid_certificate or not _is_rare(file):
            continue
        known = "on this device only" if file.org_prevalence == 1 else f"on {file.org_prevalence} devices"
        where = f", and known {known}" if file.org_prevalence else ""
        yield Sign(node.key.created, f"unsigned and rare{where}", "", node.key)


def _is_rare(file: File) -> bool:
    """By the world's count where it is known, since an organisation's few servers share few programs."""
    if file.global_prevalence is not None:
        return file.global_prevalence <= LOW_GLOBAL_PREVALENCE
    return file.org_prevalence is not None and file.org_prevalence <= LOW_PREVALENCE


RULES: tuple[Callable[[Scene], Iterator[Sign]], ...] = (
    encoded_powershell,
    lsass_access,
    run_key,
    scheduled_task,
    shadow_copies,
    mass_rewriting,
    remote_service,
    brute_force,
    download_to_execution,
    unsigned_and_rare,
)


def signs_of(scene: Scene) -> tuple[Sign, ...]:
    """Everything the rules see, in time order."""
    found = [sign for rule in RULES for sign in rule(scene)]
    return tuple(sorted(found, key=lambda sign: (sign.time, sign.technique, sign.text)))
