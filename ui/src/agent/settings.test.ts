import { describe, expect, test } from "vitest";

import { settingsOf } from "./settings";
import { wrongTools } from "./tools";

describe("capabilities", () => {
  const before = [{ ref: "a", config: { zone: "UTC" } }];
  const check = (chosen: string[], expected: unknown[]) =>
    expect(settingsOf({ name: "n", capabilities: chosen }, before).capabilities).toEqual(expected);
  test("keep their settings", () => check(["a", "b"], [...before, { ref: "b" }]));
  test("go", () => check([], []));
});

describe("tools", () => {
  const check = (said: unknown, wrong?: string) => expect(wrongTools(said)).toBe(wrong);
  const good = { name: "ask_me", description: "Asks.", parameters: {} };
  test("none", () => check([]));
  test("good", () => check([good, { ...good, name: "b.c-1" }]));
  test("no list", () => check({}, "Write a list, in square brackets."));
  test("no object", () => check([good, 1], "Tool 2 is not an object."));
  test("no name", () => check([{ ...good, name: undefined }], "Tool 1 has no name."));
  test("bad name", () =>
    check([{ ...good, name: "a b" }], "“a b”: a tool's name has letters, digits, “_”, “-” and “.” alone."));
  test("twice", () => check([good, good], "“ask_me” is there twice."));
  test("no parameters", () => check([{ ...good, parameters: null }], "Tool 1 has no parameters."));
});
