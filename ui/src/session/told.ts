/** Events for tests, written as short as they are told: a type and its data. */

import type { Data, Event } from "./event";

export type Told = [type: string, data?: Data & Record<string, unknown>];

export const TURN = "turn_1";

/** The events, numbered from `first` on, of turn {@link TURN} where they are of one. */
export function told(all: Told[], first = 1): Event[] {
  return all.map(([type, data], place) => {
    const isOfTurn = !type.startsWith("input.") && !type.startsWith("session.");
    return {
      id: `event_${first + place}`,
      type,
      ts: new Date(Date.UTC(2026, 0, 1) + (first + place) * 1000).toISOString(),
      session_id: "session_1",
      sequence: first + place,
      context: isOfTurn ? { turn_id: data?.turn_id ?? TURN } : {},
      data: data ?? {},
    };
  });
}

export function said(id: string, text: string, more: Data = {}): Told {
  return ["input.message", { message: message(id, "user", text), ...more }];
}

export function answered(id: string, text: string, calls: { id: string; name: string }[] = [], more: Data = {}): Told {
  const made = message(id, "agent", text);
  const parts = calls.map((call) => ({ type: "tool_call" as const, ...call, arguments: {} }));
  return ["output.message.completed", { message: { ...made, content: [...made.content, ...parts] }, ...more }];
}

function message(id: string, role: string, text: string) {
  const content = text === "" ? [] : [{ type: "text" as const, text }];
  return { id, role, content, created_at: "2026-01-01T00:00:00.000Z" };
}
