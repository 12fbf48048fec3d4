"""`python -m local.simulator --config FILE [--data DIR] [--no-shift]`: the simulator as a process of its own.

Prints one line of JSON when it serves: the three addresses, and warnings about the recording. Ends when its
standard input closes. A recording or a setting that cannot be used is one line on standard error, and exit 2.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from local.simulator.bodies import RecordingError
from local.simulator.config import Config, ConfigError
from local.simulator.gate import GateFailed
from local.simulator.simulator import Simulator


def main(argv: list[str]) -> int:
    """The exit code, once standard input has closed."""
    parser = argparse.ArgumentParser(prog="python -m local.simulator")
    parser.add_argument("--config", type=Path, required=True, help="JSON file with the settings of config.py")
    parser.add_argument("--data", type=Path, help="folder with recorded data")
    parser.add_argument("--no-shift", action="store_true", help="leave the recorded times as they are")
    given = parser.parse_args(argv)
    overrides: dict[str, Any] = {"data": given.data} if given.data else {}
    if given.no_shift:
        overrides["shift"] = False
    try:
        with Simulator(Config.from_file(given.config, **overrides)) as simulator:
            ready = {
                "defender": simulator.defender_url,
                "graph": simulator.graph_url,
                "control": simulator.control_url,
                "warnings": list(simulator.warnings),
            }
            print(json.dumps(ready), flush=True)
            while sys.stdin.buffer.read(65536):
                pass
    except (ConfigError, RecordingError, GateFailed) as error:
        print(f"simulator: {error}", file=sys.stderr, flush=True)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
