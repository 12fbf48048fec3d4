"""Each thing that can be wrong with a deployment is found, named, and told how to mend."""

from dataclasses import replace
from datetime import timedelta

import pytest

from local import doctor
from local.doctor.machine import Machine
from local.doctor.storage import TABLES
from local.identity import DEFENDER, GRAPH
from local.ops import target as targets
from local.ops.parser import Where
from local.ops.queues import POISON, queue_names
from local.ops.target import opened
from local.stack import ROLES
from shared.adapters.clock import SystemClock
from shared.adapters.storage import TableEntityCache
from shared.core.hunting import Gap, Tenant
from shared.core.values import CachedAnswer, Instant, table_keys
from shared.pipeline.hunt.tenant_hunter import KEY, KIND
from tests.local.doctor.conftest import OTHER_DEFENDER, Parts, examined, now


def test_where_all_is_well_nothing_is_to_be_mended(parts: Parts) -> None:
    report = examined(parts)
    assert [line for line in report.lines if line.startswith("!!")] == []
    assert (report.code, "Nothing to mend. Well." in report.lines) == (0, True)
    assert "roles Alert.Read.All" in report.line("ok", "token for Defender")
    assert "answers" in report.line("ok", "hunting")
    assert "answers" in report.line("ok", "alerts (defender)")
    for kind in ("devices", "users", "files", "addresses", "domains"):
        assert report.line("ok", f"look-up of {kind}")
    assert "within" in report.line("ok", "clock of storage")


def test_it_leaves_nothing_behind(parts: Parts) -> None:
    """It reads only: no cached answer, no lease, no queue of its own."""
    examined(parts)
    rows = {name: list(parts.tables.get_table_client(name).list_entities()) for name in TABLES}
    assert [name for name, found in rows.items() if found] == ["Checkpoints"]
    assert [row["RowKey"] for row in rows["Checkpoints"]] == ["checkpoint|defender"]
    assert sorted(queue.name for queue in parts.queues.list_queues()) == queue_names()


def test_a_missing_role_is_named_with_how_to_grant_it(parts: Parts) -> None:
    with parts.roles(GRAPH):
        report = examined(parts)
    assert report.code == 1
    assert "ThreatHunting.Read.All is missing" in report.line("!!", "roles on Graph")
    assert "ThreatHunting.Read.All" in report.line("!!", "hunting")
    assert "infra/grant-roles.sh" in report.todo and "a day late" in report.todo


def test_each_missing_look_up_role_is_named_and_stops_nothing(parts: Parts) -> None:
    with parts.roles(DEFENDER, "Alert.Read.All", "File.Read.All"):
        report = examined(parts)
    assert report.code == 0
    said = [line for line in report.lines if line.startswith("--  roles on Defender")]
    for role in ("Machine", "Ip", "Url"):
        assert any(f"{role}.Read.All is missing" in line for line in said)
    assert not any("File.Read.All" in line for line in said)
    assert "answered 403" in report.line("--", "look-up of devices")
    assert report.line("ok", "look-up of files")


def test_a_role_to_write_counts_as_one_to_read(parts: Parts) -> None:
    with parts.roles(DEFENDER, *(role.replace(".Read.", ".ReadWrite.") for role in ROLES[DEFENDER])):
        report = examined(parts)
    assert not [line for line in report.lines if "is missing" in line]


def test_the_roles_asked_for_follow_the_source_of_alerts(parts: Parts) -> None:
    with parts.roles(GRAPH, "ThreatHunting.Read.All"), parts.roles(DEFENDER):
        report = examined(parts, settings={"ALERT_SOURCE": "graph"})
    assert "SecurityAlert.Read.All is missing" in report.line("!!", "roles on Graph")
    assert not [
        line for line in report.lines if "Alert.Read.All is missing" in line and "on Defender" in line
    ]


def test_a_token_for_another_audience_is_named(parts: Parts) -> None:
    """The newer host's name is another resource app, which does not hold the roles."""
    with parts.roles(OTHER_DEFENDER, *ROLES[DEFENDER]):
        report = examined(parts, settings={"DEFENDER_API_SCOPE": f"{OTHER_DEFENDER}/.default"})
    assert report.code == 1
    said = report.line("!!", "token for Defender")
    assert f"wrong audience: it is for {OTHER_DEFENDER}" in said
    assert "takes https://api.securitycenter.microsoft.com" in said
    assert "answered 401" in report.line("!!", "alerts (defender)")
    assert "remove the setting DEFENDER_API_SCOPE" in report.todo


def test_an_identity_that_is_not_there_is_said(parts: Parts) -> None:
    report = examined(parts, settings={"IDENTITY_CLIENT_ID": "00000000-0000-0000-0000-000000000000"})
    assert report.code == 1
    assert "No User Assigned" in report.line("!!", "token for Defender")
    assert "IDENTITY_CLIENT_ID" in report.todo


def test_a_missing_table_is_named(parts: Parts) -> None:
    parts.tables.delete_table("EntityCache")
    try:
        report = examined(parts)
    finally:
        parts.tables.create_table("EntityCache")
    assert report.code == 1
    assert report.line("!!", "tables").endswith("missing: EntityCache")
    assert "infra/main.bicep" in report.todo


def test_a_missing_queue_is_named(parts: Parts) -> None:
    parts.queues.delete_queue("hunt-requests")
    try:
        report = examined(parts)
    finally:
        parts.queues.create_queue("hunt-requests")
    assert report.code == 1
    assert report.line("!!", "queue hunt-requests ").endswith("missing")


def test_messages_in_a_poison_queue_are_to_be_looked_at(parts: Parts) -> None:
    queue = parts.queues.create_queue("alerts-to-enrich" + POISON)
    try:
        assert report_code(parts) == 0
        queue.send_message("eA==")
        report = examined(parts)
    finally:
        queue.delete_queue()
    assert (report.code, "ops poison" in report.todo) == (1, True)
    assert "1 messages failed for good" in report.line("!!", "queue alerts-to-enrich-poison")


def report_code(parts: Parts) -> int:
    return examined(parts).code


@pytest.mark.parametrize(("skew", "word"), [(600, "10 min ahead of it"), (-600, "10 min behind it")])
def test_a_wrong_clock_is_seen(parts: Parts, skew: int, word: str) -> None:
    report = examined(parts, clock=lambda: now() + timedelta(seconds=skew))
    assert report.code == 1
    for name in ("storage", "Defender", "Graph"):
        assert word in report.line("!!", f"clock of {name}").replace(" 1 s", "").replace(
            "9 min 59 s", "10 min"
        )
    assert "NTP" in report.todo


def test_an_old_python_is_seen(parts: Parts) -> None:
    report = examined(parts, here=Machine(python=(3, 9, 18)))
    assert report.code == 1
    assert "3.9.18; the deployed app runs on 3.13" in report.line("!!", "Python ")
    assert "install Python 3.13" in report.todo


def test_a_drain_longer_than_the_host_allows_is_named(parts: Parts) -> None:
    report = examined(parts, settings={"DRAIN_FOR": "15m"})
    assert "DRAIN_FOR is 900 s, and the host ends a function after 600 s" in report.line("!!", "settings")


def test_a_fetch_that_stands_still_is_seen_with_its_error(parts: Parts) -> None:
    parts.write_checkpoint(
        last_success=now() - timedelta(minutes=40),
        last_error="Throttled: \x1b[2J429",
        last_error_at=now() - timedelta(minutes=2),
    )
    report = examined(parts)
    said = report.line("!!", "checkpoint")
    assert "last successful fetch 40 min" in said and "Throttled: \\u001b[2J429" in said
    assert "docs/runbook.md" in report.todo


def test_an_audit_that_was_not_made_is_seen(parts: Parts) -> None:
    parts.write_checkpoint(last_audit=now() - timedelta(hours=5))
    assert "last made 5 h" in examined(parts).line("!!", "audit")


def test_an_app_that_never_ran_is_no_failure(parts: Parts) -> None:
    report = examined(parts, settings={"TENANT": "nobody"})
    assert report.code == 0
    assert "has not run yet for tenant nobody" in report.line("--", "checkpoint")
    assert any("publish the app" in line for line in report.lines)


def test_the_command_looks_at_the_running_stack(
    parts: Parts, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(targets, "running", lambda: parts.state)
    assert doctor.main([]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("the local stack, tenant home, and this machine\n")
    assert "Nothing to mend. See the work: python3 dev.py ops status" in printed
    with parts.roles(GRAPH):
        assert doctor.main([]) == 1


def test_without_a_stack_it_looks_at_this_machine(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(targets, "running", lambda: None)
    assert doctor.main([]) == 0
    printed = capsys.readouterr().out
    assert "ok  host.json" in printed and "token for" not in printed
    assert "infra/grant-roles.sh" in printed


def test_wrong_settings_are_the_one_thing_to_mend(
    parts: Parts, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = replace(parts.state, settings={**parts.state.settings, "POLL_OVERLAP": "soon"})
    monkeypatch.setattr(targets, "running", lambda: broken)
    assert doctor.main([]) == 1
    assert "POLL_OVERLAP must be" in capsys.readouterr().out


@pytest.mark.parametrize("argv", [["--account", "UPPER"], ["extra"], ["--source", "elsewhere"]])
def test_wrong_arguments_get_one_clear_line_and_code_2(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        doctor.main(argv)
    assert end.value.code == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("dev.py doctor: ")


def test_help_shows_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        doctor.main(["--help"])
    assert end.value.code == 0
    assert "example: python3 dev.py doctor --account" in capsys.readouterr().out


def test_what_hunting_lacks_is_said(parts: Parts) -> None:
    lacking = Tenant().lacking([Gap("DeviceEvents", "LogonId"), Gap("DeviceInfo")], Instant.of(now()))
    with opened(Where(), parts.state) as target:
        cache = TableEntityCache(target.tables, target.tenant, SystemClock())
        cache.put(KIND, {KEY: CachedAnswer("known", lacking.to_text(), now())})
        try:
            report = examined(parts)
        finally:
            cache.put(KIND, {KEY: CachedAnswer("known", Tenant().to_text(), now())})
            parts.tables.get_table_client("EntityCache").delete_entity(
                table_keys.cache_partition(target.tenant, KIND), table_keys.cache_row(KEY)
            )
    said = report.line("--", "hunting lacks")
    assert "DeviceInfo" in said and "LogonId of DeviceEvents" in said
    assert any("EventsLeftOut" in line for line in report.lines)
    assert not any(line.startswith("--  hunting lacks") for line in examined(parts).lines)
