import pytest

from shared.core.alert.reading import CUT_MARK, MAX_TEXT, Notes, Reader, clean_text, plain
from shared.core.values.instant import Instant


def reader(**fields: object) -> Reader:
    return Reader(fields, Notes(), "alert.")


@pytest.mark.parametrize(
    ("value", "read"),
    [(7, 7), ("7", 7), (" 7 ", 7), (7.0, 7), (0, 0), (2**63 - 1, 2**63 - 1), (None, None), ("", None)],
)
def test_whole_numbers_are_read_also_as_text(value: object, read: int | None) -> None:
    found = reader(n=value)
    assert (found.integer("n"), found.notes.paths()) == (read, ())


@pytest.mark.parametrize(
    "value", [-1, 2**63, 7.5, True, "7.0", "-7", "\u0667", "9" * 30, [7], {}, float("inf")]
)
def test_anything_else_is_no_number(value: object) -> None:
    found = reader(n=value)
    assert (found.integer("n"), found.notes.paths()) == (None, ("alert.n",))


@pytest.mark.parametrize(("value", "read"), [(4711, "4711"), ("4711", "4711"), (-5, "-5"), (None, None)])
def test_ids_are_text_whichever_way_they_are_written(value: object, read: str | None) -> None:
    assert reader(n=value).identifier("n") == read


@pytest.mark.parametrize("value", [True, 1.5, [], 2**64])
def test_an_id_of_another_type_is_named(value: object) -> None:
    found = reader(n=value)
    assert (found.identifier("n"), found.notes.paths()) == (None, ("alert.n",))


@pytest.mark.parametrize(
    ("value", "read", "notes"),
    [
        (True, True, ()),
        ("False", False, ()),
        (None, None, ()),
        ("yes", None, ("alert.b",)),
        (1, None, ("alert.b",)),
    ],
)
def test_flags(value: object, read: bool | None, notes: tuple[str, ...]) -> None:
    found = reader(b=value)
    assert (found.flag("b"), found.notes.paths()) == (read, notes)


@pytest.mark.parametrize(
    "value", ["tomorrow", "2026-02-30T00:00:00Z", "2026-11-24T10", "9999-12-31T23:59:59-01:00", 5]
)
def test_moments_that_cannot_be_printed_again_are_named(value: object) -> None:
    found = reader(t=value)
    assert (found.instant("t"), found.notes.paths()) == (None, ("alert.t",))


def test_the_first_and_last_moment_that_is_one() -> None:
    for text in ("1990-01-01T00:00:00.0000001Z", "9998-12-31T23:59:59.9999999Z"):
        moment = reader(t=text).instant("t")
        assert moment is not None and (moment.text(), Instant.parse(moment.text())) == (text, moment)


def test_hashes_are_lower_case_and_of_their_length() -> None:
    found = reader(good="AB" * 20, short="ab" * 19, foreign="zz" * 20)
    assert found.digest("good", 40) == "ab" * 20
    assert (found.digest("short", 40), found.digest("foreign", 40)) == (None, None)
    assert found.notes.paths() == ("alert.short", "alert.foreign")


def test_lists_of_strings_also_as_text_with_commas() -> None:
    found = reader(a=["x", "y", "x", ""], b="T1059, T1105", c=["x", 1, None], d={"x": 1})
    assert [found.strings(name) for name in "abcd"] == [("x", "y"), ("T1059", "T1105"), ("x",), ()]
    assert found.notes.paths() == ("alert.c[1]", "alert.d")
    assert found.rest() == {"c": [1], "d": {"x": 1}}


def test_what_was_not_read_is_kept_from_every_depth() -> None:
    found = reader(
        read="a", unread="b", null=None, child={"x": 1, "y": 2}, items=[{"x": 1, "z": 3}, {"x": 2}, 9]
    )
    found.text("read")
    child = found.child("child")
    assert child is not None and child.integer("x") == 1
    assert [item.integer("x") for item in found.objects("items")] == [1, 2]
    assert found.rest() == {"unread": "b", "child": {"y": 2}, "items": [9, {"z": 3}]}
    assert found.notes.paths() == ("alert.items[2]",)


def test_items_kept_by_the_caller_are_not_kept_twice() -> None:
    found = reader(items=[{"x": 1}])
    assert found.objects("items", apart=True)[0].rest() == {"x": 1}
    assert found.rest() == {}


def test_each_field_is_named_once_and_a_hundred_at_most() -> None:
    notes = Notes()
    for at in (*range(150), 3):
        notes.add(f"field {at}")
    assert len(notes.paths()) == 101
    assert notes.paths()[-1] == "and 50 more"


def test_a_path_cannot_carry_what_a_value_may_not() -> None:
    notes = Notes()
    plain({"a\x00\ud800" + "b" * 500: float("nan")}, notes, "extra")
    (path,) = notes.paths()
    assert path.startswith("extra.a\ufffd\ufffdbbb") and len(path) <= 200


def test_strings_are_made_safe_and_stay_otherwise_as_they_are() -> None:
    assert clean_text("a\x00\ud83dz\udfff") == "a\ufffd\ufffdz\ufffd"
    for text in ("plain", "\U0001f600 \u202e \x1b[2J 漢字", "\x01\x7f"):
        assert clean_text(text) == text


def test_what_json_allows_and_storage_does_not_becomes_text() -> None:
    notes = Notes()
    value = {"nan": float("nan"), "big": 2**70_000, "ok": [1, 2.5, True, None], "long": "x" * (MAX_TEXT + 1)}
    found = plain(value, notes, "p")
    assert isinstance(found, dict)
    assert (found["nan"], found["ok"]) == ("nan", [1, 2.5, True, None])
    assert found["big"].startswith("0x1000") and len(found["big"]) == 200
    assert found["long"].endswith(CUT_MARK)
    assert notes.paths() == ("p.big", f"p.long (cut from {MAX_TEXT + 1} characters)", "p.nan")
