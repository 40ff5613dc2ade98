import json

from arqlight.models import Event, Job, JobStatus
from arqlight.web.live.messages import LONGEST_STATE, of_event, of_reset, of_state, preamble, tick

HOSTILE = "a\nid: 9-9\n\ndata: </script>\u2028\ud800"


def parse(wire: bytes) -> dict[str, str]:
    text = wire.decode()
    assert text.endswith("\n\n")
    assert "\n\n" not in text[:-2]
    return dict(line.split(": ", 1) for line in text.strip().split("\n"))


def test_an_event_is_its_fields_and_its_data_as_one_json_object() -> None:
    event = Event("1764000000000-3", "started", "one", "arq:queue", '{"job_try": 1, "worker_id": "w"}')
    fields = parse(of_event(event).wire)
    assert (fields["id"], fields["event"]) == ("1764000000000-3", "started")
    assert json.loads(fields["data"]) == {
        "id": "1764000000000-3",
        "event": "started",
        "job_id": "one",
        "queue": "arq:queue",
        "at_ms": 1764000000000,
        "job_try": 1,
        "worker_id": "w",
    }


def test_an_event_without_data_is_a_json_object_too() -> None:
    for data in ("{}", " { } ", ""):
        fields = parse(of_event(Event("1-1", "started", "one", "q", data)).wire)
        assert json.loads(fields["data"])["at_ms"] == 1


def test_hostile_ids_and_texts_cannot_end_a_message() -> None:
    event = Event("1-1", "failed", HOSTILE, HOSTILE, json.dumps({"error": {"message": HOSTILE}}))
    fields = parse(of_event(event).wire)
    data = json.loads(fields["data"])
    assert (data["job_id"], data["queue"], data["error"]["message"]) == (HOSTILE, HOSTILE, HOSTILE)


def test_a_state_has_the_whole_job_and_no_id() -> None:
    message = of_state(Job(job_id=HOSTILE, status=JobStatus.complete, result=[1, HOSTILE]))
    fields = parse(message.wire)
    assert "id" not in fields
    assert message.event_id == ""
    data = json.loads(fields["data"])
    assert (data["event"], data["job_id"]) == ("state", HOSTILE)
    assert data["job"]["result"] == [1, HOSTILE]


def test_a_state_leaves_out_a_result_that_is_too_long_and_says_so() -> None:
    message = of_state(Job(job_id="one", status=JobStatus.complete, result="x" * LONGEST_STATE))
    data = json.loads(parse(message.wire)["data"])
    assert data["result_omitted"] is True
    assert data["job"]["result"] is None
    assert len(message.wire) < 1000


def test_a_reset_moves_on_where_the_client_resumes_from() -> None:
    fields = parse(of_reset("trimmed", "5-0").wire)
    assert fields["id"] == "5-0"
    assert json.loads(fields["data"]) == {"reason": "trimmed", "event_id": "5-0"}


def test_a_stream_begins_with_when_and_where_to_resume() -> None:
    assert preamble("5-0") == b": arqlight\nid: 5-0\nretry: 1000\n\n"


def test_a_tick_is_a_comment_and_an_id() -> None:
    assert tick("5-0") == b": ping\nid: 5-0\n\n"


def test_a_line_break_in_a_value_makes_no_other_field() -> None:
    event = Event("1-0", "enqu\nid: 9-9", "job", "queue", '{"a":1,\r\n"b":\r2}')
    lines = of_event(event).wire.decode().splitlines()
    assert [line.partition(":")[0] for line in lines[:-1]] == ["event", "event", "data", "data", "data", "id"]
    assert lines[-2:] == ["id: 1-0", ""]
