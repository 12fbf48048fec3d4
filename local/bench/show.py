"""The figures as a table."""

from __future__ import annotations

from typing import Any

from rich import box
from rich.markup import escape
from rich.table import Table

from local.bench.stages import STAGES
from local.bench.targets import TARGETS, Figures


def table(figures: Figures) -> Table:
    """Every part that was measured, each figure beside what is to be reached (not in a quick run)."""
    machine = figures["machine"]
    title = (
        f"{figures['date']}, seed {figures['seed']}; {machine['cores']} cores, Python {machine['python']}, "
        f"calibration {machine['calibration_ms']} ms"
    )
    if figures["quick"]:
        title += "; QUICK: small sizes, not to be held against the targets"
    shown = Table(title=escape(title), title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    shown.add_column("part", no_wrap=True)
    shown.add_column("what", no_wrap=True)
    shown.add_column("measured", overflow="fold")
    shown.add_column("to reach", no_wrap=True)
    for part in (name for name in figures if name in _DETAILS):
        if figures[part].get("stopped"):
            shown.add_row(part, "stopped before its end", "", "")
        for target in (one for one in TARGETS if one.part == part):
            value = target.value(figures)
            if value is None:
                continue
            number = f"{value:g}{target.unit and ' ' + target.unit}"
            if figures["quick"]:
                shown.add_row(part, escape(target.what), number, "")
            else:
                colour = "green" if target.is_met(value) else "bold red"
                shown.add_row(part, escape(target.what), f"[{colour}]{number}[/]", target.wanted)
        for what, number in _DETAILS[part](figures[part]):
            shown.add_row("", escape(what), escape(number), "")
    return shown


def wrong(figures: Figures) -> list[str]:
    """What must not be in any run, however small: alerts lost, doubled, not final; functions that failed."""
    found = []
    for part in ("storm", "large"):
        storm = figures.get(part)
        if not storm or storm.get("stopped"):
            continue
        for word in ("lost", "doubled"):
            if storm[word]:
                found.append(f"{storm[word]} alerts of the {part} {word}".replace("large", "large storm"))
        if storm["events_rows"] != storm["events_told"]:
            found.append(f"{storm['events_rows']} event rows, but the rows tell of {storm['events_told']}")
    for part in ("storm", "large", "steady"):
        measured = figures.get(part)
        if measured and not measured.get("stopped") and measured["final"] != measured["alerts"]:
            found.append(f"{part}: {measured['alerts'] - measured['final']} alerts were never final")
    return found


def _storm(storm: Figures) -> list[tuple[str, str]]:
    told = {
        "alerts, each with a row": f"{storm['alerts']}",
        "look-ups by outcome": _counts(storm["enrichment"]),
        "tied to telemetry": _counts(storm["correlation"]),
        "refused with 429": _counts(storm["refused_429"]) or "0",
        "hunts, and seconds they took added up": f"{storm['hunts']}, {storm['hunt_seconds_total']:g} s",
        "every alert has a first row after": f"{storm['first_rows_s']:g} s",
        "storage requests an alert": _requests(storm["storage"]),
        "rings in the hunting queue": f"{storm['rings']}",
        "CPU by function": ", ".join(f"{name} {seconds:g} s" for name, seconds in storm["cpu_s"].items()),
        "peak memory": ", ".join(f"{name} {mb:g} MB" for name, mb in storm["peak_mb"].items()),
    }
    told |= {f"  {api}": str(count) for api, count in storm["calls"].items()}
    problems = {f"logged: {words}": str(count) for words, count in storm["problems"].items()}
    return [*told.items(), *problems.items()]


def _usual(usual: Figures) -> list[tuple[str, str]]:
    projected = usual["projected_s"]
    return [
        ("calls in all", f"{usual['calls_total']} ({usual['calls_an_alert']:g} an alert)"),
        ("projected, a quota for each call, no latency", minutes(projected["quota_a_call"])),
        ("projected, one Defender quota for the app", minutes(projected["quota_an_app"])),
        ("projected, one call after another", minutes(projected["one_after_another"])),
    ]


def _growth(growth: Figures) -> list[tuple[str, str]]:
    return [
        (
            f"storm of {one['alerts']} alerts on {one['devices']} devices",
            f"{one['calls_total']} calls ({one['hunts']} hunts), {one['seconds']:g} s",
        )
        for one in growth["storms"]
    ]


def _requests(storage: Figures) -> str:
    kinds = ", ".join(f"{kind} {count}" for kind, count in list(storage["by_kind"].items())[:8])
    each = f"{storage['an_alert']:g} ({storage['tables_an_alert']:g} of them of tables)"
    return f"{each}, {storage['dollars_a_thousand_alerts']:g} dollars a thousand alerts; most: {kinds}"


def _large(large: Figures) -> list[tuple[str, str]]:
    tied = ", ".join(
        f"{name} {large['methods'].get(name, 0)} of {count}"
        for name, count in large["wanted_methods"].items()
    )
    return [("tied, of what all telemetry would tie", tied), *_storm(large)]


def _steady(steady: Figures) -> list[tuple[str, str]]:
    return [
        ("alerts within minutes", f"{steady['alerts']} in {steady['minutes']:g}"),
        ("listed before the app was up, not counted", f"{steady['listed_too_early']}"),
        ("telemetry there: listed to final", _spread(steady["listed_to_final_s"])),
        ("  of it after the fetch", _spread(steady["fetch_to_final_s"])),
        *(
            (f"  {stage}", f"mean {seconds['all']:g} s, of the slowest in twenty {seconds['slowest']:g} s")
            for stage, seconds in steady["stages_s"].items()
        ),
        *(("  a slow one", _way(one)) for one in steady["slow"][:5]),
        ("listed to the first row, all alerts", _spread(steady["first_row_s"])),
        (
            f"telemetry later ({steady['late']['alerts']}, {steady['late']['tied']} tied): there to tied",
            _spread(steady["late"]["there_to_tied_s"]),
        ),
        (
            "calls in all",
            f"{steady['calls_total']} ({steady['calls_total'] / steady['alerts']:.1f} an alert)",
        ),
        ("hunts, and seconds they took added up", f"{steady['hunts']}, {steady['hunt_seconds_total']:g} s"),
        ("refused with 429", _counts(steady["refused_429"]) or "0"),
    ]


def _way(slow: Figures) -> str:
    stages = ", ".join(f"{slow[stage]:g} {stage}" for stage in STAGES)
    return f"{slow['seconds']:g} s: {stages}; {slow['hunts_before']} hunts before; {'; '.join(slow['rows'])}"


def _against(against: Figures) -> list[tuple[str, str]]:
    names = {"old": against["commit"], "bare": "now, without detections", "full": "now"}
    return [
        *(
            (
                f"{name}: CPU an alert",
                f"{against[way]['cpu_ms_an_alert']:g} ms ({_counts(against[way]['cpu_s'])} s), "
                f"{against[way]['seconds']:g} s, {against[way]['calls_total']} calls, "
                f"{against[way]['storage_an_alert']:g} storage requests an alert",
            )
            for way, name in names.items()
        ),
        ("CPU in proportion, without and with", _counts(against["ratio"])),
        *((f"imports, CPU seconds, {way}", _counts(each)) for way, each in against["imports"].items()),
        ("core without detections, ms an alert", _counts(against["core"])),
    ]


def _profile(profile: Figures) -> list[tuple[str, str]]:
    rows = []
    for name, one in profile["functions"].items():
        each = 1_000 * one["cpu_s"] / max(1, profile["alerts"])
        rows += [
            (
                name,
                f"{one['runs']} runs, {one['seconds']:g} s, CPU {one['cpu_s']:g} s ({each:.1f} ms an alert)",
            ),
            ("  CPU by place, s", _counts(one["cpu_by_place"])),
            ("  CPU by library, s", _counts(one["cpu_by_library"])),
            ("  waiting for, thread seconds", _counts(one["waiting_by_what"])),
        ]
    return rows


def _lone(lone: Figures) -> list[tuple[str, str]]:
    return [
        row
        for way in ("warm", "zero")
        for row in (
            (f"{way}: fetch to final", _spread(lone[way]["fetch_to_final_s"])),
            (
                f"{way}: hunts each, and what they took",
                f"{lone[way]['hunts_each']:g}, {_spread(lone[way]['hunts_s'])}",
            ),
        )
    ]


def _core(core: Figures) -> list[tuple[str, str]]:
    steps = ", ".join(f"{step} {ms:g}" for step, ms in core["ms_an_alert"].items())
    return [("of it, ms", steps), ("alerts and their events", f"{core['alerts']}, {core['events']}")]


def _memory(memory: Figures) -> list[tuple[str, str]]:
    return [
        ("alerts in the ledger at once", str(memory["kept"])),
        ("peak MB", ", ".join(f"{name} {mb:g}" for name, mb in memory["peak_mb"].items())),
        ("before any work, MB", ", ".join(f"{name} {mb:g}" for name, mb in memory["peak_mb_idle"].items())),
    ]


def _backlog(backlog: Figures) -> list[tuple[str, str]]:
    ways = {"fetch": "a fetch with nothing new", "lone": "a lone alert", "repair": "the hourly repair"}
    return [
        (
            f"{one['open']} open, {what}",
            f"{one[way]['requests']} requests, {one[way]['rows']} rows, {one[way]['cpu_ms']:g} ms of CPU",
        )
        for one in backlog["backlogs"]
        for way, what in ways.items()
    ]


def _cold(cold: Figures) -> list[tuple[str, str]]:
    return [(name, f"{seconds:g} s") for name, seconds in cold["seconds"].items()]


def _tenants(many: Figures) -> list[tuple[str, str]]:
    return [
        ("further tenants, and hanging of them", f"{many['tenants']}, {many['hanging']}"),
        ("each healthy one was fetched twice after", f"{many['known_after_s']:g} s"),
        ("time between two fetches of one, median", f"{many['median_gap_s']:g} s"),
        (
            "a run of FetchAlerts, median and most",
            f"{many['fetch_s_median']:g} s, {many['fetch_s_most']:g} s",
        ),
        (
            "a lone alert alone, and beside a storm",
            f"{many['lone_alone_s']} s, {many['lone_beside_storm_s']} s",
        ),
    ]


_DETAILS: dict[str, Any] = {
    "storm": _storm,
    "usual": _usual,
    "growth": _growth,
    "steady": _steady,
    "lone": _lone,
    "large": _large,
    "against": _against,
    "profile": _profile,
    "tenants": _tenants,
    "core": _core,
    "memory": _memory,
    "backlog": _backlog,
    "cold": _cold,
}


def _counts(counts: Figures) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())


def _spread(spread: Figures) -> str:
    return ", ".join(f"{name} {seconds:g} s" for name, seconds in spread.items()) or "not measured"


def minutes(seconds: float) -> str:
    """A length of time as a person says it."""
    if seconds < 120:
        return f"{seconds:g} s"
    return f"{seconds / 60:.0f} min" if seconds < 7_200 else f"{seconds / 3_600:.1f} h"
