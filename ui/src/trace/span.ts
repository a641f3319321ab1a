/** What a turn is made of when it is seen as a waterfall. */

import { dataOf, type Event, type Usage } from "../session/event";

/**
 * `model`: a reason step. `act`: a batch of calls. `client`: the wait for the client's results. `gap`: nobody worked, then it
 * went on. `mark`: a moment.
 */
export type Kind = "turn" | "model" | "act" | "tool" | "client" | "gap" | "mark";

export type Status = "open" | "good" | "bad" | "cancelled" | "mark";

/** Text that stops for longer than this is worth a look, milliseconds. */
export const PAUSE_MS = 3000;

/** From and to, milliseconds since 1970. */
export interface Stretch {
  from: number;
  to: number;
}

export interface Span {
  /** The same whenever the turn is read. */
  key: string;
  kind: Kind;
  /** As the API calls it; empty if the kind says enough. */
  name: string;
  status: Status;
  /** Milliseconds since 1970. */
  start: number;
  /** Absent while it is open. */
  end?: number;
  /** Without pieces of text, oldest first. */
  events: Event[];
  children: Span[];
  /** The `span_id`s of its events. */
  ids: Set<string>;
  execId?: string;
  /** Which reason step it is, from 1. */
  iteration?: number;
  model?: string;
  modelId?: string;
  usage?: Usage;
  firstTokenMs?: number;
  error?: string;
  errorCode?: string;
  callId?: string;
  /** What a tool is called with. */
  arguments?: unknown;
  /** What a mark has to say. */
  note?: string;
  /** How many pieces of text were seen on the way. */
  pieces: number;
  /** Where text stopped for long, or what an interruption cost. */
  pauses: Stretch[];
}

/** When it ended, or until when it is known to go on. */
export function endOf(span: Span, now: number): number {
  return Math.max(span.start, span.end ?? now);
}

/** Whether a turn left the conversation. */
export function isTakenBack(span: Span): boolean {
  return span.kind === "turn" && span.events.some((event) => dataOf(event).rolled_back === true);
}

/** The innermost span that has this event. */
export function spanWith(root: Span, event: Pick<Event, "sequence" | "context">): Span | undefined {
  return (
    find(root, (span) => span.events.some(({ sequence }) => sequence === event.sequence)) ??
    byId(root, event.context.span_id)
  );
}

function byId(root: Span, spanId: string | undefined): Span | undefined {
  return spanId === undefined ? undefined : find(root, (span) => span.ids.has(spanId));
}

function find(span: Span, isIt: (span: Span) => boolean): Span | undefined {
  for (const child of span.children) {
    const found = find(child, isIt);
    if (found) return found;
  }
  return isIt(span) ? span : undefined;
}
