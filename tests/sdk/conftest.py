"""One server per SDK version: a fresh data directory, a free port, ended politely."""

import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
BINARY = Path(os.environ.get("EVERRUNS_BIN", TARGET / "debug" / "everruns"))
VERSIONS = ("0.1.8", "0.1.10", "0.2.1", "0.3.1")
# Loopback never goes through a proxy.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def healthy(url: str) -> bool:
    try:
        with DIRECT.open(f"{url}/health", timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


class Server:
    def __init__(self, directory: Path) -> None:
        self.log = directory / "server.log"
        self.directory = directory
        # Between finding a free port and taking it, somebody else may take it; then another one is tried.
        for _ in range(3):
            if self._start():
                return
        pytest.fail(f"{BINARY} did not come up:\n{self.log.read_text()}", pytrace=False)

    def _start(self) -> bool:
        self.url = f"http://127.0.0.1:{(port := free_port())}"
        command = [str(BINARY), "dev", "--port", str(port), "--data-dir", str(self.directory / "data")]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + 30
        while self.process.poll() is None and time.monotonic() < deadline:
            if healthy(self.url):
                return True
            time.sleep(0.05)
        self.stop()
        return False

    def stop(self) -> int:
        self.process.terminate()
        try:
            return self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return -1


@pytest.fixture(scope="session")
def server(version, tmp_path_factory):
    if not BINARY.exists():
        pytest.fail(f"{BINARY} is missing; cargo build", pytrace=False)
    running = Server(tmp_path_factory.mktemp(f"server-{version}"))
    yield running
    assert running.stop() == 0, f"the server did not end cleanly:\n{running.log.read_text()[-3000:]}"


@pytest.fixture(scope="session", params=VERSIONS)
def version(request) -> str:
    return request.param


@pytest.fixture(scope="session")
def python(version) -> str:
    """The interpreter of a virtual environment with exactly this SDK version."""
    made = subprocess.run(
        [ROOT / "scripts/venv.sh", f"sdk-{version}", f"everruns-sdk=={version}"],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return f"{made.stdout.strip()}/bin/python"


@pytest.fixture
def run(python, server):
    """Runs a script of this directory under the SDK's interpreter and returns what it printed."""

    def run(script: str, *arguments: str) -> str:
        environment = {
            **os.environ,
            "EVERRUNS_API_URL": f"{server.url}/api",
            "EVERRUNS_API_KEY": "dev",
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }
        done = subprocess.run(
            [python, str(Path(__file__).parent / script), *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        if done.returncode != 0:
            tail = server.log.read_text(errors="replace")[-3000:]
            pytest.fail(f"{script} {arguments} failed:\n{done.stderr}\nserver log:\n{tail}", pytrace=False)
        return done.stdout

    return run
