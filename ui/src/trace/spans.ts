/** The waterfall that a turn's events tell: a pure fold. */

import { dataOf, endsTurn, isPiece, textOf, type Data, type Event, type ToolCall, type Usage } from "../session/event";
import { PAUSE_MS, type Kind, type Span } from "./span";

/** Between two phases of a turn the engine needs milliseconds; more than this is an interruption. */
const GAP_MS = 1000;

/** The turn; nothing if its events do not have its start. Events are in order, with or without pieces and `llm.generation`. */
export function turnOf(events: readonly Event[]): Span | undefined {
  const started = events.find((event) => event.type === "turn.started");
  if (started === undefined) return undefined;
  const fold = new Fold(started);
  for (const event of events) fold.apply(event);
  return fold.root;
}

const OUTCOMES: Record<string, Span["status"]> = { "turn.completed": "good", "turn.cancelled": "cancelled" };

class Fold {
  readonly root: Span;
  /** The model call or batch of tools that is open, or was last. */
  #phase: Span | undefined;
  /** Calls without a result. */
  #calls = new Map<string, Span>();
  /** When the last piece of text came. */
  #pieceAt: number | undefined;

  constructor(started: Event) {
    this.root = span("turn", dataOf(started).turn_id ?? "", started, { name: dataOf(started).agent_name ?? "" });
  }

  apply(event: Event): void {
    const data = dataOf(event);
    if (isPiece(event)) return this.#piece(event, data);
    if (endsTurn(event)) return this.#end(event, data);
    switch (event.type) {
      case "turn.started":
      case "session.activated":
      case "session.idled":
        return own(this.root, event);
      case "input.message":
        // The message that opened the turn is the turn's own.
        if (event.sequence < (this.root.events[0]?.sequence ?? Infinity)) return own(this.root, event);
        return this.#mark(event, textOf(data.message?.content));
      case "reason.started":
        return this.#modelCall(event, data);
      case "input.dropped":
        return this.#mark(event, data.reason);
      case "output.message.started":
        if (this.#phase !== undefined) this.#phase.iteration = data.iteration;
        return this.#ofPhase(event);
      case "reason.recovered":
        return this.#recovered(event);
      case "reason.completed":
        return this.#reasoned(event, data);
      case "llm.generation":
        return this.#generated(event, data);
      case "output.message.completed":
        if (this.#phase?.kind === "model") this.#phase.errorCode = data.error_code;
        return this.#ofPhase(event);
      case "act.started":
        return this.#begin(span("act", key(event), event), event);
      case "act.completed":
        if (this.#phase?.kind === "act") close(this.#phase, event, "good");
        return this.#ofPhase(event);
      case "tool.started":
        return this.#call(event, { ...data.tool_call, display_name: data.display_name });
      case "tool.call_requested":
        this.#begin(span("client", `${key(event)}-client`, event), event);
        for (const call of data.tool_calls ?? []) this.#call(undefined, call, event);
        return;
      case "tool.completed":
        return this.#answered(event, data);
      default:
        return this.#other(event, data);
    }
  }

  #begin(phase: Span, event: Event): void {
    const before = this.root.children.findLast((child) => child.kind !== "mark")?.end;
    if (before !== undefined && phase.start - before >= GAP_MS) {
      const gap = span("gap", `gap-${phase.key}`, event, { status: "mark", start: before, end: phase.start });
      this.root.children.push(gap);
    }
    own(phase, event);
    this.#phase = phase;
    this.#pieceAt = undefined;
    this.root.children.push(phase);
  }

  #modelCall(event: Event, data: Data): void {
    const { model, model_id: modelId } = data.metadata ?? {};
    this.#begin(span("model", key(event), event, { name: model ?? "", model, modelId }), event);
  }

  #recovered(event: Event): void {
    const phase = this.#phase;
    if (phase === undefined) return this.#mark(event);
    const at = Date.parse(event.ts);
    if (this.#pieceAt !== undefined && this.#pieceAt < at) phase.pauses.push({ from: this.#pieceAt, to: at });
    this.#pieceAt = undefined;
    this.#mark(event, undefined, phase);
  }

  #reasoned(event: Event, data: Data): void {
    const phase = this.#phase;
    if (phase?.kind === "model") {
      phase.usage = data.usage;
      this.root.usage = sum(this.root.usage, data.usage);
      phase.error = data.error;
      close(phase, event, data.success === false ? "bad" : "good");
    }
    this.#ofPhase(event);
  }

  #generated(event: Event, data: Data): void {
    const phase = this.#phase;
    if (phase !== undefined) phase.firstTokenMs = data.metadata?.time_to_first_token_ms;
    this.#ofPhase(event);
  }

  /** A call begins: with an event of its own, or with the request `asked` to the client. */
  #call(event: Event | undefined, { id = "", ...named }: Partial<ToolCall>, asked?: Event): void {
    const first = event ?? asked;
    if (first === undefined) return;
    const name = named.display_name ?? named.name ?? "";
    const call = span("tool", `${key(first)}-${id}`, first, { name, callId: id, arguments: named.arguments });
    if (event) own(call, event);
    this.#calls.set(id, call);
    (this.#phase ?? this.root).children.push(call);
  }

  #answered(event: Event, data: Data): void {
    const id = data.tool_call_id ?? "";
    // A call that could not run has an end only.
    if (!this.#calls.has(id)) this.#call(event, { id, name: data.tool_name, display_name: data.display_name });
    else own(this.#calls.get(id) ?? this.root, event);
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    if (call === undefined) return;
    call.error = data.error;
    close(call, event, data.success === false ? (data.status === "cancelled" ? "cancelled" : "bad") : "good");
    const phase = this.#phase;
    if (phase?.kind === "client" && phase.children.every((child) => child.end !== undefined))
      close(phase, event, "good");
  }

  #piece(event: Event, data: Data): void {
    const at = Date.parse(event.ts);
    const span = data.tool_call_id === undefined ? this.#phase : this.#calls.get(data.tool_call_id);
    if (span === undefined) return;
    span.pieces += 1;
    if (event.context.span_id !== undefined) span.ids.add(event.context.span_id);
    if (span.kind !== "model") return;
    span.firstTokenMs ??= at - span.start;
    if (this.#pieceAt !== undefined && at - this.#pieceAt >= PAUSE_MS)
      span.pauses.push({ from: this.#pieceAt, to: at });
    this.#pieceAt = at;
  }

  #end(event: Event, data: Data): void {
    own(this.root, event);
    const outcome = OUTCOMES[event.type] ?? "bad";
    this.root.usage = data.usage ?? this.root.usage;
    this.root.error = data.error ?? data.detail ?? data.reason;
    this.root.errorCode = data.error_code;
    this.root.firstTokenMs = data.time_to_first_token_ms;
    const open = (child: Span): void => {
      child.children.forEach(open);
      if (child.end === undefined) close(child, event, outcome === "bad" ? "bad" : "cancelled");
    };
    this.root.children.forEach(open);
    close(this.root, event, outcome);
  }

  /** What is of no kind of its own: for the call that it names, or a mark. */
  #other(event: Event, data: Data): void {
    const call = data.tool_call_id === undefined ? undefined : this.#calls.get(data.tool_call_id);
    if (call) return own(call, event);
    const isOfPhase = event.context.exec_id !== undefined && event.context.exec_id === this.#phase?.execId;
    this.#mark(event, undefined, isOfPhase ? this.#phase : undefined);
  }

  #mark(event: Event, note?: string, parent = this.root): void {
    const mark = span("mark", `mark-${event.sequence}`, event, { name: event.type, status: "mark", note });
    mark.end = mark.start;
    // Its id is that of the span around it, and leads there.
    mark.events.push(event);
    parent.children.push(mark);
  }

  #ofPhase(event: Event): void {
    own(this.#phase ?? this.root, event);
  }
}

function span(kind: Kind, key: string, event: Event, more: Partial<Span> = {}): Span {
  return {
    key,
    kind,
    name: "",
    status: "open",
    start: Date.parse(event.ts),
    events: [],
    children: [],
    ids: new Set(),
    execId: event.context.exec_id,
    pieces: 0,
    pauses: [],
    ...more,
  };
}

function own(span: Span, event: Event): void {
  span.events.push(event);
  if (event.context.span_id !== undefined) span.ids.add(event.context.span_id);
}

function close(span: Span, event: Event, status: Span["status"]): void {
  span.end = Date.parse(event.ts);
  span.status = status;
}

/** Until a turn is over, and when it failed, its tokens are those of its calls. */
function sum(one: Usage | undefined, other: Usage | undefined): Usage | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return {
    input_tokens: one.input_tokens + other.input_tokens,
    output_tokens: one.output_tokens + other.output_tokens,
    cache_read_tokens: (one.cache_read_tokens ?? 0) + (other.cache_read_tokens ?? 0),
    cache_creation_tokens: (one.cache_creation_tokens ?? 0) + (other.cache_creation_tokens ?? 0),
  };
}

/** A phase is known by its `exec_id`. */
function key(event: Event): string {
  return event.context.exec_id ?? String(event.sequence);
}
