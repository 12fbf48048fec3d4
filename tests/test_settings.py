import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest

from local.docs.configuration import declared
from shared import wiring
from shared.clouds import CLOUDS
from shared.core.alert import normalize
from shared.core.row.definition import BY_NAME
from shared.core.values import Instant
from shared.errors import ConfigError
from shared.settings import Settings

SHARED = Path(__file__).resolve().parents[1] / "shared"
JOINS = (SHARED / "wiring.py").read_text("utf-8") + (SHARED / "policies.py").read_text("utf-8")
STORAGE = {"AzureWebJobsStorage__accountName": "contosoalerts"}


def test_the_storage_account_is_all_the_app_needs() -> None:
    settings = Settings.from_env(STORAGE)
    assert settings.storage_table_url == "https://contosoalerts.table.core.windows.net"
    assert settings.client_id is None
    assert settings.late_hunts == (timedelta(minutes=2), timedelta(minutes=15), timedelta(minutes=120))


def test_the_hosts_own_client_id_serves_unless_another_is_given() -> None:
    env = STORAGE | {"AzureWebJobsStorage__clientId": "11111111-aaaa"}
    assert Settings.from_env(env).client_id == "11111111-aaaa"
    assert Settings.from_env(env | {"IDENTITY_CLIENT_ID": "2222"}).client_id == "2222"


def test_all_problems_are_reported_together_without_any_value() -> None:
    env = {"CLOUD": "mars", "HUNT_CALLS_PER_MINUTE": "lots", "NOTIFY_AFTER": "5 parsecs"}
    with pytest.raises(ConfigError) as caught:
        Settings.from_env(env)
    message = str(caught.value)
    for named in ("CLOUD", "HUNT_CALLS_PER_MINUTE", "NOTIFY_AFTER", "AzureWebJobsStorage"):
        assert named in message
    assert not any(value in message for value in env.values())


def test_a_connection_string_is_never_shown() -> None:
    settings = Settings.from_env({"AzureWebJobsStorage": "AccountKey=c2VjcmV0"})
    assert settings.storage_connection
    assert "c2VjcmV0" not in repr(settings)


@pytest.mark.parametrize("cloud", CLOUDS)
def test_the_cloud_selects_hosts_and_scopes(cloud: str) -> None:
    settings = Settings.from_env(STORAGE | {"CLOUD": cloud})
    assert settings.endpoints.defender_url == CLOUDS[cloud].defender_url
    assert settings.graph_token_scope == CLOUDS[cloud].graph_url + "/.default"
    assert settings.storage_table_url.endswith(CLOUDS[cloud].storage_suffix)


def test_the_scope_keeps_its_old_name_when_another_host_is_given() -> None:
    settings = Settings.from_env(STORAGE | {"DEFENDER_API_URL": "https://eu.api.security.microsoft.com"})
    assert settings.endpoints.defender_url == "https://eu.api.security.microsoft.com"
    assert settings.endpoints.defender_scope == "https://api.securitycenter.microsoft.com/.default"


@pytest.mark.parametrize(
    "url", ["http://api.example", "https://user:pw@api.example", "https://api.example/?q=1", "file:///x"]
)
def test_an_address_that_is_not_plain_https_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="DEFENDER_API_URL"):
        Settings.from_env(STORAGE | {"DEFENDER_API_URL": url})


def test_every_setting_says_what_it_means() -> None:
    names = [name for name, _, meaning in declared() if len(meaning) > 20]
    assert names == [spec.metadata["env"] for spec in fields(Settings) if spec.metadata]
    assert len(names) == len(set(names)) > 20
    [clouds] = [meaning for name, _, meaning in declared() if name == "CLOUD"]
    assert all(cloud in clouds for cloud in CLOUDS)


def _attributes(source: str, *names: str) -> Iterator[str]:
    """What is read of the variables of these names."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names:
            yield node.attr


def unread(joins: str) -> set[str]:
    """Settings that the text of wiring.py reads neither itself nor by a property."""
    own = ast.parse((SHARED / "settings.py").read_text("utf-8"))
    by_property = {
        node.name: set(_attributes(ast.unparse(node), "self"))
        for node in ast.walk(own)
        if isinstance(node, ast.FunctionDef) and node.decorator_list
    }
    read: set[str] = set()
    waiting = set(_attributes(joins, "settings"))
    while waiting - read:
        read |= waiting
        waiting = {inner for name in read for inner in by_property.get(name, ())}
    return {field.name for field in fields(Settings)} - read


def unused(joins: str) -> set[str]:
    """Fields of policies that are filled from a setting and that the steps never look at."""
    filled = {
        keyword.arg
        for call in ast.walk(ast.parse(joins))
        if isinstance(call, ast.Call)
        for keyword in call.keywords
        if any(_attributes(ast.unparse(keyword.value), "settings"))
    }
    return {name for name in filled if name} - looked_at()


@cache
def looked_at() -> frozenset[str]:
    """Every attribute that the steps read of anything."""
    steps = [file for room in ("core", "pipeline", "adapters") for file in (SHARED / room).rglob("*.py")]
    return frozenset(
        node.attr
        for file in [*steps, SHARED / "wiring.py", SHARED / "policies.py"]
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Attribute)
    )


def test_every_setting_is_read_and_what_it_decides_is_looked_at() -> None:
    assert unread(JOINS) == set()
    assert unused(JOINS) == set()


def test_a_setting_that_nobody_reads_is_seen() -> None:
    for setting in ("spread_hunt", "cache_user", "graph_token_scope", "late_hunts"):
        assert f"settings.{setting}" in JOINS
    assert unread(JOINS.replace("settings.spread_hunt", "False")) == {"spread_hunt"}
    assert unread(JOINS.replace("settings.graph_token_scope", '""')) == {"graph_scope"}
    assert unused(JOINS + "\nPolicy(nobody_asks=settings.tenant)") == {"nobody_asks"}


def sources() -> list[str]:
    """The words that ALERT_SOURCE takes."""
    (spec,) = (spec for spec in fields(Settings) if spec.metadata.get("env") == "ALERT_SOURCE")
    with pytest.raises(ValueError, match="one of ") as refused:
        spec.metadata["parse"]("nowhere")
    return str(refused.value).removeprefix("one of ").split(", ")


def test_every_source_that_can_be_set_is_wired_read_and_named_in_the_row() -> None:
    assert len(sources()) >= 2
    assert list(BY_NAME["AlertSource"].words) == sources()
    for source in sources():
        app = wiring.make(Settings.from_env(STORAGE | {"ALERT_SOURCE": source}))
        assert app.ports.source.name == source
        assert normalize({"id": "a"}, source, fallback=Instant(0)).source == source


@pytest.mark.parametrize(
    ("file", "listed"),
    [
        ("infra/main.bicep", r"@allowed\(\[(.*)\]\)\nparam alertSource"),
        ("infra/grant-roles.sh", r"--source (\S+\|\S+)"),
        ("infra/grant-roles.ps1", r"ValidateSet\((.*)\)\]\s+\[string\] \$Source"),
        ("local/ops/parser.py", r'"--source", choices=\((.*?)\)'),
        ("local/ops/status.py", r"SOURCES = \((.*)\)"),
        ("local/demo/arguments.py", r'"--source",\s+choices=\((.*?)\)'),
    ],
)
def test_a_source_that_can_be_set_can_be_chosen_everywhere(file: str, listed: str) -> None:
    found = re.search(listed, (SHARED.parent / file).read_text("utf-8"))
    assert found is not None
    assert re.findall(r"\w+", found[1]) == sources()
