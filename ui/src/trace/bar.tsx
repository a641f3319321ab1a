import { duration } from "../parts/time";
import { words } from "../words";
import { placeOf, type Place } from "./axis";
import { endOf, type Kind, type Span, type Stretch } from "./span";

const COLORS: Record<Kind, string> = {
  turn: "bg-line",
  model: "bg-accent",
  act: "bg-line",
  tool: "bg-soft",
  client: "bg-wait",
  gap: "",
  mark: "bg-wait",
};
/** Where nothing was done. */
const HATCHED = {
  backgroundImage: "repeating-linear-gradient(-45deg, var(--wait) 0 2px, var(--wait-wash) 2px 6px)",
} as const;

/** The narrowest that is seen, also at the end of the axis. */
function at({ left, width }: Place) {
  return { left: `min(${left}%, calc(100% - 3px))`, width: `${width}%` };
}

/** When a span was, on the axis. */
export function Bar({
  span,
  pauses,
  axis,
  now,
  outages,
}: {
  span: Span;
  pauses: readonly Stretch[];
  axis: Stretch;
  now: number;
  outages: readonly Stretch[];
}) {
  const place = placeOf({ from: span.start, to: endOf(span, now) }, axis);
  if (span.kind === "mark") {
    return place ? <Dot left={place.left} /> : null;
  }
  const isOpen = span.end === undefined;
  const color = span.status === "bad" && span.kind !== "turn" ? "bg-bad" : COLORS[span.kind];
  const isThin = span.kind === "turn" || span.kind === "act";
  const breaks = span.kind === "turn" ? outages : [];
  return (
    <>
      {place && (
        <span
          aria-hidden
          className={`absolute top-1/2 min-w-[3px] -translate-y-1/2 rounded-sm ${isThin ? "h-1.5" : "h-3.5"} ${color} ${isOpen ? "animate-pulse" : ""}`}
          style={{ ...at(place), ...(span.kind === "gap" ? HATCHED : {}) }}
        />
      )}
      {pauses.map((pause) => (
        <Break key={pause.from} stretch={pause} axis={axis} text={words.trace.pause(duration(pause.to - pause.from))} />
      ))}
      {breaks.map(({ from, to }) => {
        const stretch = { from, to: Math.min(to, now) };
        const text = words.trace.outage(duration(stretch.to - from));
        return <Break key={from} stretch={stretch} axis={axis} text={text} />;
      })}
    </>
  );
}

function Break({ stretch, axis, text }: { stretch: Stretch; axis: Stretch; text: string }) {
  const place = placeOf(stretch, axis);
  if (!place) return null;
  return (
    <span
      title={text}
      className="absolute top-1/2 h-3.5 min-w-[3px] -translate-y-1/2"
      style={{ ...at(place), ...HATCHED }}
    />
  );
}

function Dot({ left }: { left: number }) {
  return (
    <span
      aria-hidden
      className="absolute top-1/2 size-2 -translate-x-1/2 -translate-y-1/2 rotate-45 bg-wait"
      style={{ left: `clamp(5px, ${left}%, calc(100% - 5px))` }}
    />
  );
}
