"""What the scorer prints: the table of figures and the worst mistakes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from local.plain_text import clean
from local.score.figures import Figures
from local.score.mistakes import Mistake
from local.score.truth import in_order

WIDTH = 150  # columns, where there is no terminal to ask
_RIGHT = ("alerts", "rows", "wrong", "an alert")
_HEADINGS = (
    *("kind", "variant", "alerts", "rows", "validation", "tree rows", "wrong", "borne out"),
    *("technique named", "an alert"),
)


def table(counted: Mapping[tuple[str, str, str], Figures], title: str) -> Table:
    """The figures by kind and variant, of each dataset where they are told apart."""
    datasets = sorted({dataset for dataset, _, _ in counted})
    headings = _HEADINGS if datasets == [""] else ("dataset", *_HEADINGS)
    made = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for heading in headings:
        made.add_column(heading, justify="right" if heading in _RIGHT else "left")
    for dataset in datasets:
        names = in_order((kind, variant) for one, kind, variant in counted if one == dataset)
        for kind, variant in names:
            cells = _cells(kind, variant, counted[dataset, kind, variant])
            made.add_row(
                *(Text(clean(cell)) for cell in ([dataset] if "dataset" in headings else []) + cells)
            )
    return made


def _cells(kind: str, variant: str, counts: Figures) -> list[str]:
    words = (f"{word} {share(count, counts.rows)}" for word, count in counts.validation.most_common())
    many = f"{counts.techniques / counts.rows:.1f}" if counts.rows else "-"
    return [
        kind,
        variant,
        str(counts.alerts),
        str(counts.rows),
        ", ".join(words),
        share(counts.found, counts.wanted),
        str(counts.wrong),
        share(counts.borne_out, counts.rows),
        share(counts.named, counts.rows) if kind == "attack" else "",
        many,
    ]


def share(count: int, whole: int) -> str:
    """`3/40 (8%)`, or a dash where there is no whole."""
    return f"{count}/{whole} ({100 * count / whole:.0f}%)" if whole else "-"


def mistakes(console: Console, title: str, found: Sequence[Mistake], most: int) -> None:
    """Prints how many there are and the first of them, each with its command and the reason given."""
    if not found or not most:
        return
    console.print(Text(f"\n{title}: {len(found)}", style="bold"))
    for one in found[:most]:
        about = one.truth
        where = f" ({about.dataset})" if about.dataset else ""
        head = f"{about.kind} {about.variant}: {one.what}; {len(about.rows)} rows{where}  {one.alert_id}"
        console.print(Text(clean(head)), overflow="ellipsis", no_wrap=True)
        for line in filter(None, (about.command, one.judged.reason)):
            console.print(Text(f"    {clean(line)}", style="dim"), overflow="ellipsis", no_wrap=True)
