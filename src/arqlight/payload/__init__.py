"""arq's job and result records: ``records`` writes and trusts them, ``peek`` reads them and runs nothing."""

from arqlight.payload.aborted import aborted_result
from arqlight.payload.again import Again, job_again
from arqlight.payload.aside import read_aside
from arqlight.payload.budget import Budget
from arqlight.payload.peek import (
    LIMITS,
    Limits,
    UntrustedError,
    check_deserializer,
    plain,
    read_facts,
    read_record,
    unpickles,
)
from arqlight.payload.records import (
    UNKNOWN_FUNCTION,
    JobRecord,
    decode_job,
    encode_job,
    encode_result,
    job_facts,
)

# The function peek.peek is not among these: its module has the name.
__all__ = [
    "LIMITS",
    "UNKNOWN_FUNCTION",
    "Again",
    "Budget",
    "JobRecord",
    "Limits",
    "UntrustedError",
    "aborted_result",
    "check_deserializer",
    "decode_job",
    "encode_job",
    "encode_result",
    "job_again",
    "job_facts",
    "plain",
    "read_aside",
    "read_facts",
    "read_record",
    "unpickles",
]
