# What would stop a first deployment, a line each; reads only. All of it is in preflight.py.
& python "$PSScriptRoot/preflight.py" @args
exit $LASTEXITCODE
