import { expect, test } from "vitest";

import { pretty, prettyText } from "./json";

function check(text: string, expected: string | undefined): void {
  expect(prettyText(text)).toBe(expected);
}

test("data is indented, prose is not data", () => {
  check('{"a":[1]}', '{\n  "a": [\n    1\n  ]\n}');
  check(" [] ", "[]");
  check("12", undefined);
  check("{not json", undefined);
  check("Words [1]", undefined);
});

test("what is nested deep stays as it is", () => {
  const deep = "[".repeat(30_000) + "]".repeat(30_000);
  check(deep, deep);
  const value = Array.from({ length: 60 }).reduce((inner: unknown) => [inner], 1);
  expect(pretty(value)).toBe(JSON.stringify(value));
  expect(pretty({ a: 1 })).toBe('{\n  "a": 1\n}');
});
