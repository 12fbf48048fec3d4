"""The one entry for people: `python3 dev.py demo`. Makes the environment, then runs the command."""

# No syntax newer than Python 2.7 in this file, so that an old Python can still say what it lacks.
import sys

if sys.version_info < (3, 9):
    sys.exit("dev.py needs Python 3.9 or newer to start; this is %d.%d." % sys.version_info[:2])

from local.cli import told_in_one_line
from local.setup.start import main

if __name__ == "__main__":
    sys.exit(told_in_one_line(lambda: main(sys.argv[1:])))
