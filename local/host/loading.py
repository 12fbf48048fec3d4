"""Loads an app's functions as the platform would, without storage and without running anything.

The library checks signatures and annotations when it loads a function: what it refuses here, the platform
starts all the same, and each of its runs fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from local.host.app import read_app
from local.host.app_settings import AppSettings
from local.host.channel import LoadResult, WorkerChannel, worker_environment
from local.host.hearing import Hearing


def load_functions(app_dir: Path, settings: Mapping[str, str] | None = None) -> list[LoadResult]:
    """What the platform's library says to each function of the app; raises IndexingFailed before that."""
    values = dict(settings or {})
    app = read_app(app_dir.resolve(), AppSettings(values))
    channel = WorkerChannel(app.directory, worker_environment(values, None), hearing=Hearing())
    try:
        channel.start()
        return [channel.load(function) for function in app.functions]
    finally:
        channel.stop()
