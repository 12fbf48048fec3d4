"""A function host: runs any Python v1 function app on this machine as the platform would.

It drives the platform's own worker library, `azure-functions-runtime-v1`, which loads and runs the functions,
and knows nothing of the functions themselves. `function_host.FunctionHost` is the way in; `loading` loads an
app without storage.

This file imports nothing, since the worker process goes through it too.
"""
