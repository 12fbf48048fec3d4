"""How telemetry comes where tests run the whole stack: each row as late as was measured.

Half of it takes a minute and a half, and 3 of 100 rows up to two hours. The newest alert is a little older
than that, so that what a test waits for is there; what is found before, `tests/scoring/test_lateness.py`
measures.
"""

LATE: dict[str, object] = {"telemetry_lags": True, "newest_alert_age_s": 7_800}
