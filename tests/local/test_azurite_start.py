"""What Azurite is started without: it is there as soon as something asks for it."""

import json
import subprocess
from functools import cache
from pathlib import Path

from local import azurite

_START = Path(azurite.__file__).with_name("azurite_start.js")
_PROGRAM = """
require(process.argv[1]);
const source = process.argv[2] + "/azurite/dist/src/";
const loaded = (part) => Object.keys(require.cache).some((file) => file.includes(part));
const said = () => ["applicationinsights", "sequelize", "axios"].map(loaded);
const { AzuriteTelemetryClient } = require(source + "common/Telemetry");
require(source + "blob/BlobServerFactory");
require(source + "table/TableServer");
const before = said();
const found = [typeof AzuriteTelemetryClient.appInsights.setup];
console.log(JSON.stringify({ before, found, after: said() }));
"""


@cache
def _told() -> dict[str, list[object]]:
    command = [azurite.node_executable(), "-e", _PROGRAM, _START, azurite.NODE_MODULES]
    ended = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True)  # noqa: S603
    told: dict[str, list[object]] = json.loads(ended.stdout)
    return told


def test_its_servers_load_no_telemetry_no_sql_and_no_client_for_addresses() -> None:
    assert _told()["before"] == [False, False, False]


def test_what_is_asked_for_is_the_real_one() -> None:
    assert _told()["found"] == ["function"]
    assert _told()["after"] == [True, False, False]
