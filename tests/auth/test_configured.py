from pathlib import Path

import pytest
from starlette.requests import Request

from arqlight.web.auth.access import everybody
from arqlight.web.auth.accounts import Accounts, hash_token
from arqlight.web.auth.configured import access_from, hosts_from
from arqlight.web.auth.passwords import hash_password
from arqlight.web.auth.viewer import Right, Viewer

TOKEN = "a-token-of-more-than-twenty-characters"  # noqa: S105
HASH = hash_password("open sesame")


async def program(access: object, token: str) -> Viewer:
    assert isinstance(access, Accounts)
    headers = [(b"authorization", f"Bearer {token}".encode())]
    return await access(Request({"type": "http", "method": "GET", "path": "/", "headers": headers}))


def test_nothing_set_configures_nothing() -> None:
    assert access_from({}) is None
    assert access_from({"ARQLIGHT_USER": "", "ARQLIGHT_TOKEN": ""}) is None


def test_open_lets_everybody_in() -> None:
    assert access_from({"ARQLIGHT_ACCESS": "open"}) is everybody


@pytest.mark.parametrize("how", [{"ARQLIGHT_PASSWORD": "open sesame"}, {"ARQLIGHT_PASSWORD_HASH": HASH}])
async def test_a_user_and_a_password_or_its_hash_make_an_administrator(how: dict[str, str]) -> None:
    access = access_from({"ARQLIGHT_USER": "ada", **how})
    assert isinstance(access, Accounts)
    person = await access.log_in("ada", "open sesame", "")
    assert person is not None
    assert person.viewer.right == Right.administer


async def test_a_token_makes_an_operator() -> None:
    assert (await program(access_from({"ARQLIGHT_TOKEN": TOKEN}), TOKEN)).right == Right.operate


async def test_a_file_names_people_and_programs(tmp_path: Path) -> None:
    path = tmp_path / "users.toml"
    path.write_text(
        f"""
        [people.ada]
        password_hash = "{HASH}"
        right = "watch_own"
        owner = "ada"

        [programs.deploy]
        token_hash = "{hash_token(TOKEN)}"
        right = "view_all"
        """
    )
    access = access_from({"ARQLIGHT_USERS_FILE": str(path)})
    assert isinstance(access, Accounts)
    person = await access.log_in("ada", "open sesame", "")
    assert person is not None
    assert person.viewer == Viewer("ada", Right.watch_own, "ada")
    assert await program(access, TOKEN) == Viewer("deploy", Right.view_all)


@pytest.mark.parametrize(
    ("set_to", "says"),
    [
        ({"ARQLIGHT_ACCESS": "yes"}, "may only be 'open'"),
        ({"ARQLIGHT_ACCESS": "open", "ARQLIGHT_TOKEN": TOKEN}, "Unset one"),
        ({"ARQLIGHT_USER": "ada"}, "one of ARQLIGHT_PASSWORD and ARQLIGHT_PASSWORD_HASH"),
        ({"ARQLIGHT_PASSWORD": "open sesame"}, "set ARQLIGHT_USER too"),
        ({"ARQLIGHT_USER": "a", "ARQLIGHT_PASSWORD": "b", "ARQLIGHT_PASSWORD_HASH": HASH}, "one of"),
        ({"ARQLIGHT_USER": "a", "ARQLIGHT_PASSWORD_HASH": "secret"}, "starts with \\$argon2"),
        ({"ARQLIGHT_TOKEN": "short"}, "20 or more characters, and has 5"),
        ({"ARQLIGHT_TOKEN": TOKEN, "ARQLIGHT_SECRET": "short"}, "32 or more characters, and has 5"),
        ({"ARQLIGHT_USERS_FILE": "/nowhere/users.toml"}, "cannot read /nowhere/users.toml: No such file"),
    ],
)
def test_what_cannot_be_meant_is_an_error_that_says_what_to_set(set_to: dict[str, str], says: str) -> None:
    with pytest.raises(ValueError, match=says) as error:
        access_from(set_to)
    assert "open sesame" not in str(error.value)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("people = [", "is not TOML"),
        ("[users.ada]", r"no \[users\]"),
        ("[people.ada]\nright = 'operate'", "starts with \\$argon2"),
        (f"[people.ada]\npassword_hash = '{HASH}'", "needs a right: watch_own, view_all"),
        (f"[people.ada]\npassword_hash = '{HASH}'\nright = 'root'", "no right 'root'"),
        (f"[people.ada]\npassword = 'x'\npassword_hash = '{HASH}'", "has 'password'"),
        ("[people.ada]\nright = 7", "holds texts"),
        ("[people]\nada = 7", "holds texts"),
        ("[programs.deploy]\ntoken_hash = 'abc'\nright = 'operate'", "SHA-256"),
        ("people = 7", "people"),
    ],
)
def test_what_is_wrong_in_the_file_is_named(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "users.toml"
    path.write_text(content)
    with pytest.raises(ValueError, match=says):
        access_from({"ARQLIGHT_USERS_FILE": str(path)})


def test_hosts_have_commas_between_them() -> None:
    assert hosts_from({"ARQLIGHT_ALLOWED_HOSTS": "a.example, *.b.example,"}) == ["a.example", "*.b.example"]
    assert hosts_from({}) is None


async def test_secrets_may_stand_in_files_that_the_environment_names(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("open sesame\n")
    (tmp_path / "token").write_text(TOKEN)
    access = access_from(
        {
            "ARQLIGHT_USER": "ada",
            "ARQLIGHT_PASSWORD_FILE": str(tmp_path / "password"),
            "ARQLIGHT_TOKEN_FILE": str(tmp_path / "token"),
        }
    )
    assert isinstance(access, Accounts)
    assert await access.log_in("ada", "open sesame", "") is not None
    assert (await program(access, TOKEN)).right == Right.operate


def test_a_file_that_cannot_be_read_or_is_one_too_many_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"ARQLIGHT_TOKEN_FILE: cannot read .*gone: No such file"):
        access_from({"ARQLIGHT_TOKEN_FILE": str(tmp_path / "gone")})
    with pytest.raises(ValueError, match="ARQLIGHT_TOKEN and ARQLIGHT_TOKEN_FILE are both set"):
        access_from({"ARQLIGHT_TOKEN": TOKEN, "ARQLIGHT_TOKEN_FILE": "one"})
    (tmp_path / "bytes").write_bytes(b"\xff\xff")
    with pytest.raises(ValueError, match=r"ARQLIGHT_SECRET_FILE: .* is not text"):
        access_from({"ARQLIGHT_TOKEN": TOKEN, "ARQLIGHT_SECRET_FILE": str(tmp_path / "bytes")})
