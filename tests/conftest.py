"""How many cases hypothesis tries: `HYPOTHESIS_PROFILE=long` tries many, `HYPOTHESIS_EXAMPLES` says how many.

docs/reliability.md has the commands. A test that names its own number keeps it.
"""

import os

from hypothesis import HealthCheck, settings

settings.register_profile("usual", deadline=None)  # a busy machine is no failure
settings.register_profile(
    "long",
    deadline=None,
    max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", "20000")),
    suppress_health_check=list(HealthCheck),
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "usual"))
