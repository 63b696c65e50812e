"""The phone's way in: a second, tiny server on this network's address, open only when asked for."""
