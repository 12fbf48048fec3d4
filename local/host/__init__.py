"""A function host: runs any Python v1 function app on this machine as the platform would.

It drives the platform's own worker library, `azure-functions-runtime-v1`, which loads and runs the functions,
and knows nothing of the functions themselves. `function_host.FunctionHost` is the way in; `loading` loads an
app without storage.

Not simulated: bindings other than timer and queue, retry policies in function.json, scaling, the lease that
lets one of several hosts run a timer, log levels from host.json, and dynamic concurrency. When a worker
process dies or a run reaches the time limit, its messages wait for their lease, as after the loss of an
instance; the platform gives them back sooner when its host process survives.

This file imports nothing, since the worker process goes through it too.
"""
