import { describe, expect, test } from "vitest";

import { dayOf, endOf, HOUR_MS, type Day, type Ended } from "./turns";

const NOW = 100 * HOUR_MS;

/** A turn of the session `s` that ended so many hours ago. */
function turn(hoursAgo: number, more: Partial<Ended> = {}): Ended {
  const base = { sessionId: "s", turnId: `t${hoursAgo}`, how: "completed" as const, tokens: 0 };
  return { ...base, at: NOW - hoursAgo * HOUR_MS, ...more };
}

describe("a day", () => {
  const check = (ended: Ended[], expected: Partial<Day>) => expect(dayOf(ended, NOW)).toMatchObject(expected);
  test("empty", () => check([], { turns: 0, failed: 0, tokens: 0, duration: undefined, unmended: [] }));
  test("what is older does not count", () => check([turn(24), turn(25)], { turns: 0 }));
  test("what is newer counts", () => check([turn(0), turn(23.9)], { turns: 2 }));
  test("tokens", () => check([turn(1, { tokens: 2 }), turn(2, { tokens: 3 })], { tokens: 5 }));
  test("times", () => {
    const all = Array.from({ length: 20 }, (_, index) => turn(1, { durationMs: 20 - index }));
    check([...all, turn(2)], { duration: { half: 10, most: 19 } });
  });
  test("one time", () => check([turn(1, { firstTokenMs: 7 })], { firstToken: { half: 7, most: 7 } }));
  test("a failure that was mended", () => check([turn(1), turn(2, { how: "failed" })], { failed: 1, unmended: [] }));
  test("failures, the newest first", () => {
    const [old, fresh] = [turn(3, { how: "failed" }), turn(1, { how: "failed", sessionId: "r" })];
    check([turn(4), old, fresh], { failed: 2, unmended: [fresh, old] });
  });
});

test("hours", () => {
  const { hours } = dayOf([turn(0.5, { durationMs: 4 }), turn(0.2, { how: "failed" }), turn(23.5)], NOW);
  expect(hours).toHaveLength(24);
  expect(hours[0]).toMatchObject({ completed: 1, failed: 0 });
  expect(hours[23]).toEqual({ from: NOW - HOUR_MS, completed: 1, failed: 1, cancelled: 0, tokens: 0, durationMs: 4 });
});

describe("ends of turns", () => {
  const check = (type: string, data: unknown, expected?: Partial<Ended>) => {
    const found = endOf({ type, ts: "2026-11-25T10:00:00Z", session_id: "s", data });
    if (expected === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject(expected);
  };
  const usage = { input_tokens: 3, output_tokens: 4 };
  test("completed", () =>
    check("turn.completed", { turn_id: "t", usage, duration_ms: 9 }, { how: "completed", tokens: 7, durationMs: 9 }));
  test("failed", () => check("turn.failed", { turn_id: "t", error: "no" }, { how: "failed", tokens: 0, error: "no" }));
  test("something else", () => check("turn.started", { turn_id: "t" }));
  test("nothing", () => check("turn.failed", undefined));
});
