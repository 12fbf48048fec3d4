"""JSON that came from outside, read without a way to end the reader."""

import json


def json_from_outside(text: str | bytes) -> object:
    """What the JSON text says. Raises ValueError where it says nothing that can be read: no JSON, a number of
    thousands of digits, or nested deeper than Python reads.

    Python raises RecursionError for the last; who catches ValueError alone would be ended by it.
    """
    try:
        found: object = json.loads(text)
    except RecursionError as err:
        raise ValueError("nested too deeply") from err
    return found
