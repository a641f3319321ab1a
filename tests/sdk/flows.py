"""What a user does with the SDK, as scenarios. Runs under the Python of one SDK version.

usage: python flows.py SCENARIO     (EVERRUNS_API_URL says where; the facts seen are printed as one JSON object)

Only calls that every supported version has are used; where the versions differ, the difference is spelled out here.
The judging is done elsewhere (test_flows.py), so that a scenario stays readable as a program a user could write.
"""

import asyncio
import inspect
import json
import os
import sys
import uuid

from everruns_sdk import AgentCapabilityConfig, ContentPart, Everruns, NotFoundError

LOREM = "llmsim/lorem?tokens=40&latency=fast"
WEATHER_CALL = "llmsim/tool?name=get_weather&arguments=%7B%22city%22%3A%22Paris%22%7D"
TWO_CLOCKS = "llmsim/tool?name=get_current_time&count=2"

GET_WEATHER = {
    "type": "client_side",
    "name": "get_weather",
    "description": "The weather in a city right now.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
WEATHER = {"city": "Paris", "temperature_c": 21.5, "sky": "clear"}


class Log:
    """What a reader of a session's events has seen so far."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.types: list[str] = []
        self.deltas: list[str] = []
        self.completed: list[str] = []
        self.tools: list[dict] = []
        self.requested: list[dict] = []
        self.generated: list[str] = []

    def take(self, event) -> bool:
        """Note one event; true when it ends the turn."""
        self.ids.append(event.id)
        self.types.append(event.type)
        data = event.data
        if event.type == "output.message.delta":
            self.deltas.append(data["delta"])
        elif event.type == "output.message.completed":
            self.completed.append(text_of(data["message"]["content"]))
        elif event.type == "llm.generation":
            self.generated.append((data.get("output") or {}).get("text") or "")
        elif event.type == "tool.started":
            self.tools.append({"type": event.type, "id": data["tool_call"]["id"], "name": data["tool_call"]["name"]})
        elif event.type == "tool.completed":
            keys = ("tool_name", "success", "status")
            self.tools.append({"type": event.type, "id": data["tool_call_id"], **{k: data.get(k) for k in keys}})
        elif event.type == "tool.call_requested":
            self.requested += data["tool_calls"]
        return event.type in ("turn.completed", "turn.failed")


def text_of(content) -> str:
    parts = [p if isinstance(p, dict) else p.model_dump() for p in content]
    return "".join(p.get("text") or "" for p in parts if p["type"] == "text")


async def create_agent(client, *, tools=(), **options):
    name = f"flow-{uuid.uuid4().hex[:8]}"
    prompt = "You are a short-spoken test subject."
    if not tools:
        return await client.agents.create(name=name, system_prompt=prompt, **options)
    if "tools" in inspect.signature(client.agents.create).parameters:
        from everruns_sdk import ToolDefinition

        tools = [ToolDefinition(**tool) for tool in tools]
        return await client.agents.create(name=name, system_prompt=prompt, tools=tools, **options)
    # 0.1.8 cannot define tools; its users post the agent themselves.
    made = await client._post("/agents", {"name": name, "system_prompt": prompt, "tools": list(tools), **options})
    return await client.agents.get(made["id"])


async def open_session(client, text="Say something.", **agent):
    agent = await create_agent(client, **agent)
    session = await client.sessions.create(harness_name="generic", agent_id=agent.id, title="SDK flow")
    await client.messages.create(session.id, text)
    return agent, session


async def poll(client, session_id, on_event=None) -> Log:
    """The tutorial's loop: the last 200 events, again and again, skipping those already seen."""
    log = Log()
    seen: set[str] = set()
    while True:
        page = await client.events.list(session_id, limit=200)
        new = [event for event in page if event.id not in seen]
        seen.update(event.id for event in page)
        for event in new:
            ended = log.take(event)
            if on_event:
                await on_event(event)
            if ended:
                return log
        await asyncio.sleep(0.1)


async def report(client, session, log) -> dict:
    messages = await client.messages.list(session.id)
    return {
        **vars(log),
        "status": (await client.sessions.get(session.id)).status,
        "roles": [m.role for m in messages],
        "stored": [text_of(m.content) for m in messages if m.role == "agent"],
    }


async def tutorial(client):
    _, session = await open_session(client, "What are you good for?")
    return await report(client, session, await poll(client, session.id))


async def latency(client):
    _, session = await open_session(client, default_model_id=LOREM)
    return await report(client, session, await poll(client, session.id))


async def stream(client):
    """Post first, listen afterwards, without a cursor: nothing may be missing."""
    _, session = await open_session(client, default_model_id=LOREM)
    log = Log()
    events = client.events.stream(session.id)
    try:
        async for event in events:
            if log.take(event):
                break
    finally:
        events.stop()
        await events.aclose()
    return await report(client, session, log)


async def client_tool(client):
    agent, session = await open_session(
        client, "How is the weather in Paris?", tools=[GET_WEATHER], default_model_id=WEATHER_CALL
    )

    async def answer(event):
        if event.type == "tool.call_requested":
            results = [ContentPart.make_tool_result(call["id"], WEATHER) for call in event.data["tool_calls"]]
            await client.messages.create_tool_results(session.id, results)

    facts = await report(client, session, await poll(client, session.id, answer))
    return {**facts, "agent_id": agent.id, "weather": WEATHER}


async def parallel_tools(client):
    _, session = await open_session(
        client,
        "What time is it, twice?",
        capabilities=[AgentCapabilityConfig(ref="current_time")],
        default_model_id=TWO_CLOCKS,
    )
    return await report(client, session, await poll(client, session.id))


async def delete(client):
    agent, session = await open_session(client)
    await poll(client, session.id)
    await client.sessions.delete(session.id)
    await client.agents.delete(agent.id)
    gone = {}
    for what, get in (("session", client.sessions.get(session.id)), ("agent", client.agents.get(agent.id))):
        try:
            await get
            gone[what] = False
        except NotFoundError:
            gone[what] = True
    return gone


async def main(scenario: str) -> None:
    async with Everruns(api_key="dev", base_url=os.environ["EVERRUNS_API_URL"]) as client:
        facts = await asyncio.wait_for(globals()[scenario](client), timeout=60)
    json.dump(facts, sys.stdout)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
