"""One vocabulary: what `arqlight.models` says, the page's scripts say too."""

import json
import re
from collections.abc import Iterable
from enum import Enum

import pytest
from pydantic import BaseModel

from arqlight.models import (
    FINAL_EVENTS,
    AbortAnswer,
    ErrorInfo,
    EventType,
    HubEvent,
    Job,
    JobStatus,
    Outcome,
    Progress,
)
from arqlight.web.static_files import FOLDER

VOCABULARY = (FOLDER / "js/core/vocabulary.js").read_text()
TYPES = (FOLDER / "js/core/types.js").read_text()


def words(name: str) -> list[str]:
    """The list that the script exports under a name."""
    found = re.search(
        rf"export const {name} = /\*\* @type \{{const\}} \*/ \(\[(.*?)\]\);", VOCABULARY, re.DOTALL
    )
    assert found, f"vocabulary.js has no list {name}"
    inside = found[1].strip().removesuffix(",")
    listed: list[str] = json.loads(f"[{inside}]")
    return listed


def values(members: Iterable[Enum]) -> list[str]:
    return [str(member.value) for member in members]


@pytest.mark.parametrize(
    ("name", "members"),
    [
        ("STATUSES", JobStatus),
        ("OUTCOMES", Outcome),
        ("EVENTS", EventType),
        ("HUB_EVENTS", HubEvent),
        ("ABORT_ANSWERS", AbortAnswer),
    ],
)
def test_the_scripts_have_the_words_of_the_models_in_their_order(name: str, members: Iterable[Enum]) -> None:
    assert words(name) == values(members)


def test_a_kind_is_a_status_with_the_outcome_in_place_of_complete() -> None:
    waiting, (complete, *rest) = values(JobStatus)[:3], values(JobStatus)[3:]
    assert complete == JobStatus.complete.value
    assert words("KINDS") == [*waiting, *values(Outcome), *rest]


def test_the_events_that_end_a_job_are_named_as_its_outcomes() -> None:
    assert set(values(FINAL_EVENTS)) == set(values(Outcome))


def test_every_kind_has_a_colour() -> None:
    tokens = (FOLDER / "css/tokens.css").read_text()
    assert [kind for kind in words("KINDS") if f"--state-{kind}:" not in tokens] == []


@pytest.mark.parametrize(("name", "model"), [("Job", Job), ("Progress", Progress), ("JobError", ErrorInfo)])
def test_the_scripts_types_have_the_fields_of_the_models(name: str, model: type[BaseModel]) -> None:
    described = re.split(rf"@typedef {{object}} {name}\b", TYPES)[1].split("@typedef", 1)[0]
    fields = re.findall(r"@property \{.+?\} \[?(\w+)\]?", described)
    assert sorted(fields) == sorted(model.model_fields)
