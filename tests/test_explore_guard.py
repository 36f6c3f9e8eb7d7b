"""The guard in front of the page's server: no request changes the disk, no other site is answered."""

from __future__ import annotations

import asyncio
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from experiments.page.crew import TOO_LONG, Crew
from experiments.page.files import job_of, read_raw
from experiments.page.guard import (
    HOSTS_VARIABLE,
    LARGEST_MESSAGE,
    Guard,
    existing_file,
    known,
    same_site,
    this_machine,
    warn_of,
)
from experiments.page.mend import forgotten_with_window
from tests.conftest import ROOT
from tests.test_ensemble import wait_for

kernel_context = pytest.importorskip("solara.server.kernel_context", reason="the extra explore is not installed")
kernel = pytest.importorskip("solara.server.kernel")


def test_only_files_of_the_folder_are_found(tmp_path):
    folder = tmp_path / "cdn"
    (folder / "package" / "dist").mkdir(parents=True)
    (folder / "package" / "dist" / "main.js").write_text("1", encoding="utf-8")
    (tmp_path / "secret").write_text("2", encoding="utf-8")
    assert existing_file(folder, "package/dist/main.js").read_text(encoding="utf-8") == "1"
    for path in ("package/dist", "package", "", "../secret", "package/other.js", str(tmp_path / "secret")):
        with pytest.raises(FileNotFoundError):
            existing_file(folder, path)
    assert (folder / "package" / "dist" / "main.js").is_file()


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost", "localhost:1", "[::1]:8765", "192.168.1.7:8765"])
def test_addresses_and_this_machine_are_known(host):
    assert known(host)


@pytest.mark.parametrize("host", ["", "evil.example", "127.0.0.1.evil.example:8765", "localhost.evil.example"])
def test_other_names_are_not(host, monkeypatch):
    assert not known(host)
    monkeypatch.setenv(HOSTS_VARIABLE, "models.example, evil.example")
    assert known(host) == (host == "evil.example")


def test_an_origin_is_its_host_and_port():
    assert same_site("http://localhost:8765", "localhost:8765")
    assert not same_site("http://localhost:9999", "localhost:8765")
    assert not same_site("null", "localhost:8765")


def answered(kind: str, **headers: str) -> tuple[list[dict], dict | None]:
    """Return what a guarded application sends, and the scope that it saw."""
    sent, seen = [], []

    async def app(scope, receive, send):
        seen.append(scope)
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive():
        return {"type": f"{kind}.connect"}

    async def send(message):
        sent.append(message)

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    asyncio.run(Guard(app)({"type": kind, "headers": raw}, receive, send))
    return sent, seen[0] if seen else None


def test_strangers_are_refused_and_pages_cannot_be_framed():
    sent, seen = answered("http", host="127.0.0.1:8765", x_script_name="/evil")
    assert (b"x-frame-options", b"DENY") in sent[0]["headers"]
    assert [name for name, _ in seen["headers"]] == [b"host"]
    sent, seen = answered("http", host="evil.example:8765")
    assert (sent[0]["status"], seen) == (403, None)
    sent, seen = answered("websocket", host="127.0.0.1:8765", origin="http://evil.example")
    assert (sent, seen) == ([{"type": "websocket.close", "code": 1008}], None)
    assert answered("websocket", host="127.0.0.1:8765", origin="http://127.0.0.1:8765")[1] is not None
    assert answered("lifespan")[1] is not None


def test_a_message_that_is_too_large_ends_its_connection():
    sent, heard = [], []

    async def app(scope, receive, send):
        heard.append(await receive())

    async def receive():
        return {"type": "websocket.receive", "text": "x" * (LARGEST_MESSAGE + 1)}

    async def send(message):
        sent.append(message)

    asyncio.run(Guard(app)({"type": "websocket", "headers": [(b"host", b"localhost")]}, receive, send))
    assert heard == [{"type": "websocket.disconnect", "code": 1009}]
    assert sent == [{"type": "websocket.close", "code": 1009}]


@pytest.mark.parametrize("host", ["", "localhost", "127.0.0.1", "::1", "127.8.8.8"])
def test_hosts_of_this_machine(host, capsys):
    assert this_machine(host)
    warn_of(host)
    assert not capsys.readouterr().err


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "models.example"])
def test_hosts_that_others_reach_are_warned_of(host, capsys):
    assert not this_machine(host)
    warn_of(host)
    assert capsys.readouterr().err.startswith(f"The page listens at {host}: everybody who reaches this machine")


def test_a_run_that_takes_too_long_is_ended_and_the_next_one_is_run():
    crew, job = Crew(1, longest=0.01), job_of(read_raw("free_trade") | {"weeks": 2000}, 2)
    assert crew.ask(job).result(120) == TOO_LONG
    crew._longest = 120
    assert crew.ask(job_of(read_raw("free_trade") | {"weeks": 2}, 2)).result(120).weeks == 2


def test_what_a_window_registers_with_solara_goes_with_it():
    registered = []

    def register(callback):
        registered.append(callback)
        return lambda: registered.remove(callback)

    made = kernel_context.VirtualKernelContext(id="window", kernel=kernel.Kernel(), session_id="visitor")
    with made:
        forgotten_with_window(register)(lambda: None)
    assert registered
    made._on_close_callbacks[-1]()
    assert not registered


def answers(host: str, port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((host, port)) == 0


@pytest.fixture(scope="module")
def server():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "experiments.page", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: answers("127.0.0.1", port), 300)
        yield port
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)


def get(port: int, path: str, **headers: str) -> tuple[int, str]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request("GET", path, headers=headers)
        with connection.getresponse() as answer:
            return answer.status, answer.read().decode("utf-8", "replace")


@pytest.mark.slow
def test_a_request_for_a_folder_deletes_nothing(server):
    from solara.server import settings

    folder = Path(settings.assets.proxy_cache_dir)
    status, page = get(server, "/")
    assert status == 200
    before = sorted(path for path in folder.rglob("*") if path.is_file())
    assert before
    places = sorted({file.parent.relative_to(folder).as_posix() for file in before}, key=len)
    for place in [*places[:5], "@widgetti", "no/such/package@1.0.0/main.js", "..%2f..%2fetc%2fpasswd"]:
        assert get(server, f"/_solara/cdn/{place}")[0] in (403, 404), place
    assert sorted(path for path in folder.rglob("*") if path.is_file()) == before
    # What the page asks for is still served.
    asked = re.findall(r"/_solara/cdn/([^\"' )]+\.(?:js|css))", page)
    assert asked
    assert {get(server, f"/_solara/cdn/{path}")[0] for path in asked} == {200}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere one address is this machine")
def test_the_server_listens_at_one_address_of_this_machine_unless_told(server):
    assert answers("127.0.0.1", server)
    assert not answers("127.0.0.2", server)


@pytest.mark.slow
def test_the_server_refuses_other_hosts(server):
    assert get(server, "/", Host=f"evil.example:{server}")[0] == 403
    assert get(server, "/", Host=f"localhost:{server}", Origin="http://evil.example")[0] == 403
    assert get(server, "/", Host=f"localhost:{server}")[0] == 200
    assert HOSTS_VARIABLE not in os.environ


@pytest.mark.slow
def test_no_visitor_names_the_script_for_all_others(server):
    """Solara believes the first visitor's header for all later ones: their page would load scripts from there."""
    for name in ("X-Script-Name", "Script-Name"):
        assert "/evil" not in get(server, "/", **{name: "/evil"})[1]
    page = get(server, "/")[1]
    assert "/evil" not in page
    assert '<html lang="en">' in page
    assert "user-scalable" not in page


@pytest.mark.slow
def test_frames_and_caches(server):
    with closing(http.client.HTTPConnection("127.0.0.1", server, timeout=30)) as connection:
        connection.request("GET", "/")
        with connection.getresponse() as answer:
            page = answer.read().decode()
            assert answer.headers["x-frame-options"] == "DENY"
            assert answer.headers["content-security-policy"] == "frame-ancestors 'none'"
            assert "immutable" not in answer.headers.get("cache-control", "")
    script = re.search(r"/_solara/cdn/[^\"' )]+\.js", page)[0]
    with closing(http.client.HTTPConnection("127.0.0.1", server, timeout=30)) as connection:
        connection.request("GET", script, headers={"Accept-Encoding": "gzip"})
        with connection.getresponse() as answer:
            answer.read()
            assert "immutable" in answer.headers["cache-control"]
            assert "content-encoding" not in answer.headers  # packing costs more than it saves on one machine
