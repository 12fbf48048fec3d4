"""The page put together: template, styles, scripts and content, under a policy of its own hashes."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from local.report.almost import almost
from local.report.content import dumps, packed, packed_incidents, summary
from local.report.incidents import incidents_of
from local.report.rows import Rows

PAGE = Path(__file__).parent / "page"
# In the order in which they build on each other: each file adds to `Report`, and uses what stands above.
SCRIPTS = (
    "words", "text", "dom", "rows", "search", "filters", "download", "over_time", "verdicts", "figures",
    "incident_list", "alert_table", "list", "places", "seen", "tree_node", "tree", "zoom", "drag", "zoom_by",
    "timeline_plot", "timeline", "event_list", "story", "next_steps", "indicators", "entities", "related",
    "alert", "incident_timeline", "incident", "start",
)  # fmt: skip
STYLES = ("colours", "base", "overview", "list", "table", "alert", "tree", "timeline", "print")


def write_page(rows: Rows, out: Path, *, open_at: str | None = None, now: dt.datetime | None = None) -> int:
    """Writes the page, its folder made where it is missing; its size in bytes."""
    text = page(rows, open_at=open_at, now=now).encode("utf-8", "xmlcharrefreplace")
    out.parent.mkdir(parents=True, exist_ok=True)
    fresh = out.with_name(f".{out.name}.new")
    fresh.write_bytes(text)
    fresh.replace(out)
    return len(text)


def page(rows: Rows, *, open_at: str | None = None, now: dt.datetime | None = None) -> str:
    """The page's HTML. It asks for nothing outside itself, and its policy lets nothing else in."""
    now = now or dt.datetime.now(dt.UTC)
    incidents = incidents_of(rows)
    script, style = _joined("scripts", SCRIPTS, "js"), _joined("styles", STYLES, "css")
    near = almost(rows)
    environment = Environment(
        loader=FileSystemLoader(PAGE), autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True
    )
    return environment.get_template("report.html.j2").render(
        policy=policy(script, style),
        script=Markup(script),  # noqa: S704  # our own files, hashed as they are
        style=Markup(style),  # noqa: S704  # the same
        summary=embedded(dumps(summary(rows, incidents, now.strftime("%Y-%m-%dT%H:%M:%SZ"), open_at))),
        details=[
            packed(row, rows.events.get(str(row["RowKey"]), []), near.get(str(row["RowKey"]), []))
            for row in rows.alerts
        ],
        incidents=list(packed_incidents(rows, incidents, now)),
        source=rows.source,
    )


def policy(script: str, style: str) -> str:
    """Only this script and this style; no request of any kind, and no text taken for markup."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_hash(script)}'",
            f"style-src '{_hash(style)}'",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def embedded(json_text: str) -> Markup:
    """JSON for a script element: nothing in it is read as markup, whatever the strings say."""
    return Markup(  # noqa: S704  # the three characters that markup is made of are escapes now
        json_text.replace("&", r"\u0026").replace("<", r"\u003c").replace(">", r"\u003e")
    )


def _joined(folder: str, names: tuple[str, ...], ending: str) -> str:
    return "\n".join((PAGE / folder / f"{name}.{ending}").read_text("utf-8") for name in names)


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
