import { Link } from "@tanstack/react-router";
import { Link2 } from "lucide-react";
import { useEffect, useRef, useState } from "react";

import { CopyButton } from "../parts/copy-button";
import { pretty } from "../parts/json";
import { CodeBlock } from "../parts/code-block";
import { duration } from "../parts/time";
import type { Event } from "../session/event";
import { words } from "../words";
import type { Span } from "./span";

interface Props {
  sessionId: string;
  turn: Span;
  title: string;
  events: readonly Event[];
  /** The event that a link leads to. */
  target?: Event;
}

/** The events behind a span, each as it stands in the log. */
export function EventList({ sessionId, turn, title, events, target }: Props) {
  return (
    <div>
      <p className="mb-1 text-xs font-medium text-soft">{title}</p>
      <ol className="panel divide-y">
        {events.map((event) => (
          <li key={event.sequence}>
            <Entry sessionId={sessionId} turn={turn} event={event} isTarget={event.sequence === target?.sequence} />
          </li>
        ))}
      </ol>
    </div>
  );
}

function Entry({
  sessionId,
  turn,
  event,
  isTarget,
}: {
  sessionId: string;
  turn: Span;
  event: Event;
  isTarget: boolean;
}) {
  const element = useRef<HTMLDetailsElement>(null);
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    if (!isTarget) return;
    setOpen(true);
    // Its place is known when what it says is there.
    requestAnimationFrame(() => element.current?.scrollIntoView({ block: "center" }));
  }, [isTarget]);
  const search = { turn: turn.key, event: event.sequence };
  const link = `${location.origin}/sessions/${sessionId}/trace?${new URLSearchParams({ turn: turn.key, event: String(event.sequence) })}`;
  return (
    <details
      ref={element}
      open={isOpen}
      onToggle={(change) => setOpen(change.currentTarget.open)}
      className={isTarget ? "bg-accent-wash" : ""}
    >
      <summary className="flex min-h-7 items-center gap-2 px-3 py-0.5">
        <span className="shrink-0 font-mono text-xs text-soft tabular-nums">#{event.sequence}</span>
        <span className="min-w-0 truncate font-mono text-xs">{event.type}</span>
        <span className="ml-auto shrink-0 text-xs text-soft tabular-nums">
          <time dateTime={event.ts} title={new Date(event.ts).toLocaleString()}>
            +{duration(Math.max(0, Date.parse(event.ts) - turn.start))}
          </time>
        </span>
      </summary>
      {isOpen && (
        <div className="flow-root border-t px-3 pt-2">
          <p className="flex flex-wrap items-center gap-x-3 text-xs text-soft">
            <span>{new Date(event.ts).toISOString()}</span>
            <span className="font-mono break-all">{event.id}</span>
            <span className="ml-auto flex items-center gap-1">
              <Link
                to="/sessions/$sessionId/trace"
                params={{ sessionId }}
                search={search}
                className="inline-flex size-6 items-center justify-center rounded hover:bg-sunken hover:text-ink"
                title={words.trace.events.link}
                aria-label={words.trace.events.link}
              >
                <Link2 size={14} aria-hidden />
              </Link>
              <CopyButton text={link} label={words.trace.events.copyLink} />
            </span>
          </p>
          <CodeBlock code={pretty(event.data)} language="json" />
        </div>
      )}
    </details>
  );
}
