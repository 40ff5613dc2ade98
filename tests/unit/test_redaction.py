import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arqlight.redaction import DEFAULT, DEFAULT_NAMES, HIDDEN, NOTHING, Redaction

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.parametrize(
    "name",
    [
        *sorted(DEFAULT_NAMES),
        "Password",
        "DB_PASSWORD",
        "user-password",
        "newPassword2",
        "apikey",
        "apiKey",
        "X-API-Key",
        "stripe_api_key_live",
        "accessToken",
        "HTTPAuthorization",
        "_secret_value",
        "client.secret",
        "PRIVATE_KEY",
    ],
)
def test_a_name_that_says_secret_is_hidden_however_it_is_written(name: str) -> None:
    assert DEFAULT.hides(name)
    assert DEFAULT.value({name: "hunter2"}) == {name: HIDDEN}


@pytest.mark.parametrize(
    "name", ["", "author", "monkey", "max_tokens", "compass", "key", "secretary", "_", "42", "keyboard"]
)
def test_a_name_that_only_looks_like_a_secrets_is_shown(name: str) -> None:
    assert not DEFAULT.hides(name)


def test_secrets_are_found_at_any_depth_and_the_value_itself_stays_as_it_was() -> None:
    value = {"users": [{"name": "ada", "auth": {"any": "thing"}}, [{"token": 12}]], "n": 1}
    before = json.dumps(value)
    assert DEFAULT.value(value) == {
        "users": [{"name": "ada", "auth": HIDDEN}, [{"token": HIDDEN}]],
        "n": 1,
    }
    assert json.dumps(value) == before


def test_a_list_of_pairs_is_a_list_of_fields() -> None:
    headers = [["accept", "text/html"], ["Authorization", "Bearer abc"], ["cookie", "a=b"]]
    assert DEFAULT.value(headers) == [["accept", "text/html"], ["Authorization", HIDDEN], ["cookie", HIDDEN]]


def test_that_a_secret_is_missing_is_no_secret() -> None:
    assert DEFAULT.value({"password": None, "token": False}) == {"password": None, "token": False}


def test_arguments_are_hidden_by_keyword_and_where_the_parameters_are_known_by_position() -> None:
    assert DEFAULT.arguments(["ada", "hunter2"], {"api_key": "k", "to": "x"}) == (
        ["ada", "hunter2"],
        {"api_key": HIDDEN, "to": "x"},
    )
    assert DEFAULT.arguments(["ada", "hunter2", {"pwd": "p"}], {}, ["user", "password"]) == (
        ["ada", HIDDEN, {"pwd": HIDDEN}],
        {},
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("login(password='hunter2', user='ada')", "login(password=[redacted], user='ada')"),
        ('{"db_password": "a\\"b", "n": 1}', '{"db_password": [redacted], "n": 1}'),
        ("{'token': 'abc', 'n': 1}", "{'token': [redacted], 'n': 1}"),
        ("?user=ada&api_key=abc&n=1", "?user=ada&api_key=[redacted]&n=1"),
        ("Authorization: Bearer abc\nnext line", "Authorization: [redacted]\nnext line"),
        ("secrets=['a', 'b']\nnext", "secrets=[redacted]\nnext"),
        ("bad token: abc", "bad token: [redacted]"),
        ("password = 'unterminated", "password = [redacted]"),
        ("url='x password=hunter2 y'", "url='x password=[redacted] y'"),
        ("redis://ada:hunter2@cache:6379/0", "redis://[redacted]@cache:6379/0"),
        ("at redis://:p/w@ss@cache/0 now", "at redis://[redacted]@cache/0 now"),
        ("InvalidTokenError: expired", "InvalidTokenError: expired"),
        ("KeyError: 'token'", "KeyError: 'token'"),
        ("https://example.org/a@b", "https://example.org/a@b"),
        ("mail ada@example.org: done", "mail ada@example.org: done"),
        ("", ""),
    ],
)
def test_in_a_text_the_value_behind_a_secret_name_is_hidden(text: str, shown: str) -> None:
    assert DEFAULT.text(text) == shown


@given(JSON, st.text(min_size=1))
def test_no_value_under_a_secret_name_comes_through(value: object, secret: str) -> None:
    hidden = DEFAULT.value([value, {"deep": {"password": f"<{secret}>"}}])
    assert hidden[-1] == {"deep": {"password": HIDDEN}}


@given(JSON)
def test_with_no_names_everything_is_shown(value: object) -> None:
    assert NOTHING.value(value) == value
    assert NOTHING.text("password=hunter2") == "password=hunter2"


def test_own_names_take_the_place_of_the_default_ones_or_join_them() -> None:
    assert Redaction.parse("iban, customer_no").names == {"iban", "customer_no"}
    assert Redaction.parse("default,iban").names == {*DEFAULT_NAMES, "iban"}
    assert Redaction.parse("none") is NOTHING
    assert Redaction(["пароль"]).value({"пароль": "x", "password": "y"}) == {
        "пароль": HIDDEN,
        "password": "y",
    }
    with pytest.raises(ValueError, match="such as 'default,iban', or 'none'"):
        Redaction.parse(" , ")


def test_what_is_too_deep_or_too_large_to_look_at_is_not_shown() -> None:
    deep: object = {"password": "hunter2"}
    for _ in range(200):
        deep = [deep]
    assert "hunter2" not in json.dumps(DEFAULT.value(deep))
    assert "nests deeper than 100" in json.dumps(DEFAULT.value(deep))
    large = [[[{"token": "hunter2"}] * 500] * 500] * 500
    shown = json.dumps(DEFAULT.value(large))
    assert "hunter2" not in shown
    assert "more than 200,000 values" in shown


@pytest.mark.parametrize(
    "piece",
    ["a", "a=", "token", "token=", "token:'", 'token="\\', "://", "://a:", "://a:b@", "a-", "' ", "=:"],
)
def test_the_work_for_a_text_grows_as_the_text_does(piece: str) -> None:
    """A ratio of times with a wide margin: 16 times the text may not take 256 times as long."""

    def seconds(copies: int) -> float:
        text = piece * copies
        best = 1e9
        for _ in range(3):
            started = time.process_time()
            DEFAULT.text(text)
            best = min(best, time.process_time() - started)
        return best

    short, long = seconds(4_000), seconds(64_000)
    assert long < 80 * short + 0.05
