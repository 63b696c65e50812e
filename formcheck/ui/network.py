"""Where this machine stands on its own network: its address, and a free port there."""

from __future__ import annotations

import ipaddress
import socket

from formcheck.errors import InputError

VARIABLE = "FORMCHECK_LAN"
"""Tells the app to open the phone's way in, at `address:port`."""
HOST_VARIABLE = "FORMCHECK_HOST"
"""Tells the app under which address of the network it answers, beside this machine's own names."""
DOOR_VARIABLE = "FORMCHECK_DOOR"
"""Tells the app the sealed password (`server.door`) without which nobody passes."""
_NOWHERE = ("192.0.2.1", 9)
"""An address for documentation. A datagram socket set to it sends nothing; it only learns which way it would go."""


def is_private(address: str) -> bool:
    """Whether an address belongs to a private network: not the internet, and not this machine alone."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    return ip.version == 4 and ip.is_private and not (ip.is_loopback or ip.is_link_local or ip.is_unspecified)


def own_address() -> str:
    """Address of this machine on its network.

    Raises
    ------
    InputError : there is no network, or it is not a private one.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_NOWHERE)
            address = str(probe.getsockname()[0])
        except OSError:
            address = ""
    if not is_private(address):
        found = f"its address is {address}" if address else "it has no network address"
        raise InputError(
            f"--lan needs a private network such as your own Wi-Fi, but {found}; join one, or start without --lan"
        )
    return address


def free_port(address: str, wanted: int) -> int:
    """`wanted` when it is free at this address, else another free port."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise InputError(f"no port can be opened at {address}; start without --lan")


def listening_socket(place: str) -> socket.socket:
    """A socket that listens at `address:port`, a private address.

    Raises
    ------
    InputError : the place is not a private address and a port, or it is taken.
    """
    address, _, port = place.rpartition(":")
    if not is_private(address) or not port.isdecimal():
        raise InputError(f"{VARIABLE}={place} is not a private address and a port, such as 192.168.1.5:8502")
    listener = socket.socket()
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, int(port)))
        listener.listen(64)
    except (OSError, OverflowError) as error:
        listener.close()
        raise InputError(f"phones cannot come in at {place} ({error}); start formcheck app --lan again") from error
    return listener
