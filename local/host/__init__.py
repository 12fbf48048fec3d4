"""A function host: runs any Python v1 function app on this machine as the platform would.

It drives the platform's own worker library, `azure-functions-runtime-v1`, which loads and runs the functions,
and knows nothing of the functions themselves. `function_host.FunctionHost` is the way in; `loading` loads an
app without storage.

Times are the platform's own; a clock that runs faster (`clock`) makes them pass sooner. docs/stand-ins.md
says what this host is kinder in than the platform's, and what covers that.

This file imports nothing, since the worker process goes through it too.
"""
