import { expect, test } from "vitest";

import type { Event } from "../session/event";
import { turnsOf } from "./turns";

type Line = [type: string, data: Record<string, unknown>];

function check(lines: Line[], expected: string[]): void {
  const events = lines.map(([type, data], place): Event => {
    const ts = new Date(place * 100).toISOString();
    return { id: "", type, ts, session_id: "", sequence: place + 1, context: {}, data };
  });
  const told = turnsOf(events).map(({ id, text, outcome, startedAt, endedAt, durationMs, usage }) =>
    [id, text, outcome, startedAt, endedAt, durationMs, usage?.output_tokens]
      .filter((part) => part !== undefined)
      .join(" "),
  );
  expect(told).toEqual(expected);
}

const said = (id: string, text: string): Line => [
  "input.message",
  { message: { id, content: [{ type: "text", text }] } },
];
const usage = { input_tokens: 1, output_tokens: 5 };

test("turns with what opened them and how they ended", () => {
  check([], []);
  check(
    [
      said("m1", "one"),
      ["turn.started", { turn_id: "t1", input_message_id: "m1" }],
      said("m2", "two, queued"),
      ["turn.completed", { turn_id: "t1", usage }],
      ["turn.started", { turn_id: "t2", input_message_id: "m2" }],
      ["turn.failed", { turn_id: "t2", error: "no" }],
      ["turn.started", { turn_id: "t3", input_message_id: "unknown" }],
    ],
    ["t1 one completed 2 4 200 5", "t2 two, queued failed 5 6 100", "t3  running 7"],
  );
});

test("the end of a turn whose start was not read tells of no turn", () =>
  check([["turn.completed", { turn_id: "t" }]], []));
