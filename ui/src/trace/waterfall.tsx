import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from "react";

import { Button } from "../parts/button";
import type { Event } from "../session/event";
import { words } from "../words";
import { placeOf, ticksOf, tickText } from "./axis";
import { costOf } from "./cost";
import type { Row } from "./rows";
import { endOf, spanWith, type Span, type Stretch } from "./span";
import { SpanDetails } from "./span-details";
import { COLUMNS, SpanRow } from "./span-row";

interface Props {
  sessionId: string;
  root: Span;
  rows: Row[];
  now: number;
  outages: readonly Stretch[];
  /** The event that a link leads to. */
  target?: Event;
  /** What stands before the rows and scrolls with them. */
  children: ReactNode;
}

/** The rows of a turn under one axis of time. Only those in sight are drawn. */
export function Waterfall({ sessionId, root, rows, now, outages, target, children }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const [margin, setMargin] = useState(0);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [current, setCurrent] = useState(root.key);
  const [zoom, setZoom] = useState<Stretch>();
  const axis = zoom ?? { from: root.start, to: Math.max(endOf(root, now), root.start + 1) };
  const places = useMemo(() => new Map(rows.map(({ span }, place) => [span.key, place])), [rows]);

  const drawn = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => 34,
    getItemKey: (place) => rows[place]?.span.key ?? place,
    overscan: 12,
    scrollMargin: margin,
  });
  useLayoutEffect(() => {
    const top = list.current?.offsetTop ?? 0;
    if (top !== margin) setMargin(top);
  });

  // The row of the event that a link leads to is opened and brought into sight, once.
  const shown = useRef<number>(undefined);
  useEffect(() => {
    if (target === undefined || shown.current === target.sequence) return;
    const span = spanWith(root, target);
    const place = span && places.get(span.key);
    if (span === undefined || place === undefined) return;
    shown.current = target.sequence;
    setOpen((open) => new Set(open).add(span.key));
    setCurrent(span.key);
    drawn.scrollToIndex(place, { align: "start" });
  }, [drawn, places, root, target]);

  // The row that the keyboard went to may not have been drawn yet.
  const wanted = useRef<string>(undefined);
  useEffect(() => {
    if (wanted.current === undefined) return;
    const row = list.current?.querySelector<HTMLElement>(`[data-span="${CSS.escape(wanted.current)}"]`);
    if (!row) return;
    wanted.current = undefined;
    row.focus({ preventScroll: true });
  });

  const goTo = (place: number) => {
    const key = rows[Math.max(0, Math.min(place, rows.length - 1))]?.span.key;
    if (key === undefined) return;
    wanted.current = key;
    setCurrent(key);
    drawn.scrollToIndex(places.get(key) ?? 0, { align: "auto" });
  };
  const toggle = (key: string) => {
    const next = new Set(open);
    if (!next.delete(key)) next.add(key);
    setOpen(next);
  };
  const press = (key: KeyboardEvent) => {
    if (!(key.target instanceof HTMLElement) || key.target.dataset.span === undefined) return;
    const at = places.get(key.target.dataset.span) ?? 0;
    const isOpen = open.has(key.target.dataset.span);
    if (key.key === "ArrowDown") goTo(at + 1);
    else if (key.key === "ArrowUp") goTo(at - 1);
    else if (key.key === "Home") goTo(0);
    else if (key.key === "End") goTo(rows.length - 1);
    else if ((key.key === "ArrowRight" && !isOpen) || (key.key === "ArrowLeft" && isOpen))
      toggle(key.target.dataset.span);
    else return;
    key.preventDefault();
  };
  const isCurrentThere = places.has(current);

  return (
    <div ref={frame} className="@container relative min-h-0 flex-1 overflow-auto [overflow-anchor:none]">
      {children}
      <Head axis={axis} zero={root.start} onZoomOut={zoom && (() => setZoom(undefined))} />
      <div
        ref={list}
        role="list"
        aria-label={words.trace.rows}
        className="relative"
        style={{ height: drawn.getTotalSize() }}
        onKeyDown={press}
      >
        {drawn.getVirtualItems().map((item) => {
          const row = rows[item.index];
          if (row === undefined) return null;
          const { span } = row;
          const isOpen = open.has(span.key);
          return (
            <div
              key={item.key}
              ref={drawn.measureElement}
              data-index={item.index}
              role="listitem"
              aria-setsize={rows.length}
              aria-posinset={item.index + 1}
              className="absolute inset-x-0 top-0"
              style={{ transform: `translateY(${item.start - margin}px)` }}
            >
              <SpanRow
                sessionId={sessionId}
                row={row}
                axis={axis}
                now={now}
                outages={outages}
                cost={costOf(span)}
                isOpen={isOpen}
                isCurrent={isCurrentThere ? span.key === current : item.index === 0}
                onToggle={() => toggle(span.key)}
                onFocus={() => setCurrent(span.key)}
              />
              {isOpen && (
                <SpanDetails
                  sessionId={sessionId}
                  turn={root}
                  span={span}
                  now={now}
                  cost={costOf(span)}
                  outages={outages}
                  target={target}
                  onZoom={span === root || span.kind === "mark" ? undefined : () => setZoom(around(span, now))}
                />
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** A bit more than the span, so that its edges are seen. */
function around(span: Span, now: number): Stretch {
  const end = endOf(span, now);
  const edge = Math.max((end - span.start) * 0.05, 1);
  return { from: span.start - edge, to: end + edge };
}

function Head({ axis, zero, onZoomOut }: { axis: Stretch; zero: number; onZoomOut?: () => void }) {
  return (
    <div className={`${COLUMNS} sticky top-0 z-[1] border-y bg-panel px-3 py-1 text-xs text-soft sm:px-6`}>
      <span className="flex min-h-6 items-center justify-between gap-2 @max-2xl:hidden">
        {words.trace.columns.name}
        {onZoomOut && (
          <Button className="h-6! px-2! text-xs!" onClick={onZoomOut}>
            {words.trace.zoomOut}
          </Button>
        )}
      </span>
      <span className="relative col-span-2 h-5 @2xl:col-span-1" aria-hidden>
        {ticksOf(axis, zero, 5).map((tick) => {
          const place = placeOf({ from: zero + tick, to: zero + tick }, axis);
          return (
            place &&
            place.left < 90 && (
              <span
                key={tick}
                className="absolute bottom-0 border-l pl-1 leading-4 whitespace-nowrap tabular-nums"
                style={{ left: `${place.left}%` }}
              >
                {tickText(tick)}
              </span>
            )
          );
        })}
      </span>
      <span className="text-right @max-2xl:hidden">{words.trace.columns.duration}</span>
      <span className="text-right @max-2xl:hidden">{words.trace.columns.tokens}</span>
      <span className="text-right @max-2xl:hidden">{words.trace.columns.cost}</span>
      {onZoomOut && (
        <span className="@2xl:hidden">
          <Button className="h-6! px-2! text-xs!" onClick={onZoomOut}>
            {words.trace.zoomOut}
          </Button>
        </span>
      )}
    </div>
  );
}
