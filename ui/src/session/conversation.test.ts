import { expect, test } from "vitest";

import { Conversation } from "./conversation";
import { textOf } from "./event";
import type { Item } from "./item";
import { answered, said, told, TURN, type Told } from "./told";

const started: Told = ["turn.started", { input_message_id: "m1" }];

/** What a reader sees, a line an item. */
function seen(item: Item): string {
  const back = item.isTakenBack ? " (taken back)" : "";
  switch (item.kind) {
    case "said":
      return `${item.fate}: ${textOf(item.content)}${back}`;
    case "answer": {
      const thoughts = item.thinking ? `[${item.thinking.text}${item.thinking.isDone ? "" : "…"}] ` : "";
      return `agent: ${thoughts}${item.text}${item.isWriting ? "…" : ""}${item.errorCode ? ` !${item.errorCode}` : ""}${back}`;
    }
    case "call":
      return `${item.name}: ${item.status}${item.output && ` > ${item.output}`}${item.error ? ` !${item.error}` : ""}${back}`;
    case "ending":
      return `${item.outcome}${item.error ? `: ${item.error}` : ""}${back}`;
  }
}

function check(events: Told[], expected: string[], turnId?: string): Conversation {
  const conversation = new Conversation();
  const all = told(events);
  for (const event of all) conversation.apply(event);
  // What was read before changes nothing when it comes again.
  for (const event of all) conversation.apply(event);
  expect(conversation.items.map(seen)).toEqual(expected);
  expect(conversation.turnId).toBe(turnId);
  return conversation;
}

test("a text grows and is whole", () => {
  const begin: Told[] = [said("m1", "hi"), started, ["output.message.started", { message_id: "a1" }]];
  check(begin, ["opened: hi", "agent: …"], TURN);
  const growing: Told[] = [...begin, ["output.message.delta", { message_id: "a1", delta: "He", accumulated: "He" }]];
  check(growing, ["opened: hi", "agent: He…"], TURN);
  const whole = [...growing, answered("a1", "Hello"), ["turn.completed", { duration_ms: 5 }] satisfies Told];
  const conversation = check(whole, ["opened: hi", "agent: Hello", "completed"]);
  // A fork that keeps the answer keeps the end of its turn.
  expect(conversation.items[1]).toMatchObject({ wholeAt: 6 });
});

test("a stream that is joined in the middle of a message shows all of it", () => {
  check([["output.message.delta", { message_id: "a1", delta: "lo", accumulated: "Hello" }]], ["agent: Hello…"], TURN);
});

test("an answer that begins again replaces what was shown", () => {
  const first: Told[] = [
    said("m1", "hi"),
    started,
    ["output.message.started", { message_id: "a1" }],
    ["output.message.delta", { message_id: "a1", accumulated: "Wrong" }],
    ["reason.recovered", { accumulated_len: 5 }],
  ];
  check(first, ["opened: hi"], TURN);
  check(
    [...first, ["output.message.started", { message_id: "a2" }], answered("a2", "Right")],
    ["opened: hi", "agent: Right"],
    TURN,
  );
});

test("thoughts stand with the message they led to", () => {
  const thinking: Told[] = [said("m1", "hi"), started, ["reason.thinking.delta", { accumulated: "hm" }]];
  check(thinking, ["opened: hi", "agent: [hm…] …"], TURN);
  const thought: Told[] = [
    ...thinking,
    ["reason.thinking.completed", { thinking: "hmm" }],
    ["output.message.started", { message_id: "a1" }],
  ];
  check([...thought, answered("a1", "Yes")], ["opened: hi", "agent: [hmm] Yes"], TURN);
});

test("tools are planned, run and end", () => {
  const calls = [
    { id: "c1", name: "one" },
    { id: "c2", name: "two" },
  ];
  const begin: Told[] = [
    said("m1", "hi"),
    started,
    answered("a1", "", calls),
    ["tool.started", { tool_call: { ...calls[0]!, arguments: {} } }],
  ];
  check(begin, ["opened: hi", "one: running", "two: planned"], TURN);
  const ended: Told[] = [
    ...begin,
    ["tool.output.delta", { tool_call_id: "c1", delta: "a" }],
    ["tool.output.delta", { tool_call_id: "c1", delta: "b" }],
    ["tool.completed", { tool_call_id: "c2", success: false, status: "timeout", error: "too slow" }],
    ["tool.completed", { tool_call_id: "c1", success: true, status: "success", result: [] }],
  ];
  check(ended, ["opened: hi", "one: success > ab", "two: timeout !too slow"], TURN);
});

test("a call of the client waits until it is answered, or until the turn ends", () => {
  const begin: Told[] = [
    said("m1", "hi"),
    started,
    answered("a1", "Look", [{ id: "c1", name: "ask" }]),
    ["tool.call_requested", { tool_calls: [{ id: "c1", name: "ask", arguments: {} }] }],
  ];
  const waiting = check(begin, ["opened: hi", "agent: Look", "ask: waiting"], TURN);
  expect([...waiting.waitingFor]).toEqual(["c1"]);
  const cancelled = check([...begin, ["turn.cancelled"]], ["opened: hi", "agent: Look", "ask: cancelled", "cancelled"]);
  expect(cancelled.waitingFor.size).toBe(0);
});

test("a failure is told once", () => {
  const failed: Told = ["turn.failed", { error: "No key.", error_code: "provider_misconfigured" }];
  const begin: Told[] = [said("m1", "hi"), started];
  check([...begin, failed], ["opened: hi", "failed: No key."]);
  const words = answered("a1", "No key.", [], { error_code: "provider_misconfigured" });
  check([...begin, words, failed], ["opened: hi", "agent: No key. !provider_misconfigured", "failed"]);
});

test("the closing words of a cancel are told by its end", () => {
  const all: Told[] = [
    said("m1", "hi"),
    started,
    ["output.message.delta", { message_id: "a1", accumulated: "Lo" }],
    ["turn.cancelled"],
    said("x1", "User requested to cancel the work."),
    answered("x2", "Work was cancelled by user."),
    ["session.idled"],
    said("m2", "again"),
  ];
  const conversation = check(all, ["opened: hi", "agent: Lo", "cancelled", "opened: again"]);
  // A fork that keeps the answer has the closing words, too, and the end of them.
  expect(conversation.items[1]).toMatchObject({ wholeAt: 7 });
});

test("each message has its fate", () => {
  const steered: Told[] = [said("m1", "one"), started, said("m2", "two"), said("m3", "three")];
  check(steered, ["opened: one", "unread: two", "unread: three"], TURN);
  const read: Told[] = [
    ...steered,
    ["input.steered", { message_id: "m2", turn_id: TURN }],
    ["input.dropped", { message_id: "m3", reason: "cancelled" }],
  ];
  check(read, ["opened: one", "steered: two", "dropped: three"], TURN);
});

test("a queued message stands where its turn begins", () => {
  const all: Told[] = [
    said("m1", "one"),
    started,
    said("m2", "two", { delivery: "queue" }),
    answered("a1", "One."),
    ["turn.completed"],
    ["session.idled"],
  ];
  check(all, ["opened: one", "queued: two", "agent: One.", "completed"]);
  const dequeued: Told[] = [...all, ["input.dequeued", { message_id: "m2", turn_id: "turn_2" }]];
  check(
    [...dequeued, ["turn.started", { turn_id: "turn_2", input_message_id: "m2" }]],
    ["opened: one", "agent: One.", "completed", "opened: two"],
    "turn_2",
  );
});

test("a turn that was rolled back is taken back", () => {
  const all: Told[] = [
    said("m1", "hi"),
    started,
    answered("a1", "Hello"),
    ["turn.cancelled", { rolled_back: true }],
    said("m2", "no", { delivery: "rollback" }),
  ];
  check(all, ["opened: hi (taken back)", "agent: Hello (taken back)", "cancelled (taken back)", "opened: no"]);
});
