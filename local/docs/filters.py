"""The `$filter` expressions of docs/table.md: each reads one partition or a range; a test runs them all.

Table Storage compares whole values: it knows `eq`, `ne`, `gt`, `ge`, `lt`, `le`, `and`, `or`, `not`, and no
`contains` (https://learn.microsoft.com/en-us/rest/api/storageservices/querying-tables-and-entities, read
2026-11). What asks for one of several values is therefore of two parts: `$filter` and `$select` for storage,
and what to keep of its answer.
"""

from dataclasses import dataclass

TODAY = "2026-11-24"
WEEK_AGO = "2026-11-17"
MONTH_AGO = "2026-10-25"
EARLIER = "2026-11-10"
ALERT = "da638999111222333444_-1234567890"
DEVICE = "1e5bc9d7e413ddd7902c2932e418702b84d0cc07"
FILE = "89abcdef0123456789abcdef0123456789abcdef"
RULE = "6b2f6a4a-3ad7-4a9b-9d6b-dfb84ed60b69"

_DAY = f"PartitionKey eq '{TODAY}'"
_WEEK = f"PartitionKey ge '{WEEK_AGO}' and PartitionKey le '{TODAY}'"
_OPEN_SINCE = f"CreatedTime lt datetime'{TODAY}T06:00:00Z'"
_MONTH = f"PartitionKey ge '{MONTH_AGO}' and PartitionKey le '{TODAY}'"
_OPEN = f"{_MONTH} and State eq 'open'"
_EVENTS = f"PartitionKey eq '{ALERT}'"


@dataclass(frozen=True, slots=True)
class Filter:
    """One question that people ask, and the expression that answers it.

    Where `column` is given, rows are kept of which that column of several values has `value`.
    """

    question: str
    table: str
    text: str
    reads: str
    column: str = ""
    value: str = ""

    @property
    def select(self) -> str:
        """The columns that are needed to decide what to keep."""
        return f"PartitionKey,RowKey,AlertId,AlertName,{self.column}"

    @property
    def keep(self) -> str:
        """What to keep of the rows, as JMESPath, which `az --query` speaks."""
        return f"[?contains(join('', [', ', {self.column}, ', ']), ', {self.value}, ')]"


FILTERS = (
    Filter("Today's High (and what we cannot rank)", "Alerts", f"{_DAY} and SeverityId ge 4", "one day"),
    Filter(
        "Everything not yet told",
        "Alerts",
        f"{_WEEK} and (NotifyState eq 'new' or NotifyState eq 'updated')",
        "eight days",
    ),
    Filter(
        "Open, and to be looked at first",
        "Alerts",
        f"{_WEEK} and Priority le 2 and AlertStatus eq 'Active'",
        "eight days",
    ),
    Filter(
        "Everything not yet told, without what is known to be benign",
        "Alerts",
        f"{_WEEK} and (NotifyState eq 'new' or NotifyState eq 'updated') and KnownBenignState ne 'matches'",
        "eight days",
    ),
    Filter(
        "What is known to be benign, and confirmed all the same",
        "Alerts",
        f"{_WEEK} and KnownBenignState eq 'contradicted'",
        "eight days",
    ),
    Filter("What telemetry confirms today", "Alerts", f"{_DAY} and Validation eq 'Confirmed'", "one day"),
    Filter(
        "Where one detection was the gravest",
        "Alerts",
        f"{_WEEK} and DetectionIds ge '{RULE}' and DetectionIds lt '{RULE}~'",
        "eight days",
    ),
    Filter("What telemetry does not bear out", "Alerts", f"{_DAY} and Validation eq 'Unproven'", "one day"),
    Filter("Alerts on one device", "Alerts", f"{_WEEK} and DvcId eq '{DEVICE}'", "eight days"),
    Filter(
        "Alerts whose first user is this one, so spelt",
        "Alerts",
        f"{_WEEK} and Username eq 'CONTOSO\\alice'",
        "eight days",
    ),
    Filter(
        "One tenant's alone, where there are several", "Alerts", f"{_MONTH} and Tenant eq 'acme'", "31 days"
    ),
    Filter(
        "One further tenant's of a day, without reading the others'",
        "Alerts",
        f"PartitionKey eq '{EARLIER}' and RowKey gt 'acme{{' and RowKey lt 'acme}}' and Tenant eq 'acme'",
        "a part of a day",
    ),
    Filter("The app's own tenant's alone", "Alerts", f"{_DAY} and Tenant eq 'home'", "one day"),
    Filter("One incident", "Alerts", f"{_WEEK} and IncidentId eq '4711'", "eight days"),
    Filter("Alerts whose first file is this one", "Alerts", f"{_MONTH} and FileSHA1 eq '{FILE}'", "31 days"),
    Filter("One alert", "Alerts", f"{_DAY} and RowKey eq '{ALERT}'", "one row"),
    Filter(
        "High, open for more than four hours",
        "Alerts",
        f"{_WEEK} and SeverityId ge 4 and AlertStatus eq 'Active' and {_OPEN_SINCE}",
        "eight days",
    ),
    Filter(
        "Old alerts that changed since the installation",
        "Alerts",
        f"{_MONTH} and NotifyState eq 'historic' and Revision ge 2",
        "31 days",
    ),
    Filter(
        "Ties to doubt",
        "Alerts",
        f"{_DAY} and CorrelationStatus eq 'Correlated' and CorrelationConfidence lt 50",
        "one day",
    ),
    Filter(
        "Not tied because hunting was refused to the app: role, token or licence",
        "Alerts",
        f"{_DAY} and (CorrelationReason eq 'RoleMissing' or CorrelationReason eq 'TokenRefused' "
        "or CorrelationReason eq 'LicenceMissing')",
        "one day",
    ),
    Filter(
        "Rows that are not whole",
        "Alerts",
        f"{_DAY} and (ValuesTruncated ne '' or UnreadableFields ne '' or EnrichmentStatus eq 'Partial')",
        "one day",
    ),
    Filter("One user's last week", "Alerts", _WEEK, "eight days", "AllUsers", "contoso\\alice"),
    Filter("The same by principal name", "Alerts", _WEEK, "eight days", "AllUsers", "alice@contoso.example"),
    Filter("One device's last week, by its name", "Alerts", _WEEK, "eight days", "AllDevices", "ws-0042"),
    Filter("One address", "Alerts", _MONTH, "31 days", "AllAddresses", "203.0.113.10"),
    Filter("One file, by any of its hashes", "Alerts", _MONTH, "31 days", "FileHashes", FILE),
    Filter("One file name, a parent's too", "Alerts", _MONTH, "31 days", "AllFileNames", "winword.exe"),
    Filter("One technique, with those below it", "Alerts", _WEEK, "eight days", "AllTechniques", "t1059"),
    Filter("One tenant's", "Incidents", f"{_MONTH} and Tenant eq 'acme'", "31 days"),
    Filter("What to look at first", "Incidents", f"{_OPEN} and Priority le 2", "31 days"),
    Filter(
        "Every incident not yet told",
        "Incidents",
        f"{_MONTH} and (NotifyState eq 'new' or NotifyState eq 'updated')",
        "31 days",
    ),
    Filter("Confirmed and open", "Incidents", f"{_OPEN} and Validation eq 'Confirmed'", "31 days"),
    Filter("Open, on more than one device", "Incidents", f"{_OPEN} and DeviceCount ge 2", "31 days"),
    Filter("Whose alerts all went to others", "Incidents", f"{_MONTH} and State eq 'emptied'", "31 days"),
    Filter("One incident's own row", "Incidents", f"{_DAY} and RowKey eq '4711'", "one row"),
    Filter("Everything that happened, in time order", "AlertEvents", _EVENTS, "one alert"),
    Filter(
        "What the alert's process and its children did",
        "AlertEvents",
        f"{_EVENTS} and InTree eq true and Depth ge 0",
        "one alert",
    ),
    Filter(
        "Where it connected to",
        "AlertEvents",
        f"{_EVENTS} and SourceTable eq 'DeviceNetworkEvents'",
        "one alert",
    ),
)
