"""Bugs to plant in the workers of a round, to see that the checks find them: ``--plant NAME``."""

from arqlight.scripts import loading

__all__ = ["BUGS", "sow"]

_FENCE = "== 'lost' then"
_RENEWAL = "elseif state ~= 'forgotten' then"

# Name -> script, what to replace in it, and by what.
BUGS = {
    "no-fence": ("finish", _FENCE, "== 'never' then"),
    "no-renewal": ("heartbeat", _RENEWAL, "elseif false then"),
    "no-clean-up": ("finish", "= JOB .. id, RETRY .. id", "= JOB .. id, JOB .. id"),
}


def sow(name: str) -> None:
    """Break a script in this process; no name breaks nothing."""
    if not name:
        return
    broken, good, bad = BUGS[name]
    sound_source = loading.source

    def source(script: str) -> str:
        text = sound_source(script)
        if script != broken:
            return text
        if good not in text:
            raise ValueError(f"{broken}.lua has no {good!r} any more: bug {name!r} cannot be planted")
        return text.replace(good, bad)

    vars(loading)["source"] = source
