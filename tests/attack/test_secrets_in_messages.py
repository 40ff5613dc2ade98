"""Claim: no message tells the password of a Redis URL, whatever is wrong with that URL."""

import pytest

from arqlight.redis.opening import redis_settings


@pytest.mark.parametrize(
    "url",
    [
        "http://ada:hunter2@cache:6379",
        "redis://ada:hunter2@[cache:6379/0",
        "redis://:hunter2/x@cache:port/0",
        "redis://:hunter2@x@cache:port",
        "redis://ada:hunter2@cache:6379/zero?db=zero",
        "redis//ada:hunter2@cache",
        "hunter2@cache",
        "redis://ada:hunter2 with a space@cache:port",
        "redis://:hunter2",
        "redis://ada:hunter2/0",
        "redis://ada:hunter2://x@cache:port",
        "ada:hunter2@redis://cache:6379",
        "hunter2://x@cache",
    ],
)
def test_a_redis_url_that_cannot_be_read_is_shown_without_its_password(url: str) -> None:
    with pytest.raises(ValueError, match="is not the URL of a Redis server") as raised:
        redis_settings(url)
    assert "hunter2" not in str(raised.value)
