/** Events of a session as the API gives them, and what their data holds (docs/events.md). */

import type { Schemas } from "../api/client";

export type Event = Schemas["Event"];
export type ContentPart = Schemas["ContentPart"];
export type Usage = Schemas["TokenUsage"];

export interface ToolCall {
  id: string;
  name: string;
  display_name?: string;
  arguments: unknown;
}

export interface Message {
  id: string;
  role: string;
  content: ContentPart[];
  created_at: string;
  controls?: { model_id?: string };
  external_actor?: { actor_id: string; actor_name?: string; source: string };
}

/** The members that readers use; the type of the event says which of them are there. */
export interface Data {
  message?: Message;
  message_id?: string;
  turn_id?: string;
  input_message_id?: string;
  delivery?: "queue" | "interrupt" | "rollback";
  reason?: string;
  rolled_back?: boolean;
  model?: string;
  metadata?: {
    model?: string;
    model_id?: string;
    provider?: string;
    duration_ms?: number;
    time_to_first_token_ms?: number;
    usage?: Usage;
  };
  accumulated?: string;
  delta?: string;
  thinking?: string;
  phase?: "commentary" | "final_answer";
  usage?: Usage;
  error?: string;
  error_code?: string;
  error_fields?: Record<string, unknown>;
  replacement?: string;
  tool_call?: ToolCall;
  tool_calls?: ToolCall[];
  tool_call_id?: string;
  tool_name?: string;
  success?: boolean;
  status?: "success" | "error" | "timeout" | "cancelled";
  result?: ContentPart[];
  display_name?: string;
  duration_ms?: number;
  iterations?: number;
  iteration?: number;
  tool_call_count?: number;
  time_to_first_token_ms?: number;
  detail?: string;
  stream?: "stdout" | "stderr";
  agent_name?: string;
}

export function dataOf(event: Event): Data {
  return event.data as Data;
}

/** The texts of a message, one after the other. */
export function textOf(content: ContentPart[] | undefined): string {
  return (content ?? []).map((part) => (part.type === "text" ? part.text : "")).join("");
}

/** Events that carry pieces of what a later one carries whole. */
export const PIECES = ["output.message.delta", "reason.thinking.delta", "tool.output.delta", "tool.progress"] as const;

export function isPiece(event: Event): boolean {
  return (PIECES as readonly string[]).includes(event.type);
}

const ENDS = ["turn.completed", "turn.failed", "turn.cancelled", "turn.sealed"];

export function endsTurn(event: Event): boolean {
  return ENDS.includes(event.type);
}
