"""What must hold for every supported SDK version; the scenarios themselves are in flows.py."""

import json
from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).resolve().parents[2] / "examples/notebooks/run_an_agent.ipynb"


@pytest.fixture
def flow(run):
    return lambda scenario: json.loads(run("flows.py", scenario))


def check_one_answer(seen: dict) -> str:
    """A turn with a single answer: each way to read its text gives the same text."""
    assert seen["types"][-1] == "turn.completed"
    assert seen["types"].count("turn.started") == 1
    assert len(seen["ids"]) == len(set(seen["ids"]))
    assert len(seen["completed"]) == 1
    text = seen["completed"][0]
    assert text.strip()
    assert "".join(seen["deltas"]) == text
    # The model's own record and the stored conversation: nothing was lost or added on the way.
    assert seen["generated"] == [text]
    assert seen["stored"] == [text]
    assert seen["roles"] == ["user", "agent"]
    order = [kind for kind in seen["types"] if kind in ("input.message", "turn.started", "output.message.completed")]
    assert order == ["input.message", "turn.started", "output.message.completed"]
    return text


def test_tutorial(flow):
    check_one_answer(flow("tutorial"))


def test_answer_that_takes_its_time(flow):
    seen = flow("latency")
    text = check_one_answer(seen)
    assert len(seen["deltas"]) >= 2, "a slow answer comes in pieces"
    assert len(text.split()) >= 20


def test_stream_after_the_post_misses_nothing(flow):
    seen = flow("stream")
    check_one_answer(seen)
    assert seen["types"][0] == "input.message"


def test_client_side_tool(flow):
    seen = flow("client_tool")
    assert seen["types"][-1] == "turn.completed"
    assert seen["types"].count("tool.call_requested") == 1
    assert [(call["name"], call["arguments"]) for call in seen["requested"]] == [("get_weather", {"city": "Paris"})]
    completed = [tool for tool in seen["tools"] if tool["type"] == "tool.completed"]
    assert [(tool["id"], tool["success"]) for tool in completed] == [(seen["requested"][0]["id"], True)]
    assert seen["types"].index("tool.call_requested") < seen["types"].index("tool.completed")
    assert seen["roles"] == ["user", "agent", "tool_result", "agent"]
    for value in seen["weather"].values():
        assert str(value) in seen["completed"][-1], "the reply holds the client's result"


def test_parallel_tools(flow):
    seen = flow("parallel_tools")
    assert seen["types"][-1] == "turn.completed"
    started = [tool for tool in seen["tools"] if tool["type"] == "tool.started"]
    completed = [tool for tool in seen["tools"] if tool["type"] == "tool.completed"]
    assert [tool["name"] for tool in started] == ["get_current_time"] * 2
    assert [(tool["tool_name"], tool["success"], tool["status"]) for tool in completed] == [
        ("get_current_time", True, "success")
    ] * 2
    ids = {tool["id"] for tool in started}
    assert len(ids) == 2
    assert ids == {tool["id"] for tool in completed}
    assert seen["completed"][-1].strip()


def test_deleted_is_gone(flow):
    assert flow("delete") == {"session": True, "agent": True}


def test_notebook(run):
    assert run("cells.py", str(NOTEBOOK)).strip()
