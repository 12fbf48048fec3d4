"""What is published of an account, seen with a person's own sign-in: Azurite's blobs stand for it."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from email.utils import format_datetime

import pytest

from local.doctor import published
from local.doctor.check import Check
from local.ops.parser import Where
from local.ops.target import Target, opened
from shared.version import version
from tests.adapters.service import Asked, Reply, Service
from tests.local.doctor.conftest import Parts, now

PUBLISHED = now() - dt.timedelta(days=3)
EARLIER = PUBLISHED - dt.timedelta(days=9)
LISTED = "".join(
    f"<Blob><Name>{name}</Name><Properties><Last-Modified>{format_datetime(at, True)}</Last-Modified>"
    "</Properties></Blob>"
    for name, at in (("old.zip", EARLIER), ("released-package.zip", PUBLISHED))
)


@pytest.fixture
def account(parts: Parts) -> Iterator[Target]:
    """The stack, as an account in the public cloud that is looked at with a person's own sign-in."""
    with opened(Where(), parts.state) as target:
        settings = replace(
            target.settings,
            storage_connection="",
            storage_table_url="https://alertsabc.table.core.windows.net",
        )
        yield replace(target, is_local=False, settings=settings)


def checks(target: Target) -> dict[str, Check]:
    return {check.what: check for check in published.look_at(target, now, {})}


def of_service(account: Target, service: Service, monkeypatch: pytest.MonkeyPatch) -> Check:
    """The package check, with the service in the place of the account's blobs."""
    monkeypatch.setattr(Target, "tables_url", property(lambda _: service.url))
    return published._package(account, now())


@pytest.fixture
def blobs(parts: Parts) -> Iterator[Service]:
    with Service(parts.stack.certificates) as service:
        yield service


def test_the_checkouts_version_is_said_and_where_to_see_the_one_that_runs(account: Target) -> None:
    said = checks(account)["version"]
    assert version() in said.found and "infra/look_running.py" in said.todo


def test_the_newest_packages_age_is_said(
    account: Target, blobs: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Asked] = []
    blobs.answer = lambda one: asked.append(one) or Reply(200, LISTED.encode())  # type: ignore[func-returns-value]
    said = of_service(account, blobs, monkeypatch)
    assert said.verdict == "ok" and said.found.startswith("published 3 d ")
    assert asked[0].path == f"/{published.CONTAINER}" and asked[0].query["comp"] == "list"


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (403, b"", "Storage Blob Data Reader"),
        (404, b"", "nothing is published"),
        (200, b"<Blobs/>", "nothing is published"),
    ],
)
def test_what_is_not_seen_is_worth_a_word_and_no_more(
    account: Target, blobs: Service, monkeypatch: pytest.MonkeyPatch, status: int, body: bytes, said: str
) -> None:
    blobs.answer = lambda asked: Reply(status, body)
    found = of_service(account, blobs, monkeypatch)
    assert found.verdict == "--" and said in found.found


def test_an_account_in_another_cloud_is_named(account: Target) -> None:
    assert checks(account)["cloud"].verdict == "ok"
    other = replace(account, settings=replace(account.settings, cloud="usgov-high"))
    found = checks(other)["cloud"]
    assert found.verdict == "!!" and "core.usgovcloudapi.net" in found.found
    assert "public, usgov-gcc" in found.todo


def test_the_container_is_the_templates() -> None:
    from tests.infra.agreement import main_template
    from tests.infra.facts import read_texts

    kind = "Microsoft.Storage/storageAccounts/blobServices/containers"
    assert [one.config["name"] for one in main_template(read_texts()).of_type(kind)] == [published.CONTAINER]
