/** The turns of a session, from those events alone that begin and end them: a pure fold. */

import { dataOf, endsTurn, textOf, type Event, type Usage } from "../session/event";

export const LISTED = [
  "input.message",
  "turn.started",
  "turn.completed",
  "turn.failed",
  "turn.cancelled",
  "turn.sealed",
] as const;

export interface TurnLine {
  id: string;
  /** What opened it. */
  text: string;
  inputMessageId?: string;
  outcome: "running" | "completed" | "failed" | "cancelled" | "sealed";
  /** The sequence of its `turn.started`. */
  startedAt: number;
  /** The sequence of its end. */
  endedAt?: number;
  start: string;
  durationMs?: number;
  usage?: Usage;
}

/** Oldest first. `events` are in order. */
export function turnsOf(events: readonly Event[]): TurnLine[] {
  const texts = new Map<string, string>();
  const turns = new Map<string, TurnLine>();
  for (const event of events) {
    const data = dataOf(event);
    const id = data.turn_id ?? "";
    if (event.type === "input.message" && data.message) {
      texts.set(data.message.id, textOf(data.message.content));
    } else if (event.type === "turn.started") {
      const inputMessageId = data.input_message_id;
      const text = texts.get(inputMessageId ?? "") ?? "";
      turns.set(id, { id, text, inputMessageId, outcome: "running", startedAt: event.sequence, start: event.ts });
    } else if (endsTurn(event)) {
      const turn = turns.get(id);
      if (turn === undefined) continue;
      turn.outcome = event.type.slice("turn.".length) as TurnLine["outcome"];
      turn.endedAt = event.sequence;
      turn.durationMs = Date.parse(event.ts) - Date.parse(turn.start);
      turn.usage = data.usage;
    }
  }
  return [...turns.values()];
}
