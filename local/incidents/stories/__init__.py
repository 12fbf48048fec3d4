"""The stories, one file each, told in this order; each is `tell(stage)` and raises its alerts."""

from collections.abc import Callable

from local.incidents.stage import Stage
from local.incidents.stories import (
    administration,
    antivirus,
    custom_detections,
    development,
    disguised,
    disguised_unix,
    finance_macro,
    half_stopped,
    hostile_text,
    installers,
    lateral_ransomware,
    linux_intrusion,
    linux_staging,
    linux_upkeep,
    mac_scripts,
    mac_upkeep,
    managed_devices,
    odd_evidence,
    scheduled_task,
    server_upkeep,
    timing,
    updates,
)

Story = Callable[[Stage], None]
STORIES: tuple[tuple[str, Story], ...] = (
    ("finance_macro", finance_macro.tell),
    ("lateral_ransomware", lateral_ransomware.tell),
    ("linux_intrusion", linux_intrusion.tell),
    ("linux_staging", linux_staging.tell),
    ("mac_scripts", mac_scripts.tell),
    ("antivirus", antivirus.tell),
    ("scheduled_task", scheduled_task.tell),
    ("custom_detections", custom_detections.tell),
    ("odd_evidence", odd_evidence.tell),
    ("hostile_text", hostile_text.tell),
    ("timing", timing.tell),
    ("disguised", disguised.tell),
    ("disguised_unix", disguised_unix.tell),
    ("half_stopped", half_stopped.tell),
)
# Ordinary work that set off alerts.
ORDINARY: tuple[tuple[str, Story], ...] = (
    ("installers", installers.tell),
    ("managed_devices", managed_devices.tell),
    ("administration", administration.tell),
    ("server_upkeep", server_upkeep.tell),
    ("development", development.tell),
    ("updates", updates.tell),
    ("linux_upkeep", linux_upkeep.tell),
    ("mac_upkeep", mac_upkeep.tell),
)
