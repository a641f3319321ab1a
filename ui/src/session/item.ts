/** What a conversation is made of, ready to be shown. Items are replaced, never changed, so that rows know when to draw. */

import type { ContentPart, Usage } from "./event";

/** Somebody said something to the agent. */
export interface Said {
  kind: "said";
  key: string;
  /** Where it stands in the log; a fork can begin behind it. */
  sequence: number;
  at: string;
  content: ContentPart[];
  /** `unread`: the running turn has not read it yet; `queued`: it waits for a turn of its own; `dropped`: none answers it. */
  fate: "opened" | "steered" | "unread" | "queued" | "dropped";
  dropReason?: string;
  turnId?: string;
  by?: string;
  /** It was taken back with its turn. */
  isTakenBack: boolean;
}

/** Something the agent said. */
export interface Answer {
  kind: "answer";
  key: string;
  sequence: number;
  at: string;
  turnId: string;
  text: string;
  isWriting: boolean;
  /** The event that a fork which keeps this answer ends with. */
  wholeAt?: number;
  model?: string;
  /** What it thought before it said this. */
  thinking?: { text: string; isDone: boolean };
  usage?: Usage;
  /** Set when the text tells of a failure. */
  errorCode?: string;
  isTakenBack: boolean;
}

/** A tool the agent uses. `waiting`: for the client, who answers it. */
export interface Call {
  kind: "call";
  key: string;
  sequence: number;
  at: string;
  turnId: string;
  name: string;
  title: string;
  arguments: unknown;
  status: "planned" | "running" | "waiting" | "success" | "error" | "timeout" | "cancelled";
  progress?: string;
  output: string;
  result?: ContentPart[];
  error?: string;
  durationMs?: number;
  isTakenBack: boolean;
}

/** The end of a turn. */
export interface Ending {
  kind: "ending";
  key: string;
  sequence: number;
  at: string;
  turnId: string;
  outcome: "completed" | "failed" | "cancelled" | "sealed";
  /** Why, for people; absent where an answer above says it. */
  error?: string;
  errorCode?: string;
  durationMs?: number;
  usage?: Usage;
  calls?: number;
  isTakenBack: boolean;
}

export type Item = Said | Answer | Call | Ending;
