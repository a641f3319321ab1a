import { describe, expect, test } from "vitest";

import { Problem } from "../api/client";
import { draftOf, fieldOf, read, type Draft, type Errors, type Field, type Values } from "./field";

const FIELDS: Field[] = [
  { kind: "text", name: "name", label: "Name", isRequired: true, most: 5 },
  { kind: "long", name: "prompt", label: "Prompt", rows: 3 },
  { kind: "number", name: "steps", label: "Steps", least: 1, most: 9 },
  { kind: "select", name: "model", label: "Model", none: "default", options: [] },
  { kind: "tags", name: "tags", label: "Tags" },
  {
    kind: "json",
    name: "tools",
    label: "Tools",
    rows: 3,
    empty: [],
    check: (value) => (Array.isArray(value) ? undefined : "a list"),
  },
];
const EMPTY: Draft = { name: "a", prompt: "", steps: "", model: "", tags: [], tools: "" };
const NOTHING: Values = { name: "a", prompt: null, steps: null, model: null, tags: [], tools: [] };

function check(typed: Draft, values: Values, errors: Errors = {}) {
  const expected = { ...NOTHING, ...values };
  for (const name of Object.keys(errors)) delete expected[name];
  const found = read(FIELDS, { ...EMPTY, ...typed });
  expect(found).toEqual({ values: expected, errors: expect.objectContaining(errors) });
  expect(Object.keys(found.errors)).toEqual(Object.keys(errors));
}

describe("what is typed comes to values", () => {
  test("nothing", () => check({}, {}));
  test("all", () =>
    check(
      { prompt: " Be\nkind ", steps: "4", model: "m", tags: ["x"], tools: '[{"name": "a"}]' },
      { prompt: " Be\nkind ", steps: 4, model: "m", tags: ["x"], tools: [{ name: "a" }] },
    ));
  test("a required text", () => check({ name: "  " }, {}, { name: "This is required." }));
  test("a text's length in characters", () => check({ name: "🦀🦀🦀🦀🦀" }, { name: "🦀🦀🦀🦀🦀" }));
  test("a long text", () => check({ name: "abcdef" }, {}, { name: "At most 5 characters." }));
  test("no number", () => check({ steps: "1.5" }, {}, { steps: "Write a whole number." }));
  test("a small number", () => check({ steps: "0" }, {}, { steps: "At least 1." }));
  test("a large number", () => check({ steps: "10" }, {}, { steps: "At most 9." }));
  test("other JSON", () => check({ tools: "{}" }, {}, { tools: "a list" }));
  test("no JSON", () => check({ tools: "[" }, {}, { tools: expect.stringContaining("not JSON") as string }));
});

test("values come back as they were", () => {
  const values = { name: "b", prompt: "p", steps: 3, model: null, tags: ["t"], tools: [{ name: "a" }] };
  expect(read(FIELDS, draftOf(FIELDS, values)).values).toEqual(values);
  expect(draftOf(FIELDS, NOTHING)).toEqual(EMPTY);
});

describe("a refusal belongs to the field that it names", () => {
  const check = (status: number, detail: string, name?: string) =>
    expect(fieldOf(FIELDS, new Problem(status, "validation_error", detail))?.name).toBe(name);
  test("alone", () => check(400, "`name` is required", "name"));
  test("inside", () => check(400, "`tools[0].name` is taken", "tools"));
  test("too large", () => check(413, "`prompt` is too large", "prompt"));
  test("unknown", () => check(400, "`other` is wrong"));
  test("in the middle", () => check(409, "Another agent has this `name`", "name"));
  test("first another", () => check(412, "not as `If-Match` says; `name`"));
  test("not the caller's fault", () => check(500, "`name` broke"));
});
