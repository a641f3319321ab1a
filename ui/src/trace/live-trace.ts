/** A session's turns and the events of one of them, read piece by piece and followed as they go on. */

import { api, must, Problem } from "../api/client";
import { follow, type Link } from "../api/stream";
import { dataOf, endsTurn, PIECES, type Event } from "../session/event";
import type { Stretch } from "./span";
import { LISTED, turnsOf, type TurnLine } from "./turns";

/** Large, and read when somebody looks at them. */
const RECORDS = ["llm.generation"];
const LISTED_PAGE = 300;
const PAGE = 1000;
/** Events of the turn that follow its end, at most. */
const TAIL = 6;
/** So often readers are told at most, milliseconds. */
const TELL_MS = 120;
/** The more events there are, the less often. */
const EVENTS_PER_MS = 50;

export interface Snapshot {
  /** Newest first. */
  turns: readonly TurnLine[];
  isLoaded: boolean;
  hasOlder: boolean;
  isLoadingOlder: boolean;
  turnId: string | undefined;
  /** Of the chosen turn, oldest first; pieces of text without the text. */
  events: readonly Event[];
  isTurnLoaded: boolean;
  link: Link;
  /** When the connection was gone. */
  outages: readonly Stretch[];
  problem: Problem | undefined;
  turnProblem: Problem | undefined;
}

export class LiveTrace {
  #listed: Event[] = [];
  #events: Event[] = [];
  #known = new Set<number>();
  #turn: TurnLine | undefined;
  /** What the reader asked for; nothing: the newest turn, also when another one becomes it. */
  #wanted: string | undefined;
  /** Whether the reader has said that already. */
  #isChosen = false;
  #outages: Stretch[] = [];
  #listeners = new Set<() => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #abort = new AbortController();
  #reading = new AbortController();
  #state: Omit<Snapshot, "turns" | "events" | "turnId" | "outages"> = {
    isLoaded: false,
    hasOlder: false,
    isLoadingOlder: false,
    isTurnLoaded: false,
    link: { state: "connecting" },
    problem: undefined,
    turnProblem: undefined,
  };
  #snapshot: Snapshot = this.#take();

  constructor(readonly sessionId: string) {}

  subscribe = (listener: () => void): (() => void) => {
    if (this.#listeners.size === 0) void this.#run();
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#abort.abort();
      this.#reading.abort();
      this.#turn = undefined;
    };
  };

  snapshot = (): Snapshot => this.#snapshot;

  /** Reads this turn, or the newest one. */
  choose = (turnId: string | undefined): void => {
    this.#wanted = turnId;
    this.#isChosen = true;
    if (this.#state.isLoaded) void this.#show();
  };

  loadOlder = async (): Promise<void> => {
    if (!this.#state.hasOlder || this.#state.isLoadingOlder) return;
    this.#tell({ isLoadingOlder: true, problem: undefined });
    try {
      const older = await this.#list({ before_sequence: this.#listed[0]?.sequence });
      this.#listed = [...older, ...this.#listed];
    } catch (error) {
      this.#tell({ problem: Problem.from(error) });
    }
    this.#tell({ isLoadingOlder: false });
  };

  async #run(): Promise<void> {
    const signal = (this.#abort = new AbortController()).signal;
    let last = 0;
    try {
      const newest = await this.#get({ limit: 1 }, signal);
      last = newest[0]?.sequence ?? 0;
      const listed = await this.#list({ before_sequence: last + 1 });
      if (signal.aborted) return;
      this.#listed = listed;
      this.#tell({ isLoaded: true, problem: undefined });
    } catch (error) {
      if (!signal.aborted) this.#tell({ problem: Problem.from(error) });
      return;
    }
    void this.#show();
    const events = (batch: Event[]) => batch.forEach((event) => this.#came(event));
    await follow(this.sessionId, last, RECORDS, { events, link: (link) => this.#linked(link) }, signal);
  }

  #came(event: Event): void {
    if ((LISTED as readonly string[]).includes(event.type)) this.#listed.push(event);
    if (event.type === "turn.started" && this.#wanted === undefined) void this.#show();
    else this.#add([event]);
    this.#tell({});
  }

  #linked(link: Link): void {
    const open = this.#outages.at(-1);
    if (link.state === "lost" && (open === undefined || Number.isFinite(open.to))) {
      this.#outages.push({ from: Date.now(), to: Infinity });
    } else if (link.state === "live" && open) open.to = Math.min(open.to, Date.now());
    this.#tell({ link });
  }

  /** Reads the turn that is wanted, from its start to its end or to the end of the log. */
  async #show(): Promise<void> {
    if (!this.#isChosen) return;
    const turns = turnsOf(this.#listed);
    const wanted = this.#wanted ?? turns.at(-1)?.id;
    if (wanted === this.#turn?.id && this.#state.turnProblem === undefined) return;
    this.#reading.abort();
    const signal = (this.#reading = new AbortController()).signal;
    this.#events = [];
    this.#known.clear();
    this.#turn = undefined;
    this.#tell({ isTurnLoaded: wanted === undefined, turnProblem: undefined });
    if (wanted === undefined) return;
    try {
      const query = { turn_id: wanted, types: LISTED.slice(1) };
      const turn = turns.find(({ id }) => id === wanted) ?? turnsOf(await this.#get(query, signal))[0];
      if (turn === undefined) throw new Problem(404, "no_such_turn", wanted);
      this.#turn = { ...turn };
      this.#add(this.#listed);
      let after = Math.max(0, turn.startedAt - 2);
      for (;;) {
        const rest = this.#turn.endedAt === undefined ? PAGE : this.#turn.endedAt + TAIL - after;
        const limit = Math.min(PAGE, rest);
        const page = await this.#get({ after_sequence: after, limit, exclude: [...RECORDS, ...PIECES] }, signal);
        this.#add(page);
        after = page.at(-1)?.sequence ?? after;
        if (page.length < limit || after > (this.#turn.endedAt ?? Infinity)) break;
        this.#tell({});
      }
      this.#tell({ isTurnLoaded: true });
    } catch (error) {
      if (!signal.aborted) this.#tell({ turnProblem: Problem.from(error) });
    }
  }

  /** Takes in what is of the chosen turn, each event once, wherever it belongs. */
  #add(events: readonly Event[]): void {
    const turn = this.#turn;
    if (turn === undefined) return;
    const last = this.#events.at(-1)?.sequence ?? 0;
    let isInOrder = true;
    for (const event of events) {
      if (this.#known.has(event.sequence) || !belongs(event, turn)) continue;
      if (endsTurn(event)) turn.endedAt = event.sequence;
      this.#known.add(event.sequence);
      this.#events.push(light(event));
      isInOrder &&= event.sequence > last;
    }
    if (!isInOrder) this.#events.sort((one, other) => one.sequence - other.sequence);
  }

  async #list(cursor: { before_sequence?: number }): Promise<Event[]> {
    const query = { ...cursor, types: [...LISTED], limit: LISTED_PAGE };
    const data = await this.#get(query, this.#abort.signal);
    this.#state.hasOlder = data.length >= LISTED_PAGE;
    return data;
  }

  async #get(query: EventsQuery, signal: AbortSignal): Promise<Event[]> {
    const path = { session_id: this.sessionId };
    const { data } = await must(api.GET("/v1/sessions/{session_id}/events", { params: { path, query }, signal }));
    return data;
  }

  #take(): Snapshot {
    const turns = turnsOf(this.#listed).reverse();
    const turnId = this.#turn?.id ?? this.#wanted;
    return { ...this.#state, turns, turnId, events: this.#events.slice(), outages: this.#outages.slice() };
  }

  #tell(news: Partial<Snapshot>): void {
    Object.assign(this.#state, news);
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined;
        this.#snapshot = this.#take();
        for (const listener of this.#listeners) listener();
      },
      Math.max(TELL_MS, this.#events.length / EVENTS_PER_MS),
    );
  }
}

interface EventsQuery {
  limit?: number;
  before_sequence?: number;
  after_sequence?: number;
  turn_id?: string;
  types?: string[];
  exclude?: string[];
}

function isOpener(event: Event, turn: TurnLine): boolean {
  return event.type === "input.message" && dataOf(event).message?.id === turn.inputMessageId;
}

/** Whether the event is of the turn, or came while it ran. */
function belongs(event: Event, turn: TurnLine): boolean {
  const of = event.context.turn_id ?? dataOf(event).turn_id;
  if (of !== undefined) return of === turn.id;
  if (isOpener(event, turn)) return true;
  return event.sequence > turn.startedAt && event.sequence < (turn.endedAt ?? Infinity);
}

/** Pieces carry all text so far, again and again: what they say is not kept. */
function light(event: Event): Event {
  if (!(PIECES as readonly string[]).includes(event.type)) return event;
  const { turn_id, message_id, tool_call_id } = dataOf(event);
  return { ...event, data: { turn_id, message_id, tool_call_id } };
}
