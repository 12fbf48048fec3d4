"""The platform's own worker library loads our handlers, and would refuse them with a wrong annotation."""

import asyncio
import importlib
import shutil
from pathlib import Path
from types import SimpleNamespace

import azure.functions as func
import pytest

from local.host.loading import load_functions
from shared import wiring
from shared.errors import RunEnded
from shared.pipeline.ports import Outbox

ROOT = Path(__file__).resolve().parents[1]
HANDLERS = ("EnrichAlert", "FetchAlerts", "HuntCorrelate")


WRONG = {
    "OutOfList": ("func.Out[typing.List[str]]", "func.Out[list[str]]"),
    "OutOfMessages": ("func.Out[typing.List[str]]", "func.Out[typing.List[func.QueueMessage]]"),
    "NoMessage": ("alert: func.QueueMessage", "alert: dict"),
    "OneMore": ("alert: func.QueueMessage,", "alert: func.QueueMessage, extra: str = '',"),
    "OtherName": ("alert: func.QueueMessage", "other: func.QueueMessage"),
}
"""EnrichAlert once more under each of these names, with the first text replaced by the second."""


def test_the_worker_loads_all_three_functions() -> None:
    assert [(one.function, one.ok, one.error) for one in load_functions(ROOT)] == [
        (name, True, "") for name in HANDLERS
    ]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bool]:
    """Whether the worker takes each function of an app that has ours, and the wrong ones beside them."""
    app = tmp_path_factory.mktemp("app")
    for folder in (*HANDLERS, "shared"):
        shutil.copytree(ROOT / folder, app / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "host.json", app)
    for name, (right, wrong) in WRONG.items():
        shutil.copytree(app / "EnrichAlert", app / name)
        handler = app / name / "__init__.py"
        source = handler.read_text("utf-8")
        assert right in source
        handler.write_text(source.replace(right, wrong), "utf-8")
    return {one.function: one.ok for one in load_functions(app)}


@pytest.mark.parametrize("name", WRONG)
def test_an_annotation_that_the_platform_rejects_is_seen(loaded: dict[str, bool], name: str) -> None:
    assert loaded[name] is False


def test_a_wrong_function_keeps_no_other_from_being_loaded(loaded: dict[str, bool]) -> None:
    assert loaded == dict.fromkeys(HANDLERS, True) | dict.fromkeys(WRONG, False)


def test_no_binding_depends_on_a_setting() -> None:
    """A `%SETTING%` that is not set would stop the whole app from being indexed."""
    for name in HANDLERS:
        assert "%" not in (ROOT / name / "function.json").read_text("utf-8")


def test_nobody_sets_the_number_of_the_worker_s_threads() -> None:
    """The platform's host gives it a thousand where the setting is absent; an instance that was warmed up
    before it got its app makes its threads before it reads the setting (seen in 4.1037 on 2026-11-30)."""
    files = [*(ROOT / "infra").rglob("*"), ROOT / "local.settings.json.example", ROOT / "azure.yaml"]
    texts = {file: file.read_bytes() for file in files if file.is_file()}
    assert len(texts) > 20
    assert [file for file, text in texts.items() if b"PYTHON_THREADPOOL_THREAD_COUNT" in text] == []


def test_no_function_works_before_it_is_known_whose_tenant_it_is() -> None:
    """FetchAlerts asks at each run, the others once a minute."""
    begins = {name: "with wiring.at_work(text) as app:" for name in HANDLERS}
    begins["FetchAlerts"] = "app = wiring.admitted(anew=True)"
    for name, how in begins.items():
        source = (ROOT / name / "__init__.py").read_text("utf-8")
        assert how in source
        assert "wiring.app(" not in source


def _app(*, is_paused: bool = False) -> SimpleNamespace:
    tenancy = SimpleNamespace(is_paused=is_paused)
    return SimpleNamespace(ports=None, policy=None, tenancy=tenancy, tenants=None, fetches=None)


@pytest.mark.parametrize(("is_paused", "fetched"), [(False, 1), (True, 0)])
def test_nothing_is_fetched_of_a_tenant_that_is_paused(
    monkeypatch: pytest.MonkeyPatch, is_paused: bool, fetched: int
) -> None:
    seen: list[object] = []

    def fetch(*given: object) -> Outbox:
        seen.append(given)
        return Outbox(("pointer",), ("wake-up",))

    sent: dict[str, list[str]] = {}
    outs = [SimpleNamespace(set=lambda texts, name=name: sent.update({name: texts})) for name in ("a", "w")]
    monkeypatch.setattr(wiring, "admitted", lambda **_: _app(is_paused=is_paused))
    monkeypatch.setattr("FetchAlerts.fetch_alerts", fetch)
    importlib.import_module("FetchAlerts").main(None, *outs)
    assert (len(seen), sent) == (fetched, {"a": ["pointer"] * fetched, "w": ["wake-up"] * fetched})


@pytest.mark.parametrize(
    "ending", [SystemExit(3), GeneratorExit(), asyncio.CancelledError(), KeyboardInterrupt()]
)
@pytest.mark.parametrize("name", HANDLERS)
def test_nothing_that_is_no_exception_leaves_a_function(
    monkeypatch: pytest.MonkeyPatch, name: str, ending: BaseException
) -> None:
    """The worker answers for no other: the run would hang until the time limit, or end its process."""
    main = importlib.import_module(name).main
    step = {"FetchAlerts": "fetch_alerts", "EnrichAlert": "enrich_alert", "HuntCorrelate": "hunt_correlate"}[
        name
    ]
    monkeypatch.setattr(wiring, "admitted", lambda **_: _app())

    def ends(*_: object) -> None:
        raise ending

    monkeypatch.setattr(f"{name}.{step}", ends)
    with pytest.raises(RunEnded, match=type(ending).__name__):
        main(func.QueueMessage(body=b"{}"), *[None] * (2 if name == "FetchAlerts" else 1))
