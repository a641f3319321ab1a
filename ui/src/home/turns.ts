/** What the turns of the last day add up to, hour by hour and in all. */

export interface Ended {
  sessionId: string;
  turnId: string;
  how: "completed" | "failed" | "cancelled";
  /** When it ended, milliseconds since 1970. */
  at: number;
  tokens: number;
  durationMs?: number;
  firstTokenMs?: number;
  /** Why it failed. */
  error?: string;
}

export interface Hour {
  /** When it began, milliseconds since 1970. */
  from: number;
  completed: number;
  failed: number;
  cancelled: number;
  tokens: number;
  /** The time that half of its turns took at most; 0 without any. */
  durationMs: number;
}

export interface Times {
  half: number;
  most: number;
}

export interface Day {
  hours: Hour[];
  turns: number;
  failed: number;
  tokens: number;
  /** Absent without any turn that told it. */
  duration?: Times;
  firstToken?: Times;
  /** By session, newest first: its last turn, if that failed. */
  unmended: Ended[];
}

export const HOUR_MS = 3_600_000;
export const HOURS = 24;

const ENDS: Record<string, Ended["how"]> = {
  "turn.completed": "completed",
  "turn.failed": "failed",
  "turn.cancelled": "cancelled",
};
export const END_TYPES = Object.keys(ENDS);

/** An event of the API as the end of a turn, if it is one. */
export function endOf(event: { type: string; ts: string; session_id: string; data?: unknown }): Ended | undefined {
  const how = ENDS[event.type];
  const data = (typeof event.data === "object" && event.data !== null ? event.data : {}) as Record<string, unknown>;
  if (how === undefined || typeof data.turn_id !== "string") return undefined;
  const usage = (typeof data.usage === "object" && data.usage !== null ? data.usage : {}) as Record<string, unknown>;
  return {
    sessionId: event.session_id,
    turnId: data.turn_id,
    how,
    at: Date.parse(event.ts),
    tokens: (number(usage.input_tokens) ?? 0) + (number(usage.output_tokens) ?? 0),
    durationMs: number(data.duration_ms),
    firstTokenMs: number(data.time_to_first_token_ms),
    error: typeof data.error === "string" ? data.error : undefined,
  };
}

/** The day before `now`. What ended earlier is left out. */
export function dayOf(all: Ended[], now: number): Day {
  const from = now - HOURS * HOUR_MS;
  const ended = all.filter(({ at }) => at > from && at <= now);
  const hours = Array.from({ length: HOURS }, (_, index): Hour => {
    const begin = from + index * HOUR_MS;
    const those = ended.filter(({ at }) => at > begin && at <= begin + HOUR_MS);
    const count = (how: Ended["how"]) => those.filter((one) => one.how === how).length;
    return {
      from: begin,
      completed: count("completed"),
      failed: count("failed"),
      cancelled: count("cancelled"),
      tokens: sum(those),
      durationMs: times(those.map(({ durationMs }) => durationMs))?.half ?? 0,
    };
  });
  const last = new Map<string, Ended>();
  for (const one of [...ended].sort((a, b) => a.at - b.at)) last.set(one.sessionId, one);
  return {
    hours,
    turns: ended.length,
    failed: ended.filter(({ how }) => how === "failed").length,
    tokens: sum(ended),
    duration: times(ended.map(({ durationMs }) => durationMs)),
    firstToken: times(ended.map(({ firstTokenMs }) => firstTokenMs)),
    unmended: [...last.values()].filter(({ how }) => how === "failed").sort((a, b) => b.at - a.at),
  };
}

/** What half, and what 19 of 20, stay within. */
function times(said: (number | undefined)[]): Times | undefined {
  const sorted = said.filter((one) => one !== undefined).sort((a, b) => a - b);
  const within = (share: number) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  const [half, most] = [within(0.5), within(0.95)];
  return half === undefined || most === undefined ? undefined : { half, most };
}

function sum(ended: Ended[]): number {
  return ended.reduce((total, { tokens }) => total + tokens, 0);
}

function number(said: unknown): number | undefined {
  return typeof said === "number" ? said : undefined;
}
