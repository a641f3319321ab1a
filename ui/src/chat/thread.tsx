import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown } from "lucide-react";
import { useCallback, useLayoutEffect, useRef, useState } from "react";

import type { Problem } from "../api/client";
import { Button } from "../parts/button";
import { Bulkhead, Trouble } from "../parts/trouble";
import type { Item } from "../session/item";
import { words } from "../words";
import { AnswerRow } from "./answer-row";
import { CallCard } from "./call-card";
import { EndingRow } from "./ending-row";
import { SaidRow } from "./said-row";

interface Props {
  sessionId: string;
  items: readonly Item[];
  hasOlder: boolean;
  isLoadingOlder: boolean;
  /** Why older items could not be read. */
  problem: Problem | undefined;
  loadOlder(): Promise<void>;
  onFork(sequence: number, draft?: string): void;
  onRetry(turnId: string): void;
}

/** So near to the end, new text is followed, pixels. */
const NEAR = 80;
/** So near to the beginning, older items are read, pixels. */
const EARLY = 600;
/** Above the first row and below the last one, pixels. */
const PADDING = 24;

/** The conversation. Only the rows in sight are drawn, so that its length does not matter. */
export function Thread({ sessionId, items, hasOlder, isLoadingOlder, problem, loadOlder, onFork, onRetry }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const [isAtEnd, setAtEnd] = useState(true);
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => frame.current,
    estimateSize: (place) => ESTIMATES[items[place]?.kind ?? "answer"],
    getItemKey: (place) => items[place]?.key ?? place,
    overscan: 8,
    gap: 16,
    paddingStart: PADDING,
    paddingEnd: PADDING,
  });
  const height = rows.getTotalSize();

  // What was in sight stays in sight when older items come before it.
  const first = useRef<{ key: string; count: number }>(undefined);
  useLayoutEffect(() => {
    const before = first.current;
    const key = items[0]?.key;
    first.current = key === undefined ? undefined : { key, count: items.length };
    if (before === undefined || before.key === key) return;
    const place = items.findIndex((item) => item.key === before.key);
    const above = place > 0 ? rows.getOffsetForIndex(place, "start")?.[0] : undefined;
    if (above !== undefined && frame.current) frame.current.scrollTop += above - PADDING;
  }, [items, rows]);

  useLayoutEffect(() => {
    const element = frame.current;
    if (isAtEnd && element) element.scrollTop = element.scrollHeight;
  }, [isAtEnd, items, height]);

  const scrolled = useCallback(() => {
    const element = frame.current;
    if (!element) return;
    setAtEnd(element.scrollHeight - element.scrollTop - element.clientHeight < NEAR);
    if (element.scrollTop < EARLY && hasOlder && !isLoadingOlder && problem === undefined) void loadOlder();
  }, [hasOlder, isLoadingOlder, loadOlder, problem]);

  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={frame}
        onScroll={scrolled}
        tabIndex={0}
        role="log"
        aria-label={words.chat.title}
        className="h-full overflow-auto px-3 [overflow-anchor:none] sm:px-6"
      >
        {problem !== undefined && (
          <div className="sticky top-2 z-10 mx-auto max-w-3xl">
            <Trouble error={problem} onRetry={() => void loadOlder()} />
          </div>
        )}
        {isLoadingOlder && (
          <p className="absolute inset-x-0 top-1 text-center text-xs text-soft">{words.doing.loading}</p>
        )}
        <div className="relative mx-auto max-w-3xl" style={{ height }}>
          {rows.getVirtualItems().map((row) => {
            const item = items[row.index];
            return (
              item && (
                <div
                  key={row.key}
                  ref={rows.measureElement}
                  data-index={row.index}
                  className="absolute inset-x-0 top-0"
                  style={{ transform: `translateY(${row.start}px)` }}
                >
                  <Bulkhead key={item.key}>
                    <Row item={item} sessionId={sessionId} onFork={onFork} onRetry={onRetry} />
                  </Bulkhead>
                </div>
              )
            );
          })}
        </div>
      </div>
      {!isAtEnd && (
        <Button
          className="absolute! bottom-3 left-1/2 -translate-x-1/2 rounded-full! shadow"
          icon={<ArrowDown size={16} aria-hidden />}
          label={words.chat.toEnd}
          onClick={() => setAtEnd(true)}
        />
      )}
    </div>
  );
}

/** Heights until a row was drawn, pixels. */
const ESTIMATES = { said: 80, answer: 140, call: 42, ending: 34 };

type RowProps = { item: Item } & Pick<Props, "sessionId" | "onFork" | "onRetry">;

function Row({ item, sessionId, onFork, onRetry }: RowProps) {
  switch (item.kind) {
    case "said":
      return <SaidRow item={item} onFork={onFork} />;
    case "answer":
      return <AnswerRow item={item} onFork={onFork} />;
    case "call":
      return <CallCard item={item} sessionId={sessionId} />;
    case "ending":
      return <EndingRow item={item} sessionId={sessionId} onRetry={onRetry} />;
  }
}
