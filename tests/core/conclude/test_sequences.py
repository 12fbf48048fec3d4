import json
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from shared.core.conclude import sequences
from shared.core.conclude.behaviour import Behaviour
from shared.core.conclude.context import AlertContext, context_of
from shared.core.correlate.finding import ProcessNode, TiedEvent
from tests.builders import alert, enrichment_of_file, finding, key, node, tied

Rule = Callable[[AlertContext], Iterator[Behaviour]]


def _context(nodes: tuple[ProcessNode, ...] = (), events: tuple[TiedEvent, ...] = ()) -> AlertContext:
    return context_of(alert(), None, finding(nodes=nodes, events=events))


def _files(count: int, action: str = "FileModified", step: float = 1.0) -> tuple[TiedEvent, ...]:
    return tuple(
        tied("DeviceFileEvents", action, after=step * n, number=n, FolderPath=f"C:\\Docs\\{n}.docx")
        for n in range(count)
    )


def _logons(failures: int, then: str | None = "203.0.113.7") -> tuple[TiedEvent, ...]:
    failed = [
        tied(
            "DeviceLogonEvents", "LogonFailed", after=n, number=n, RemoteIP="203.0.113.7", AccountName="root"
        )
        for n in range(failures)
    ]
    if then:
        failed.append(
            tied("DeviceLogonEvents", "LogonSuccess", after=90, number=99, RemoteIP=then, AccountName="root")
        )
    return tuple(failed)


DOWNLOADED = (
    tied("DeviceNetworkEvents", "ConnectionSuccess", after=1, RemoteIP="203.0.113.10"),
    tied("DeviceFileEvents", "FileCreated", after=2, FolderPath="C:\\Users\\alice\\a.exe", FileName="a.exe"),
)

LIBRARY = "C:\\ProgramData\\x\\version.dll"
LOADER = node("good.exe", pid=77, after=3, depth=1)
DROPPED = (
    tied("DeviceFileEvents", "FileCreated", after=2, FolderPath=LIBRARY),
    tied(
        "DeviceImageLoadEvents",
        "ImageLoaded",
        after=4,
        owner=LOADER.key,
        depth=1,
        number=2,
        FolderPath=LIBRARY,
    ),
)
RAN = node("a.exe", pid=77, after=3, depth=1, folder_path="C:\\Users\\alice\\a.exe")


def _renamed(count: int, ending: str = ".locked") -> tuple[TiedEvent, ...]:
    return tuple(
        tied(
            "DeviceFileEvents", "FileRenamed", after=n, number=n,
            FileName=f"{n}.docx{ending}", PreviousFileName=f"{n}.docx",
        )
        for n in range(count)
    )  # fmt: skip


FIRES: list[tuple[Rule, str, str, AlertContext]] = [
    (sequences.mass_rewriting, "T1486", "medium", _context((), _files(sequences.MASS_FILES))),
    (sequences.mass_rewriting, "T1486", "high", _context((), _renamed(sequences.MASS_FILES))),
    (sequences.brute_force, "T1110", "medium", _context((), _logons(sequences.FEW_FAILURES))),
    (sequences.brute_force, "T1110", "high", _context((), _logons(sequences.BRUTE_FAILURES))),
    (sequences.download_to_execution, "T1105", "medium", _context((RAN,), DOWNLOADED)),
    (sequences.dropped_then_loaded, "T1574", "medium", _context((LOADER,), DROPPED)),
]

SILENT: list[tuple[Rule, AlertContext]] = [
    (sequences.mass_rewriting, _context((), _files(sequences.MASS_FILES - 1))),
    (sequences.mass_rewriting, _context((), _files(sequences.MASS_FILES, step=60.0))),
    (sequences.mass_rewriting, _context((), _files(sequences.MASS_FILES * 2, action="FileCreated"))),
    (sequences.brute_force, _context((), _logons(sequences.FEW_FAILURES - 1))),
    (sequences.brute_force, _context((), _logons(sequences.BRUTE_FAILURES, then="198.51.100.3"))),
    (sequences.brute_force, _context((), _logons(sequences.BRUTE_FAILURES + 9, then=None))),
    (sequences.download_to_execution, _context((RAN,), DOWNLOADED[1:])),
    (sequences.download_to_execution, _context((node("b.exe", pid=77, after=3, depth=1),), DOWNLOADED)),
    (sequences.dropped_then_loaded, _context((LOADER,), DROPPED[1:])),
    (sequences.dropped_then_loaded, _context((LOADER,), tuple(reversed(DROPPED[:1])))),
]


@pytest.mark.parametrize(("rule", "technique", "level", "context"), FIRES)
def test_a_rule_fires_on_what_it_is_for(
    rule: Rule, technique: str, level: str, context: AlertContext
) -> None:
    assert [(one.techniques, one.level) for one in rule(context)] == [((technique,), level)]


@pytest.mark.parametrize(("rule", "context"), SILENT)
def test_a_rule_is_silent_on_its_lookalikes(rule: Rule, context: AlertContext) -> None:
    assert list(rule(context)) == []


def test_what_an_ancestor_did_is_no_sequence_of_the_alert() -> None:
    for files in (_files(sequences.MASS_FILES), DOWNLOADED, DROPPED):
        above = tuple(replace(one, depth=-1) for one in files)
        assert not sequences.sequences_of(_context((RAN, LOADER), above), frozenset())


def test_a_rule_that_is_switched_off_is_silent() -> None:
    context = _context((), _files(sequences.MASS_FILES))
    assert not sequences.sequences_of(context, frozenset({"sequence-mass-rewriting"}))


def test_a_downloaded_script_that_replaces_its_shell_is_run_too() -> None:
    """On macOS exec keeps the pid and the creation time, and /tmp shows as /private/tmp."""
    downloaded = (
        tied("DeviceNetworkEvents", "ConnectionSuccess", after=1, owner=key(88, 1), depth=1),
        tied(
            "DeviceFileEvents",
            "FileCreated",
            after=2,
            owner=key(88, 1),
            depth=1,
            FolderPath="/private/tmp/f.py",
        ),
    )
    shell = node("python3", "python3 /tmp/f.py", images=("sh", "bash", "python3"))
    assert [one.techniques for one in sequences.download_to_execution(_context((shell,), downloaded))] == [
        ("T1105",)
    ]


def test_making_a_download_executable_is_not_running_it() -> None:
    chmod = node("chmod", "chmod +x c:\\users\\alice\\a.exe", pid=77, after=3, depth=1)
    assert list(sequences.download_to_execution(_context((chmod,), DOWNLOADED))) == []


SHA1 = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("fields", "fires"),
    [
        ({"org_prevalence": 1}, True),
        ({"org_prevalence": 500}, False),
        ({"org_prevalence": 2, "global_prevalence": 4_000_000}, False),
        ({"org_prevalence": 300, "global_prevalence": 6}, True),
        ({"org_prevalence": 1, "signer": "Contoso", "is_valid_certificate": True}, False),
        ({}, False),
    ],
)
def test_an_unsigned_rare_binary_is_named_without_a_technique(fields: dict[str, object], fires: bool) -> None:
    context = context_of(
        alert(), enrichment_of_file(SHA1, **fields), finding(nodes=(node("a.exe", sha1=SHA1),))
    )
    assert [one.techniques for one in sequences.unsigned_and_rare(context)] == ([()] if fires else [])


def test_every_rule_has_a_case_that_fires_and_one_that_must_not() -> None:
    assert {rule for rule, _, _, _ in FIRES} | {sequences.unsigned_and_rare} == set(sequences.SEQUENCES)
    assert {rule for rule, _ in SILENT} | {sequences.unsigned_and_rare} == set(sequences.SEQUENCES)


def _report(table: str, action: str, count: object, *, after: float, **cells: str) -> TiedEvent:
    one = tied(table, f"{action}AggregatedReport", after=after)
    said = json.dumps({"uniqueEventsAggregated": count})
    return replace(one, event=replace(one.event, row={**one.event.row, **cells, "AdditionalFields": said}))


def _found(rule: Rule, *events: TiedEvent) -> list[Behaviour]:
    return list(rule(_context(events=events)))


@pytest.mark.parametrize("after", [-3_000, 10, 3_000])
def test_failed_logons_that_a_report_counts_are_counted_whenever_it_is_stamped(after: float) -> None:
    failed = _report("DeviceLogonEvents", "LogonFailed", 1_200, after=after, RemoteIP="203.0.113.7")
    [found] = _found(sequences.brute_force, failed, *_logons(0))
    assert found.level == "high"
    assert "among or after 1200 failures" in found.text


def test_a_report_of_a_later_hour_or_another_address_counts_for_no_logon() -> None:
    later = _report("DeviceLogonEvents", "LogonFailed", 1_200, after=90 + 3_601, RemoteIP="203.0.113.7")
    other = _report("DeviceLogonEvents", "LogonFailed", 1_200, after=10, RemoteIP="203.0.113.8")
    assert not _found(sequences.brute_force, later, other, *_logons(0))


@pytest.mark.parametrize("count", ["20", 20])
def test_a_number_in_a_report_may_be_text(count: object) -> None:
    few = _report("DeviceLogonEvents", "LogonFailed", count, after=10, RemoteIP="203.0.113.7")
    assert [one.level for one in _found(sequences.brute_force, few, *_logons(0))] == ["high"]


@pytest.mark.parametrize("count", [None, "", "many", -5, 0, 1.5, [], True])
def test_a_report_without_a_number_stands_for_one(count: object) -> None:
    one = _report("DeviceLogonEvents", "LogonFailed", count, after=10, RemoteIP="203.0.113.7")
    assert one.event.stands_for == 1
    assert not _found(sequences.brute_force, one, *_logons(0))


def test_a_report_of_a_log_on_is_no_log_on_after_failures() -> None:
    reported = _report("DeviceLogonEvents", "LogonSuccess", 3, after=90, RemoteIP="203.0.113.7")
    assert not _found(sequences.brute_force, *_logons(30, then=None), reported)


def test_files_that_a_report_counts_are_many_where_some_must_have_been_soon_after_each_other() -> None:
    cells = {"FileName": "a.docx.locked", "PreviousFileName": "a.docx", "FolderPath": "C:\\Docs"}
    for count, severities in ((1_200, ["high"]), (480, ["high"]), (479, [])):
        renamed = _report("DeviceFileEvents", "FileRenamed", count, after=5, **cells)
        assert [one.level for one in _found(sequences.mass_rewriting, renamed)] == severities


def test_what_a_report_tells_of_is_no_proof_of_an_order() -> None:
    created = _report("DeviceFileEvents", "FileCreated", 2, after=2, FolderPath=LIBRARY)
    assert not _found(sequences.dropped_then_loaded, created, DROPPED[1])
    reported = replace(DROPPED[1], event=replace(DROPPED[1].event, action="ImageLoadedAggregatedReport"))
    assert not _found(sequences.dropped_then_loaded, DROPPED[0], reported)
    assert _found(sequences.dropped_then_loaded, *DROPPED)
