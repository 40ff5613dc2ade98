"""Where somebody goes on to after logging in: to a page of ours, and nowhere else."""

__all__ = ["own_path"]


def own_path(wanted: str, base: str) -> str:
    """The path that was asked for if it is one of the mount's, else the mount's first page.

    Args:
        wanted: what the request says; anybody may have written it.
        base: the path that the mount is under, without a slash at its end.
    """
    # Browsers read a backslash as a slash, and leave out what is not printable.
    is_plain = wanted.isascii() and wanted.isprintable() and "\\" not in wanted and " " not in wanted
    is_ours = wanted.startswith(f"{base}/") and not wanted.startswith("//")
    return wanted if is_plain and is_ours else f"{base}/"
