"""Makes a recording: `python -m local.incidents.make --seed 7 --out DIR`."""

import argparse
import sys
from pathlib import Path

from local.incidents.incident import LATE_SECONDS, make_incident
from local.incidents.recording import Recording

SEED = 7
CONTOSO = Path(__file__).parent / "contoso"


def main(argv: list[str]) -> int:
    """The command: writes the folder and says in one line what is in it."""
    arguments = _parser().parse_args(argv)
    made = _made(arguments)
    made.write(arguments.out)
    print(f"{arguments.out}: {len(made.cases)} alerts, {len(made.recorder.rows)} rows of telemetry")
    return 0


def _made(arguments: argparse.Namespace) -> Recording:
    return make_incident(
        arguments.seed,
        noise=arguments.noise,
        pid_reuse=arguments.pid_reuse,
        late_seconds=arguments.late_seconds,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local.incidents.make", description=__doc__)
    add = parser.add_argument
    add("--seed", type=int, default=SEED)
    add("--out", type=Path, default=CONTOSO, help="the folder to write; the committed recording by default")
    add("--noise", type=float, default=1.0, help="times the ordinary activity")
    add("--pid-reuse", type=float, default=1.0, help="times the share of pids used again")
    add("--late-seconds", type=float, default=LATE_SECONDS, help="when the late telemetry arrives")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
