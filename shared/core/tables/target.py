"""What an event was done to: the words of the column TargetKind."""

from enum import StrEnum


class Target(StrEnum):
    """TargetKind; "" where the row names nothing that it was done to."""

    PROCESS = "process"
    FILE = "file"
    ADDRESS = "address"
    URL = "url"
    REGISTRY = "registry"
    ACCOUNT = "account"
    NONE = ""
