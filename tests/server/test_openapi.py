from typing import Any

import pytest

from tests.server.apps import guarded, tutorial

OPERATIONS = {
    ("/task", "post"),
    ("/task/{job_id}", "get"),
    ("/api/jobs", "get"),
    ("/api/jobs", "post"),
    ("/api/jobs/{job_id}/history", "get"),
    ("/api/jobs/{job_id}/values", "get"),
    ("/api/counts", "get"),
    ("/api/export", "get"),
    ("/api/jobs/{job_id}", "get"),
    ("/api/jobs/{job_id}/abort", "post"),
    ("/api/batches", "get"),
    ("/api/batches", "post"),
    ("/api/batches/{batch_id}", "get"),
    ("/api/events", "get"),
    ("/api/audit", "get"),
    ("/api/suggest", "get"),
    ("/api/jobs/{job_id}", "delete"),
    ("/api/jobs/{job_id}/retry", "post"),
    ("/api/jobs/{job_id}/run-now", "post"),
    ("/api/jobs/{job_id}/duplicate", "post"),
    ("/api/actions", "post"),
    ("/api/actions/{action_id}", "get"),
    ("/api/actions/{action_id}", "delete"),
    ("/api/queues", "get"),
    ("/api/queues/{name}/pause", "post"),
    ("/api/queues/{name}/resume", "post"),
    ("/api/queues/{name}/empty", "post"),
    ("/api/workers", "get"),
    ("/api/workers/{worker_id}/drain", "post"),
    ("/api/workers/{worker_id}/undrain", "post"),
    ("/api/functions", "get"),
    ("/api/functions/{name}", "get"),
    ("/api/schedules", "get"),
    ("/api/schedules/{name}/run-now", "post"),
    ("/api/schedules/{name}/off", "post"),
    ("/api/schedules/{name}/on", "post"),
    ("/api/failures", "get"),
    ("/api/failures/{fingerprint}", "get"),
    ("/api/stats", "get"),
    ("/api/overview", "get"),
}

# What is answered where it is not JSON.
KINDS = {"/api/events": "text/event-stream", "/api/export": "text/csv"}


@pytest.fixture(scope="module")
def openapi() -> dict[str, Any]:
    return tutorial.openapi()


def operations(openapi: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(path, method): o for path, methods in openapi["paths"].items() for method, o in methods.items()}


def test_every_operation_is_described(openapi: dict[str, Any]) -> None:
    found = operations(openapi)
    assert set(found) == OPERATIONS
    for operation in found.values():
        assert operation["summary"]
        assert operation["description"]
        assert operation["tags"]
    assert len({operation["operationId"] for operation in found.values()}) == len(found)


def test_every_answer_has_a_model_and_every_error_is_problem_details_with_an_example(
    openapi: dict[str, Any],
) -> None:
    for name, operation in operations(openapi).items():
        for status, response in operation["responses"].items():
            kind, *others = response["content"]
            content = response["content"][kind]
            assert not others or (name[0], status) == ("/api/export", "200")
            if status.startswith("2"):
                assert kind == KINDS.get(name[0], "application/json")
                assert content["schema"]
            else:
                assert kind == "application/problem+json", (name, status)
                assert set(content["schema"]["properties"]) == {"type", "title", "status", "detail", "errors"}
                assert content["example"]["status"] == int(status)


def test_every_operation_says_that_redis_may_be_away_but_the_stream_which_waits(
    openapi: dict[str, Any],
) -> None:
    silent = [name for name, operation in operations(openapi).items() if "503" not in operation["responses"]]
    assert silent == [("/api/events", "get")]


def test_all_references_lead_somewhere(openapi: dict[str, Any]) -> None:
    def check(node: Any) -> None:
        if isinstance(node, dict):
            if "$ref" in node:
                name = node["$ref"].removeprefix("#/components/schemas/")
                assert name in openapi["components"]["schemas"]
            for value in node.values():
                check(value)
        elif isinstance(node, list):
            for value in node:
                check(value)

    check(openapi)


def test_what_can_be_sent_has_examples_and_bounds(openapi: dict[str, Any]) -> None:
    schemas = openapi["components"]["schemas"]
    count = schemas["TaskRequest"]["properties"]["count"]
    assert (count["minimum"], count["maximum"], count["type"]) == (1, 100, "integer")
    assert schemas["TaskRequest"]["required"] == ["count"]
    assert schemas["JobIn"]["properties"]["function"]["examples"]
    assert schemas["Job"]["properties"]["status"]["examples"]


def test_the_page_and_its_files_are_not_part_of_the_api(openapi: dict[str, Any]) -> None:
    assert not [path for path in openapi["paths"] if path == "/" or "static" in path]


def test_the_applications_own_operations_stay_as_they_are() -> None:
    assert "/fails" in guarded.openapi()["paths"]
