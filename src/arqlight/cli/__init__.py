"""The `arqlight` command."""

from arqlight.cli.main import main

__all__ = ["main"]
