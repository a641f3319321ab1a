import { dataOf } from "../session/event";
import { words } from "../words";
import type { Span } from "./span";

/** What people call a span. */
export function titleOf(span: Span): string {
  const kind = words.trace.kind[span.kind] ?? span.kind;
  switch (span.kind) {
    case "model":
      return span.iteration === undefined ? kind : `${kind} ${span.iteration}`;
    case "tool":
      return span.name;
    case "act":
    case "client":
      return span.children.length > 1 ? `${kind} (${span.children.length})` : kind;
    case "mark":
      return [markOf(span), words.chat.dropped[span.note ?? ""] ?? span.note].filter(Boolean).join(": ");
    default:
      return span.name === "" ? kind : `${kind}: ${span.name}`;
  }
}

function markOf({ name, events }: Span): string {
  const isQueued = events.some((event) => dataOf(event).delivery === "queue");
  return isQueued ? words.trace.queued : (words.trace.mark[name] ?? name);
}
