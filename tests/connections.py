"""Whom a program and all that it starts talk to, told by the kernel: strace lists each address that is asked for."""

import os
import re
import shutil
import subprocess
from functools import cache
from ipaddress import ip_address

import pytest

_CALLS = "connect,sendto,sendmsg,sendmmsg"
_ADDRESS = re.compile(r'sin6?_port=htons\((\d+)\).*?(?:inet_addr\(|inet_pton\(AF_INET6, )"([^"]+)"')
_DNS = 53


@cache
def can_trace():
    """Whether programs can be watched here; where they should be and cannot, the test fails."""
    found = shutil.which("strace")
    if found is None:
        missing = pytest.fail if os.environ.get("FORMCHECK_BROWSER_TESTS") else pytest.skip
        missing("no strace on this machine: apt-get install strace")
    return subprocess.run([found, "-qq", "-o", os.devnull, "true"], capture_output=True).returncode == 0


def traced(command, log):
    """The command, watched: it stays the child of whoever starts it, and the watcher is out of sight."""
    if not can_trace():
        return command
    watch = ["strace", "-D", "-f", "--seccomp-bpf", "-qq", "-e", f"trace={_CALLS}", "-e", "signal=none", "-o", str(log)]
    return [*watch, *command]


def beyond_this_machine(log):
    """Lines of a log that name an address beyond this machine, or a look-up of a name."""
    if not can_trace():
        pytest.skip("this machine lets no program be watched")
    return [line for line in log.read_text(errors="replace").splitlines() if _leaves(line)]


def _leaves(line):
    found = _ADDRESS.search(line)
    return found is not None and (int(found[1]) == _DNS or not ip_address(found[2]).is_loopback)
