"""Settings of one tenant, as its row keeps them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.tenants import overrides_of
from shared.core.tenants.overrides import overrides_text
from shared.errors import ConfigError


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=5))
def test_what_is_written_is_read(settings: dict[str, str]) -> None:
    assert overrides_of(overrides_text(settings)) == settings


@pytest.mark.parametrize("text", ["[]", "{", "5", '{"A":1}', '{"A":' * 9_000, " " * 9_000, "null"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        overrides_of(text)
