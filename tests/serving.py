"""A real server in a thread for the tests of the app's routes, and requests to it without a browser."""

import asyncio
import http.client
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn


def outcome(coroutine):
    """What a coroutine gives, run in a thread of its own: the tests' own may hold a browser's running loop."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self):
        return self.body.decode()


class Site:
    """A running server; asks as a browser on one of its own pages would, unless told otherwise."""

    def __init__(self, port):
        self.port = port
        self.host = f"127.0.0.1:{port}"

    def ask(self, path, method="GET", *, body=None, headers=(), cookie=""):
        told = {"Host": self.host, **({"Cookie": cookie} if cookie else {}), **dict(headers)}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body=body, headers=told)
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def post(self, path, body=b"", *, cookie="", headers=()):
        own = {"X-Formcheck": "1", "Sec-Fetch-Site": "same-origin", "Origin": f"http://{self.host}"}
        return self.ask(path, "POST", body=body, headers={**own, **dict(headers)}, cookie=cookie)


@contextmanager
def served(app):
    server = uvicorn.Server(uvicorn.Config(app, port=0, lifespan="off", log_level="critical"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 60
    while not server.started and time.monotonic() < until:
        time.sleep(0.005)
    try:
        yield Site(server.servers[0].sockets[0].getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(timeout=10)
