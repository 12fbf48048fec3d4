"""Secrets are found in the shapes that they are written in, in time, and what is none is left alone."""

import json
import os
import string

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from shared.core.values.secrets import column_without_secrets, stars, without_secrets

SHAPES = (
    "Authorization: Basic {}", "Authorization: Bearer {}", "authorization=SharedKey acc:{}", "Bearer {}",
    "bearer%20{}", "basic {}1=", "x-functions-key: {}", "x-api-key={}", "Ocp-Apim-Subscription-Key: {}",
    "Endpoint=sb://n/;SharedAccessKeyName=Root;SharedAccessKey={};EntityPath=q",
    "AccountKey={}==;Suffix=x", "https://h/p?sv=1&sig={}&se=2", "https://h/api/f?code={}&x=1",
    "https://h/api/f?a=1&code={}", "password={}", "PASSWORD = {}", "Pwd={};Database=x",
    'password="{} and more"', "password: '{}'", '{{"password":"{}"}}', '{{\\"client_secret\\":\\"{}\\"}}',
    "client_assertion={}", "api_key={}", "db_password={}", "tool -p {} --x", "tool --password {} x",
    "tool --password={}", 'tool --password "{} b"', "tool /password:{}", "tool /p:{}", "tool -pw {} h",
    "tool --token {}", "tool --api-key={}", "mysql -u root -p{} db", "7z x -p{} a.7z",
    "sshpass -p{} ssh h", "sqlcmd -S h -U sa -P {} -Q x", "curl -u admin:{} http://h",
    "curl --user 'admin:{}' h", "net user bob {} /add", "net.exe use \\\\h\\c$ /user:d\\u {}",
    "schtasks /create /ru u /rp {} /tr x", "ConvertTo-SecureString '{}' -AsPlainText -Force",
    "ConvertTo-SecureString -String {} -Force", "https://user:{}@host/x",
    "reg add HKLM\\x /v DefaultPassword /t REG_SZ /d {} /f", "setx MYSQL_PWD={}",
    "AWS_SECRET_ACCESS_KEY={}", "-----BEGIN RSA PRIVATE KEY-----{}-----END RSA PRIVATE KEY-----",
)  # fmt: skip
PLAIN = (
    "mkdir -p /tmp/a/b", "ssh -p 22 host", "ps -p 4711", "docker run -p 80:80 x", "exit code=5",
    "net user bob /delete", "net use", "runas /user:admin cmd.exe",
    "powershell -ExecutionPolicy Bypass -File a.ps1",
    "System, Version=4.0.0.0, Culture=neutral, PublicKeyToken=b77a5c561934e089",
    "basic authentication failed", "powershell.exe -nop -w hidden -enc SQBFAFgA", "the tokens of a query",
    "da637551227677560813_-961444813", "reg add HKCU\\Software\\Run /v Updater /t REG_SZ /d C:\\a.exe",
    "key: ", "https://host:443/a?b=c",
)  # fmt: skip
SECRETS = st.text(string.ascii_letters + string.digits, min_size=12, max_size=40).filter(
    lambda text: any(char.isdigit() for char in text[:8]) and not text[0].isdigit()
)
# Anything but what would make the text around a shape the beginning of another one.
AROUND = st.text("abc xyz 0123 .,äö\n", max_size=60)


@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", "25")))
@given(secret=SECRETS, before=AROUND, after=AROUND)
def test_a_secret_in_each_shape_is_taken_out_whatever_is_around_it(
    shape: str, secret: str, before: str, after: str
) -> None:
    assume(secret not in before + after)
    text = f"{before} {shape.format(secret)} {after}"
    assert secret not in without_secrets(text)
    starred = without_secrets(text, stars)
    assert secret not in starred
    assert len(starred) <= len(text)


@pytest.mark.parametrize("text", PLAIN)
def test_what_is_no_secret_is_left_alone(text: str) -> None:
    assert without_secrets(text) == text


@given(st.text(max_size=300), st.sampled_from(SHAPES), SECRETS)
def test_json_stays_json_and_no_column_grows(around: str, shape: str, secret: str) -> None:
    value = {"command": f"{around} {shape.format(secret)}", "list": [around, 5, None, True], "last": 1}
    text = json.dumps(value, separators=(",", ":"))
    shown = column_without_secrets(text, is_json=True)
    read = json.loads(shown)
    assert (read["list"][1:], read["last"], len(read["list"])) == ([5, None, True], 1, 4)
    assert len(shown) <= len(text)


@given(st.text(max_size=500))
def test_any_text_is_read_and_twice_is_as_good_as_once(text: str) -> None:
    once = without_secrets(text, stars)
    assert len(once) <= len(text)
    assert column_without_secrets(text, is_json=True) in (
        once,
        json.dumps(_loaded(text), separators=(",", ":")),
    )


def _loaded(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None
