"""The tests' own journal: what a reader sees of it while others write."""

from pathlib import Path

from tests import journal


def test_an_entry_that_is_being_written_is_left_out(tmp_path: Path) -> None:
    file = tmp_path / "notes.jsonl"
    assert journal.read(file) == []
    journal.append(file, ["job-1", 1])
    with file.open("ab") as writer:
        writer.write(b'["job-2", 23568.73')
        writer.flush()
        assert journal.read(file) == [["job-1", 1]]
        writer.write(b"147]\n")
    assert journal.read(file) == [["job-1", 1], ["job-2", 23568.73147]]
