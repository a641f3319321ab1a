import { Brain, ChevronRight, Hourglass, Layers, MessageSquare, Milestone, Unplug, Wrench } from "lucide-react";
import type { FocusEvent } from "react";

import { duration } from "../parts/time";
import { words } from "../words";
import { Bar } from "./bar";
import { costText } from "./cost";
import { usePauses } from "./pauses";
import type { Row } from "./rows";
import { endOf, isTakenBack, type Span, type Stretch } from "./span";
import { titleOf } from "./title";

const ICONS = {
  turn: MessageSquare,
  model: Brain,
  act: Layers,
  tool: Wrench,
  client: Hourglass,
  gap: Unplug,
  mark: Milestone,
};
const TONES: Record<Span["status"], string> = {
  open: "text-accent",
  good: "text-soft",
  bad: "text-bad",
  cancelled: "text-soft",
  mark: "text-wait",
};
/** One line where there is room, two where there is not. Shared with the head of the columns. */
export const COLUMNS =
  "grid grid-cols-[1fr_auto] items-center gap-x-3 @2xl:grid-cols-[minmax(13rem,2fr)_minmax(8rem,3fr)_4.5rem_7rem_4rem]";

interface Props {
  sessionId: string;
  row: Row;
  axis: Stretch;
  now: number;
  outages: readonly Stretch[];
  /** US dollars. */
  cost: number | undefined;
  isOpen: boolean;
  /** Whether the Tab key leads here. */
  isCurrent: boolean;
  onToggle(): void;
  onFocus(event: FocusEvent<HTMLButtonElement>): void;
}

/** A span's line: what, when, how long, how much. */
export function SpanRow({ sessionId, row, axis, now, outages, cost, isOpen, isCurrent, onToggle, onFocus }: Props) {
  const { span, depth } = row;
  const pauses = usePauses(sessionId, span);
  const Icon = ICONS[span.kind];
  const length = span.kind === "mark" ? "" : duration(endOf(span, now) - span.start);
  const tokens = span.usage && words.trace.tokensOf(read(span), span.usage.output_tokens);
  const status = isTakenBack(span) ? words.chat.takenBack : words.trace.status[span.status];
  const isShort = span.name === "" || span.kind === "model";
  return (
    <button
      type="button"
      data-span={span.key}
      aria-expanded={isOpen}
      tabIndex={isCurrent ? 0 : -1}
      onClick={onToggle}
      onFocus={onFocus}
      className={`${COLUMNS} w-full px-3 py-1 text-left text-sm hover:bg-sunken focus-visible:-outline-offset-2 @2xl:min-h-8 sm:px-6 ${isOpen ? "bg-sunken" : ""}`}
    >
      <span className="flex min-w-0 items-center gap-1.5" style={{ paddingLeft: `${Math.min(depth, 6) * 0.9}rem` }}>
        <ChevronRight size={14} aria-hidden className={`shrink-0 text-soft ${isOpen ? "rotate-90" : ""}`} />
        <Icon size={15} aria-hidden className={`shrink-0 ${TONES[span.status]}`} />
        <span className={`${isShort ? "shrink-0" : "truncate"} ${span.kind === "turn" ? "font-medium" : ""}`}>
          {titleOf(span)}
        </span>
        {pauses.length > 0 && (
          <span className="shrink-[99] truncate text-xs font-medium text-wait">
            {words.trace.paused(duration(lengthOf(pauses)))}
          </span>
        )}
        {span.model && pauses.length === 0 && (
          <span className="shrink-[9999] truncate text-xs text-soft" title={span.model}>
            {span.model.split("?")[0]}
          </span>
        )}
        {span.arguments !== undefined && (
          <span className="shrink-[9999] truncate font-mono text-xs text-soft">{preview(span.arguments)}</span>
        )}
        {status && span.status !== "good" && (
          <span className={`shrink-0 text-xs font-medium ${TONES[span.status]}`}>{status}</span>
        )}
      </span>
      <span className="relative order-last col-span-2 h-4 overflow-x-clip @2xl:order-none @2xl:col-span-1 @2xl:h-5">
        <Bar span={span} pauses={pauses} axis={axis} now={now} outages={outages} />
      </span>
      <span className="text-right text-xs tabular-nums @2xl:text-sm">{length}</span>
      <span className="hidden truncate text-right text-xs text-soft tabular-nums @2xl:block">{tokens}</span>
      <span className="hidden truncate text-right text-xs text-soft tabular-nums @2xl:block">
        {cost !== undefined && costText(cost)}
      </span>
    </button>
  );
}

/** How the arguments of a call begin; nothing if it has none. */
function preview(value: unknown): string {
  const text = JSON.stringify(value);
  return text === "{}" ? "" : text.slice(0, 100);
}

function lengthOf(stretches: readonly Stretch[]): number {
  return stretches.reduce((sum, { from, to }) => sum + to - from, 0);
}

/** All tokens that a model read. */
function read({ usage }: Span): number {
  if (usage === undefined) return 0;
  return usage.input_tokens + (usage.cache_read_tokens ?? 0) + (usage.cache_creation_tokens ?? 0);
}
