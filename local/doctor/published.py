"""What is published: the cloud that the account is in, the package's age, and this checkout's version."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Container, Iterator
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import requests

from local.doctor.check import Check, bad, good, note
from local.doctor.identity import STORAGE
from local.ops.target import Target
from local.ops.words import ago
from shared.adapters.storage import STORAGE_SCOPE
from shared.clouds import CLOUDS
from shared.errors import AppError
from shared.version import version

CONTAINER = "app-package"  # infra/main.bicep
_API = {"x-ms-version": "2021-12-02"}
_LOOK = "to see which version runs: python3 infra/look_running.py --app APP_NAME"


def look_at(target: Target, now: Callable[[], dt.datetime], without: Container[str]) -> Iterator[Check]:
    """Every check of what is published; nothing of the local stack, where nothing is."""
    if target.is_local:
        return
    yield _cloud(target)
    yield note("version", f"this checkout is {version()}", _LOOK)
    if STORAGE not in without:
        yield _package(target, now())


def _cloud(target: Target) -> Check:
    """Whether the account is where the cloud's storage is: a wrong --cloud asks every other host in vain."""
    host = urlsplit(target.tables_url).hostname or ""
    cloud = target.settings.cloud
    suffix = CLOUDS[cloud].storage_suffix
    if host.endswith(f".table.{suffix}"):
        hosts = (target.settings.endpoints.defender_url, target.settings.endpoints.graph_url)
        return good("cloud", f"{cloud}: {', '.join(urlsplit(url).hostname or url for url in hosts)}")
    others = [name for name, each in CLOUDS.items() if host.endswith(f".table.{each.storage_suffix}")]
    found = f"{host} is not in {cloud}, whose storage is under {suffix}"
    todo = (
        f"give --cloud as the app has it (one of {', '.join(others) or 'none'}), and set the app's CLOUD so"
    )
    return bad("cloud", found, todo)


def _package(target: Target, now: dt.datetime) -> Check:
    """The newest package's age; it takes Storage Blob Data Reader, which is worth having for this alone."""
    url = target.tables_url.replace(".table.", ".blob.", 1).rstrip("/")
    try:
        token = target.tokens.token(STORAGE_SCOPE)
        asked = {"restype": "container", "comp": "list"}
        headers = {**_API, "Authorization": f"Bearer {token}"}
        answer = requests.get(
            f"{url}/{CONTAINER}", params=asked, headers=headers, timeout=20, allow_redirects=False
        )
    except (requests.RequestException, AppError) as err:
        return note("package", f"not seen: {type(err).__name__}")
    if answer.status_code in (401, 403):
        return note("package", "not for you to see: it takes Storage Blob Data Reader on the account")
    dates = re.findall(r"<Last-Modified>([^<]{1,40})</Last-Modified>", answer.text)
    if answer.status_code != 200 or not dates:
        todo = "publish the app: func azure functionapp publish NAME --python"
        return note("package", f"nothing is published ({answer.status_code})", todo)
    return good("package", f"published {ago(max(map(parsedate_to_datetime, dates)), now)}")
