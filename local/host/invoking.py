"""One run of a function: the request to the worker, the wait with its limit, and the outputs afterwards."""

from __future__ import annotations

import datetime as dt
import json
import time
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from local.host.app import Binding, Function
from local.host.channel import WorkerLost
from local.host.instance import Instance
from local.host.outputs import message_bodies
from local.host.protocol import messages
from local.host.queues import Lease, Queues, Received
from local.host.records import Invocation, Outcome, why


@dataclass(frozen=True, slots=True)
class TriggerInput:
    """What started a run, in the worker's words."""

    value: Any
    metadata: Mapping[str, Any] = field(default_factory=dict)
    message: Received | None = None


def queue_input(queue: str, message: Received, body: bytes) -> TriggerInput:
    """A message as the platform hands it over: its text, and its properties as trigger metadata.

    Everything that is not text travels as JSON, which is what the library reads.
    """
    typed = messages().TypedData
    text = body.decode(errors="replace")
    metadata = {
        "QueueTrigger": typed(string=text),
        "Id": typed(string=message.id),
        "PopReceipt": typed(string=message.pop_receipt),
        "DequeueCount": typed(json=json.dumps(message.dequeue_count)),
        "InsertionTime": typed(json=json.dumps(message.inserted.isoformat())),
        "ExpirationTime": typed(json=json.dumps(message.expires.isoformat())),
        "NextVisibleTime": typed(json=json.dumps(message.next_visible.isoformat())),
    }
    return TriggerInput(typed(string=text), metadata, message)


def timer_input(*, past_due: bool, last: dt.datetime | None, next_run: dt.datetime | None) -> TriggerInput:
    """A timer's run, as the platform describes it; `last` is None for a schedule not monitored."""
    status = None
    if last is not None and next_run is not None:
        status = {"Last": last.isoformat(), "Next": next_run.isoformat(), "LastUpdated": last.isoformat()}
    content = {"Schedule": {"AdjustForDST": True}, "ScheduleStatus": status, "IsPastDue": past_due}
    return TriggerInput(messages().TypedData(json=json.dumps(content)))


class _TimedOut(Exception):
    pass


class Runner:
    """Runs one function in one instance. Any number of threads may run it at once."""

    def __init__(
        self,
        function: Function,
        instance: Instance,
        queues: Mapping[str, Queues],
        *,
        timeout_seconds: float | None,
        senders: ThreadPoolExecutor,
        on_sent: Callable[[Binding], None],
    ) -> None:
        self._function, self._instance, self._queues = function, instance, queues
        self._timeout = timeout_seconds
        self._senders = senders
        self._on_sent = on_sent

    def run(self, trigger: TriggerInput, lease: Lease | None = None) -> Invocation:
        """How the run ended, its outputs sent; `lease` is kept alive meanwhile."""
        run = _Run(trigger, self._function)
        request = messages().InvocationRequest(
            invocation_id=run.id, function_id=self._function.name, trigger_metadata=dict(trigger.metadata)
        )
        request.input_data.add(name=self._function.trigger.name, data=trigger.value)
        try:
            response = self._wait(self._instance.invoke(request), lease, run.began)
        except _TimedOut:
            limit = dt.timedelta(seconds=self._timeout or 0)
            words = f"Timeout value of {limit} was exceeded by function: Functions.{self._function.name}"
            self._kill_worker()
            return run.ended(Outcome.LOST, exception=words)
        except WorkerLost as error:
            return run.ended(Outcome.LOST, exception=why(error))
        if response.result.status != messages().StatusResult.Success:
            raised = response.result.exception
            return run.ended(Outcome.FAILED, exception=raised.message, stack_trace=raised.stack_trace)
        return self._send_outputs(response, run, lease)

    def _wait(self, future: Future[Any], lease: Lease | None, began: float) -> Any:
        while True:
            waits = [lease.renew_in] if lease else []
            if self._timeout is not None:
                waits.append(began + self._timeout - time.monotonic())
            try:
                return future.result(max(0.0, min(waits)) if waits else None)
            except TimeoutError:
                if future.done():
                    return future.result()
            if self._timeout is not None and time.monotonic() >= began + self._timeout:
                raise _TimedOut
            if lease:
                lease.keep()

    def _kill_worker(self) -> None:
        try:
            self._instance.kill_worker()
        except WorkerLost:
            pass  # another run in it reached its limit first

    def _send_outputs(self, response: Any, run: _Run, lease: Lease | None) -> Invocation:
        """Bindings at the same time, the items of one after the other, nothing undone after a failure."""
        values = {output.name: output.data for output in response.output_data}
        if response.HasField("return_value"):
            values["$return"] = response.return_value
        sending = [
            self._senders.submit(self._send, binding, values[binding.name], run)
            for binding in self._function.outputs
            if binding.name in values
        ]
        failures = [failure for future in sending if (failure := self._failure(future, lease))]
        if failures:
            return run.ended(Outcome.FAILED, exception="; ".join(failures))
        return run.ended(Outcome.SUCCEEDED)

    def _send(self, binding: Binding, value: Any, run: _Run) -> None:
        for body in message_bodies(value):
            self._queues[binding.connection].send(binding.queue, body)
            run.sent.append(binding.name)
            self._on_sent(binding)

    def _failure(self, future: Future[None], lease: Lease | None) -> str:
        while True:
            try:
                future.result(lease.renew_in if lease else None)
                return ""
            # Whatever a client library raises here is, on the platform too, the failure of this invocation.
            except Exception as error:
                if future.done():
                    return f"{type(error).__name__}: {why(error)}"
                if lease:
                    lease.keep()  # it was our own wait that ended


class _Run:
    """The record of a run while it is being made."""

    def __init__(self, trigger: TriggerInput, function: Function) -> None:
        self.id = str(uuid.uuid4())
        self.began = time.monotonic()
        self.sent: list[str] = []  # list.append is safe from several threads
        self._trigger, self._function = trigger, function
        self._started = dt.datetime.now(dt.UTC)

    def ended(self, outcome: Outcome, *, exception: str | None = None, stack_trace: str = "") -> Invocation:
        message = self._trigger.message
        return Invocation(
            function=self._function.name,
            invocation_id=self.id,
            trigger=self._function.trigger.type,
            outcome=outcome,
            started=self._started,
            seconds=time.monotonic() - self.began,
            outputs=len(self.sent),
            exception=exception,
            stack_trace=stack_trace,
            message_id=message.id if message else None,
            dequeue_count=message.dequeue_count if message else None,
        )
