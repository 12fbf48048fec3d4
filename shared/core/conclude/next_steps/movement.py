"""Which way a movement between devices went: to one that the command names, or from another to this one."""

import re

from shared.core.conclude.next_steps.situation import Situation
from shared.core.conclude.next_steps.wording import command, named

_TARGET = re.compile(r"(?:^|[\s\"'=])\\\\([A-Za-z0-9][A-Za-z0-9._-]{1,62})(?=[\\\s\"']|$)")


def movement(situation: Situation, dvc: str) -> dict[str, str]:
    """What to do about the other side, by the facts' names."""
    at = f"{situation.time.text()[11:19]} UTC"
    if target := target_of(situation):
        return {
            "other_contain": f"isolate {target} as well",
            "other_look": f"whether it took on {target}: log-ons, services and jobs there after {at}",
            "other_logs": f"{dvc} and {target}",
        }
    if share := domain_of(situation):
        said = command(situation.lead.command_line if situation.lead else "")
        return {
            "other_contain": "",
            "other_look": f"which file of {share}'s own share it ran, and who may write there: {said}",
            "other_logs": dvc,
        }
    return {
        "other_contain": "isolate the device that it came from as well",
        "other_look": f"who came and from where: the log-ons on {dvc} just before {at}",
        "other_logs": f"{dvc} and of the device that it came from",
    }


def target_of(situation: Situation) -> str:
    """The device that the lead's command names as `\\\\device`, safe to print; "" where it names none."""
    return "" if domain_of(situation) else named(_unc(situation))


def domain_of(situation: Situation) -> str:
    """The device's own domain where the command names that, safe to print: every controller has its share."""
    name = _unc(situation)
    is_own = name and f".{situation.device_name}".lower().endswith(f".{name}".lower())
    return named(name) if is_own and name.lower() != situation.device_name.lower() else ""


def _unc(situation: Situation) -> str:
    found = _TARGET.search((situation.lead.command_line or "")[:2_000]) if situation.lead else None
    return found[1] if found else ""
