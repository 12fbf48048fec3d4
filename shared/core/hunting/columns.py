"""Which columns of a table a query returns: all that correlation, story, published rows and rules read."""

from shared.core.hunting import kql
from shared.core.tables import ACTOR_COLUMNS, BY_NAME, COMMON_COLUMNS


def projection(name: str, *more: str) -> str:
    """The `project` step of one table: its name as a column, `more` computed ones, and the columns used."""
    table = BY_NAME[name]
    computed = (f"Table = {kql.literal(name)}", *more)
    groups = (computed, COMMON_COLUMNS, table.columns, ACTOR_COLUMNS, table.rule_columns)
    return "| project " + ",\n    ".join(", ".join(columns) for columns in groups if columns)
