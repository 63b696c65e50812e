"""Who may come in from a phone: one-time codes, and what each phone that used one has sent."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from formcheck.ui.server.tries import Tries

CODE_DIGITS = 8
CODE_VALID_S = 15 * 60.0
PHONE_VALID_S = 12 * 3600.0
"""How long a phone that came in may send; it ends earlier with the app."""
WRONG_TRIES = 5
WAIT_S = 60.0


@dataclass(frozen=True)
class Code:
    """A code that one phone may use once."""

    digits: str
    workspace: str
    expires_s: float


@dataclass
class Phone:
    """A phone that came in with a code: whose work it adds to, and which clips it sent."""

    workspace: str
    expires_s: float
    clip_ids: list[str] = field(default_factory=list)


class Desk:
    """Hands out codes and lets phones in; in memory only, so that nothing of it outlives the app.

    The pages ask from their threads and the phone's server from its own; one lock serves both.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.url: str | None = None
        self.trouble = ""
        self._clock = clock
        self._codes: dict[str, Code] = {}
        self._phones: dict[str, Phone] = {}
        self._tries = Tries(WRONG_TRIES, 10 * WRONG_TRIES, WAIT_S, clock=clock)
        self._lock = Lock()

    def open(self, url: str) -> None:
        """Phones can reach the app at this address from now on."""
        self.url, self.trouble = url, ""

    def close(self, trouble: str = "") -> None:
        """No phone comes in any more, and every code and phone is forgotten."""
        with self._lock:
            self.url, self.trouble = None, trouble
            self._codes.clear()
            self._phones.clear()

    def code(self, workspace: str) -> Code:
        """The code that this workspace shows now; a new one when the last was used or has run out."""
        with self._lock:
            known = self._codes.get(workspace)
            if known is None or known.expires_s <= self._clock():
                digits = "".join(secrets.choice("0123456789") for _ in range(CODE_DIGITS))
                known = Code(digits, workspace, self._clock() + CODE_VALID_S)
                self._codes[workspace] = known
            return known

    def left_s(self, code: Code) -> float:
        """Seconds that a code is still good for."""
        return max(0.0, code.expires_s - self._clock())

    def must_wait_s(self, sender: str) -> float:
        """Seconds until this sender may try a code again."""
        return self._tries.must_wait_s(sender)

    def let_in(self, digits: str, sender: str) -> str | None:
        """Use up a code: the phone's token, or None for a wrong one (which counts against the sender)."""
        with self._lock:
            now = self._clock()
            good = [
                code
                for code in self._codes.values()
                if hmac.compare_digest(code.digits.encode(), digits.encode()) and code.expires_s > now
            ]
            if not good:
                self._tries.wrong(sender)
                return None
            del self._codes[good[0].workspace]
            token = secrets.token_urlsafe(32)
            self._phones[_key(token)] = Phone(good[0].workspace, now + PHONE_VALID_S)
            return token

    def phone(self, token: str) -> Phone | None:
        """The phone that holds this token, while it may send."""
        with self._lock:
            known = self._phones.get(_key(token))
            return known if known is not None and known.expires_s > self._clock() else None

    def received(self, phone: Phone, clip_id: str) -> None:
        """Note that a phone has sent a clip."""
        with self._lock:
            if clip_id not in phone.clip_ids:
                phone.clip_ids.append(clip_id)

    def clips_of(self, workspace: str) -> tuple[str, ...]:
        """The clips that phones sent to this workspace since the app started, in order."""
        with self._lock:
            return tuple(i for phone in self._phones.values() if phone.workspace == workspace for i in phone.clip_ids)

    def phones_of(self, workspace: str) -> int:
        """How many phones are in for this workspace."""
        with self._lock:
            return sum(p.workspace == workspace and p.expires_s > self._clock() for p in self._phones.values())


def _key(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


DESK = Desk()
"""The one desk of this app; the pages and the phone's server meet at it."""
