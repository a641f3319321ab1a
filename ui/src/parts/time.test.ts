import { expect, test } from "vitest";

import { duration } from "./time";

const check = (ms: number, expected: string) => expect(duration(ms)).toBe(expected);

test("milliseconds", () => check(999, "999 ms"));
test("seconds", () => check(1234, "1.23 s"));
test("many seconds", () => check(12_345, "12.3 s"));
test("minutes", () => check(61_000, "1 min 1 s"));
test("almost a minute more", () => check(119_600, "2 min 0 s"));
test("almost an hour", () => check(3_599_900, "1 h 0 min"));
test("hours", () => check(3_600_000 * 2 + 60_000, "2 h 1 min"));
