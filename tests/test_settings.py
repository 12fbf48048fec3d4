from datetime import timedelta

import pytest

from shared.clouds import CLOUDS
from shared.errors import ConfigError
from shared.settings import Settings, declared

STORAGE = {"AzureWebJobsStorage__accountName": "contosoalerts"}


def test_the_storage_account_is_all_the_app_needs() -> None:
    settings = Settings.from_env(STORAGE)
    assert settings.storage_table_url == "https://contosoalerts.table.core.windows.net"
    assert settings.client_id is None
    assert settings.late_hunts == (timedelta(minutes=5), timedelta(minutes=30), timedelta(minutes=120))


def test_the_hosts_own_client_id_serves_unless_another_is_given() -> None:
    env = STORAGE | {"AzureWebJobsStorage__clientId": "11111111-aaaa"}
    assert Settings.from_env(env).client_id == "11111111-aaaa"
    assert Settings.from_env(env | {"IDENTITY_CLIENT_ID": "2222"}).client_id == "2222"


def test_all_problems_are_reported_together_without_any_value() -> None:
    env = {"CLOUD": "mars", "HUNT_CALLS_PER_MINUTE": "lots", "NOTIFY_AFTER": "5 parsecs"}
    with pytest.raises(ConfigError) as caught:
        Settings.from_env(env)
    message = str(caught.value)
    for named in ("CLOUD", "HUNT_CALLS_PER_MINUTE", "NOTIFY_AFTER", "AzureWebJobsStorage"):
        assert named in message
    assert not any(value in message for value in env.values())


def test_a_connection_string_is_never_shown() -> None:
    settings = Settings.from_env({"AzureWebJobsStorage": "AccountKey=c2VjcmV0"})
    assert settings.storage_connection
    assert "c2VjcmV0" not in repr(settings)


@pytest.mark.parametrize("cloud", CLOUDS)
def test_the_cloud_selects_hosts_and_scopes(cloud: str) -> None:
    settings = Settings.from_env(STORAGE | {"CLOUD": cloud})
    assert settings.endpoints.defender_url == CLOUDS[cloud].defender_url
    assert settings.graph_token_scope == CLOUDS[cloud].graph_url + "/.default"
    assert settings.storage_table_url.endswith(CLOUDS[cloud].storage_suffix)


def test_the_scope_keeps_its_old_name_when_another_host_is_given() -> None:
    settings = Settings.from_env(STORAGE | {"DEFENDER_API_URL": "https://eu.api.security.microsoft.com"})
    assert settings.endpoints.defender_url == "https://eu.api.security.microsoft.com"
    assert settings.endpoints.defender_scope == "https://api.securitycenter.microsoft.com/.default"


@pytest.mark.parametrize(
    "url", ["http://api.example", "https://user:pw@api.example", "https://api.example/?q=1", "file:///x"]
)
def test_an_address_that_is_not_plain_https_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="DEFENDER_API_URL"):
        Settings.from_env(STORAGE | {"DEFENDER_API_URL": url})


def test_every_setting_says_what_it_means() -> None:
    names = [name for name, _, meaning in declared() if len(meaning) > 20]
    assert len(names) == len(declared()) == len(set(names)) > 20
