"""Figures as a run gives them, small and made up, for what shows them."""

from typing import Any


def figures(**storm: Any) -> dict[str, Any]:
    """A storm and the usual way; `storm` replaces parts of the storm's figures."""
    return {
        "date": "2026-11-24",
        "quick": False,
        "seed": 7,
        "machine": {"cores": 2, "python": "3.13.0", "system": "Linux", "calibration_ms": 30.0},
        "storm": {
            "alerts": 1_000,
            "final": 1_000,
            "rows": 1_000,
            "lost": 0,
            "doubled": 0,
            "seconds": 53.4,
            "first_rows_s": 40.0,
            "storage": {
                "by_kind": {"transaction": 3_000},
                "an_alert": 5.0,
                "tables_an_alert": 3.0,
                "dollars_a_thousand_alerts": 0.0004,
            },
            "calls": {"GET /api/alerts": 5, "POST /v1.0/security/runHuntingQuery": 95},
            "calls_total": 100,
            "refused_429": {},
            "hunts": 95,
            "hunt_seconds_total": 300.0,
            "rings": 1,
            "enrichment": {"Complete": 1_000},
            "correlation": {"Correlated": 973, "NoMatch": 27},
            "events_told": 10,
            "events_rows": 10,
            "cpu_s": {"FetchAlerts": 1.0},
            "cpu_ms_an_alert": 16.0,
            "peak_mb": {"FetchAlerts": 90.0},
            "curve": [[0.0, 0], [26.0, 60], [54.0, 1_000]],
            "problems": {},
            **storm,
        },
        "usual": {
            "alerts": 1_000,
            "calls": {"POST /v1.0/security/runHuntingQuery": 1_000},
            "calls_total": 4_500,
            "calls_an_alert": 4.5,
            "projected_s": {"quota_a_call": 1_320, "quota_an_app": 7_500, "one_after_another": 3_800},
        },
    }
