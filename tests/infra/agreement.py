"""Where infrastructure and code disagree. Each check says what is wrong in a line; none means they agree."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from shared.clouds import CLOUDS
from shared.errors import ConfigError
from shared.settings import Settings
from tests.infra import facts, symbols, web_types
from tests.infra.bicep import Resource, Template
from tests.infra.facts import Texts

_QUEUES = "Microsoft.Storage/storageAccounts/queueServices/queues"
_TABLES = "Microsoft.Storage/storageAccounts/tableServices/tables"
_ROLES = "Microsoft.Authorization/roleAssignments"
_RULES = "Microsoft.Insights/scheduledQueryRules"
# https://learn.microsoft.com/azure/role-based-access-control/built-in-roles (read 2026-11): what needs each.
_APP_ROLES = {
    (
        "<storage>",
        "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
    ): "the timer's lock and the package (Blob Data Owner)",
    ("<storage>", "974c5e8b-45b9-4653-ba55-5f855dd0fb88"): "queue bindings (Queue Data Contributor)",
    ("<storage>", "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3"): "the tables (Table Data Contributor)",
    ("<insights>", "3913510d-42f4-4e42-8a64-420c390055eb"): "logs (Monitoring Metrics Publisher)",
}
_PLATFORM = ("AzureWebJobsStorage__", "APPLICATIONINSIGHTS_")
_CLIENT = "11111111-2222-3333-4444-555555555555"
_KNOWN = {
    "identity.properties.clientId": _CLIENT,
    "insights.properties.ConnectionString": "InstrumentationKey=0;IngestionEndpoint=https://example.invalid/",
    "storage.properties.primaryEndpoints.blob": "https://alertsabcdefghijklm.blob.core.usgovcloudapi.net/",
    "storage.properties.primaryEndpoints.queue": "https://alertsabcdefghijklm.queue.core.usgovcloudapi.net/",
    "storage.properties.primaryEndpoints.table": "https://alertsabcdefghijklm.table.core.usgovcloudapi.net/",
}
_LEASE_SECONDS = 600  # the host's lease of a queue message


def problems(texts: Texts) -> list[str]:
    """Everything that does not fit, in the files given."""
    found: list[str] = []
    for path, text in texts.items():
        if path.endswith(".bicep"):
            found += [f"{path}: {problem}" for problem in symbols.problems(text)]
    if found:
        return found
    for check in (
        _queues,
        _tables,
        _app_roles,
        _settings,
        _scale,
        _host,
        _safety,
        _web,
        _modules,
        _rules,
        _grants,
    ):
        found += check(texts)
    return found


def main_template(texts: Texts, suffix: str = "core.windows.net", **given: Any) -> Template:
    """main.bicep with values for parameters and for what only Azure knows."""
    known = {**_KNOWN, "environment.suffixes.storage": suffix}
    return Template(texts["infra/main.bicep"], {"alertEmail": "soc@example.com", **given}, known)


def alerts_template(texts: Texts) -> Template:
    """alerts.bicep with the parameters that main.bicep gives it."""
    given = main_template(texts).modules()["alertRules"].given
    files = {path.removeprefix("infra/"): text for path, text in texts.items()}
    return Template(texts["infra/alerts.bicep"], given, files=files)


def app_settings(texts: Texts, suffix: str = "core.windows.net", **given: Any) -> dict[str, str]:
    """The app settings that a deployment makes."""
    (config,) = main_template(texts, suffix, **given).of_type("Microsoft.Web/sites/config")
    settings: dict[str, str] = config.config["properties"]
    return settings


def _queues(texts: Texts) -> Iterator[str]:
    made = {one.config["name"] for one in main_template(texts).of_type(_QUEUES)}
    wanted = {name + end for name in facts.queues(texts) for end in ("", "-poison")}
    yield from (f"no resource makes the queue {name}" for name in sorted(wanted - made))
    yield from (f"no function uses the queue {name}" for name in sorted(made - wanted))


def _tables(texts: Texts) -> Iterator[str]:
    made = {one.config["name"] for one in main_template(texts).of_type(_TABLES)}
    wanted = facts.tables(texts)
    yield from (f"no resource makes the table {name}" for name in sorted(wanted - made))
    yield from (f"no adapter uses the table {name}" for name in sorted(made - wanted))


def _app_roles(texts: Texts) -> Iterator[str]:
    held = set()
    for one in main_template(texts).of_type(_ROLES):
        properties = one.config["properties"]
        if properties["principalId"] != "<identity.properties.principalId>":
            yield f"{one.symbol}: {properties['principalId']} is not the app's identity"
        if properties.get("principalType") != "ServicePrincipal":
            yield f"{one.symbol}: without principalType ServicePrincipal the first deployment can fail"
        held.add((one.config["scope"], properties["roleDefinitionId"].rsplit("/", 1)[-1]))
    yield from (f"the app lacks the role for {_APP_ROLES[key]}" for key in sorted(_APP_ROLES.keys() - held))
    yield from (
        f"the app needs no role {role} on {scope}" for scope, role in sorted(held - _APP_ROLES.keys())
    )


def _settings(texts: Texts) -> Iterator[str]:
    known = set(re.findall(r'_setting\(\s*"([A-Z_]+)"', texts["shared/settings.py"]))
    for cloud in main_template(texts).allowed("cloud"):
        # An identity gets tokens in its own cloud alone: the app runs where its tenant is.
        suffix = CLOUDS[cloud].storage_suffix if cloud in CLOUDS else "core.windows.net"
        settings = app_settings(texts, suffix, cloud=cloud)
        yield from _unfit(settings, known)
        try:
            read = Settings.from_env(settings)
        except ConfigError as error:
            yield f"the app refuses its settings: {error}"
            continue
        if read.client_id != _CLIENT:
            yield "the app is not told its identity's client id"
        if f".table.{suffix}" not in read.storage_table_url:
            yield f"the tables would be sought at {read.storage_table_url!r}, not under {suffix}"
    if set(main_template(texts).allowed("cloud")) != CLOUDS.keys():
        yield "the parameter cloud does not offer the clouds that the app knows"
    referenced = set(re.findall(r"%(\w+)%", json.dumps(facts.bindings(texts))))
    yield from (f"no setting {name} for a binding" for name in referenced - app_settings(texts).keys())


def _unfit(settings: dict[str, str], known: set[str]) -> Iterator[str]:
    for name in settings:
        if name not in known and not name.startswith(_PLATFORM):
            yield f"the app knows no setting {name}"
    wanted = {
        "AzureWebJobsStorage__credential": "managedidentity",
        "AzureWebJobsStorage__clientId": _CLIENT,
        "APPLICATIONINSIGHTS_CONNECTION_STRING": _KNOWN["insights.properties.ConnectionString"],
        "APPLICATIONINSIGHTS_AUTHENTICATION_STRING": f"ClientId={_CLIENT};Authorization=AAD",
    }
    for name, value in wanted.items():
        if settings.get(name) != value:
            yield f"{name} is {settings.get(name)!r}, not {value!r}"
    if "AzureWebJobsStorage__accountName" not in settings:
        for service in ("blob", "queue", "table"):
            if f"AzureWebJobsStorage__{service}ServiceUri" not in settings:
                yield f"the host is not told where its {service}s are"


def _scale(texts: Texts) -> Iterator[str]:
    (app,) = main_template(texts, alwaysReadyInstances=2).of_type("Microsoft.Web/sites")
    config = app.config["properties"]["functionAppConfig"]
    functions = facts.bindings(texts).keys()
    for one in config["scaleAndConcurrency"]["alwaysReady"]:
        if one["name"].removeprefix("function:") not in functions:
            yield f"always ready: there is no function {one['name']}"
    target = re.search(r'target-version = "py(\d)(\d+)"', texts["pyproject.toml"])
    if target is None or config["runtime"] != {"name": "python", "version": f"{target[1]}.{target[2]}"}:
        yield f"the runtime {config['runtime']} is not what the project is written for"
    needed = {"packageContainer", "appStorageAccess", "queues", "poisonQueues", "tables", "appLogAccess"}
    missing = needed - {str(name).strip("<>") for name in app.config["dependsOn"]}
    yield from (f"the app does not wait for {name}" for name in sorted(missing))
    containers = main_template(texts).of_type("Microsoft.Storage/storageAccounts/blobServices/containers")
    package = config["deployment"]["storage"]["value"].rsplit("/", 1)[-1]
    if package not in [one.config["name"] for one in containers]:
        yield f"no resource makes the container {package}"


def _host(texts: Texts) -> Iterator[str]:
    host = json.loads(texts["host.json"])
    hours, minutes, seconds = map(int, host["functionTimeout"].split(":"))
    limit = 3600 * hours + 60 * minutes + seconds
    settings = Settings.from_env({"AzureWebJobsStorage": "any"})
    if settings.drain_for.total_seconds() + 120 > limit:
        yield "HuntCorrelate would be stopped by functionTimeout: DRAIN_FOR must leave two minutes"
    if settings.resend_after.total_seconds() <= _LEASE_SECONDS:
        yield "RESEND_AFTER is not longer than the lease of a queue message"
    queues = host["extensions"]["queues"]
    if queues["batchSize"] + queues["newBatchThreshold"] > 5:
        yield "more messages at once than the worker of a one-core instance has threads (5)"
    if queues["messageEncoding"] != "base64":
        yield "the messages' encoding is not the one of every other tool"
    sampling = host["logging"]["applicationInsights"]["samplingSettings"]
    kept = set(sampling["excludedTypes"].split(";"))
    if sampling["isEnabled"] and not {"Trace", "Request", "Exception"} <= kept:
        yield "lines that the alert rules read are sampled away"
    if host["logging"]["logLevel"]["default"] not in ("Information", "Debug", "Trace"):
        yield "the lines that the alert rules read are not logged"


def _safety(texts: Texts) -> Iterator[str]:
    template = main_template(texts)
    wanted: list[tuple[str, Callable[[dict[str, Any]], Any], Any]] = [
        ("Microsoft.Storage/storageAccounts", lambda p: p.get("allowSharedKeyAccess"), False),
        ("Microsoft.Storage/storageAccounts", lambda p: p.get("allowBlobPublicAccess"), False),
        ("Microsoft.Storage/storageAccounts", lambda p: p.get("minimumTlsVersion"), "TLS1_2"),
        ("Microsoft.Storage/storageAccounts", lambda p: p.get("supportsHttpsTrafficOnly"), True),
        ("Microsoft.Insights/components", lambda p: p.get("DisableLocalAuth"), True),
        (
            "Microsoft.OperationalInsights/workspaces",
            lambda p: p["workspaceCapping"]["dailyQuotaGb"] > 0,
            True,
        ),
        ("Microsoft.Web/sites", lambda p: p.get("httpsOnly"), True),
        ("Microsoft.Web/sites", lambda p: p["siteConfig"].get("minTlsVersion"), "1.2"),
    ]
    for number, (kind, read, value) in enumerate(wanted):
        (one,) = template.of_type(kind)
        if read(one.config["properties"]) != value:
            yield f"{one.symbol}: not as safe as it was (check {number} of {kind})"
    policies = template.of_type("Microsoft.Web/sites/basicPublishingCredentialsPolicies")
    closed = {one.config["name"] for one in policies if one.config["properties"] == {"allow": False}}
    yield from (
        f"the app can be published with a password by {way}" for way in sorted({"ftp", "scm"} - closed)
    )
    for path, text in texts.items():
        if path.endswith(".bicep") and re.search(r"listKeys|AccountKey|@secure", text):
            yield f"{path}: there are no secrets in this product"


def _web(texts: Texts) -> Iterator[str]:
    for count in (0, 1):
        for one in main_template(texts, alwaysReadyInstances=count).resources():
            model = web_types.MODELS.get(one.type)
            if model:
                yield from (f"{one.symbol}: {line}" for line in web_types.problems(model, one.config))


def _modules(texts: Texts) -> Iterator[str]:
    for symbol, module in main_template(texts).modules().items():
        parameters = Template(texts[f"infra/{module.path}"]).parameters
        required = {one.name for one in parameters.values() if one.default is None}
        given = module.given.keys()
        yield from (f"{symbol}: lacks the parameter {name}" for name in sorted(required - given))
        yield from (f"{symbol}: has no parameter {name}" for name in sorted(given - parameters.keys()))


def rules(texts: Texts) -> list[Resource]:
    """The alert rules as deployed."""
    return alerts_template(texts).of_type(_RULES)


def _rules(texts: Texts) -> Iterator[str]:
    logged = facts.events(texts)
    queries = {path for path in texts if path.startswith("infra/alerts/")}
    used = set(re.findall(r"loadTextContent\('(alerts/[\w.-]+)'\)", texts["infra/alerts.bicep"]))
    yield from (f"no rule uses {path}" for path in sorted(queries - {f"infra/{one}" for one in used}))
    read = {f"workbook {name}": query for name, query in facts.workbook_queries(texts).items()}
    for one in rules(texts):
        read[one.config["name"]] = one.config["properties"]["criteria"]["allOf"][0]["query"]
    for where, query in read.items():
        named, fields = facts.events_read(query)
        yield from (f"{where}: nothing logs {event!r}" for event in sorted(named - logged.keys()))
        there = set().union(*(logged.get(event, set()) for event in named))
        if named and named <= logged.keys():
            yield from (f"{where}: no such field {name!r}" for name in sorted(fields - there))


def _grants(texts: Texts) -> Iterator[str]:
    named = facts.calls(texts)
    yield from (f"what role does {call!r} take?" for call in sorted(named - facts.ROLE_OF_CALL.keys()))
    yield from (f"no adapter makes the call {call!r}" for call in sorted(facts.ROLE_OF_CALL.keys() - named))
    needed = {
        api: {role for call, role in facts.ROLE_OF_CALL.items() if call in named and call.startswith(api)}
        for api in ("defender", "graph")
    }
    for path in ("infra/grant-roles.sh", "infra/grant-roles.ps1"):
        granted = facts.script_roles(texts[path])
        for api, roles in needed.items():
            yield from (f"{path} does not grant {role} on {api}" for role in sorted(roles - granted[api]))
            yield from (f"{path} grants {role} for nothing" for role in sorted(granted[api] - roles))
        for app in ("fc780465-2017-40d4-a0c5-307022471b92", "00000003-0000-0000-c000-000000000000"):
            if app not in texts[path]:
                yield f"{path} does not name the API {app}"
