"""docs/cost.md: fresh, its sums right, and what it was counted from still about true."""

from __future__ import annotations

import json
import re

import pytest

from local.docs import cost, cost_counted, cost_month, cost_tenants, prices


def test_the_pages_figures_are_those_worked_out_now() -> None:
    stale = "run `python -m local.docs.cost`"
    assert cost.PAGE.read_text("utf-8") == cost.page(), stale


def test_the_rows_of_a_month_add_up() -> None:
    rows = [line.strip("| ").split(" | ") for line in cost.blocks()["months"].splitlines()[2:]]
    for column in range(1, 1 + len(cost.VOLUMES)):
        *parts, together, small = (float(row[column]) for row in rows)
        assert together == pytest.approx(sum(parts), abs=0.03)
        assert small <= together


def test_a_month_is_what_a_person_works_out_by_hand() -> None:
    idle = {
        "storage_requests": 10.0,
        "calls": 1.0,
        "hunts": 0.0,
        "cpu_s": 0.1,
        "log_lines": 2.0,
        "log_bytes": 200.0,
    }
    alert = {**idle, "hunts": 2.0, "EnrichAlert": 1.0, "HuntCorrelate": 1.0}
    kept = {
        "Alerts": 20_000.0,
        "Incidents": 1_000.0,
        "AlertEvents": 10_000.0,
        "AlertWork": 5_000.0,
        "EntityCache": 1_000.0,
    }
    month = cost_month.month(1_000, {"lone": {"idle": idle, "alert": alert, "kept": kept}})
    # A fetch: 0.1 + 0.01 of the host + 10 * 0.01 + 0.3 s, less than the second that is billed. An alert of
    # two runs: two hunts of 3 s more, and the host twice. A quarter of a core takes four times as long.
    assert month.seconds[cost_month.BIG] == pytest.approx(172_800 * 1.0 + 30_000 * 6.52)
    assert month.seconds[cost_month.SMALL] == pytest.approx(172_800 * 1.0 + 30_000 * (6.4 + 0.12 * 4))
    dollars = (172_800 + 30_000 * 6.52) * 2 * 0.000026 - 100_000 * 0.000026
    assert month.function_time(cost_month.BIG) == pytest.approx(dollars)
    ready = 2 * 2_592_000 * 2 * 0.000004 + 30_000 * 6.52 * 2 * 0.000016
    fetches = (172_800 * 2 - 100_000) * 0.000026
    assert month.always_ready(cost_month.BIG) == pytest.approx(ready + fetches)
    assert month.runs == 172_800 + 30_000 * 2
    assert month.executions == 0.0
    # (200 + 2 lines + 4 records a run) of a fetch, and (200 + 2 + 8) of an alert.
    assert month.log_gb == pytest.approx((172_800 * 6_200 + 30_000 * 10_200) / 1e9 + 0.1)
    # A warning at each run of the timer; a pointer and a wake-up an alert.
    assert month.left_out_gb == pytest.approx((172_800 * 1_400 + 30_000 * 2 * 750) / 1e9)
    assert month.kept_gb == pytest.approx(1_000 * (21_000 * 365 + 16_000 * 180) / 1e9)


def test_runs_between_fetches_cost_their_second_and_little_else() -> None:
    idle = {"storage_requests": 10.0, "calls": 1.0, "hunts": 0.0, "cpu_s": 0.1, "log_lines": 2.0}
    idle |= {"log_bytes": 200.0}
    between = {**dict.fromkeys(idle, 0.0), "storage_requests": 2.0}
    alert = {**dict.fromkeys(idle, 0.0), "EnrichAlert": 0.0, "HuntCorrelate": 0.0}
    kept = dict.fromkeys(("Alerts", "AlertEvents", "AlertWork", "EntityCache"), 0.0)
    counted = {"lone": {"idle": idle, "alert": alert, "kept": kept}, "between": between}

    often, seldom = (cost_month.month(100, counted, every_s=every) for every in (15.0, 60.0))

    assert often.seconds[cost_month.BIG] == seldom.seconds[cost_month.BIG] == 172_800
    assert seldom.table_requests == pytest.approx(43_200 * 10 + 129_600 * 2)
    assert (often.calls_a_day, seldom.calls_a_day) == (5_760, 1_440)
    assert seldom.log_gb < often.log_gb


def test_idle_tenants_make_runs_longer_until_they_are_full_and_no_more_of_them() -> None:
    fetch = {"storage_requests": 10.0, "calls": 1.0, "cpu_s": 0.0}
    counted = {"lone": {"idle": fetch}, "between": {"storage_requests": 2.0}}
    few, many, crowd = (cost_tenants.idle(tenants, counted) for tenants in (10, 100, 1_000))
    # A fetch waits 10 * 0.01 + 0.3 s, and eight are under way: 0.05 s each, so a run of 9 s has room for 180.
    assert (few.seconds_a_run, few.fetched_a_run, few.asked_every_s) == (1.0, 10, 15)
    assert many.seconds_a_run == pytest.approx(5.01)
    assert (crowd.fetched_a_run, crowd.asked_every_s) == pytest.approx((180, 15 * 1_000 / 180))
    assert few.log_gb == many.log_gb == crowd.log_gb
    assert many.table_requests == pytest.approx(172_800 * 1_002)
    rarely = cost_tenants.idle(100, counted, every_s=60)
    assert (rarely.fetched_a_run, rarely.asked_every_s) == (25, 60)
    assert rarely.total(cost_month.BIG) < many.total(cost_month.BIG)


def test_every_alert_rule_is_paid_for() -> None:
    bicep = (cost_month.ROOT / "infra" / "alerts.bicep").read_text("utf-8")
    rules = re.findall(r"loadTextContent\('alerts/", bicep)
    assert len(cost_month.rule_frequencies()) == len(rules) >= 11
    assert set(cost_month.rule_frequencies()) <= set(prices.RULE)


@pytest.mark.slow
def test_an_alert_still_spends_about_what_was_counted() -> None:
    committed = json.loads(cost_counted.FILE.read_text("utf-8"))["grouped"]
    now = cost_counted.measure(cost_counted.GROUPED, cost_counted.measure_quiet())
    for part, name in (("idle", "storage_requests"), ("alert", "storage_requests"), ("alert", "log_bytes")):
        assert 0.5 < now[part][name] / committed[part][name] < 2.0, (part, name, now)
    assert 0.5 < now["kept"]["Alerts"] / committed["kept"]["Alerts"] < 2.0
