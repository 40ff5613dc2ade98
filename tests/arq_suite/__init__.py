"""arq's own test suite, run with arqlight's worker in place of arq's: the reference for being a drop-in.

The suite ships in arq's source distribution. It is fetched when it is first needed, kept under ``.cache/``,
and never committed. ``python -m tests.arq_suite --worker arqlight -k abort`` runs part of it by hand.
"""
