"""The command line: thin commands around the engine; heavy imports wait until a command needs them."""

from formcheck.cli.entry import main

__all__ = ["main"]
