"""A cluster that is none, that has no worker left, or other processors than this one."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from experiments.ensemble import cluster
from experiments.ensemble.cluster import executor
from experiments.ensemble.fingerprint import running_code
from experiments.ensemble.output import processor
from model import InputError


@contextmanager
def answering(greeting: bytes):
    """Give the address of something that answers, but is no scheduler."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        lines = []

        def accept() -> None:
            try:
                while True:
                    lines.append(server.accept()[0])
                    lines[-1].sendall(greeting)
            except OSError:
                return

        threading.Thread(target=accept, daemon=True).start()
        yield f"tcp://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
        for line in lines:
            line.close()


@pytest.mark.parametrize("greeting", [b"", b"SSH-2.0-OpenSSH_9.2\r\n"])
def test_what_is_no_scheduler_keeps_nobody_waiting(greeting, monkeypatch):
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1)
    refused = pytest.raises(InputError, match=r"--cluster tcp://127\.0\.0\.1:\d+: no scheduler with a worker answers")
    with answering(greeting) as address, refused, executor(address, None, 1):
        pass


def test_the_port_of_a_dashboard_is_refused(monkeypatch):
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1)
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"tcp://127.0.0.1:{server.server_address[1]}"
        with pytest.raises(InputError, match="no scheduler"), executor(address, None, 1):
            pass
        server.shutdown()


class Waiting:
    """Futures that never end."""

    def __init__(self, looks: int) -> None:
        self.looks, self.thread_condition = looks, threading.Condition()

    def is_empty(self) -> bool:
        self.looks -= 1
        return self.looks < 0

    def has_ready(self) -> bool:
        return False


class Client:
    """A cluster whose workers come and go."""

    def __init__(self, *workers: int) -> None:
        self.workers = list(workers)

    def nthreads(self) -> dict[str, int]:
        count = self.workers.pop(0) if len(self.workers) > 1 else self.workers[0]
        return {f"tcp://worker-{i}": 1 for i in range(count)}


def test_no_worker_left_is_said_once_and_not_waited_for_for_ever(monkeypatch, capsys):
    monkeypatch.setattr(cluster, "LONELY_SECONDS", 0.1)
    monkeypatch.setattr(cluster, "FORSAKEN_SECONDS", 0.5)
    with pytest.raises(InputError, match="no worker came back to the cluster; finished runs are kept"):
        list(cluster._finished(Client(2, 0), Waiting(100)))
    assert capsys.readouterr().err.count("No worker is left on the cluster; waiting for one") == 1
    assert list(cluster._finished(Client(1, 0, 1), Waiting(20))) == []


def test_another_kind_of_processor_is_refused_and_named(monkeypatch):
    before = running_code("tests.test_ensemble:prices")
    assert "AVX-512 o" in processor()
    monkeypatch.setattr("experiments.ensemble.fingerprint.processor", lambda: "another")
    assert running_code("tests.test_ensemble:prices") != before
