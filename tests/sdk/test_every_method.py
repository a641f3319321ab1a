"""Every method of the newest SDK does what every_method.py says, and the table in the repository says so too."""

import json
import os
from pathlib import Path

import pytest

TABLE = Path(__file__).with_name("methods.json")


@pytest.mark.parametrize("version", ["0.3.1"], indirect=True, scope="session")
def test_every_method(run):
    outcomes = run("every_method.py")
    if "EVERRUNS_UPDATE" in os.environ:
        TABLE.write_text(outcomes)
    broken = {method: text for method, text in json.loads(outcomes).items() if text.startswith(("failed", "forgotten"))}
    assert not broken
    assert json.loads(outcomes) == json.loads(TABLE.read_text()), "stale; run it with EVERRUNS_UPDATE=1"
