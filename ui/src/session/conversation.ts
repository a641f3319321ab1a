/** The conversation that a session's events tell: a pure fold, one event at a time. */

import { dataOf, endsTurn, textOf, type Data, type Event } from "./event";
import type { Answer, Call, Ending, Item } from "./item";

export class Conversation {
  /** In the order in which people read them. */
  items: Item[] = [];
  /** The turn that runs or waits. */
  turnId: string | undefined;
  /** Calls that the client has to answer. */
  waitingFor = new Set<string>();
  lastSequence = 0;

  /** Where the item of this key stands. */
  #places = new Map<string, number>();
  /** The message that the model writes, or thinks about. */
  #writing: string | undefined;
  /** The turn whose closing words, which the server says for both sides, are not shown. */
  #closing: string | undefined;

  /** Takes in the next event; one that was there before changes nothing. */
  apply(event: Event): void {
    if (event.sequence <= this.lastSequence) return;
    this.lastSequence = event.sequence;
    const data = dataOf(event);
    // A page of the log may begin in the midst of a turn.
    if (this.#closing === undefined && !endsTurn(event)) this.turnId ??= event.context.turn_id;
    const turnId = data.turn_id ?? event.context.turn_id ?? this.turnId ?? "";
    switch (event.type) {
      case "input.message":
        return this.#said(event, data);
      case "turn.started":
        this.turnId = turnId;
        this.#closing = undefined;
        return this.#change("said", data.input_message_id, (item) => ({ ...item, fate: "opened", turnId }));
      case "input.steered":
        return this.#change("said", data.message_id, (item) => ({ ...item, fate: "steered", turnId }));
      case "input.dropped":
        return this.#change("said", data.message_id, (item) => ({ ...item, fate: "dropped", dropReason: data.reason }));
      case "input.dequeued":
        return this.#moveToEnd(data.message_id, turnId);
      case "output.message.started":
        return this.#started(event, data, turnId);
      case "output.message.delta":
        return this.#wrote(event, data, turnId);
      case "output.message.replaced":
        return this.#change("answer", data.message_id, (item) => ({ ...item, text: data.replacement ?? "" }));
      case "output.message.completed":
        return this.#completed(event, data, turnId);
      case "reason.thinking.started":
      case "reason.thinking.delta":
      case "reason.thinking.completed":
        return this.#thought(event, data, turnId);
      case "reason.recovered":
        return this.#drop(this.#writing);
      case "tool.started":
        return this.#call(event, data.tool_call?.id, { status: "running", title: data.display_name });
      case "tool.call_requested":
        for (const call of data.tool_calls ?? []) {
          this.waitingFor.add(call.id);
          this.#call(event, call.id, { status: "waiting" });
        }
        return;
      case "tool.progress":
        return this.#call(event, data.tool_call_id, { progress: (event.data as { message?: string }).message });
      case "tool.output.delta":
        return this.#change("call", data.tool_call_id, (item) => ({
          ...item,
          output: item.output + (data.delta ?? ""),
        }));
      case "tool.completed":
        this.waitingFor.delete(data.tool_call_id ?? "");
        return this.#call(event, data.tool_call_id, {
          status: data.status ?? (data.success ? "success" : "error"),
          result: data.result,
          error: data.error,
          durationMs: data.duration_ms,
          title: data.display_name,
        });
      case "turn.completed":
      case "turn.failed":
      case "turn.cancelled":
      case "turn.sealed":
        return this.#ended(event, data, turnId);
      case "session.idled":
        // What the server says for both sides belongs to the end that a fork keeps.
        if (this.#closing !== undefined) this.#endAt(this.#closing, event.sequence);
        this.#closing = undefined;
        return;
    }
  }

  #said(event: Event, data: Data): void {
    const message = data.message;
    // "User requested to cancel the work.": the end of the turn tells it already.
    if (message === undefined || this.#closing !== undefined) return;
    const isQueued = data.delivery === "queue";
    const fate = isQueued ? "queued" : this.turnId === undefined ? "opened" : "unread";
    const actor = message.external_actor;
    const by = actor && (actor.actor_name ?? actor.actor_id);
    this.#put({
      kind: "said",
      key: message.id,
      sequence: event.sequence,
      at: event.ts,
      content: message.content,
      fate,
      by,
      isTakenBack: false,
    });
  }

  #answer(event: Event, key: string, turnId: string): Answer {
    const known = this.#find(key);
    if (known?.kind === "answer") return known;
    return {
      kind: "answer",
      key,
      sequence: event.sequence,
      at: event.ts,
      turnId,
      text: "",
      isWriting: true,
      isTakenBack: false,
    };
  }

  #started(event: Event, data: Data, turnId: string): void {
    const key = data.message_id;
    if (key === undefined) return;
    // The thoughts that came before the message had a name are its own.
    const thinking = this.#find(thoughtsOf(turnId));
    this.#drop(thoughtsOf(turnId));
    const thoughts = thinking?.kind === "answer" ? thinking.thinking : undefined;
    this.#writing = key;
    this.#put({ ...this.#answer(event, key, turnId), model: data.model, thinking: thoughts });
  }

  #wrote(event: Event, data: Data, turnId: string): void {
    const key = data.message_id;
    if (key === undefined) return;
    const before = this.#answer(event, key, turnId);
    this.#writing = key;
    this.#put({ ...before, text: data.accumulated ?? before.text + (data.delta ?? "") });
  }

  #thought(event: Event, data: Data, turnId: string): void {
    const isDone = event.type === "reason.thinking.completed";
    const writing = this.#writing === undefined ? undefined : this.#find(this.#writing);
    const before = writing?.kind === "answer" ? writing : this.#answer(event, thoughtsOf(turnId), turnId);
    const text = data.thinking ?? data.accumulated ?? before.thinking?.text ?? "";
    this.#put({ ...before, thinking: { text, isDone } });
  }

  #completed(event: Event, data: Data, turnId: string): void {
    const message = data.message;
    if (message === undefined || this.#closing !== undefined) return;
    const before = this.#answer(event, message.id, turnId);
    const text = textOf(message.content);
    this.#writing = undefined;
    const model = data.metadata?.model ?? before.model;
    const thinking = before.thinking && { ...before.thinking, isDone: true };
    const answer: Answer = {
      ...before,
      text,
      isWriting: false,
      wholeAt: event.sequence,
      model,
      thinking,
      usage: data.usage,
      errorCode: data.error_code,
    };
    if (text === "" && thinking === undefined) this.#drop(message.id);
    else this.#put(answer);
    for (const part of message.content) {
      if (part.type !== "tool_call") continue;
      this.#put({
        kind: "call",
        key: part.id,
        sequence: event.sequence,
        at: event.ts,
        turnId,
        name: part.name,
        title: part.name,
        arguments: part.arguments,
        status: "planned",
        output: "",
        isTakenBack: false,
      });
    }
  }

  #call(event: Event, id: string | undefined, change: Partial<Call>): void {
    const said = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
    this.#change("call", id, (item) => ({ ...item, ...said, ...(change.status === "running" && { at: event.ts }) }));
  }

  #ended(event: Event, data: Data, turnId: string): void {
    const outcome = event.type.slice("turn.".length) as Ending["outcome"];
    this.#drop(thoughtsOf(turnId));
    const isTakenBack = data.rolled_back === true;
    let isTold = false;
    let isLast = true;
    // A turn is at the end of what is shown; nothing before its first item is its own.
    for (let place = this.items.length - 1; place >= 0; place--) {
      const item = this.items[place];
      if (item === undefined || item.turnId === undefined) continue;
      if (item.turnId !== turnId) break;
      if (item.kind === "answer" && item.errorCode !== undefined) isTold = true;
      const ended = closed(item, isTakenBack);
      // A fork behind the last answer has the end of the turn, too.
      this.items[place] = ended.kind === "answer" && isLast ? { ...ended, wholeAt: event.sequence } : ended;
      if (ended.kind === "answer") isLast = false;
    }
    this.#put({
      kind: "ending",
      key: `end-${turnId}`,
      sequence: event.sequence,
      at: event.ts,
      turnId,
      outcome,
      error: isTold ? undefined : (data.error ?? data.detail ?? data.reason),
      errorCode: data.error_code,
      durationMs: data.duration_ms,
      usage: data.usage,
      calls: data.tool_call_count,
      isTakenBack,
    });
    this.turnId = undefined;
    this.#writing = undefined;
    this.#closing = outcome === "cancelled" && !isTakenBack ? turnId : undefined;
    this.waitingFor.clear();
  }

  /** A fork behind the turn's last answer ends with this event. */
  #endAt(turnId: string, sequence: number): void {
    const last = this.items.findLast((item) => item.kind === "answer" && item.turnId === turnId);
    if (last?.kind === "answer") this.#put({ ...last, wholeAt: sequence });
  }

  #find(key: string): Item | undefined {
    const place = this.#places.get(key);
    return place === undefined ? undefined : this.items[place];
  }

  #put(item: Item): void {
    const place = this.#places.get(item.key);
    if (place === undefined) this.#places.set(item.key, this.items.push(item) - 1);
    else this.items[place] = item;
  }

  /** Changes the item of this key, if it is of that kind. */
  #change<K extends Item["kind"]>(kind: K, key: string | undefined, to: (item: Of<K>) => Item): void {
    const item = key === undefined ? undefined : this.#find(key);
    if (item?.kind === kind) this.#put(to(item as Of<K>));
  }

  #drop(key: string | undefined): void {
    const place = key === undefined ? undefined : this.#places.get(key);
    if (key === undefined || place === undefined) return;
    this.items.splice(place, 1);
    this.#places.delete(key);
    for (let later = place; later < this.items.length; later++) {
      const item = this.items[later];
      if (item !== undefined) this.#places.set(item.key, later);
    }
  }

  /** A queued message stands where its turn begins. */
  #moveToEnd(key: string | undefined, turnId: string): void {
    const item = key === undefined ? undefined : this.#find(key);
    if (item?.kind !== "said") return;
    this.#drop(item.key);
    this.#put({ ...item, fate: "opened", turnId });
  }
}

type Of<K extends Item["kind"]> = Extract<Item, { kind: K }>;

/** The key of thoughts whose message has no name yet. */
function thoughtsOf(turnId: string): string {
  return `thoughts-${turnId}`;
}

/** What an item is when its turn is over. */
function closed(item: Item, isTakenBack: boolean): Item {
  if (item.kind === "answer") return { ...item, isWriting: false, isTakenBack };
  if (item.kind === "call") {
    const isOpen = item.status === "planned" || item.status === "running" || item.status === "waiting";
    return { ...item, status: isOpen ? "cancelled" : item.status, isTakenBack };
  }
  return { ...item, isTakenBack };
}
