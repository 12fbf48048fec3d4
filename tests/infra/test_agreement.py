"""Infrastructure and code agree, and taking something out of either of them is seen."""

from __future__ import annotations

import pytest

from tests.infra.agreement import problems
from tests.infra.facts import read_texts

_TEXTS = read_texts()
_MAIN, _ALERTS = "infra/main.bicep", "infra/alerts.bicep"
_SH, _PS = "infra/grant-roles.sh", "infra/grant-roles.ps1"


def test_infrastructure_and_code_agree() -> None:
    assert problems(_TEXTS) == []


# (file, what stands there, what is put instead, what must be said)
_MUTATIONS = {
    "a queue is not made": (_MAIN, ", 'hunt-requests']", "]", "the queue hunt-requests"),
    "a poison queue is not made": (
        _MAIN,
        "'${queue}-poison'",
        "'${queue}-dead'",
        "queue hunt-requests-poison",
    ),
    "a queue is renamed in a binding": (
        "EnrichAlert/function.json",
        '"alerts-to-enrich"',
        '"alerts-to-look-up"',
        "queue alerts-to-look-up",
    ),
    "a table is not made": (_MAIN, "'AlertWork', ", "", "the table AlertWork"),
    "a table is renamed in an adapter": (
        "shared/adapters/storage/cache.py",
        '"EntityCache"',
        '"Entities"',
        "the table Entities",
    ),
    "the role on tables is taken away": (
        _MAIN,
        "  tableDataContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'\n",
        "",
        "Table Data Contributor",
    ),
    "the role on queues is a lesser one": (
        _MAIN,
        "974c5e8b-45b9-4653-ba55-5f855dd0fb88",
        "c6a89b2d-59bc-44d0-9896-0f6e12d7b80a",
        "queue bindings",
    ),
    "the roles go to somebody else": (
        _MAIN,
        "scope: insights\n  properties: {\n    principalId: identity.properties.principalId",
        "scope: insights\n  properties: {\n    principalId: plan.id",
        "is not the app's identity",
    ),
    "a setting is misspelt": (
        _MAIN,
        "  ALERT_SOURCE: alertSource",
        "  ALERTS_SOURCE: alertSource",
        "ALERTS_SOURCE",
    ),
    "a setting is renamed in the code": (
        "shared/settings.py",
        '"TENANT"',
        '"TENANT_NAME"',
        "no setting TENANT",
    ),
    "the account is not named": (
        _MAIN,
        "  AzureWebJobsStorage__accountName: storage.name\n",
        "  TENANT: tenant\n",
        "storage account is not set",
    ),
    "the identity is not named to the host": (
        _MAIN,
        "  AzureWebJobsStorage__clientId: identity.properties.clientId\n",
        "",
        "AzureWebJobsStorage__clientId",
    ),
    "the kind of credential is left out": (
        _MAIN,
        "  AzureWebJobsStorage__credential: 'managedidentity'\n",
        "",
        "AzureWebJobsStorage__credential",
    ),
    "an empty connection string is set": (
        _MAIN,
        "  CLOUD: cloud\n",
        "  CLOUD: cloud\n  AzureWebJobsStorage: 'x'\n",
        "no setting AzureWebJobsStorage",
    ),
    "the logs want a key": (_MAIN, ";Authorization=AAD", "", "APPLICATIONINSIGHTS_AUTHENTICATION_STRING"),
    "government storage has no address for queues": (
        _MAIN,
        "  AzureWebJobsStorage__queueServiceUri: storage.properties.primaryEndpoints.queue\n",
        "",
        "queues are",
    ),
    "a cloud is not offered": (_MAIN, "'usgov-high', ", "", "the parameter cloud"),
    "a binding names a setting": (
        "FetchAlerts/function.json",
        '"0,15,30,45 * * * * *"',
        '"%SCHEDULE%"',
        "no setting SCHEDULE for a binding",
    ),
    "keys to the storage are allowed": (
        _MAIN,
        "allowSharedKeyAccess: false",
        "allowSharedKeyAccess: true",
        "storage",
    ),
    "a password may publish": (
        _MAIN,
        "  name: 'scm'\n  properties: { allow: false }",
        "  name: 'scm'\n  properties: { allow: true }",
        "with a password by scm",
    ),
    "a property is misspelt": (
        _MAIN,
        "maximumInstanceCount",
        "maxInstanceCount",
        "maxInstanceCount is unknown",
    ),
    "a version is a number": (_MAIN, "version: '3.13'", "version: 313", "version must be str"),
    "a word of the platform is misspelt": (
        _MAIN,
        "'UserAssignedIdentity'",
        "'UserAssigned'",
        "authentication.type",
    ),
    "the runtime is another": (_MAIN, "version: '3.13'", "version: '3.14'", "the runtime"),
    "a function kept warm is renamed": (_MAIN, "function:HuntCorrelate", "function:Hunt", "function:Hunt"),
    "the app does not wait for its roles": (
        _MAIN,
        "tables, appStorageAccess, appLogAccess",
        "tables, appLogAccess",
        "appStorageAccess",
    ),
    "a name is misspelt": (
        _MAIN,
        "serverFarmId: plan.id",
        "serverFarmId: plam.id",
        "nothing declares 'plam'",
    ),
    "a bracket is missing": (
        _MAIN,
        "var suffix = uniqueString(",
        "var suffix = uniqueString(((",
        "syntax error",
    ),
    "a module's parameter is left out": (
        _MAIN,
        "    workspaceId: workspace.id\n",
        "",
        "parameter workspaceId",
    ),
    "a rule reads what nothing logs": (
        "infra/alerts/no-successful-fetch.kql",
        '== "fetched"',
        '== "fetch done"',
        "nothing logs 'fetch done'",
    ),
    "the code logs by another name": (
        "shared/pipeline/fetch/fetch_alerts.py",
        '"fetched"',
        '"read"',
        "nothing logs 'fetched'",
    ),
    "a rule reads a field that is not there": (
        "infra/alerts/audit-found-missing.kql",
        'line["missing"]',
        "line.lost",
        "no such field 'lost'",
    ),
    "the workbook reads what nothing logs": (
        "infra/workbook.json",
        '\\"hunt throttled\\"',
        '\\"hunt slowed\\"',
        "workbook quota: nothing logs 'hunt slowed'",
    ),
    "a rule is dropped": (_ALERTS, "'alerts/set-aside.kql'", "'alerts/access-denied.kql'", "no rule uses"),
    "lines are sampled": ("host.json", "Request;Trace;Exception", "Request;Exception", "sampled away"),
    "lines are not logged": (
        "host.json",
        '"default": "Information"',
        '"default": "Warning"',
        "are not logged",
    ),
    "a run is cut short": ("host.json", "00:10:00", "00:05:00", "functionTimeout"),
    "too many messages at once": ("host.json", '"batchSize": 4', '"batchSize": 16', "threads"),
    "bash does not grant a role": (_SH, "Ip.Read.All ", "", "grant-roles.sh does not grant Ip.Read.All"),
    "PowerShell does not grant a role": (
        _PS,
        "'ThreatHunting.Read.All'",
        "'X'",
        "grant-roles.ps1 does not grant Threat",
    ),
    "a role is granted for nothing": (
        _SH,
        "(Alert.Read.All)",
        "(Alert.Read.All AdvancedQuery.Read.All)",
        "grants AdvancedQuery.Read.All for nothing",
    ),
    "a new call has no role": (
        "shared/adapters/defender.py",
        '"defender ip stats"',
        '"defender software"',
        "what role does 'defender software'",
    ),
    "the API's id is wrong": (_PS, "fc780465-2017", "8ee8fdad-f234", "does not name the API"),
}


@pytest.mark.parametrize("mutation", _MUTATIONS)
def test_a_change_in_one_place_alone_is_seen(mutation: str) -> None:
    path, before, after, said = _MUTATIONS[mutation]
    assert before in _TEXTS[path], "the mutation must change something"
    found = problems({**_TEXTS, path: _TEXTS[path].replace(before, after)})
    assert any(said in problem for problem in found), found
