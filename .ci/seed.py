"""Runs the published tutorials of ../shared/seeds as notebooks, cell by cell, with every supported SDK version.

usage: seed.py                    starts a server per version, runs every seed
       seed.py run SEED           (internal) runs one seed in this interpreter's environment
"""

import ast
import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SEEDS = ROOT / "../shared/seeds"
NOTEBOOK_PACKAGES = ("nbclient==0.10.2", "ipykernel==6.30.1")


def parses(source: str) -> bool:
    try:
        compile(source, "cell", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except SyntaxError:
        return False
    return True


def cells(text: str) -> list[str]:
    """The page is plain text: a cell follows a line `python` and is as long as it can be and still parse."""
    found = []
    for block in ("\n" + text).split("\npython\n")[1:]:
        lines = block.split("\n")
        if lines[0].lstrip().startswith("%"):
            continue
        ends = (n for n in range(len(lines), 0, -1) if parses("\n".join(lines[:n])))
        source = "\n".join(lines[: next(ends, 0)]).strip("\n")
        if not source:
            raise SystemExit(f"no cell can be read at: {lines[0]!r}")
        found.append(source)
    return found


def stored_answer(base: str, session_id: str) -> str:
    request = urllib.request.Request(f"{base}/v1/sessions/{session_id}/messages", headers={"Authorization": "dev"})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
        messages = json.load(answer)["data"]
    parts = [part for message in messages if message["role"] == "agent" for part in message["content"]]
    return "".join(part["text"] for part in parts if part["type"] == "text").strip()


def run(seed: Path) -> None:
    import nbformat
    from nbclient import NotebookClient

    sources = cells(seed.read_text())
    # The last cell's value is read back by one more cell, as JSON.
    sources.append("import json; print(json.dumps(result))")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    printed = "".join(out["text"] for out in notebook.cells[-1].outputs if out["output_type"] == "stream")
    result = json.loads(printed)
    expected = stored_answer(os.environ["EVERRUNS_API_URL"], result["session_id"])
    assert expected, "the model said nothing"
    assert result["response"] == expected, f"tutorial: {result['response']!r}\nstored: {expected!r}"
    print(f"  {seed.name}: {len(sources) - 1} cells, {len(expected)} characters")


def every_version() -> None:
    sys.path.insert(0, str(ROOT / "tests/sdk"))
    # The server is started and stopped as in the SDK tests.
    from conftest import VERSIONS, Server

    seeds = sorted(SEEDS.glob("*.txt"))
    if not seeds:
        print("no ../shared/seeds: nothing to run")
        return
    for version in VERSIONS:
        packages = (f"everruns-sdk=={version}", *NOTEBOOK_PACKAGES)
        made = subprocess.run(
            [ROOT / "scripts/venv.sh", f"seed-{version}", *packages], stdout=subprocess.PIPE, text=True, check=True
        )
        print(f"everruns-sdk {version}", flush=True)
        with tempfile.TemporaryDirectory() as directory:
            server = Server(Path(directory))
            try:
                environment = {
                    **os.environ,
                    "EVERRUNS_API_URL": f"{server.url}/api",
                    "EVERRUNS_API_KEY": "dev",
                    # Only this environment's kernel, whatever the user has installed elsewhere.
                    "JUPYTER_PREFER_ENV_PATH": "1",
                    "IPYTHONDIR": f"{directory}/ipython",
                }
                for seed in seeds:
                    subprocess.run([f"{made.stdout.strip()}/bin/python", __file__, "run", seed], env=environment, check=True)
            finally:
                status = server.stop()
            assert status == 0, f"the server ended with {status}"


if __name__ == "__main__":
    if sys.argv[1:2] == ["run"]:
        run(Path(sys.argv[2]))
    else:
        every_version()
