"""The tutorial as a script: one agent, one session, one question, with the published SDK.

EVERRUNS_API_URL and EVERRUNS_API_KEY say where. Prints the answer while it grows, then the addresses to go on with.
"""

import asyncio
import os
import uuid

from everruns_sdk import Everruns

QUESTION = "In two sentences: what can I build with you?"


async def answer(client: Everruns, session_id: str) -> None:
    """Follow the event log until the turn ends.

    The list is complete whenever it is asked for, so a turn that ends before the first look is not missed.
    """
    seen: set[str] = set()
    while True:
        for event in await client.events.list(session_id, limit=200):
            if event.id in seen:
                continue
            seen.add(event.id)
            if event.type == "output.message.delta":
                print(event.data["delta"], end="", flush=True)
            elif event.type == "turn.failed":
                raise SystemExit(f"\nthe turn failed: {event.data.get('error')}")
            elif event.type == "turn.completed":
                print()
                return
        await asyncio.sleep(0.1)


async def main() -> None:
    api = os.environ["EVERRUNS_API_URL"].rstrip("/")
    key = os.environ.get("EVERRUNS_API_KEY", "dev")
    async with Everruns(api_key=key, base_url=api) as client:
        agent = await client.agents.create(
            name=f"tutorial-{uuid.uuid4().hex[:8]}",
            system_prompt="You answer briefly and to the point.",
        )
        session = await client.sessions.create(harness_name="generic", agent_id=agent.id, title="Tutorial")
        print(f"agent    {agent.id}\nsession  {session.id}\nyou      {QUESTION}\nagent    ", end="", flush=True)
        await client.messages.create(session.id, QUESTION)
        await asyncio.wait_for(answer(client, session.id), timeout=120)

    server = api.removesuffix("/api")
    print(f"""
Page     {server}/sessions/{session.id}
API      {api}
OpenAPI  {server}/api-doc/openapi.json
Health   {server}/health
Events   curl -N -H 'Authorization: {key}' {api}/v1/sessions/{session.id}/sse
Python   pip install everruns-sdk
         EVERRUNS_API_URL={api} EVERRUNS_API_KEY={key} python your_script.py
Notebook examples/notebooks/run_an_agent.ipynb, with the same two variables
""")


asyncio.run(main())
