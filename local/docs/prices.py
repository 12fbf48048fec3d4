"""Azure's prices that the pages count with: US list, in dollars, as commonly quoted in November 2026."""

GB_SECOND, FREE_GB_SECONDS = 0.000026, 100_000
MILLION_RUNS, FREE_RUNS = 0.40, 250_000
# An always-ready instance: for being there, and while it runs; then nothing is free.
READY_GB_SECOND, READY_RUNNING_GB_SECOND = 0.000004, 0.000016
LOG_GB, FREE_LOG_GB = 2.30, 5.0
TABLE_10_000, QUEUE_10_000 = 0.00036, 0.0004
TABLE_GB = 0.045
RULE = {"PT5M": 1.50, "PT10M": 1.00, "PT15M": 0.50, "PT1H": 0.50}  # a month, by how often it is looked at
ACTION, FREE_ACTIONS = 0.000025, 4_000
