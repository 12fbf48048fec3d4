"""The attack stories, one file each, told in this order; each is `tell(stage)` and raises its alerts."""

from collections.abc import Callable

from local.incidents.stage import Stage
from local.incidents.stories import (
    antivirus,
    custom_detections,
    finance_macro,
    hostile_text,
    lateral_ransomware,
    linux_intrusion,
    linux_staging,
    mac_scripts,
    odd_evidence,
    scheduled_task,
    timing,
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
)
