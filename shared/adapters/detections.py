"""The compiled detections as they lie beside the code, read when first needed."""

import threading
import time
from pathlib import Path

from shared import telemetry
from shared.core import detections
from shared.core.conclude import Rules
from shared.core.detections import Detections

FOLDER = Path(__file__).resolve().parents[1] / "core" / "detections"
COMPILED, ADDED = "compiled.json", "added.json"


class LoadedDetections:
    """The files of a folder, read when first needed; for all tenants of an instance."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._loaded: Detections | None = None
        self._loading = threading.Lock()

    def get(self) -> Detections:
        """The detections. Raises ConfigError for a broken file."""
        with self._loading:
            if self._loaded is None:
                files = [self._folder / COMPILED, self._folder / ADDED]
                compiled = [file.read_bytes() for file in files if file.is_file()]
                # Hunts of one drain correlate in threads of a pool while another is concluded.
                self._loaded = detections.load(*compiled, lock=threading.Lock())
            return self._loaded


class DetectionFiles:
    """The rules of the app and, where somebody built one, of an added folder, without those that are off."""

    def __init__(self, off: frozenset[str], loaded: LoadedDetections | None = None) -> None:
        self._off = off
        self._files = loaded or LoadedDetections()
        self._loaded: Detections | None = None

    def rules(self) -> Rules:
        """The rules to judge by, loaded once an instance. Raises ConfigError for a broken file."""
        if self._loaded is None:
            self._loaded = self._files.get()
            unknown = self._off - {rule.id for rule in self._loaded.rules}
            telemetry.info(
                "detections loaded",
                version=self._loaded.version,
                rules=len(self._loaded.rules),
                off=len(self._off - unknown),
                unknown=len(unknown),
            )
        # The thread's own processor time: a busy machine changes no verdict.
        return Rules(self._loaded, self._off, time.thread_time)
