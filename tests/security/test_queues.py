"""Messages that we did not write, in both queues of the running stack."""

import base64
import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError

from local.published import Row
from shared.core.progress.messages import Pointer, WakeUp
from tests.security import hostile
from tests.security.conftest import Ops, Siege

pytestmark = pytest.mark.xdist_group("siege")

ENRICH, HUNT = "alerts-to-enrich", "hunt-requests"
POINTER = {"v": 1, "tenant": "home", "alert": "da1_1", "generation": 1}
RING = {"v": 1, "tenant": "home", "reason": "due"}
CHANGES: tuple[dict[str, object], ...] = (
    {"v": 2},
    {"v": "1"},
    {"tenant": "another"},
    {"tenant": 5},
    {"tenant": "../../x"},
    {"more": "x"},
    # What the host then takes for the message's own properties: a name and a delivery that hold the lease.
    {"Id": "another", "DequeueCount": 99},
)
# These never get as far as to us.
UNREADABLE = (b"\xff\xfe\x00\x80", b'{"DequeueCount":"many"}', b'{"InsertionTime":"yesterday"}')
FOREIGN = {
    ENRICH: [
        *(json.dumps(POINTER | change).encode() for change in CHANGES),
        json.dumps(POINTER | {"alert": "../../api/machines"}).encode(),
        json.dumps(POINTER | {"alert": 5, "generation": "1"}).encode(),
        WakeUp("home", "due").to_text().encode(),
    ],
    HUNT: [
        *(json.dumps(RING | change).encode() for change in CHANGES),
        json.dumps(RING | {"reason": "\x1b[2J"}).encode(),
        Pointer("home", "da1_1", 1).to_text().encode(),
    ],
}
ANYWHERE = (
    b"hello",
    b"5",
    b"null",
    b"true",
    b'"text"',
    b"[" * 20_000,
    b"\x00\x1b[2J\r\n\xe2\x80\xae",
    b"<QueueMessage>",
    json.dumps(POINTER | {"alert": "x" * 45_000}).encode(),  # 60 KB on the wire
    b'{"v":1,"v":1,"tenant":"home"}',
)


def tables(siege: Siege) -> dict[str, list[Row]]:
    """Everything that is stored, but for the lease and the checkpoint, which each look at the work writes."""
    names = ("AlertWork", "Alerts", "AlertEvents", "EntityCache")
    return {name: list(siege.published._rows(name, "")) for name in names}


def send(siege: Siege, queue: str, *bodies: bytes) -> None:
    client = siege.queues.get_queue_client(queue)
    for body in bodies:
        client.send_message(base64.b64encode(body).decode())


def poison(siege: Siege, queue: str) -> list[str]:
    try:
        found = siege.queues.get_queue_client(f"{queue}-poison").peek_messages(max_messages=32)
        return [str(message.content) for message in found]
    except ResourceNotFoundError:
        return []


def set_aside(siege: Siege, since: int) -> list[dict[str, object]]:
    said = [json.loads(entry.message) for entry in siege.logged[since:] if entry.is_user]
    return [line for line in said if "set aside" in line["event"]]


@pytest.fixture(scope="module")
def quiet(siege: Siege) -> Siege:
    """The stack, with nothing left to do: what changes now is the messages' doing."""
    siege.settle(siege.is_still)
    assert siege.stack.host.idle(60)
    return siege


def test_what_we_did_not_write_is_set_aside_said_and_writes_nothing(quiet: Siege) -> None:
    before, since = tables(quiet), len(quiet.logged)
    for queue, bodies in FOREIGN.items():
        send(quiet, queue, *bodies, *ANYWHERE)
    assert quiet.stack.host.idle(30)
    count = sum(map(len, FOREIGN.values())) + 2 * len(ANYWHERE)
    assert len(set_aside(quiet, since)) == count
    assert all(entry.level == "Error" for entry in quiet.logged[since:] if "set aside" in entry.message)
    assert poison(quiet, ENRICH) == poison(quiet, HUNT) == []
    assert tables(quiet) == before
    assert not [run for run in quiet.stack.host.invocations if not run.ok]


def test_a_body_that_the_host_cannot_read_is_in_the_poison_queue_and_the_operator_is_told(
    quiet: Siege, run_ops: Ops
) -> None:
    before = tables(quiet)
    for queue in (ENRICH, HUNT):
        quiet.queues.get_queue_client(queue).send_message("not base64: {}")
        send(quiet, queue, *UNREADABLE)
    # Somebody who can write here can also put this into the poison queue itself.
    named = Pointer("home", hostile.CLIPBOARD, 1).to_text().encode()
    with suppress(ResourceExistsError):  # the host may have been first
        quiet.queues.get_queue_client(f"{ENRICH}-poison").create_queue()
    quiet.queues.get_queue_client(f"{ENRICH}-poison").send_message(base64.b64encode(named).decode())
    assert quiet.stack.host.idle(40)
    unread = [base64.b64encode(body).decode() for body in UNREADABLE]
    assert sorted(poison(quiet, HUNT)) == sorted(["not base64: {}", *unread])
    assert tables(quiet) == before
    said = run_ops("status")
    assert said.code == 0
    assert f"{ENRICH}-poison: 5 messages" in said.out and f"{HUNT}-poison: 4 messages" in said.out
    assert "yet unknown to the ledger: \\u001b]52;" in said.out
    assert all(line.isprintable() for line in said.text.split("\n"))
    for queue in (ENRICH, HUNT):
        quiet.queues.get_queue_client(f"{queue}-poison").clear_messages()


def test_a_good_alert_that_comes_among_them_is_published(quiet: Siege) -> None:
    [first, *_] = hostile.alerts()
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    times = {name: now for name in first if name.endswith("Time") and name != "resolvedTime"}
    for queue, bodies in FOREIGN.items():
        send(quiet, queue, *bodies, *ANYWHERE)
    quiet.stack.control("alerts", {"value": [first | times | {"id": "da8_good", "evidence": []}]})
    quiet.settle(lambda: "da8_good" in {row["AlertId"] for row in quiet.published.alerts()})
    assert quiet.stack.host.idle(30)
    assert poison(quiet, ENRICH) == poison(quiet, HUNT) == []
