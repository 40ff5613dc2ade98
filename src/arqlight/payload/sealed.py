"""The form of a signed record: a mark, a signature, and the record itself. Who signed it, others check."""

__all__ = ["MARK", "SIGNATURE_BYTES", "unsealed"]

# No pickle, JSON or msgpack of a record begins so.
MARK = b"\xc1arqlight-signed-1:"
SIGNATURE_BYTES = 32
_HEAD = len(MARK) + SIGNATURE_BYTES


def unsealed(data: bytes, total: int) -> tuple[bytes, int]:
    """The record in a signed one or in the beginning of it, and its size; what is not signed as it is."""
    if not data.startswith(MARK):
        return data, total
    return data[_HEAD:], max(0, total - _HEAD)
