import { expect, test } from "vitest";

import { placeOf, ticksOf, tickText } from "./axis";
import { costText } from "./cost";
import { pausesIn } from "./pauses";

test("places are percents of the axis, cut at its edges", () => {
  const check = (from: number, to: number, expected: object | undefined) =>
    expect(placeOf({ from, to }, { from: 100, to: 300 })).toEqual(expected);
  check(100, 300, { left: 0, width: 100 });
  check(150, 200, { left: 25, width: 25 });
  check(0, 200, { left: 0, width: 50 });
  check(250, 900, { left: 75, width: 25 });
  check(300, 300, { left: 100, width: 0 });
  check(301, 400, undefined);
  check(0, 99, undefined);
});

test("ticks are round and few", () => {
  const check = (from: number, to: number, zero: number, expected: string) =>
    expect(ticksOf({ from, to }, zero, 5).map(tickText).join(", ")).toBe(expected);
  check(0, 2310, 0, "0 ms, 500 ms, 1 s, 1.5 s, 2 s");
  check(1000, 1009, 1000, "0 ms, 2 ms, 4 ms, 6 ms, 8 ms");
  check(950, 1009, 1000, "-40 ms, -20 ms, 0 ms");
  check(0, 300_000, 0, "0 ms, 1 min, 2 min, 3 min, 4 min, 5 min");
  check(0, 100_000, 0, "0 ms, 30 s, 1 min, 1:30 min");
  check(0, 8 * 3_600_000, 0, "0 ms, 2 h, 4 h, 6 h, 8 h");
  check(5, 5, 5, "0 ms");
});

test("costs are as long as they must be", () => {
  const check = (dollars: number, expected: string) => expect(costText(dollars)).toBe(expected);
  check(0, "$0.00");
  check(12.345, "$12.35");
  check(0.5, "$0.50");
  check(0.0123, "$0.012");
  check(0.00000012, "< $0.000001");
});

test("pauses are between pieces of one attempt, or before it was given up", () => {
  const check = (lines: [number, string][], expected: [number, number][]) => {
    const events = lines.map(([ms, type], sequence) => {
      const data = type === "output.message.delta" ? { delta: "x" } : {};
      return { id: "", type, ts: new Date(ms).toISOString(), session_id: "", sequence, context: {}, data };
    });
    expect(pausesIn(events).map(({ from, to }) => [from, to])).toEqual(expected);
  };
  const [start, delta, again] = ["output.message.started", "output.message.delta", "reason.recovered"];
  check([], []);
  check(
    [
      [0, start],
      [5000, delta],
      [7000, delta],
    ],
    [],
  );
  check(
    [
      [0, start],
      [100, delta],
      [3100, delta],
    ],
    [[100, 3100]],
  );
  check(
    [
      [0, start],
      [100, delta],
      [600, again],
      [600, start],
      [9000, delta],
    ],
    [[100, 600]],
  );
});
