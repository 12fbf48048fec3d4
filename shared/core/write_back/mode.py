"""How far the write-back goes."""

from enum import StrEnum


class Mode(StrEnum):
    """The setting WRITE_BACK; RULES includes the comment."""

    OFF = "off"
    DRY_RUN = "dry-run"
    COMMENT = "comment"
    RULES = "rules"
