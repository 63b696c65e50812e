"""Makes items in a thread of its own, some ahead of their use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from queue import Full, Queue
from threading import Event, Thread
from typing import TypeVar

Item = TypeVar("Item")


def made_ahead(make: Callable[[], Iterator[Item]], *, most: int) -> Iterator[Item]:
    """What `make()` gives, at most so many items ahead; what it raises is raised here, closing it ends the thread."""
    queue: Queue[tuple[bool, Item | BaseException | None]] = Queue(most)
    over = Event()

    def put(more: bool, item: Item | BaseException | None) -> bool:
        while not over.is_set():
            try:
                queue.put((more, item), timeout=0.1)
            except Full:
                continue
            return True
        return False

    def work() -> None:
        try:
            for item in make():
                if not put(True, item):
                    return
            put(False, None)
        except BaseException as error:  # noqa: BLE001 - raised again where the caller waits
            put(False, error)

    thread = Thread(target=work, name="formcheck-ahead", daemon=True)
    thread.start()
    try:
        while True:
            more, item = queue.get()
            if not more:
                if isinstance(item, BaseException):
                    raise item
                return
            yield item  # type: ignore[misc]
    finally:
        over.set()
        thread.join()
