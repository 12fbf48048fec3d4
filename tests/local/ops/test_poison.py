"""`ops poison` on a running stack: what lies there, put back without loss, cleared after a look."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
from azure.core.exceptions import ServiceResponseError
from azure.storage.queue import QueueClient, QueueServiceClient

from local.ops import poison, queues
from local.ops.screen import Screen
from local.ops.target import Target
from shared.core.progress import Pointer, WakeUp
from tests.local.ops.conftest import Kept, Ops

QUEUE = "alerts-to-enrich"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


class Lying:
    """The poison queue of EnrichAlert, with what a test puts there."""

    def __init__(self, service: QueueServiceClient, kept: Kept) -> None:
        self._service, self._kept = service, kept
        self.client: QueueClient = service.create_queue(f"{QUEUE}-poison")

    def put(self, *raw: str) -> None:
        for text in raw:
            self.client.send_message(text)

    def pointer(self, alert_id: str | None = None, tenant: str = "home") -> str:
        return encoded(Pointer(tenant, alert_id or self._kept.alert_ids[0], 1).to_text())

    def left(self) -> list[str]:
        """The bodies that anybody can see now."""
        return [str(each.content) for each in self.client.peek_messages(32)]

    @property
    def count(self) -> int:
        """The bodies that lie there, held ones too."""
        return int(self.client.get_queue_properties().approximate_message_count or 0)


@pytest.fixture
def lying(kept: Kept) -> Iterator[Lying]:
    service = QueueServiceClient.from_connection_string(
        kept.state.connection_string, connection_verify=kept.state.ca
    )
    found = Lying(service, kept)
    yield found
    found.client.delete_queue()


def test_without_an_option_it_shows_and_changes_nothing(lying: Lying, run_ops: Ops) -> None:
    lying.put(
        lying.pointer(), lying.pointer("da7_lost"), encoded(WakeUp("home", "due").to_text()), "not ours"
    )
    said = run_ops("poison")
    assert said.code == 0, said.err
    assert f"{QUEUE}-poison: 4 messages" in said.out
    for words in (
        "its alert is in the ledger, done: {",
        "an alert that the ledger does not know: {",
        "a wake-up: ",
        "no message of this app: not ours",
    ):
        assert words in said.out
    assert len(lying.left()) == 4


def test_messages_put_back_are_worked_on_and_gone_from_the_poison_queue(
    lying: Lying, run_ops: Ops, kept: Kept
) -> None:
    lying.put(*[lying.pointer()] * 40, "not ours")  # more than the service gives at once
    begun = len(kept.stack.host.invocations)
    said = run_ops("poison", "--return")
    assert (said.code, "40 messages put back into their queues" in said.out) == (1, True)
    assert "1 left where they were: no message of this app" in said.err
    assert lying.left() == ["not ours"]
    assert kept.stack.host.idle(60)
    ran = kept.stack.host.invocations[begun:]
    assert len([each for each in ran if each.function == "EnrichAlert" and each.ok]) == 40
    assert lying.count == 1  # nothing became poison again


@pytest.mark.parametrize("fails", ["send", "delete"])
def test_a_stop_at_any_call_loses_no_message(
    lying: Lying, target: Target, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    sent: list[str] = []
    real_delete = queues.delete

    def broken(*_: object) -> None:
        raise ServiceResponseError("the connection breaks")

    monkeypatch.setattr(queues, "send", lambda _, name, raw: sent.append(raw))
    monkeypatch.setattr(queues, fails, broken)
    lying.put(lying.pointer(), "not ours")
    ledgered = poison.Ledgered(target, target.ports.clock.now())
    with pytest.raises(ServiceResponseError):
        poison.put_back(target, ledgered, poison.show(Screen(), target, ledgered))
    assert lying.count == 2  # held, and back for all to see once the hold is over
    assert len(sent) == (fails == "delete")
    monkeypatch.setattr(queues, "delete", real_delete)


def test_a_message_that_another_took_meanwhile_stays_theirs(lying: Lying, target: Target) -> None:
    lying.put(lying.pointer())
    [mine] = queues.taken(target.queues, f"{QUEUE}-poison", most=32, seconds=60)
    queues.give_back(target.queues, mine)
    [theirs] = queues.taken(target.queues, mine.queue, most=32, seconds=60)
    assert not queues.delete(target.queues, mine)
    queues.give_back(target.queues, mine)
    assert lying.left() == [] and queues.delete(target.queues, theirs)


def test_nothing_is_cleared_before_somebody_said_yes(
    lying: Lying, run_ops: Ops, monkeypatch: pytest.MonkeyPatch
) -> None:
    lying.put(lying.pointer())
    asked: list[str] = []

    def ask(_: Screen, question: str) -> str:
        asked.append(question)
        return "no"

    monkeypatch.setattr(Screen, "ask", ask)
    said = run_ops("poison", "--clear")
    assert (said.code, len(lying.left())) == (1, 1)
    assert "nothing was deleted" in said.err and "(1 messages)" in asked[0]
    assert "its alert is in the ledger" in said.out  # shown first
    monkeypatch.setattr(Screen, "ask", lambda _, question: "yes")
    assert run_ops("poison", "--clear").code == 0
    assert lying.left() == []


def test_what_may_be_all_that_is_left_of_an_alert_is_not_cleared(lying: Lying, run_ops: Ops) -> None:
    lost, theirs = lying.pointer("da7_lost"), lying.pointer("da8", tenant="elsewhere")
    lying.put(lying.pointer(), lost, theirs, "not ours")
    said = run_ops("poison", "--clear", "--yes")
    assert (said.code, "2 messages deleted" in said.out) == (1, True)
    assert "1 left where they were: names an alert that the ledger does not know" in said.err
    assert "1 left where they were: of another tenant" in said.err
    assert sorted(lying.left()) == sorted([lost, theirs])  # and everybody sees them at once


def test_a_hostile_body_cannot_rewrite_the_screen(lying: Lying, run_ops: Ops) -> None:
    hostile = "\x1b[2J\x1b]0;owned\x07‮\n  3 messages deleted" + "A" * 5_000
    lying.put(encoded(hostile), encoded(hostile).replace("=", "") + "*")
    said = run_ops("poison")
    assert said.code == 0
    assert all(line.isprintable() for line in (said.out + said.err).split("\n"))
    assert "\\u001b[2J" in said.out and "(5" in said.out
    assert all(len(line) < 600 for line in said.out.splitlines())
    assert "  3 messages deleted" not in [line[:20] for line in said.out.splitlines()]


def test_empty_poison_queues_are_said_so(run_ops: Ops) -> None:
    said = run_ops("poison", "--clear", "--yes")
    assert (said.code, said.err) == (0, "")
    assert f"{QUEUE}-poison: 0 messages" in said.out
