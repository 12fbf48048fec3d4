"""Makes a recording: `python -m local.incidents.make --seed 7 --out DIR`."""

import argparse
import sys
from pathlib import Path

from local.incidents.buildserver import CREATIONS, make_buildserver
from local.incidents.incident import LATE_SECONDS, make_incident
from local.incidents.recording import Recording
from local.incidents.storm import ALERTS_A_MINUTE, make_storm

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
    if arguments.kind == "buildserver":
        return make_buildserver(arguments.seed, creations=arguments.creations)
    if arguments.kind in ("storm", "steady"):
        minutes = 1.0 if arguments.kind == "storm" else arguments.minutes
        usual = 1_000 if arguments.kind == "storm" else round(ALERTS_A_MINUTE * minutes)
        return make_storm(
            arguments.seed,
            alerts=usual if arguments.alerts is None else arguments.alerts,
            minutes=minutes,
            noise=arguments.noise,
            pid_reuse=arguments.pid_reuse,
            kind=arguments.kind,
            listed_after=arguments.listed_after,
        )
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
    add("--kind", choices=("incident", "storm", "steady", "buildserver"), default="incident")
    add("--noise", type=float, default=1.0, help="times the ordinary activity")
    add("--pid-reuse", type=float, default=1.0, help="times the share of pids used again")
    add("--late-seconds", type=float, default=LATE_SECONDS, help="when the late telemetry arrives")
    add("--alerts", type=int, help="storm: 1,000; steady: twelve a minute")
    add("--minutes", type=float, default=10.0, help="steady: within how long the alerts are created")
    add("--listed-after", type=float, help="storm, steady: seconds until the API lists an alert")
    add("--creations", type=int, default=CREATIONS, help="buildserver: processes created in its hour")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
