"""The figures of docs/correlation.md, measured; `python -m tests.docs.correlation_scores` writes them."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from local.cli import ROOT
from local.docs.blocks import page_with
from local.incidents import make
from shared.core.correlate.tie import AT_THE_MOMENT, BASE
from shared.core.hunting import HuntPolicy
from tests.scoring.harness import BUSIER, POLICY, Recording, Score, by_pid_alone, load, scores, whole

PAGE = ROOT / "docs" / "correlation.md"
_SUMMARY = "| recording | alerts | rows | least recall | least precision |\n|---|---|---|---|---|"
_BY_ALERT = "| alert | tied by | confidence | recall | precision | events |\n|---|---|---|---|---|---|"


def blocks(contoso: Recording, busier: Recording) -> dict[str, str]:
    """Name -> the block's text, for the recorded incident and the same one made with BUSIER."""
    found = whole(contoso)
    scored = scores(contoso, found.findings)
    lines = [
        _SUMMARY,
        _row("`contoso`", scored),
        _row("twice the noise, three times the pid reuse", scores(busier, whole(busier).findings)),
        _row("`contoso`, matched by pid alone", scores(contoso, by_pid_alone(contoso).findings)),
    ]
    return {
        "confidence": _confidence(),
        "limits": _limits(POLICY),
        "summary": "\n".join(lines),
        "alerts": "\n".join([_BY_ALERT, *(_alert(score) for score in scored)]),
        "calls": f"The {len(contoso.alerts)} alerts of `contoso` together take {found.calls} hunting calls.",
    }


def _confidence() -> str:
    lines = ["| tied by (`CorrelationMethod`) | starts at | at the alert's moment |", "|---|---|---|"]
    for method, sure in BASE.items():
        if sure:
            at_once = AT_THE_MOMENT[method]
            lines.append(f"| `{method}` | {sure} | {at_once if at_once != sure else 'the same'} |")
    return "\n".join(lines)


def _limits(policy: HuntPolicy) -> str:
    rows = {
        "telemetry before the alert's first event, and after its last": f"{policy.lookback_s / 3600:.0f} h",
        "the same for rows that only mention its evidence": f"{policy.mention_window_s / 3600:.0f} h",
        "rows of one table by one process": f"{policy.process_rows:,}",
        "rows of one table and device that mention one thing": f"{policy.mention_rows:,}",
        "events of one alert": f"{policy.max_events:,}",
        "processes of one alert's trees": f"{policy.max_nodes:,}",
        "levels up and down": f"{policy.max_depth}",
        "anchors that evidence leads to": f"{policy.max_anchors}",
        "things of one alert's evidence that are looked for": f"{policy.max_indicators}",
        "events of an alert with only a device": f"{policy.device_activity}",
    }
    lines = ["| what | at most |", "|---|---|"]
    return "\n".join([*lines, *(f"| {what} | {most} |" for what, most in rows.items())])


def _row(name: str, scored: Sequence[Score]) -> str:
    by_rows = [score for score in scored if score.is_by_rows]
    rows = sum(score.right + len(score.missing) for score in by_rows)
    recall, precision = min(s.recall for s in by_rows), min(s.precision for s in by_rows)
    return f"| {name} | {len(by_rows)} | {rows:,} | {recall:.3f} | {precision:.3f} |"


def _alert(score: Score) -> str:
    finding = score.finding
    title = score.title.replace("\n", " ").replace("|", "\\|")
    title = title if len(title) <= 50 else title[:49] + "…"
    if not finding.events:
        return f"| {title} | {finding.reason} | | | | 0 |"
    shown = (f"{score.recall:.2f}", f"{score.precision:.2f}") if score.is_by_rows else ("", "")
    cells = (title, finding.method, finding.confidence, *shown, finding.event_count)
    return f"| {' | '.join(map(str, cells))} |"


def page() -> str:
    """The page with its blocks as measured now."""
    with tempfile.TemporaryDirectory() as folder:
        make.main([*BUSIER, "--out", folder])
        return page_with(PAGE, blocks(load(make.CONTOSO), load(Path(folder))))


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
