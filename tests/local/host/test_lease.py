"""The hold on one message."""

from __future__ import annotations

import time

from local.host.app_settings import AppSettings
from local.host.connection import queue_service
from local.host.queues import Lease, Queues
from tests.local.host.conftest import Storage


def _queues(storage: Storage) -> Queues:
    service = queue_service(
        "AzureWebJobsStorage", AppSettings(storage.settings), ca_bundle=storage.certificates.ca
    )
    return Queues(service, base64_bodies=True)


def test_a_renewed_lease_can_still_delete_its_message(storage: Storage, queue: str) -> None:
    queues = _queues(storage)
    queues.send(queue, b"x")
    (message,) = queues.receive(queue, count=1, lease_seconds=2)
    lease = Lease(queues, queue, message, seconds=2)
    lease.keep()
    assert lease.renew_in > 0.5  # too early for a call
    time.sleep(1.1)
    lease.keep()  # the old pop receipt is worth nothing from here on
    queues.delete(queue, message.id, message.pop_receipt)
    assert queues.count(queue) == 1
    lease.delete()
    assert queues.count(queue) == 0


def test_a_lost_lease_touches_nothing_and_does_not_ask_for_attention(storage: Storage, queue: str) -> None:
    queues = _queues(storage)
    queues.send(queue, b"x")
    (message,) = queues.receive(queue, count=1, lease_seconds=1)
    lease = Lease(queues, queue, message, seconds=1)
    time.sleep(1.2)
    (again,) = queues.receive(queue, count=1, lease_seconds=30)  # somebody else has it now
    assert again.dequeue_count == 2
    time.sleep(0.1)
    lease.keep()
    assert lease.renew_in > 0  # or whoever waits for it would spin
    lease.poison()
    lease.release(seconds=0)
    lease.delete()
    assert (queues.count(queue), queues.count(f"{queue}-poison")) == (1, 0)
