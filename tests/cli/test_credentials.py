"""`arqlight password` and `arqlight token` make what the settings want."""

import re
import shlex
import subprocess
from pathlib import Path

from starlette.requests import Request

from arqlight.web.auth.accounts import Accounts
from arqlight.web.auth.configured import access_from
from arqlight.web.auth.viewer import Right
from tests.cli.commands import ARQLIGHT


def made(*words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run([*ARQLIGHT, *words], input=typed, capture_output=True, text=True, check=False)


def environment_of(output: str) -> dict[str, str]:
    pairs = [
        shlex.split(line)[0].partition("=") for line in output.splitlines() if line.startswith("ARQLIGHT")
    ]
    return {name: value for name, _, value in pairs}


async def test_the_hash_of_a_password_lets_in_who_knows_it() -> None:
    settings = environment_of(made("password", typed="open sesame\n").stdout)
    access = access_from({"ARQLIGHT_USER": "ada", **settings})
    assert isinstance(access, Accounts)
    assert await access.log_in("ada", "open sesame", "") is not None
    assert await access.log_in("ada", "open sesame ", "") is None


def test_a_password_that_is_too_short_is_refused_with_a_sentence() -> None:
    answer = made("password", typed="short\n")
    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr == "Error: A password has 8 or more characters.\n"


async def test_a_token_lets_in_a_program_itself_or_by_its_hash(tmp_path: Path) -> None:
    output = made("token").stdout
    settings = environment_of(output)
    (hashed,) = re.findall(r'^token_hash = ".*"$', output, re.MULTILINE)
    users = tmp_path / "users.toml"
    users.write_text(f'[programs.deploy]\n{hashed}\nright = "operate"\n')
    sent = Request(
        {
            "type": "http",
            "headers": [(b"authorization", f"Bearer {settings['ARQLIGHT_TOKEN']}".encode())],
        }
    )
    for how in (settings, {"ARQLIGHT_USERS_FILE": str(users)}):
        access = access_from(how)
        assert isinstance(access, Accounts)
        assert (await access(sent)).may(Right.operate)
