"""Parameters of main.bicep: what the pages show deploys; what would fail later is refused with its reason."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import Any

import pytest

from local.cli import ROOT
from shared.clouds import CLOUDS
from tests.infra.agreement import app_settings, main_template
from tests.infra.bicep import Template, given_by
from tests.infra.expressions import NotUnderstood, Refused
from tests.infra.facts import read_texts

_TEXTS = read_texts()
_MAIN = _TEXTS["infra/main.bicep"]
_FILE = (ROOT / "infra" / "main.bicepparam").read_text("utf-8")
_ID = "11111111-2222-3333-4444-555555555555"
_EMAIL = "soc@example.com"
_ROLES = "Microsoft.Authorization/roleAssignments"

# What README.md and infra/README.md show, and both ends of what is allowed.
_GOOD: list[dict[str, Any]] = [
    {},
    {"alertEmail": ""},
    {"operatorPrincipalId": _ID, "operatorPrincipalType": "Group"},
    {"operatorPrincipalId": _ID.upper()},
    {"alertSource": "graph"},
    {"settings": {"POLL_OVERLAP": "15m", "AzureWebJobs.HuntCorrelate.Disabled": "true"}},
    {"tenantsAppId": _ID},
    {"name": "soc", "tenant": "Contoso-1"},
    {"name": "a1-b2", "maximumInstances": 1, "alwaysReadyInstances": 1},
    {"alwaysReadyInstances": 2, "instanceMemory": 512, "dailyCapGb": 5, "logRetentionDays": 90},
    *({"cloud": cloud} for cloud in CLOUDS),
]
# (what is wrong, what must be said of it)
_BAD: list[tuple[dict[str, Any], str]] = [
    ({"name": "Defender_Alerts-"}, "name: lower-case letters, digits and hyphens"),
    ({"name": "Alerts"}, "name: "),
    ({"name": "-alerts"}, "no hyphen at either end"),
    ({"name": "alerts-"}, "no hyphen at either end"),
    ({"name": "ab"}, "name is outside 3 to 20"),
    ({"beside": "b-2"}, "beside: lower-case letters and digits"),
    ({"tenant": "a/b#c"}, "tenant: letters, digits and hyphens"),
    ({"tenant": "contoso.com"}, "tenant: "),
    ({"tenant": "x" * 41}, "tenant is outside 1 to 40"),
    ({"tenantsAppId": "defender-alerts"}, "tenantsAppId: an application id"),
    ({"tenantsAppId": _ID[:-1] + "g"}, "tenantsAppId: an application id"),
    ({"settings": {"TENANTS_APP_ID": _ID}}, "settings: tenants_app_id has a parameter of its own"),
    ({"operatorPrincipalId": "soc@example.com"}, "operatorPrincipalId: an object id"),
    ({"operatorPrincipalId": _ID[:-1] + "g"}, "operatorPrincipalId: an object id"),
    ({"operatorPrincipalId": _ID.replace("-", "")}, "operatorPrincipalId: an object id"),
    ({"operatorPrincipalType": "Somebody"}, "operatorPrincipalType is not one of"),
    ({"alertEmail": "a@example.com, b@example.com"}, "alertEmail: one address"),
    ({"alertEmail": "a@example.com;b@example.com"}, "alertEmail: one address"),
    ({"alertEmail": "soc"}, "alertEmail: one address"),
    ({"alwaysReadyInstances": 5, "maximumInstances": 4}, "no more than maximumInstances"),
    ({"maximumInstances": 0}, "maximumInstances is outside 1 to 1000"),
    ({"instanceMemory": 1024}, "instanceMemory is not one of"),
    ({"settings": {"TENANT": "b"}}, "settings: tenant has a parameter of its own"),
    ({"settings": {"Alert_Source": "graph"}}, "settings: alert_source"),
    ({"settings": {"APPLICATIONINSIGHTS_CONNECTION_STRING": "x"}}, "settings: applicationinsights_"),
    ({"settings": {"FUNCTIONS_WORKER_RUNTIME": "python"}}, "settings: functions_worker_runtime"),
    ({"settings": {"AzureWebJobsStorage": "x"}}, "settings: AzureWebJobsStorage is set by this template"),
    ({"settings": {"B": "x", "azurewebjobsstorage__accountName": "x"}}, "AzureWebJobsStorage is set"),
    ({"settings": {"HUNT_CALLS_PER_MINUTE": 20}}, "settings: HUNT_CALLS_PER_MINUTE is no string"),
    ({"settings": "POLL_OVERLAP=15m"}, "settings is no object"),
    ({"cloud": "china"}, "cloud is not one of"),
    ({"email": "soc@example.com"}, "there is no parameter email"),
]


def _id(values: dict[str, Any]) -> str:
    return ",".join(f"{name}={value}" for name, value in values.items()) or "defaults"


@pytest.mark.parametrize("given", _GOOD, ids=_id)
def test_what_the_pages_show_is_deployed(given: dict[str, Any]) -> None:
    suffix = CLOUDS[given.get("cloud", "public")].storage_suffix
    template = main_template(_TEXTS, suffix, **given)
    assert template.refusals() == []
    settings = app_settings(_TEXTS, suffix, **given)
    assert settings.items() >= given.get("settings", {}).items()
    by_name = "AzureWebJobsStorage__accountName" in settings
    by_address = "AzureWebJobsStorage__queueServiceUri" in settings
    assert (by_name, by_address) == (suffix == "core.windows.net", suffix != "core.windows.net")
    assert template.modules()["operatorAccess"].deployed == bool(given.get("operatorPrincipalId"))
    rules = template.modules()["alertRules"].given
    assert rules["email"] == given.get("alertEmail", _EMAIL)
    receivers = [one for one in Template(_TEXTS["infra/alerts.bicep"], rules, files=_kql()).resources()]
    assert [one.deployed for one in receivers if one.symbol == "receivers"] == [rules["email"] != ""]


def _kql() -> dict[str, str]:
    return {path.removeprefix("infra/"): text for path, text in _TEXTS.items()}


@pytest.mark.parametrize(("given", "said"), _BAD, ids=[_id(given) for given, _ in _BAD])
def test_what_would_fail_later_is_refused_with_its_reason(given: dict[str, Any], said: str) -> None:
    [reason] = main_template(_TEXTS, **given).refusals()
    assert said in reason


def test_all_that_is_wrong_is_said_at_once() -> None:
    [reason] = main_template(
        _TEXTS, name="A", tenant="b/c", settings={"CLOUD": "x"}, alertEmail="d"
    ).refusals()
    assert reason == "name is outside 3 to 20"  # Azure's own rules come first
    [reason] = main_template(_TEXTS, name="A_B", tenant="b/c", settings={"CLOUD": "x"}).refusals()
    assert [part in reason for part in ("name: ", "tenant: ", "settings: cloud")] == [True] * 3


def test_who_is_written_to_is_asked_for() -> None:
    assert Template(_MAIN).refusals() == ["alertEmail is not given"]


@pytest.mark.parametrize("resource", ["log", "appi", "id", "plan", "func"])
def test_nothing_is_made_where_anything_is_wrong(resource: str) -> None:
    """Each name takes the checks in, so that Azure finds the fault before it makes the first resource."""
    changed = re.sub(r"'(log|appi|id|plan|func)-\$\{(?:p|appP)refix\}", r"'\1-${name}", _MAIN)
    changed = changed.replace("name: prefix", "name: name")
    assert main_template({**_TEXTS, "infra/main.bicep": changed}, tenant="a/b").refusals() == []
    back = changed.replace(f"'{resource}-${{name}}", f"'{resource}-${{prefix}}")
    assert back != changed
    assert main_template({**_TEXTS, "infra/main.bicep": back}, tenant="a/b").refusals()


def test_the_parameter_file_gives_what_the_template_takes() -> None:
    with pytest.raises(Refused, match="ALERT_EMAIL does not exist"):
        given_by(_FILE, {})
    given = given_by(_FILE, {"ALERT_EMAIL": _EMAIL})
    assert given["settings"] == {"RETENTION": "180d"}
    assert main_template(_TEXTS, **given).refusals() == []
    defaults = main_template(_TEXTS)
    for name in given.keys() - {"alertEmail", "settings"}:
        default = Template(_MAIN, {}).parameters[name].default
        assert default is not None and given[name] == defaults._expressions.value(default), name


def test_the_environment_reaches_the_template() -> None:
    environ = {
        "ALERT_EMAIL": "", "ALERT_SOURCE": "graph", "ALERT_CLOUD": "usgov-high", "OPERATOR_PRINCIPAL_ID": _ID,
        "OPERATOR_PRINCIPAL_TYPE": "Group", "OPERATOR_MAY_CHANGE": "true", "MAXIMUM_INSTANCES": "5",
        "ALWAYS_READY_INSTANCES": "1", "TENANTS_APP_ID": _ID,
    }  # fmt: skip
    assert set(re.findall(r"readEnvironmentVariable\('(\w+)'", _FILE)) == environ.keys()
    template = main_template(_TEXTS, **given_by(_FILE, environ))
    assert template.refusals() == []
    assert (template.outputs()["alertSource"], template.outputs()["cloud"]) == ("graph", "usgov-high")
    [settings] = template.of_type("Microsoft.Web/sites/config")
    assert settings.config["properties"]["TENANTS_APP_ID"] == _ID
    given = template.modules()["operatorAccess"].given
    assert (given["principalType"], given["mayChange"]) == ("Group", True)


_ACCOUNTS = "Microsoft.Storage/storageAccounts"


def test_an_app_beside_the_first_shares_all_but_the_app_itself() -> None:
    """The way out where an app cannot be brought back: what it knows is in the storage."""
    longest = {"name": "a" * 20}
    first, second = (main_template(_TEXTS, **longest, **more) for more in ({}, {"beside": "b"}))
    assert (first.refusals(), second.refusals()) == ([], [])
    names = [{(one.type, str(one.config["name"])) for one in each.resources()} for each in (first, second)]
    assert {kind for kind, _ in names[1] - names[0]} == {
        "Microsoft.Web/serverfarms",
        "Microsoft.Web/sites",
        "Microsoft.Storage/storageAccounts/blobServices/containers",
    }
    # The host's id, in whose name it locks the timer, is the first 32 characters of the app's name
    # (https://learn.microsoft.com/azure/azure-functions/storage-considerations, read 2026-11).
    ids = {str(each.outputs()["appName"])[:32] for each in (first, second)}
    assert len(ids) == 2
    settings = [
        each.of_type("Microsoft.Web/sites/config")[0].config["properties"] for each in (first, second)
    ]
    assert settings[0] == settings[1]
    shared = [{one.config["name"] for one in each.of_type(_ACCOUNTS)} for each in (first, second)]
    assert shared[0] == shared[1]


def test_an_operator_reads_and_changes_only_where_that_is_said() -> None:
    text = _TEXTS["infra/operator-access.bicep"]
    given = {"storageAccountName": "alertsx", "principalId": _ID, "principalType": "User"}
    roles = [
        {one.config["properties"]["roleDefinitionId"].rsplit("/", 1)[1] for one in template.of_type(_ROLES)}
        for template in (Template(text, given), Template(text, {**given, "mayChange": True}))
    ]
    readers = {"19e7f393-937e-4f77-808e-94535e297925", "76199698-9eea-4c19-bc75-cec21354c6b6"}
    contributors = {"974c5e8b-45b9-4653-ba55-5f855dd0fb88", "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3"}
    assert roles == [readers, readers | contributors]


def test_every_hook_of_azd_passes_outputs_that_there_are() -> None:
    hooks = (ROOT / "azure.yaml").read_text("utf-8").split("hooks:")[1]
    outputs = main_template(_TEXTS).outputs().keys()
    named = re.findall(r"\$(?:env:)?(\w+)", hooks)
    assert set(named) <= outputs
    by_shell = [part for part in re.split(r"posix:|windows:", hooks) if "run:" in part]
    assert len(by_shell) == 4  # after the resources and after the app, on either system
    for part in by_shell:
        wanted = (
            {"identityPrincipalId", "alertSource", "cloud"}
            if "grant-roles" in part
            else {"appName", "logWorkspaceId"}
        )
        assert set(re.findall(r"\$(?:env:)?(\w+)", part)) == wanted


@pytest.mark.skipif(shutil.which("bicep") is None, reason="the Bicep compiler is not installed here")
@pytest.mark.parametrize("name", ["main.bicep", "logic-app/main.bicep", "export/main.bicep"])
def test_the_compiler_takes_it_without_a_word(name: str) -> None:
    compiler = str(shutil.which("bicep"))
    command = [compiler, "build", str(ROOT / "infra" / name), "--stdout"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert (done.returncode, done.stderr) == (0, "")


# The reader itself, where Bicep or its grammar has a catch.
@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("empty([]) ? null : box.inner", None),
        ("empty(['a']) ? null : box.inner", "x"),
        ("1 == 2 || (box.inner == 'x')", True),
        ("' ${box.inner}  ${1} '", " x  1 "),
        ("'it\\'s'", "it's"),
        ("!contains('abc', 'b') ? 1 : 2", 2),
        ("split('a;b c', [';', ' '])", ["a", "b", "c"]),
        ("box['inner']", "x"),
        ("environment().suffixes.storage", "<environment.suffixes.storage>"),
    ],
)
def test_an_expression_is_read_as_bicep_reads_it(expression: str, value: Any) -> None:
    assert Template(f"var box = {{ inner: 'x' }}\nvar it = {expression}\n").variable("it") == value


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("toUpper('a')", "function toUpper"),
        ("1 == 2 || box.inner == 'x'", "use parentheses"),
        ("1 == 2 ? 1 : box.inner == 'x'", "use parentheses"),
    ],
)
def test_what_the_reader_does_not_know_it_says(expression: str, said: str) -> None:
    with pytest.raises(NotUnderstood, match=said):
        Template(f"var box = {{ inner: 'x' }}\nvar it = {expression}\n").variable("it")
