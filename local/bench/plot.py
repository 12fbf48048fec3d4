"""The storm's curve as an SVG: rows final over seconds, and what the usual way would have done by then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_WIDTH, _HEIGHT = 760, 380
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 20, 44, 52
_INK, _PALE, _OURS, _USUAL = "#1f2937", "#d1d5db", "#2563eb", "#b45309"
_STEPS = (1, 2, 5, 10, 15, 20, 30, 60, 100, 120, 200, 250, 300, 500, 600, 1_000)
_TARGET_S = 120


def storm(figures: Mapping[str, Any], usual: Mapping[str, Any] | None = None) -> str:
    """The picture; with the figures of the usual way a second line shows it, at its fastest, beside ours."""
    curve = [(float(second), int(count)) for second, count in figures["curve"]]
    alerts = int(figures["alerts"])
    most_seconds = max([_TARGET_S * 1.08, *(second * 1.05 for second, _ in curve)])
    box = _Box(most_seconds, alerts * 1.05)
    parts = [_frame(box, most_seconds, alerts)]
    if usual is not None and usual["projected_s"]["quota_a_call"]:
        end = usual["alerts"] / usual["projected_s"]["quota_a_call"] * most_seconds
        parts.append(_line(box, [(0.0, 0.0), (most_seconds, end)], _USUAL, dashed=True))
        parts.append(
            _text(box.x(most_seconds) - 4, box.y(end) - 8, "the usual way, at its fastest", _USUAL, "end")
        )
    steps = _stairs(curve, most_seconds)
    parts.append(_line(box, steps, _OURS))
    parts.append(_text(box.x(most_seconds), box.y(alerts) - 6, _ended(figures), _OURS, "end"))
    title = f"A storm of {alerts:,} alerts: rows that are final, over time"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'font-family="system-ui, sans-serif" font-size="13">\n<title>{title}</title>\n'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>\n'
        f'<text x="{_LEFT}" y="24" font-size="15" fill="{_INK}">{title}</text>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _ended(figures: Mapping[str, Any]) -> str:
    return f"{figures['final']:,} final after {figures['seconds']:.0f} s, with {figures['calls_total']} calls"


class _Box:
    """From seconds and rows to places in the picture."""

    def __init__(self, seconds: float, rows: float) -> None:
        self._seconds, self._rows = seconds, rows

    def x(self, second: float) -> float:
        return round(_LEFT + (_WIDTH - _LEFT - _RIGHT) * second / self._seconds, 1)

    def y(self, rows: float) -> float:
        return round(_HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * rows / self._rows, 1)


def _frame(box: _Box, seconds: float, alerts: int) -> str:
    """Axes with their numbers, and the target."""
    parts = []
    bottom, top, left, right = box.y(0), box.y(alerts * 1.05), box.x(0), box.x(seconds)
    for rows in _ticks(alerts):
        parts.append(f'<path d="M{left} {box.y(rows)}H{right}" stroke="{_PALE}"/>')
        parts.append(_text(left - 8, box.y(rows) + 4, f"{rows:,}", _INK, "end"))
    for second in _ticks(int(seconds)):
        parts.append(f'<path d="M{box.x(second)} {bottom}v5" stroke="{_INK}"/>')
        parts.append(_text(box.x(second), bottom + 20, str(second), _INK, "middle"))
    parts.append(f'<path d="M{left} {bottom}H{right}" stroke="{_INK}"/>')
    parts.append(_text((left + right) / 2, _HEIGHT - 10, "seconds since the fetch began", _INK, "middle"))
    at = box.x(_TARGET_S)
    parts.append(f'<path d="M{at} {top}V{bottom}" stroke="{_INK}" stroke-dasharray="2 4"/>')
    parts.append(_text(at - 5, (top + bottom) / 2, "two minutes", _INK, "end"))
    return "\n".join(parts)


def _ticks(most: int) -> range:
    step = next((step for step in _STEPS if most / step <= 8), 1_000)
    return range(0, most + 1, step)


def _stairs(curve: Sequence[tuple[float, int]], until: float) -> list[tuple[float, float]]:
    points: list[tuple[float, float]] = []
    before = 0
    for second, count in curve:
        points += [(second, before), (second, count)]
        before = count
    return [*points, (until, before)]


def _line(box: _Box, points: Sequence[tuple[float, float]], colour: str, *, dashed: bool = False) -> str:
    path = " ".join(f"{box.x(second)},{box.y(rows)}" for second, rows in points)
    dash = ' stroke-dasharray="6 4"' if dashed else ""
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2.5"{dash}/>'


def _text(x: float, y: float, words: str, colour: str, anchor: str) -> str:
    return f'<text x="{round(x, 1)}" y="{round(y, 1)}" fill="{colour}" text-anchor="{anchor}">{words}</text>'
