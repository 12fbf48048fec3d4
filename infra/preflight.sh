#!/bin/sh
# What would stop a first deployment, a line each; reads only. All of it is in preflight.py.
exec python3 "$(dirname "$0")/preflight.py" "$@"
