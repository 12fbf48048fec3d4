"""Writes docs/table.md and docs/alerts.schema.json from the columns' one definition.

`python -m local.docs.table` writes them; a test fails while they are stale.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from string import Template

from local.docs.filters import FILTERS
from local.docs.ranking import TABLE as RANKING
from local.docs.schema import row_schema
from shared.core.conclude import priority
from shared.core.incidents import GROUPS as INCIDENT_GROUPS
from shared.core.incidents import INCIDENT_COLUMNS, INCIDENT_VOLATILE
from shared.core.row import COLUMNS, EVENT_COLUMNS, GROUPS, VOLATILE, Definition
from shared.core.values import Column

FOLDER = Path(__file__).parents[2] / "docs"
CONSUMER = Path(__file__).parents[1] / "demo" / "sample_consumer.py"


def documents() -> dict[str, str]:
    """File name -> text."""
    schema = json.dumps(row_schema(), indent=2, ensure_ascii=False)
    return {"table.md": _page(), "alerts.schema.json": f"{schema}\n"}


def main() -> None:
    """Writes the documents."""
    for name, text in documents().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


def _page() -> str:
    page = Template((Path(__file__).parent / "table_template.md").read_text(encoding="utf-8"))
    return page.substitute(
        columns=len(COLUMNS),
        consumer=CONSUMER.read_text(encoding="utf-8"),
        event_columns=len(EVENT_COLUMNS),
        incident_columns=len(INCIDENT_COLUMNS),
        ranking=_ranking(),
        priority=_priority(),
        alert_filters=_filters("Alerts"),
        searches=_searches(),
        event_filters=_filters("AlertEvents"),
        alert_tables="\n\n".join(f"### {title}\n\n{_columns(group)}" for title, group in GROUPS),
        event_table=_columns(EVENT_COLUMNS),
        incident_filters=_filters("Incidents"),
        incident_tables="\n\n".join(f"### {title}\n\n{_columns(group)}" for title, group in INCIDENT_GROUPS),
        incident_volatile=", ".join(f"`{name}`" for name in INCIDENT_VOLATILE),
        volatile=", ".join(f"`{name}`" for name in VOLATILE),
    )


def _ranking() -> str:
    lines = ["| Columns | First by | then by | then by |", "|---|---|---|---|"]
    for order in RANKING:
        by = [" → ".join(words) for words in order.by] + [""] * (3 - len(order.by))
        lines.append(f"| `{order.columns}` | {' | '.join(map(_cell, by))} |")
    return "\n".join(lines)


def _priority() -> str:
    head = f"| `Validation` | {' | '.join(priority.SEVERITIES)} |"
    rows = (f"| `{word}` | {' | '.join(map(str, numbers))} |" for word, numbers in priority.TABLE.items())
    return "\n".join([head, f"|---{'|---' * len(priority.SEVERITIES)}|", *rows])


def _columns(columns: Iterable[Definition]) -> str:
    lines = ["| Column | Type | Meaning | From | Example |", "|---|---|---|---|---|"]
    for column in columns:
        kind = f"{column.kind.removeprefix('Edm.')}{', JSON' if column.is_json else ''}"
        words = ", ".join(f"`{word}`" for word in column.words if word)
        meaning = (
            f"{column.meaning} One of {words}." if words and "`" not in column.meaning else column.meaning
        )
        example = _shown(column.example)
        lines.append(
            f"| `{column.name}` | {kind} | {_cell(meaning)} | {_cell(column.source)} | {_cell(example)} |"
        )
    return "\n".join(lines)


def _filters(table: str) -> str:
    lines = [f"| Of `{table}` | `$filter` | Reads |", "|---|---|---|"]
    lines += [
        f"| {_cell(each.question)} | `{_cell(each.text)}` | {each.reads} |"
        for each in FILTERS
        if each.table == table and not each.column
    ]
    return "\n".join(lines)


def _searches() -> str:
    lines = ["| Of `Alerts` | `$filter` | `$select` | keep | Reads |", "|---|---|---|---|---|"]
    lines += [
        f"| {_cell(each.question)} | `{each.text}` | `{each.select}` | `{_cell(each.keep)}` | {each.reads} |"
        for each in FILTERS
        if each.column
    ]
    return "\n".join(lines)


def _shown(example: Column) -> str:
    if isinstance(example, datetime):
        return f"`{example:%Y-%m-%dT%H:%M:%S.%fZ}`"
    if isinstance(example, bool):
        return f"`{str(example).lower()}`"
    return f"`{example}`" if example != "" else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    main()
