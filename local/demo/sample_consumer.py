from datetime import UTC, datetime, timedelta
from os import environ

from azure.core import MatchConditions
from azure.data.tables import TableClient

alerts = TableClient.from_connection_string(environ["TABLES"], "Alerts", connection_verify=environ["CA"])
week = f"PartitionKey ge '{datetime.now(UTC) - timedelta(days=7):%Y-%m-%d}'"
for row in alerts.query_entities(f"{week} and (NotifyState eq 'new' or NotifyState eq 'updated')"):
    print(row["NotifyState"], row["Priority"], repr(row["AlertName"]), repr(row["ValidationReason"]))
    told = {"PartitionKey": row["PartitionKey"], "RowKey": row["RowKey"], "NotifyState": "told"}
    alerts.update_entity(told, etag=row.metadata["etag"], match_condition=MatchConditions.IfNotModified)
