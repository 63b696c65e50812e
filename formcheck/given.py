"""A file that somebody hands in, looked at before it is used: is it a file, readable, and of bearable size."""

from __future__ import annotations

import stat
from pathlib import Path

from formcheck.errors import InputError


def check_file(path: str | Path, *, what: str, most_bytes: int, not_folder: str = "") -> int:
    """The size in bytes of a readable file.

    Parameters
    ----------
    what : what it should be, such as `video`.
    most_bytes : larger files are refused.
    not_folder : what to do with a folder instead, where there is something.

    Raises
    ------
    InputError : one line says what came and what to do.
    """
    path = Path(path)
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise InputError(f"{path} is a folder; give one {what} file{not_folder}")
        if not stat.S_ISREG(found.st_mode):  # told before it is opened: a pipe waits for ever
            raise InputError(f"{path} is a pipe or a device; give one {what} file")
        with path.open("rb"):
            pass
    except FileNotFoundError:
        raise InputError(f"{path} does not exist; check the name and the folder") from None
    except PermissionError:
        raise InputError(f"{path} cannot be opened: no permission to read it; change its rights or copy it") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be opened ({error}); copy it to this computer and try again") from None
    if found.st_size > most_bytes:
        raise InputError(
            f"{path} has {found.st_size / 1e6:.0f} MB; up to {most_bytes / 1e6:.0f} MB can be read, "
            "so cut it to the test itself"
        )
    return found.st_size
