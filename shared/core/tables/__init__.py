"""Room 0, next to `values`: the hunting tables, each declared once in a module of its own.

In: nothing. Out: `TABLES`, in the order in which queries name them, and what is known of each: columns, what
its rows mean, whose process they belong to, which indicators they name, how story and report show them.
"""

from shared.core.tables import device_events, file, image_load, logon, network, process, registry
from shared.core.tables.cells import Row, Target, account, port, text, whatever_it_names
from shared.core.tables.table import (
    ACTOR,
    ACTOR_COLUMNS,
    COMMON_COLUMNS,
    CREATED,
    IMAGE_HASHES,
    STARTER,
    TYPES,
    IndicatorKind,
    ProcessColumns,
    Table,
    Told,
    antivirus,
)

TABLES: tuple[Table, ...] = (
    process.TABLE,
    network.TABLE,
    file.TABLE,
    registry.TABLE,
    image_load.TABLE,
    logon.TABLE,
    device_events.TABLE,
)
BY_NAME = {table.name: table for table in TABLES}
PROCESSES, LOGONS, DEVICE_EVENTS = process.TABLE.name, logon.TABLE.name, device_events.TABLE.name


def _told_of_any(who: str, action: str, row: Row) -> Told | None:
    return antivirus(action, row)


_UNKNOWN = Table(name="", columns=(), names={}, told=_told_of_any)


def table_of(name: str) -> Table:
    """The table of that name. For one that we do not hunt, as in a finding of another version, a table of
    which nothing is known: its events can be shown, and it is never asked."""
    return BY_NAME.get(name, _UNKNOWN)
