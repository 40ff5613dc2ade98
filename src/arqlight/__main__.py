"""`python -m arqlight` is `arqlight`."""

from arqlight.cli import main

main(prog_name="arqlight")
