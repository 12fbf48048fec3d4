"""Joins the parts: settings to policies, adapters to ports. Only handlers and tests import it."""

import os
import uuid
from dataclasses import dataclass
from functools import cache

from shared.pipeline.policy import Policy
from shared.pipeline.ports import Ports
from shared.settings import Settings


@dataclass(frozen=True, slots=True)
class App:
    """The app as its handlers use it."""

    ports: Ports
    policy: Policy


def new_holder() -> str:
    """A name for one run that nobody else has."""
    return uuid.uuid4().hex


def text_of(body: bytes) -> str:
    """A queue message's text; bytes that are no UTF-8 become marks, and the message is then set aside."""
    return body.decode("utf-8", errors="replace")


@cache
def app() -> App:
    """The app of this instance, made once from the environment. Raises ConfigError."""
    return make(Settings.from_env(os.environ))
