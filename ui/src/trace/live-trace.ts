/** A session's turns and the events of one of them, read piece by piece and followed as they go on. */

import { Problem } from "../api/client";
import { eventsOf, RECORDS, type EventsQuery } from "../api/events";
import { follow, type Link } from "../api/stream";
import { dataOf, endsTurn, isPiece, PIECES, type Event } from "../session/event";
import { Store } from "../session/store";
import type { Stretch } from "./span";
import { LISTED, turnsOf, type TurnLine } from "./turns";

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

export class LiveTrace extends Store<Snapshot> {
  #listed: Event[] = [];
  #events: Event[] = [];
  #known = new Set<number>();
  #turn: TurnLine | undefined;
  /** What the reader asked for; nothing: the newest turn, also when another one becomes it. */
  #wanted: string | undefined;
  /** Whether the reader has said that already. */
  #isChosen = false;
  #outages: Stretch[] = [];
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

  constructor(readonly sessionId: string) {
    super();
  }

  /** Reads this turn, or the newest one. */
  choose = (turnId: string | undefined): void => {
    this.#wanted = turnId;
    this.#isChosen = true;
    if (this.#state.isLoaded) void this.#show();
  };

  loadOlder = async (): Promise<void> => {
    if (!this.#state.hasOlder || this.#state.isLoadingOlder) return;
    this.#news({ isLoadingOlder: true, problem: undefined });
    try {
      const older = await this.#list({ before_sequence: this.#listed[0]?.sequence });
      this.#listed = [...older, ...this.#listed];
    } catch (error) {
      this.#news({ problem: Problem.from(error) });
    }
    this.#news({ isLoadingOlder: false });
  };

  protected override rest(): void {
    this.#reading.abort();
    this.#turn = undefined;
  }

  protected async run(signal: AbortSignal): Promise<void> {
    let last = 0;
    try {
      const newest = await eventsOf(this.sessionId, { limit: 1 }, signal);
      last = newest[0]?.sequence ?? 0;
      const listed = await this.#list({ before_sequence: last + 1 }, signal);
      if (signal.aborted) return;
      this.#listed = listed;
      this.#news({ isLoaded: true, problem: undefined });
    } catch (error) {
      if (!signal.aborted) this.#news({ problem: Problem.from(error) });
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
    this.tell();
  }

  #linked(link: Link): void {
    const open = this.#outages.at(-1);
    if (link.state === "lost" && (open === undefined || Number.isFinite(open.to))) {
      this.#outages.push({ from: Date.now(), to: Infinity });
    } else if (link.state === "live" && open) open.to = Math.min(open.to, Date.now());
    this.#news({ link });
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
    this.#news({ isTurnLoaded: wanted === undefined, turnProblem: undefined });
    if (wanted === undefined) return;
    try {
      const query = { turn_id: wanted, types: LISTED.slice(1) };
      const turn = turns.find(({ id }) => id === wanted) ?? turnsOf(await eventsOf(this.sessionId, query, signal))[0];
      if (turn === undefined) throw new Problem(404, "no_such_turn", wanted);
      this.#turn = { ...turn };
      this.#add(this.#listed);
      let after = Math.max(0, turn.startedAt - 2);
      for (;;) {
        const rest = this.#turn.endedAt === undefined ? PAGE : this.#turn.endedAt + TAIL - after;
        const limit = Math.min(PAGE, rest);
        const page = await eventsOf(
          this.sessionId,
          { after_sequence: after, limit, exclude: [...RECORDS, ...PIECES] },
          signal,
        );
        this.#add(page);
        after = page.at(-1)?.sequence ?? after;
        if (page.length < limit || after > (this.#turn.endedAt ?? Infinity)) break;
        this.#news({});
      }
      this.#news({ isTurnLoaded: true });
    } catch (error) {
      if (!signal.aborted) this.#news({ turnProblem: Problem.from(error) });
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

  async #list(cursor: Pick<EventsQuery, "before_sequence">, signal?: AbortSignal): Promise<Event[]> {
    const data = await eventsOf(this.sessionId, { ...cursor, types: [...LISTED], limit: LISTED_PAGE }, signal);
    this.#state.hasOlder = data.length >= LISTED_PAGE;
    return data;
  }

  protected take(): Snapshot {
    const turns = turnsOf(this.#listed).reverse();
    const turnId = this.#turn?.id ?? this.#wanted;
    return { ...this.#state, turns, turnId, events: this.#events.slice(), outages: this.#outages.slice() };
  }

  protected soon(tell: () => void): void {
    setTimeout(tell, Math.max(TELL_MS, this.#events.length / EVENTS_PER_MS));
  }

  #news(news: Partial<Snapshot>): void {
    Object.assign(this.#state, news);
    this.tell();
  }
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
  if (!isPiece(event)) return event;
  const { turn_id, message_id, tool_call_id } = dataOf(event);
  return { ...event, data: { turn_id, message_id, tool_call_id } };
}
