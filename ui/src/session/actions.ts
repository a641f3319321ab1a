/** What people do to a session. Each throws a {@link Problem}. */

import { api, must, type Schemas } from "../api/client";
import { once } from "../api/once";
import type { ContentPart } from "./event";

export type Delivery = "steer" | "queue" | "interrupt";

/** Makes a session; without an agent one on the server's default harness. */
export function createSession(spec: { agent_id?: string; model_id?: string }): Promise<Schemas["Session"]> {
  return must(api.POST("/v1/sessions", { body: spec, headers: once() }));
}

/** Says something. Sent again under the same key, it is said once. */
export async function say(sessionId: string, content: ContentPart[], delivery: Delivery, key: string): Promise<void> {
  const body = { message: { content }, delivery };
  await must(
    api.POST("/v1/sessions/{session_id}/messages", {
      params: path(sessionId),
      body,
      headers: { "Idempotency-Key": key },
    }),
  );
}

export async function cancel(sessionId: string): Promise<void> {
  await must(api.POST("/v1/sessions/{session_id}/cancel", { params: path(sessionId) }));
}

/** Answers a call in the client's place. */
export async function answerCall(
  sessionId: string,
  callId: string,
  answer: { result: unknown } | { error: string },
): Promise<void> {
  const body = { tool_results: [{ tool_call_id: callId, ...answer }] };
  await must(
    api.POST("/v1/sessions/{session_id}/tool-results", {
      params: path(sessionId),
      body,
      headers: once(),
    }),
  );
}

/** A session whose log is this one's up to the event at `sequence`; its id. */
export async function fork(sessionId: string, sequence: number): Promise<string> {
  const body = { at_sequence: sequence };
  const made = await must(
    api.POST("/v1/sessions/{session_id}/fork", { params: path(sessionId), body, headers: once() }),
  );
  return made.id;
}

/** Uploads an image for messages. */
export async function upload(file: File): Promise<Schemas["Image"]> {
  const form = new FormData();
  form.append("file", file);
  // The document knows a form only as the object that it stands for.
  return must(api.POST("/v1/images", { body: { file: file.name }, bodySerializer: () => form }));
}

function path(sessionId: string) {
  return { path: { session_id: sessionId } };
}
