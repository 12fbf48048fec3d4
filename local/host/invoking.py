"""One run of a function: the request to the worker, the wait with its limit, and the outputs afterwards.

How a run ends that its worker or its instance did not survive was seen in the host 4.1037 on 2026-11-30: a
worker's death fails its runs at once, each with two records of exceptions; a run over the time limit fails
and its worker is killed, and the other runs in that worker are waited for, each until its own limit; what
dies with the instance leaves no trace.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
import uuid
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from local.host.app import Binding, Function
from local.host.channel import WorkerChannel, WorkerLost
from local.host.clock import HostClock
from local.host.hearing import Hearing
from local.host.outputs import message_bodies
from local.host.protocol import messages
from local.host.queues import InstanceEnded, Lease, Queues
from local.host.records import Invocation, Outcome, why
from local.host.trigger_input import TriggerInput
from local.host.workers import Workers

_ENDED = "the instance ended under it"


class _TimedOut(Exception):
    pass


class Runner:
    """Runs one function in one instance. Any number of threads may run it at once."""

    def __init__(
        self,
        function: Function,
        workers: Workers,
        queues: Mapping[str, Queues],
        *,
        clock: HostClock,
        ended: threading.Event,
        timeout_seconds: float | None,
        senders: ThreadPoolExecutor,
        hearing: Hearing,
    ) -> None:
        self._function, self._workers, self._queues = function, workers, queues
        self._clock, self._ended = clock, ended
        self._timeout = timeout_seconds
        self._senders = senders
        self._hearing = hearing

    def run(self, trigger: TriggerInput, lease: Lease | None = None) -> Invocation:
        """How the run ended, its outputs sent; `lease` is kept alive meanwhile."""
        run = _Run(trigger, self._function)
        try:
            response = self._answer(trigger, run, lease)
            return response if isinstance(response, Invocation) else self._concluded(response, run, lease)
        except InstanceEnded:
            return run.ended(Outcome.LOST, exception=_ENDED)

    def _answer(self, trigger: TriggerInput, run: _Run, lease: Lease | None) -> Any:
        """The worker's InvocationResponse, or how the run ended without one."""
        if trigger.problem:
            return run.ended(Outcome.FAILED, exception=trigger.problem)
        request = messages().InvocationRequest(
            invocation_id=run.id, function_id=self._function.name, trigger_metadata=dict(trigger.metadata)
        )
        request.input_data.add(name=self._function.trigger.name, data=trigger.value)
        channel: WorkerChannel | None = None
        try:
            channel = self._workers.channel()
            if refused := self._workers.refused.get(self._function.name):
                return run.ended(Outcome.FAILED, exception=refused)
            return self._wait(channel.invoke(request), lease, run.began)
        except _TimedOut:
            limit = dt.timedelta(seconds=self._timeout or 0)
            words = f"Timeout value of {limit} was exceeded by function: Functions.{self._function.name}"
            if channel is not None:
                self._workers.time_out(channel)
            return run.ended(Outcome.FAILED, exception=words)
        except WorkerLost as error:
            if self._ended.is_set():
                raise InstanceEnded from error
            return run.ended(Outcome.FAILED, exception=why(error), exceptions=2)

    def _concluded(self, response: Any, run: _Run, lease: Lease | None) -> Invocation:
        if self._ended.is_set():
            raise InstanceEnded
        if response.result.status != messages().StatusResult.Success:
            raised = response.result.exception
            return run.ended(Outcome.FAILED, exception=raised.message, stack_trace=raised.stack_trace)
        return self._send_outputs(response, run, lease)

    def _wait(self, future: Future[Any], lease: Lease | None, began: float) -> Any:
        while True:
            waits = [1.0, self._clock.real(lease.renew_in) if lease else 1.0]
            if self._timeout is not None:
                waits.append(max(0.0, began + self._timeout - time.monotonic()))
            # Looks up once a second, for what hangs in an instance that is no more.
            try:
                return future.result(min(waits))
            except TimeoutError:
                if future.done():
                    return future.result()
            if self._ended.is_set():
                raise InstanceEnded
            if self._timeout is not None and time.monotonic() >= began + self._timeout:
                raise _TimedOut
            if lease:
                lease.keep()

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
            self._hearing.sent()

    def _failure(self, future: Future[None], lease: Lease | None) -> str:
        while True:
            try:
                future.result(self._clock.real(lease.renew_in) if lease else None)
                return ""
            except InstanceEnded:
                raise
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

    def ended(
        self,
        outcome: Outcome,
        *,
        exception: str | None = None,
        stack_trace: str = "",
        exceptions: int | None = None,
    ) -> Invocation:
        message = self._trigger.message
        usual = 1 if outcome is Outcome.FAILED else 0
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
            exceptions=usual if exceptions is None else exceptions,
        )
