"""Scores a recording: hunts, judges and publishes its alerts, and compares them with the truth."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from rich.console import Console

from local.bench.progress import Progress
from local.demo.show import labelled
from local.score import show
from local.score.arguments import Arguments
from local.score.export import Export, export_to
from local.score.figures import Figures, Judged, figures, judged
from local.score.hunting import Asked, batches, findings
from local.score.mistakes import wrong_trees, wrong_verdicts
from local.score.publishing import Publisher
from local.score.recording import Recording, load
from local.score.stopping import Stopped, stoppable
from local.score.truth import Truth, TruthUnusable, in_order, read_truth
from local.simulator.bodies import RecordingError
from shared.pipeline.policy import Policy
from shared.policies import policy_of
from shared.settings import Settings


@dataclass(slots=True)
class Scored:
    """What is known so far. `failed` says why alerts could not be hunted, by alert id."""

    judged: dict[str, Judged] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    asked: Asked = field(default_factory=Asked)
    seconds: float = 0.0
    is_whole: bool = False


def run(arguments: Arguments, console: Console | None = None) -> int:
    """0 if every alert of the truth has its row, else 1; 2 where recording or truth cannot be used; 130 after
    Ctrl-C, with the figures of the alerts that were done by then."""
    console = console or _console()
    try:
        truth = read_truth(arguments.truth)
        with Progress(console, "score") as progress:
            recording = load(arguments.data, say=progress.say)
            with export_to(arguments.export) as export:
                scored = score(recording, production(), progress.say, export)
    except (RecordingError, TruthUnusable) as err:
        console.print(labelled("score:", "bold red", err), soft_wrap=True)
        return 2
    for warning in recording.warnings:
        console.print(labelled("warning:", "yellow", warning), soft_wrap=True)
    done = {i: about for i, about in truth.items() if scored.is_whole or i in scored.judged}
    _tell(console, arguments, done, scored)
    _sum_up(console, truth, scored, len(recording.alerts))
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(_content(arguments, done, scored), indent=1) + "\n", "utf-8")
    for written in (arguments.export, arguments.json):
        if written is not None:
            console.print(labelled("written:", "", written), soft_wrap=True)
    if not scored.is_whole:
        return 130
    return 1 if truth.keys() - scored.judged.keys() else 0


def production() -> Policy:
    """The numbers the app goes by where no setting says otherwise."""
    return policy_of(Settings())


def score(
    recording: Recording, policy: Policy, say: Callable[[str], None], export: Export | None = None
) -> Scored:
    """The alerts hunted, published and judged, group by group. Ctrl-C ends it before the next query; groups
    that were done stay."""
    scored, began = Scored(), time.monotonic()
    publisher = Publisher(recording, policy)
    with stoppable() as check:

        def on_call(asked: Asked) -> None:
            check()
            say(f"{len(scored.judged)} of {len(recording.alerts)} alerts, {asked.calls} queries")

        scored.asked.on_call = on_call
        try:
            for cases, now in batches(recording.alerts, policy):
                found = findings(recording.engine, cases, now, policy.hunt, scored.asked)
                published = publisher.published(cases, found, now)
                if export is not None:
                    export.add(published)
                scored.judged |= {
                    str(one.alert["AlertId"]): judged(one.alert, one.events) for one in published
                }
                scored.failed |= {i: one.detail for i, one in found.items() if one.status == "Failed"}
            scored.is_whole = True
        except Stopped:
            scored.is_whole = False
    scored.seconds = time.monotonic() - began
    if export is not None:
        export.end(publisher.incidents(), {"hunting": scored.asked.calls}, scored.seconds)
    return scored


def _console() -> Console:
    """As wide as the terminal; wide enough for the table where there is none to ask."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=show.WIDTH)


def _tell(console: Console, arguments: Arguments, done: Mapping[str, Truth], scored: Scored) -> None:
    console.print(show.table(figures(done, scored.judged), "Alerts by kind and variant"))
    if arguments.by_dataset:
        console.print(show.table(figures(done, scored.judged, by_dataset=True), "By dataset"))
    show.mistakes(console, "Wrong verdicts", wrong_verdicts(done, scored.judged), arguments.most)
    show.mistakes(console, "Wrong rows and missed ones", wrong_trees(done, scored.judged), arguments.most)


def _sum_up(console: Console, truth: Mapping[str, Truth], scored: Scored, alerts: int) -> None:
    if scored.failed:
        why = next(iter(scored.failed.values()))
        console.print(labelled(f"not hunted: {len(scored.failed)} alerts;", "yellow", f"the first: {why}"))
    if not scored.is_whole:
        console.print(
            f"\nstopped: {len(scored.judged)} of {alerts} alerts are done, and only those are counted"
        )
    console.print(
        f"\n{len(truth)} alerts in the truth, {len(truth.keys() - scored.judged.keys())} without a row; "
        f"{alerts} alerts in the recording, {scored.asked.calls} queries, {scored.seconds:.0f} s"
    )


def _content(arguments: Arguments, done: Mapping[str, Truth], scored: Scored) -> dict[str, object]:
    content: dict[str, object] = {
        "is_whole": scored.is_whole,
        "alerts": len(done),
        "without_a_row": len(done.keys() - scored.judged.keys()),
        "queries": scored.asked.calls,
        "seconds": round(scored.seconds, 1),
        "figures": _named(figures(done, scored.judged)),
    }
    if arguments.by_dataset:
        apart = figures(done, scored.judged, by_dataset=True)
        content["datasets"] = {
            name: _named({key: one for key, one in apart.items() if key[0] == name})
            for name in sorted({dataset for dataset, _, _ in apart})
        }
    return content


def _named(counted: Mapping[tuple[str, str, str], Figures]) -> dict[str, object]:
    by_name = {(kind, variant): one for (_, kind, variant), one in counted.items()}
    return {f"{kind}/{variant}": by_name[kind, variant].content() for kind, variant in in_order(by_name)}
