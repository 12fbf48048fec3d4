"""`build`, `build --add` and `check`: what is written, what is refused, what is stale."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pathspec
import pytest

from local.detections.building import add, build, check, licence_of
from local.detections.compile import ADDED, COMMITTED, ROOT, document, folder_of
from local.ops.screen import Screen
from shared.core.detections import load
from tests.local.detections.folder import ROWS, RULE, make, put

OTHER = "22222222-2222-4222-8222-222222222222"


@pytest.fixture
def said() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def screen(said: io.StringIO) -> Screen:
    return Screen(said, said)


def test_the_folder_is_compiled_into_what_the_app_loads(
    tmp_path: Path, screen: Screen, said: io.StringIO
) -> None:
    make(tmp_path / "d")
    to = tmp_path / "compiled.json"
    assert build(screen, tmp_path / "d", to) == 0
    found = load(to.read_bytes())
    assert [rule.title for rule in found.rules] == ["Own name asked"]
    assert "1 rules (1 low)" in said.getvalue()
    assert found.version in said.getvalue()


def test_building_twice_gives_the_same_bytes_whatever_the_order_of_files(tmp_path: Path) -> None:
    for folder, names in ((tmp_path / "one", "abc"), (tmp_path / "two", "cba")):
        for name in names:
            make(
                folder,
                f"windows/discovery/{name}",
                id=f"{ord(name):08d}-1111-4111-8111-111111111111",
                title=name,
            )
    one, two = (document(folder_of(tmp_path / name).rules) for name in ("one", "two"))
    assert one == two


def test_one_rule_that_cannot_be_judged_keeps_the_file_as_it_was(
    tmp_path: Path, screen: Screen, said: io.StringIO
) -> None:
    make(tmp_path / "d")
    make(tmp_path / "d", "windows/discovery/other", id=OTHER, detection={"a": ["word"], "condition": "a"})
    to = tmp_path / "compiled.json"
    to.write_bytes(b"as it was")
    assert build(screen, tmp_path / "d", to) == 1
    assert to.read_bytes() == b"as it was"
    assert "windows/discovery/other.yml: Own name asked: keywords without a field" in said.getvalue()


def test_a_file_that_is_that_of_the_folder_is_well(tmp_path: Path, screen: Screen, said: io.StringIO) -> None:
    make(tmp_path / "detections")
    to = tmp_path / "compiled.json"
    build(screen, tmp_path / "detections", to)
    assert check(screen, tmp_path / "detections", to) == 0
    assert "all well" in said.getvalue()


@pytest.mark.parametrize("changed", ["rule", "new rule", "no rule", "agents", "file", "gone"])
def test_a_file_that_is_not_is_stale_and_the_command_is_named(
    tmp_path: Path, screen: Screen, said: io.StringIO, changed: str
) -> None:
    folder, to = tmp_path / "detections", tmp_path / "compiled.json"
    make(folder)
    make(folder, "windows/discovery/other", id=OTHER)
    build(screen, folder, to)
    if changed == "rule":
        make(folder, level="medium")
    elif changed == "new rule":
        make(folder, "windows/discovery/third", id=OTHER.replace("2", "3"))
    elif changed == "no rule":
        (folder / "windows/discovery/other.yml").unlink()
        (folder / "windows/discovery/other.rows.yml").unlink()
    elif changed == "agents":
        actor = {"actor": "C:\\Agent\\Host.exe", "parent": "Service.exe"}
        put(folder, "known_agents.yml", [{"agent": "x", "why": "y", "rules": ["discovery"], **actor}])
    elif changed == "file":
        to.write_bytes(to.read_bytes().replace(b"own", b"new"))
        to.write_bytes(to.read_bytes() + b" ")
    else:
        to.unlink()
    assert check(screen, folder, to) == 1
    assert "compiled.json is stale: run `python3 dev.py detections build`" in said.getvalue()


@pytest.mark.parametrize(
    ("changed", "place", "wrong"),
    [
        (
            {"id": "11111111-1111-1111-8111-111111111111"},
            "windows/discovery/x",
            "its id is no UUID of version 4",
        ),
        ({"description": ""}, "windows/discovery/x", "it has no description"),
        (
            {"level": "informational"},
            "windows/discovery/x",
            "its level is none of low, medium, high, critical",
        ),
        ({"title": "x" * 81}, "windows/discovery/x", "its title is longer than 80 characters"),
        ({"tags": ["attack.discovery"]}, "windows/discovery/x", "its tags name no technique"),
        ({}, "windows/x", "it has to stand in"),
        ({}, "windows/nowhere/x", "it has to stand in"),
        ({}, "solaris/discovery/x", "it has to stand in"),
        ({}, "linux/discovery/x", "it stands under linux, and its product is windows"),
    ],
)
def test_a_rule_that_is_not_as_the_house_wants_it_is_named(
    tmp_path: Path, screen: Screen, said: io.StringIO, changed: dict[str, object], place: str, wrong: str
) -> None:
    make(tmp_path, place, **changed)
    assert check(screen, tmp_path, tmp_path / "c.json") == 1
    assert f"{place}.yml: {wrong}" in said.getvalue()


def test_rows_are_wanted_beside_every_rule_and_a_rule_beside_all_rows(
    tmp_path: Path, screen: Screen, said: io.StringIO
) -> None:
    put(tmp_path, "windows/discovery/bare.yml", RULE)
    put(tmp_path, "windows/discovery/stray.rows.yml", ROWS)
    assert check(screen, tmp_path, tmp_path / "c.json") == 1
    assert "bare.yml: bare.rows.yml is missing" in said.getvalue()
    assert "stray.rows.yml: there is no rule stray.yml" in said.getvalue()


def test_an_added_folder_says_what_is_usable_what_is_not_and_under_which_licence(
    tmp_path: Path, screen: Screen, said: io.StringIO
) -> None:
    added, to = tmp_path / "sigma" / "rules", tmp_path / "added.json"
    put(tmp_path / "sigma", "LICENSE", "\n# Detection Rule License 1.1\nmore\n")
    put(added, "good.yml", RULE | {"license": "MIT"})
    put(
        added,
        "words.yml",
        RULE | {"id": OTHER, "title": "Words", "detection": {"a": ["w"], "condition": "a"}},
    )
    put(added, "twice.yml", RULE | {"title": "Twice"})
    put(added, "slow.yml", RULE | {
        "id": OTHER.replace("2", "3"), "title": "Slow",
        "detection": {"a": {"CommandLine|re": "foo.*bar"}, "condition": "a"},
    })  # fmt: skip
    put(added, "broken.yml", "a: [")
    put(
        added, "many.yml", "\n---\n".join(json.dumps(RULE | {"id": f"{at}" * 8 + OTHER[8:]}) for at in (4, 5))
    )
    make(tmp_path / "own", id=OTHER.replace("2", "5"))
    put(added, "ours.yml", RULE | {"id": OTHER.replace("2", "5"), "title": "Ours"})
    assert add(screen, added, to, tmp_path / "own") == 0
    told = said.getvalue()
    assert [rule.title for rule in load(to.read_bytes()).rules] == ["Own name asked"] * 3
    assert "3 rules (3 low) of 8; 5 refused" in told
    assert "words.yml: Words: keywords without a field" in told
    assert "twice.yml: Twice: its id is that of good.yml" in told
    assert "slow.yml: Slow: too slow a regular expression, 'foo.*bar': " in told
    assert "broken.yml: broken.yml: it cannot be read" in told
    assert "ours.yml: Ours: our own rules have its id" in told
    assert "licence: LICENSE begins 'Detection Rule License 1.1'; MIT (1 rules say so)" in told


def test_an_added_folder_without_a_usable_rule_writes_nothing(
    tmp_path: Path, screen: Screen, said: io.StringIO
) -> None:
    put(tmp_path / "d", "words.yml", RULE | {"detection": {"a": ["word"], "condition": "a"}})
    assert add(screen, tmp_path / "d", tmp_path / "added.json", tmp_path / "own") == 1
    assert not (tmp_path / "added.json").exists()
    assert "none of the 1 rules" in said.getvalue()


def test_rules_without_a_licence_say_so(tmp_path: Path) -> None:
    assert "none was found" in licence_of(tmp_path / "a" / "b" / "c", [{}])


def test_the_added_file_is_ignored_by_git_and_packaged_with_the_app() -> None:
    inside = ADDED.relative_to(ROOT).as_posix()
    by_git, by_publishing = (
        pathspec.GitIgnoreSpec.from_lines((ROOT / name).read_text("utf-8").splitlines())
        for name in (".gitignore", ".funcignore")
    )
    assert by_git.match_file(inside)
    assert not by_publishing.match_file(inside)
    assert not by_git.match_file(COMMITTED.relative_to(ROOT).as_posix())
    assert by_publishing.match_file("detections/windows/execution/rule.yml")


def test_hostile_titles_cannot_rewrite_the_screen(tmp_path: Path, screen: Screen, said: io.StringIO) -> None:
    put(tmp_path, "a.yml", RULE | {"title": "x\x1b[2Jy", "detection": {"a": ["w"], "condition": "a"}})
    add(screen, tmp_path, tmp_path / "added.json", tmp_path / "own")
    assert "\x1b" not in said.getvalue()
