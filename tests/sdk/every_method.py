"""Every method of the SDK, called as a user would. Runs under the Python of one SDK version.

usage: python every_method.py     (EVERRUNS_API_URL says where; one JSON object is printed: method -> what came of it)

A step calls one method and looks at what it gives back. What a step makes, later steps use. A method without a step
must stand in LATER, so that a new one of the SDK cannot be forgotten.
"""

import asyncio
import json
import os
import uuid
from contextlib import aclosing

from everruns_sdk import ContentPart, Everruns, InitialFile, NotFoundError

# Groups and methods whose resources this server does not have yet.
LATER = {
    "agents.get_health_check": "health checks come later",
    "agents.list_health_checks": "health checks come later",
    "agents.trigger_health_check": "health checks come later",
    "budgets": "budgets come later",
    "capabilities.dry_run_guardrails": "guardrails come later",
    "capabilities.list_guardrail_examples": "guardrails come later",
    "connections": "connections come later",
    "memories": "memories come later",
    "sessions.budget_check": "budgets come later",
    "sessions.budgets": "budgets come later",
    "sessions.resume": "budgets come later",
}
WEATHER = {
    "type": "client_side",
    "name": "get_weather",
    "description": "The weather in a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}
STEPS = []


def step(method: str):
    def keep(call):
        STEPS.append((method, call))
        return call

    return keep


class Made:
    """What the steps made so far."""


def fresh(word: str) -> str:
    return f"{word}-{uuid.uuid4().hex[:8]}"


async def gone(call) -> None:
    """The thing that `call` asks for is not there any more."""
    try:
        await call
    except NotFoundError:
        return
    raise AssertionError("it is still there")


async def turn_ends(client: Everruns, session_id: str) -> list:
    """The events of the session's latest turn, read from its stream."""
    seen = []
    async with aclosing(aiter(client.events.stream(session_id))) as events:
        async for event in events:
            seen.append(event)
            if event.type in ("turn.completed", "turn.failed", "turn.cancelled", "tool.call_requested"):
                return seen
    raise AssertionError("the stream ended")


# --- harnesses, capabilities, models ---------------------------------------------------------------------------------


@step("harnesses.list")
async def _(client, made):
    names = {harness.name for harness in await client.harnesses.list()}
    assert {"generic", "base", "conversation", "worker"} <= names, names


@step("harnesses.create")
async def _(client, made):
    made.harness = await client.harnesses.create(fresh("desk"), "Be formal.", description="A desk", tags=["sdk"])
    assert made.harness.system_prompt == "Be formal."


@step("harnesses.get")
async def _(client, made):
    assert (await client.harnesses.get(made.harness.id)).name == made.harness.name


@step("harnesses.search")
async def _(client, made):
    assert made.harness.id in [harness.id for harness in await client.harnesses.search(made.harness.name)]


@step("harnesses.update")
async def _(client, made):
    changed = await client.harnesses.update(made.harness.id, system_prompt="Be very formal.")
    assert changed.system_prompt == "Be very formal." and changed.description == "A desk"


@step("harnesses.list_examples")
async def _(client, made):
    assert all(example.name and example.description for example in await client.harnesses.list_examples())


@step("capabilities.list")
async def _(client, made):
    made.capabilities = await client.capabilities.list()
    assert "current_time" in [capability.id for capability in made.capabilities]


@step("capabilities.list_page")
async def _(client, made):
    page = await client.capabilities.list_page(limit=1)
    assert len(page.data) == 1 and page.total >= len(made.capabilities)


@step("capabilities.get")
async def _(client, made):
    assert (await client.capabilities.get("current_time")).tool_definitions


@step("models.list")
async def _(client, made):
    made.models = await client.models.list()
    assert made.models


@step("models.get")
async def _(client, made):
    assert (await client.models.get(made.models[0].id)).model_id == made.models[0].model_id


# --- agents ----------------------------------------------------------------------------------------------------------


@step("agents.create")
async def _(client, made):
    made.agent = await client.agents.create(
        fresh("sdk"),
        "You answer briefly.",
        display_name="SDK",
        default_model_id="llmsim/echo",
        tags=["sdk"],
        harness_id=made.harness.id,
        initial_files=[InitialFile(path="/notes.md", content="hello")],
    )
    assert made.agent.harness_id == made.harness.id and made.agent.status == "active"


@step("agents.apply")
async def _(client, made):
    agent = await client.agents.apply(
        made.agent.id, made.agent.name, "You answer very briefly.", default_model_id="llmsim/echo"
    )
    assert agent.id == made.agent.id and agent.system_prompt == "You answer very briefly."


@step("agents.apply_by_name")
async def _(client, made):
    agent = await client.agents.apply_by_name(made.agent.name, "You answer.", default_model_id="llmsim/echo")
    assert agent.id == made.agent.id and agent.system_prompt == "You answer."


@step("agents.get")
async def _(client, made):
    assert (await client.agents.get(made.agent.id)).name == made.agent.name


@step("agents.list")
async def _(client, made):
    assert made.agent.id in [agent.id for agent in await client.agents.list(search=made.agent.name)]


@step("agents.copy")
async def _(client, made):
    made.copy = await client.agents.copy(made.agent.id)
    assert made.copy.id != made.agent.id and made.copy.system_prompt == made.agent.system_prompt or made.copy.name


@step("agents.export")
async def _(client, made):
    made.exported = await client.agents.export(made.copy.id)
    assert made.exported.startswith("---\n") and made.copy.name in made.exported


@step("agents.import_agent")
async def _(client, made):
    again = await client.agents.import_agent(made.exported)
    assert again.id == made.copy.id and again.system_prompt == made.copy.system_prompt
    plain = await client.agents.import_agent("You only say yes.")
    assert plain.system_prompt == "You only say yes."
    await client.agents.delete(plain.id)


@step("agents.import_example")
async def _(client, made):
    # Which examples there are is not an SDK call; the name is asked for over plain HTTP.
    import httpx

    async with httpx.AsyncClient(trust_env=False) as http:
        answer = (await http.get(f"{os.environ['EVERRUNS_API_URL']}/v1/agent-examples")).json()
    examples = answer if isinstance(answer, list) else answer["data"]
    agent = await client.agents.import_example(examples[0]["name"])
    assert agent.system_prompt
    await client.agents.delete(agent.id)


@step("agents.analyze")
async def _(client, made):
    findings = (await client.agents.analyze("")).findings
    assert findings and all(finding.rule_id and finding.message for finding in findings)


@step("agents.create_version")
async def _(client, made):
    made.first = await client.agents.create_version(made.agent.id, change_kind="minor", summary="First")
    await client.agents.apply(made.agent.id, made.agent.name, "You whisper.", default_model_id="llmsim/echo")
    made.second = await client.agents.create_version(made.agent.id, summary="Second")
    assert made.first.id != made.second.id and made.second.version_number > made.first.version_number


@step("agents.list_versions")
async def _(client, made):
    ids = [version.id for version in await client.agents.list_versions(made.agent.id)]
    assert {made.first.id, made.second.id} <= set(ids)


@step("agents.diff_versions")
async def _(client, made):
    diff = await client.agents.diff_versions(made.agent.id, made.first.id, made.second.id)
    assert "system_prompt" in json.dumps(diff.authored_diff)


@step("agents.set_default_version")
async def _(client, made):
    assert (await client.agents.set_default_version(made.agent.id, made.first.id)).default_version_id == made.first.id


@step("agents.fork_version")
async def _(client, made):
    fork = await client.agents.fork_version(made.agent.id, made.first.id, name=fresh("fork"))
    assert fork.id != made.agent.id and fork.system_prompt == "You answer."
    await client.agents.delete(fork.id)


@step("agents.rollback_version")
async def _(client, made):
    agent = await client.agents.rollback_version(made.agent.id, made.first.id, save_version=True)
    assert agent.system_prompt == "You answer."


# --- sessions, messages, events --------------------------------------------------------------------------------------


@step("sessions.create")
async def _(client, made):
    made.session = await client.sessions.create(agent_id=made.agent.id, title="Every method", tags=["sdk"])
    assert made.session.status == "started" and made.session.agent_id == made.agent.id


@step("sessions.set_secrets")
async def _(client, made):
    await client.sessions.set_secrets(made.session.id, {"TOKEN": "sesame"})


@step("messages.create")
async def _(client, made):
    made.message = await client.messages.create(made.session.id, "Say it again")
    assert made.message.role == "user"


@step("events.stream")
async def _(client, made):
    seen = await turn_ends(client, made.session.id)
    assert seen[-1].type == "turn.completed", [event.type for event in seen]
    assert "Say it again" in "".join(event.data["delta"] for event in seen if event.type == "output.message.delta")


@step("events.list")
async def _(client, made):
    everything = await client.events.list(made.session.id)
    turn = next(event for event in everything if event.type == "turn.started")
    newest = await client.events.list(made.session.id, types=["input.message"], order_desc=True, limit=1)
    assert newest[0].data["message"]["id"] == made.message.id
    rest = await client.events.list(made.session.id, since_id=everything[0].id, limit=3)
    assert [event.sequence for event in rest] == [2, 3, 4]
    assert len(await client.events.list(made.session.id, after_sequence=2, before_sequence=5)) >= 2
    window = await client.events.list(made.session.id, around=turn.id, window=2)
    assert turn.id in [event.id for event in window]
    of_turn = await client.events.list(made.session.id, turn_id=turn.data["turn_id"])
    assert of_turn and all(event.context.turn_id == turn.data["turn_id"] for event in of_turn)
    assert await client.events.list(made.session.id, q="again")
    assert not await client.events.list(made.session.id, q="zebra")
    assert not await client.events.list(made.session.id, to_ts="2020-01-01T00:00:00Z")


@step("messages.list")
async def _(client, made):
    assert [message.role for message in await client.messages.list(made.session.id)] == ["user", "agent"]


@step("messages.create_tool_results")
async def _(client, made):
    model = "llmsim/tool?name=get_weather&arguments=%7B%22city%22%3A%22Paris%22%7D"
    session = await client.sessions.create(model_id=model, tools=[WEATHER])
    await client.messages.create(session.id, "The weather?")
    requested = (await turn_ends(client, session.id))[-1]
    assert requested.type == "tool.call_requested", requested.type
    call = requested.data["tool_calls"][0]
    result = ContentPart.make_tool_result(call["id"], {"sky": "clear"})
    answer = await client.messages.create_tool_results(session.id, [result])
    assert answer.accepted == 1
    await client.sessions.delete(session.id)


@step("sessions.get")
async def _(client, made):
    assert (await client.sessions.get(made.session.id)).title == "Every method"


@step("sessions.list")
async def _(client, made):
    assert made.session.id in [session.id for session in await client.sessions.list(made.agent.id, search="every")]


@step("sessions.pin")
async def _(client, made):
    await client.sessions.pin(made.session.id)
    assert (await client.sessions.get(made.session.id)).is_pinned is True


@step("sessions.unpin")
async def _(client, made):
    await client.sessions.unpin(made.session.id)
    assert (await client.sessions.get(made.session.id)).is_pinned is False


@step("sessions.export")
async def _(client, made):
    lines = [json.loads(line) for line in (await client.sessions.export(made.session.id)).splitlines()]
    assert [line["role"] for line in lines] == ["user", "agent"]


@step("sessions.cancel")
async def _(client, made):
    await client.sessions.cancel(made.session.id)


@step("agents.stats")
async def _(client, made):
    stats = await client.agents.stats(made.agent.id)
    assert stats.session_count == 1 and stats.total_output_tokens > 0


# --- workspaces and their files --------------------------------------------------------------------------------------


@step("workspaces.create")
async def _(client, made):
    made.workspace = await client.workspaces.create(fresh("papers"), description="Papers")


@step("workspaces.get")
async def _(client, made):
    assert (await client.workspaces.get(made.workspace.id)).description == "Papers"


@step("workspaces.update")
async def _(client, made):
    assert (await client.workspaces.update(made.workspace.id, description="More")).description == "More"


@step("workspaces.list")
async def _(client, made):
    listed = await client.workspaces.list(search=made.workspace.name)
    assert made.workspace.id in [workspace.id for workspace in listed]


@step("workspace_files.create")
async def _(client, made):
    file = await client.workspace_files.create(made.workspace.id, "/drafts/näh + 1.md", "one\ntwo\n")
    assert file.path == "/drafts/näh + 1.md" and file.content == "one\ntwo\n"


@step("workspace_files.create_dir")
async def _(client, made):
    assert (await client.workspace_files.create_dir(made.workspace.id, "/empty")).is_directory


@step("workspace_files.list")
async def _(client, made):
    top = [file.path for file in await client.workspace_files.list(made.workspace.id)]
    assert top == ["/drafts", "/empty"], top
    whole = await client.workspace_files.list(made.workspace.id, "/", recursive=True)
    assert "/drafts/näh + 1.md" in [file.path for file in whole]


@step("workspace_files.read")
async def _(client, made):
    assert (await client.workspace_files.read(made.workspace.id, "/drafts/näh + 1.md")).content == "one\ntwo\n"


@step("workspace_files.update")
async def _(client, made):
    changed = await client.workspace_files.update(made.workspace.id, "/drafts/näh + 1.md", "AAE=", encoding="base64")
    assert changed.encoding == "base64" and changed.size_bytes == 2
    await client.workspace_files.update(made.workspace.id, "/drafts/näh + 1.md", "one\ntwo\n")


@step("workspace_files.stat")
async def _(client, made):
    assert (await client.workspace_files.stat(made.workspace.id, "/drafts/näh + 1.md")).size_bytes == 8


@step("workspace_files.copy_file")
async def _(client, made):
    copy = await client.workspace_files.copy_file(made.workspace.id, "/drafts/näh + 1.md", "/copy.md")
    assert copy.path == "/copy.md"


@step("workspace_files.move_file")
async def _(client, made):
    assert (await client.workspace_files.move_file(made.workspace.id, "/copy.md", "/moved.md")).path == "/moved.md"


@step("workspace_files.grep")
async def _(client, made):
    found = await client.workspace_files.grep(made.workspace.id, "^t.o$", path_pattern="*.md")
    assert found and found[0].matches[0].line_number == 2


@step("workspace_files.delete")
async def _(client, made):
    assert (await client.workspace_files.delete(made.workspace.id, "/moved.md")).deleted is True
    assert (await client.workspace_files.delete(made.workspace.id, "/drafts", recursive=True)).deleted is True


@step("workspaces.delete")
async def _(client, made):
    await client.workspaces.delete(made.workspace.id)


# --- the end ---------------------------------------------------------------------------------------------------------


@step("with_reason")
async def _(client, made):
    careful = client.with_reason("Clean up: näh + done")
    await careful.agents.delete(made.copy.id)


@step("sessions.delete")
async def _(client, made):
    await client.sessions.delete(made.session.id)
    await gone(client.sessions.get(made.session.id))


@step("agents.delete")
async def _(client, made):
    await client.agents.delete(made.agent.id)


@step("harnesses.delete")
async def _(client, made):
    await client.harnesses.delete(made.harness.id)


@step("close")
async def _(client, made):
    await client.close()


def methods(client: Everruns) -> list[str]:
    """Every public method, with its group."""
    found = []
    for name in (name for name in dir(client) if not name.startswith("_")):
        member = getattr(client, name)
        if callable(member):
            found.append(name)
        else:
            found += [f"{name}.{inner}" for inner in dir(member) if not inner.startswith("_")]
    return [name for name in found if callable(resolve(client, name))]


def resolve(client: Everruns, name: str):
    for part in name.split("."):
        client = getattr(client, part)
    return client


async def main() -> None:
    outcomes = {}
    client, made = Everruns(), Made()
    every = methods(client)
    for method, call in STEPS:
        try:
            await call(client, made)
            outcomes[method] = "ok"
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this method's outcome
            outcomes[method] = f"failed: {type(error).__name__}: {error}"[:300]
    for method in every:
        later = LATER.get(method) or LATER.get(method.split(".")[0])
        outcomes.setdefault(method, later or "forgotten: it has no step")
    print(json.dumps(outcomes, indent=2, sort_keys=True))


asyncio.run(main())
