/** Code that talks to an agent of this server, for people to take with them. */

export function python(origin: string, agentId: string): string {
  return `import asyncio
import os
from contextlib import aclosing

from everruns_sdk import Everruns


async def main() -> None:
    key = os.environ.get("EVERRUNS_API_KEY", "dev")
    async with Everruns(api_key=key, base_url="${origin}/api") as client:
        session = await client.sessions.create(agent_id="${agentId}")
        await client.messages.create(session.id, "What time is it in Paris?")

        async with aclosing(aiter(client.events.stream(session.id))) as events:
            async for event in events:
                if event.type == "output.message.delta":
                    print(event.data["delta"], end="", flush=True)
                elif event.type == "turn.failed":
                    raise SystemExit(event.data["error"])
                elif event.type == "turn.completed":
                    print()
                    break


asyncio.run(main())`;
}

export function curl(origin: string, agentId: string): string {
  return `API=${origin}/v1
KEY="Authorization: Bearer \${EVERRUNS_API_KEY:-dev}"
SESSION=$(curl -s -H "$KEY" $API/sessions -d '{"agent_id": "${agentId}"}' |
    sed 's/.*"id":"\\(session_[0-9a-f]*\\)".*/\\1/')
curl -s -H "$KEY" $API/sessions/$SESSION/messages \\
    -d '{"message": {"content": [{"type": "text", "text": "What time is it in Paris?"}]}}'
curl -sN -H "$KEY" $API/sessions/$SESSION/sse   # Ctrl-C ends it`;
}
