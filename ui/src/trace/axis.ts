/** Where times stand on the axis of a waterfall. */

import type { Stretch } from "./span";

export interface Place {
  /** Percent of the axis' width. */
  left: number;
  width: number;
}

/** Where a stretch stands, or nothing if it is out of sight. */
export function placeOf(stretch: Stretch, axis: Stretch): Place | undefined {
  const length = Math.max(axis.to - axis.from, 1);
  const from = Math.max(stretch.from, axis.from);
  const to = Math.min(stretch.to, axis.to);
  if (from > axis.to || to < axis.from) return undefined;
  return { left: ((from - axis.from) / length) * 100, width: (Math.max(to - from, 0) / length) * 100 };
}

/** Round times, at most `count` of them, milliseconds from the axis' start. `shift` is where zero is, from that start. */
export function ticksOf(axis: Stretch, zero: number, count: number): number[] {
  const length = Math.max(axis.to - axis.from, 1);
  const step = STEPS.find((step) => length / step <= count) ?? Math.ceil(length / count / HOUR) * HOUR;
  const first = Math.ceil((axis.from - zero) / step) * step;
  const ticks: number[] = [];
  for (let tick = first; tick <= axis.to - zero; tick += step) ticks.push(tick);
  return ticks;
}

const HOUR = 3_600_000;
const STEPS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600].map((seconds) => seconds * 1000),
];

/** A time on the axis, as short as it can be said. */
export function tickText(ms: number): string {
  if (Math.abs(ms) < 1000) return `${ms} ms`;
  if (Math.abs(ms) < 60_000) return `${ms / 1000} s`;
  const [minutes, seconds] = [Math.trunc(ms / 60_000), Math.abs(Math.round((ms % 60_000) / 1000))];
  if (seconds === 0 && minutes % 60 === 0) return `${minutes / 60} h`;
  return seconds === 0 ? `${minutes} min` : `${minutes}:${String(seconds).padStart(2, "0")} min`;
}
