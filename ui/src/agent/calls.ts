/** What is asked and told of one agent. Each throws a {@link Problem}. */

import { api, must, type Schemas } from "../api/client";
import { once, randomHex } from "../api/once";
import type { Agent, settingsOf } from "./settings";

type Settings = ReturnType<typeof settingsOf>;

/** An agent, and its version as `ETag` and `If-Match` have it. */
export interface Versioned {
  agent: Agent;
  version: string;
}

export function readAgent(id: string): Promise<Versioned> {
  return versioned(api.GET("/v1/agents/{agent_id}", { params: { path: { agent_id: id } } }));
}

/** Makes an agent. The id is drawn here: without one the agent of the same name would be changed. */
export function makeAgent(settings: Settings): Promise<Versioned> {
  const body = { ...settings, id: drawnId(Date.now()) };
  return versioned(api.POST("/v1/agents", { body, headers: once() }));
}

/** Changes an agent if it has this version still; the answer to another one is a 412. */
export function changeAgent(
  id: string,
  change: Schemas["AgentChange"],
  version: string,
  why: string,
): Promise<Versioned> {
  const headers = { "If-Match": version, ...(why === "" ? {} : { "Everruns-Change-Reason": encodeURIComponent(why) }) };
  return versioned(api.PATCH("/v1/agents/{agent_id}", { params: { path: { agent_id: id } }, body: change, headers }));
}

export function restoreRevision(id: string, version: number): Promise<Agent> {
  return must(
    api.POST("/v1/agents/{agent_id}/revisions/{version}/restore", { params: { path: { agent_id: id, version } } }),
  );
}

async function versioned(call: Promise<{ data?: Agent; error?: unknown; response: Response }>): Promise<Versioned> {
  const agent = await must(call);
  const { response } = await call;
  return { agent, version: response.headers.get("etag") ?? "" };
}

/** An id that sorts by time, as those do that the server draws (UUID version 7). */
function drawnId(now: number): string {
  const time = now.toString(16).padStart(12, "0");
  const random = randomHex();
  // The two bits of the variant.
  const variant = "89ab".charAt(parseInt(random.charAt(0), 16) % 4);
  return `agent_${time}7${random.slice(1, 4)}${variant}${random.slice(4, 19)}`;
}
