"""The command line: thin commands around the engine; heavy imports wait until a command needs them."""

import signal

from formcheck.cli.stopping import end_at_once

__all__ = ["main"]


def main() -> None:
    """Run the console script; one that is stopped while it is still being loaded says so in one line, too."""
    signal.signal(signal.SIGINT, end_at_once)
    from formcheck.cli import entry

    entry.main()
