import json

from local.docs import configuration
from shared.settings import Settings


def test_the_page_and_the_example_are_those_the_settings_make() -> None:
    stale = "run `python -m local.docs.configuration`"
    assert configuration.PAGE.read_text("utf-8") == configuration.page(), stale
    assert configuration.EXAMPLE.read_text("utf-8") == configuration.example(), stale


def test_the_examples_values_are_the_defaults() -> None:
    values = json.loads(configuration.example())["Values"]
    assert Settings.from_env(values) == Settings(storage_connection="UseDevelopmentStorage=true")
