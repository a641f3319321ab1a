import { expect, test } from "vitest";

import type { Event } from "../session/event";
import { endOf, spanWith, type Span } from "./span";
import { turnOf } from "./spans";

type Line = [ms: number, type: string, data?: Record<string, unknown>, exec?: string, span?: string];

/** Events of the turn `t`, numbered from 1. */
function log(lines: Line[]): Event[] {
  return lines.map(([ms, type, data = {}, exec, span], place) => ({
    id: `event_${place + 1}`,
    type,
    ts: new Date(1000 + ms).toISOString(),
    session_id: "session_1",
    sequence: place + 1,
    context: /^(input\.message|session\.|input\.dequeued)/.test(type)
      ? {}
      : { turn_id: "t", ...(exec ? { exec_id: exec, span_id: span ?? exec } : { span_id: "root" }) },
    data: /^(turn|output)\./.test(type) ? { turn_id: "t", ...data } : data,
  }));
}

/** A span on a line: kind, name, from-to, status, the sequences of its events, and what else there is to tell. */
function told(span: Span, depth = 0): string[] {
  const to = span.kind === "mark" ? "" : `-${span.end === undefined ? "" : span.end - 1000}`;
  const more = [
    span.pieces > 0 && `${span.pieces} pieces`,
    ...span.pauses.map(({ from, to }) => `pause ${from - 1000}-${to - 1000}`),
    span.error && `error ${span.error}`,
    span.errorCode && `code ${span.errorCode}`,
    span.note && `note ${span.note}`,
  ].filter(Boolean);
  const words = [span.kind, span.name, `${span.start - 1000}${to}`, span.status, span.events.map((e) => e.sequence)];
  const line = [words.filter((word) => word !== "").join(" "), ...more].join(", ");
  return [`${" ".repeat(depth)}${line}`, ...span.children.flatMap((child) => told(child, depth + 1))];
}

function check(lines: Line[], expected: string[]): void {
  const root = turnOf(log(lines));
  expect(root ? told(root) : []).toEqual(expected);
}

const BEGIN: Line[] = [
  [0, "input.message", { message: { id: "m", content: [{ type: "text", text: "hi" }] } }],
  [0, "turn.started", { input_message_id: "m" }],
  [0, "session.activated", { turn_id: "t" }],
  [0, "reason.started", { metadata: { model: "fast" } }, "r1"],
  [0, "output.message.started", { iteration: 1 }, "r1", "r1m"],
];
const delta = (ms: number): Line => [ms, "output.message.delta", {}, "r1", "r1m"];

test("a turn without its start is none", () => check([[0, "session.started"]], []));

test("a simple turn", () =>
  check(
    [
      ...BEGIN,
      [90, "reason.completed", { success: true }, "r1"],
      [90, "llm.generation", { metadata: { time_to_first_token_ms: 30 } }, "r1", "r1m"],
      [90, "output.message.completed", {}, "r1", "r1m"],
      [90, "turn.completed"],
      [90, "session.idled", { turn_id: "t" }],
    ],
    ["turn 0-90 good 1,2,3,9,10", " model fast 0-90 good 4,5,6,7,8"],
  ));

test("tools overlap, one fails and one could not run", () =>
  check(
    [
      ...BEGIN,
      [10, "reason.completed", { success: true }, "r1"],
      [10, "act.started", { tool_calls: [] }, "a1"],
      [10, "tool.started", { tool_call: { id: "x", name: "look" } }, "a1", "a1x"],
      [10, "tool.started", { tool_call: { id: "y", name: "find" }, display_name: "Find" }, "a1", "a1y"],
      [20, "tool.completed", { tool_call_id: "y", success: false, status: "error", error: "no" }, "a1", "a1y"],
      [20, "tool.completed", { tool_call_id: "z", tool_name: "odd", success: false, error: "none" }, "a1", "a1z"],
      [40, "tool.completed", { tool_call_id: "x", success: true, status: "success" }, "a1", "a1x"],
      [40, "act.completed", {}, "a1"],
      [41, "reason.started", { metadata: { model: "fast" } }, "r2"],
    ],
    [
      "turn 0- open 1,2,3",
      " model fast 0-10 good 4,5,6",
      " act 10-40 good 7,13",
      "  tool look 10-40 good 8,12",
      "  tool Find 10-20 bad 9,10, error no",
      "  tool odd 20-20 bad 11, error none",
      " model fast 41- open 14",
    ],
  ));

test("the client is waited for until its last result", () =>
  check(
    [
      ...BEGIN,
      [10, "reason.completed", { success: true }, "r1"],
      [10, "tool.call_requested", { tool_calls: ["x", "y"].map((id) => ({ id, name: `ask_${id}` })) }, "a1"],
      [500, "tool.completed", { tool_call_id: "x", success: true }, "a1", "a1x"],
      [900, "tool.completed", { tool_call_id: "y", success: false, status: "timeout", error: "late" }, "a1", "a1y"],
      [900, "reason.started", { metadata: { model: "fast" } }, "r2"],
    ],
    [
      "turn 0- open 1,2,3",
      " model fast 0-10 good 4,5,6",
      " client 10-900 good 7",
      "  tool ask_x 10-500 good 8",
      "  tool ask_y 10-900 bad 9, error late",
      " model fast 900- open 10",
    ],
  ));

test("a failed answer is dropped, asked anew, and fails again", () =>
  check(
    [
      ...BEGIN,
      delta(100),
      [700, "reason.recovered", { mode: "restart", accumulated_len: 6 }, "r1"],
      [700, "output.message.started", { iteration: 1 }, "r1", "r1m"],
      [710, "reason.completed", { success: false, error: "refused" }, "r1"],
      [710, "output.message.completed", { error_code: "provider_misconfigured" }, "r1", "r1m"],
      [710, "turn.failed", { error: "refused", error_code: "provider_misconfigured" }],
    ],
    [
      "turn 0-710 bad 1,2,3,11, error refused, code provider_misconfigured",
      " model fast 0-710 bad 4,5,8,9,10, 1 pieces, pause 100-700, error refused, code provider_misconfigured",
      "  mark reason.recovered 700 mark 7",
    ],
  ));

test("text that goes on after a crash, and a gap between two phases", () =>
  check(
    [
      ...BEGIN,
      delta(100),
      delta(200),
      delta(9200),
      [9300, "reason.completed", { success: true }, "r1"],
      [15_000, "act.started", {}, "a1"],
    ],
    [
      "turn 0- open 1,2,3",
      " model fast 0-9300 good 4,5,9, 3 pieces, pause 200-9200",
      " gap 9300-15000 mark ",
      " act 15000- open 10",
    ],
  ));

test("what was said on the way is marked, and the end closes what is open", () =>
  check(
    [
      ...BEGIN,
      [5, "input.message", { message: { id: "n", content: [{ type: "text", text: "and this?" }] } }],
      [6, "context.compacted", { steps: 1 }, "r1"],
      [7, "input.dropped", { message_id: "n", reason: "cancelled" }],
      [7, "turn.cancelled", { reason: "stop" }],
      [7, "output.message.completed", {}, "r1", "r1m"],
    ],
    [
      "turn 0-7 cancelled 1,2,3,9, error stop",
      " model fast 0-7 cancelled 4,5,10",
      "  mark context.compacted 6 mark 7",
      " mark input.message 5 mark 6, note and this?",
      " mark input.dropped 7 mark 8, note cancelled",
    ],
  ));

test("an event leads to the innermost span that has it, also one that was not read", () => {
  const root = turnOf(log([...BEGIN, delta(3), [10, "reason.recovered", {}, "r1"]]));
  const name = (sequence: number, span_id?: string) => root && spanWith(root, { sequence, context: { span_id } })?.kind;
  expect([name(1), name(4), name(7)]).toEqual(["turn", "model", "mark"]);
  expect([name(6, "r1m"), name(99)]).toEqual(["model", undefined]);
  expect(root && endOf(root, 5000)).toBe(5000);
});
