"""Figures that tests recorded, in pytest's summary: what was tried is part of the result."""

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for each figure of a test in this folder."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, ()):
            if report.when == "call" and report.nodeid.startswith("tests/hostile/"):
                for name, figures in report.user_properties:
                    terminalreporter.write_line(f"{name}: {figures}")
