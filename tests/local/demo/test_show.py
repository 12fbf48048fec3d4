"""What the demo's table shows on a narrow terminal."""

import io

import pytest
from rich.console import Console

from local.demo.show import incidents_table
from tests.report.samples import alert_row, incident_row


@pytest.mark.parametrize("width", [80, 100])
def test_what_does_not_fit_is_cut_with_a_sign_and_incidents_stand_above_their_alerts(width: int) -> None:
    long = "A title that is longer than any terminal of eighty or a hundred columns has room for, and more"
    alerts = [
        alert_row(0, AlertName=long, IncidentId="7", Priority=2),
        alert_row(1, AlertName="short", IncidentId="7", Priority=3),
        alert_row(2, AlertName="gravest of all", IncidentId="", Priority=1),
    ]
    out = io.StringIO()
    incidents = [incident_row("7", Title=long, Priority=2)]
    Console(file=out, width=width).print(incidents_table(incidents, alerts, width))
    lines = [line for line in out.getvalue().splitlines() if line[:3].strip().isdigit()]
    assert all(len(line) <= width for line in out.getvalue().splitlines())
    assert [line.split()[:2] for line in lines] == [["1", "gravest"], ["2", "A"], ["2", "A"], ["3", "short"]]
    assert [line[4:6] for line in lines] == ["gr", "A ", "  ", "  "]
    assert all("…" in line for line in lines[1:3])
    assert ("tied by" in out.getvalue()) == (width >= 90)
