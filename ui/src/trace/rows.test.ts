import { expect, test } from "vitest";

import { rowsOf, type Wanted } from "./rows";
import { matcher } from "./search";
import type { Kind, Span, Status } from "./span";

function span(kind: Kind, name: string, status: Status, children: Span[] = [], sequence = 0): Span {
  const event = { id: "", type: "", ts: "", session_id: "", sequence, context: {}, data: {} };
  return { key: name, kind, name, status, start: 0, events: [event], children, ids: new Set(), pieces: 0, pauses: [] };
}

const turn = span("turn", "agent", "good", [
  span("model", "fast", "good", [span("mark", "reason.recovered", "mark")]),
  span("act", "", "good", [span("tool", "look", "good"), span("tool", "find", "bad", [], 7)]),
  span("client", "", "good", [span("tool", "ask", "open")]),
]);

function check(wanted: Wanted, expected: string[]): void {
  expect(rowsOf(turn, wanted).map(({ span, depth }) => `${depth} ${span.name || span.kind}`)).toEqual(expected);
}

test("all rows, or those that are wanted below what they are part of", () => {
  check({}, ["0 agent", "1 fast", "2 reason.recovered", "1 act", "2 look", "2 find", "1 client", "2 ask"]);
  check({ kind: "model" }, ["0 agent", "1 fast"]);
  check({ kind: "tool", status: "bad" }, ["0 agent", "1 act", "2 find"]);
  check({ kind: "wait" }, ["0 agent", "1 client"]);
  check({ kind: "mark" }, ["0 agent", "1 fast", "2 reason.recovered"]);
  check({ status: "cancelled" }, []);
  check({ kind: "odd" }, []);
});

test("words are found in names and in what the server found", () => {
  const found = { sequences: new Set([7]), isIncomplete: false };
  check({ has: matcher("LOOK", undefined) }, ["0 agent", "1 act", "2 look"]);
  check({ has: matcher("nothing of it", undefined) }, []);
  check({ has: matcher("nothing of it", found) }, ["0 agent", "1 act", "2 find"]);
  check({ has: matcher("asked anew", undefined) }, ["0 agent", "1 fast", "2 reason.recovered"]);
});
