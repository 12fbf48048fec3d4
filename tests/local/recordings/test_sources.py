"""Files and archives, whole and damaged."""

import io
import json
import tarfile
import zipfile
from pathlib import Path

import pytest

from local.recordings import sources
from local.recordings.sources import SourceUnusable, datasets
from tests.local.recordings import event_log, written

RECORDS = [written.born(1, 10, "C:\\a.exe", 1), written.born(2, 20, "C:\\b.exe", 2)]
LINES = "".join(json.dumps(record) + "\n" for record in RECORDS).encode()


def zipped(file: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(file, "w") as packed:
        for name, content in members.items():
            packed.writestr(name.replace("__", "."), content)
    return file


def tarred(file: Path, name: str, content: bytes) -> Path:
    with tarfile.open(file, "w:gz") as packed:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        packed.addfile(member, io.BytesIO(content))
    return file


@pytest.mark.parametrize("form", ["lines", "list", "byte order mark", "zip", "tar", "list in a zip"])
def test_a_recording_is_read_however_it_is_packed(tmp_path: Path, form: str) -> None:
    file = tmp_path / "one.json"
    as_list = b"\n  " + json.dumps(RECORDS, indent=1).encode()
    match form:
        case "lines":
            file.write_bytes(LINES)
        case "list":
            file.write_bytes(as_list.lstrip())
        case "byte order mark":
            file.write_bytes(b"\xef\xbb\xbf" + LINES)
        case "zip":
            file = zipped(tmp_path / "one.zip", one__json=LINES, readme__md=b"no events", __MACOSX=b"x")
        case "list in a zip":
            file = zipped(tmp_path / "one.zip", one__json=json.dumps(RECORDS).encode())
        case "tar":
            file = tarred(tmp_path / "one.tar.gz", "deep/in/one.json", LINES)
    (dataset,) = datasets([file])
    assert dataset.name == "one"
    assert list(dataset.records()) == RECORDS
    assert not dataset.unreadable


def test_an_event_log_is_read_by_itself_and_from_an_archive(tmp_path: Path) -> None:
    head = {"Provider": written.SYSMON, "EventID": "1", "Channel": f"{written.SYSMON}/Operational"}
    head |= {"SystemTime": "2024-03-25T11:20:01.000000Z", "Computer": "pc1"}
    log = event_log.write(tmp_path / "log.evtx", [event_log.event(head, {"Image": "C:\\<a>&.exe"})])
    packed = zipped(tmp_path / "log.zip", log__evtx=log.read_bytes())
    for dataset in datasets([log, packed]):
        (record,) = dataset.records()
        assert record["Event"]["EventData"]["Image"] == "C:\\<a>&.exe"


def test_records_that_cannot_be_read_are_counted_and_the_others_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "LONGEST_LINE", 2_000)
    first, second = LINES.splitlines(keepends=True)
    file = tmp_path / "one.json"
    file.write_bytes(first + b"{broken\n\n" + b"[1]\n" + b'"' + b"x" * 9_000 + b'"\n' + b"7\n" + second)
    (dataset,) = datasets([file])
    assert list(dataset.records()) == RECORDS
    assert dict(dataset.unreadable) == {
        "lines that are not JSON": 1,
        "lines that are too long": 1,
        "records that are no objects": 2,
    }


def test_a_damaged_record_of_an_event_log_is_counted(tmp_path: Path) -> None:
    head = {"Provider": written.SYSMON, "EventID": "1", "Channel": f"{written.SYSMON}/Operational"}
    head |= {"SystemTime": "2024-03-25T11:20:01.000000Z", "Computer": "pc1"}
    log = event_log.write(tmp_path / "log.evtx", [event_log.event(head, {"N": str(n)}) for n in range(3)])
    content = log.read_bytes()
    place = content.index(
        "1".encode("utf-16-le") + b"\x04\x04\x04\x00", content.index(b"\x2a\x2a\x00\x00", 4_700)
    )
    log.write_bytes(content[: place - 3] + b"\xee" + content[place - 2 :])
    (dataset,) = datasets([log])
    read = [record["Event"]["EventData"]["N"] for record in dataset.records()]
    assert read == ["0", "2"]
    assert dataset.unreadable.total() == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("one.zip", b"no archive"),
        ("one.tar.gz", b"no archive"),
        ("one.evtx", b"no log"),
        ("one.json", b"[{]"),
        ("one.json", b"[" + b" " * 3_000 + b"]"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes
) -> None:
    monkeypatch.setattr(sources, "MOST_IN_MEMORY", 2_000)
    monkeypatch.setattr(sources, "LONGEST_LINE", 500)
    (tmp_path / name).write_bytes(content)
    (dataset,) = datasets([tmp_path / name])
    with pytest.raises(SourceUnusable, match=name):
        list(dataset.records())


def test_every_file_of_a_folder_is_a_dataset_of_its_own_name(tmp_path: Path) -> None:
    for name in ("b/run.json", "a/run.json", "a/run.zip", "a/notes.md", "a/.hidden/x.evtx"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    names = [dataset.name for dataset in datasets([tmp_path, tmp_path / "a" / "run.json"])]
    assert names == ["a/.hidden/x", "a/run", "a/run+", "b/run", "run"]


def test_paths_without_a_recording_are_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("x")
    for path in (tmp_path, tmp_path / "notes.md", tmp_path / "nowhere.json"):
        with pytest.raises(SourceUnusable):
            datasets([path])
