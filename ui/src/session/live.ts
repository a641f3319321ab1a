/** One session, read from its end backwards and followed as it goes on. */

import { Problem } from "../api/client";
import { eventsOf, RECORDS, type EventsQuery } from "../api/events";
import { follow, type Link } from "../api/stream";
import { Conversation } from "./conversation";
import { dataOf, endsTurn, isPiece, PIECES, type Event } from "./event";
import type { Item } from "./item";
import { Store } from "./store";

/** After these, the pieces before them are of no use. */
const WHOLE = ["reason.completed", "act.completed"];
const PAGE = 1000;

/** What is known of the session right now. */
export interface Snapshot {
  items: readonly Item[];
  turnId: string | undefined;
  waitingFor: ReadonlySet<string>;
  /** Whether the newest part of the log has been read. */
  isLoaded: boolean;
  /** Whether there is more before the first item. */
  hasOlder: boolean;
  isLoadingOlder: boolean;
  link: Link;
  problem: Problem | undefined;
}

/** Its readers are told once a frame, however many events come in. */
export class LiveSession extends Store<Snapshot> {
  #conversation = new Conversation();
  /** The events behind the conversation, oldest first, without pieces: what is needed to read it anew. */
  #history: Event[] = [];
  /** The pieces of what is not whole yet. */
  #pieces: Event[] = [];
  #hasOlder = false;
  #isLoadingOlder = false;
  #isLoaded = false;
  #problem: Problem | undefined;
  #link: Link = { state: "connecting" };

  constructor(readonly id: string) {
    super();
  }

  /** Reads the page before the first event. */
  loadOlder = async (): Promise<void> => {
    if (!this.#hasOlder || this.#isLoadingOlder) return;
    this.#isLoadingOlder = true;
    this.tell();
    try {
      const older = await this.#page({ before_sequence: this.#history[0]?.sequence });
      this.#history = [...older, ...this.#history];
      this.#readAnew();
      this.#problem = undefined;
    } catch (error) {
      this.#problem = Problem.from(error);
    }
    this.#isLoadingOlder = false;
    this.tell();
  };

  protected async run(signal: AbortSignal): Promise<void> {
    try {
      const newest = await this.#page({});
      if (signal.aborted) return;
      this.#history = newest;
      this.#pieces = [];
      this.#readAnew();
      this.#isLoaded = true;
      this.#problem = undefined;
      this.tell();
    } catch (error) {
      this.#problem = Problem.from(error);
      return this.tell();
    }
    const reader = {
      events: (batch: Event[]) => {
        for (const event of batch) {
          this.#conversation.apply(event);
          if (isPiece(event)) this.#keepPiece(event);
          else this.#history.push(event);
          if (WHOLE.includes(event.type) || endsTurn(event)) this.#pieces = [];
        }
        this.tell();
      },
      link: (link: Link) => {
        this.#link = link;
        this.tell();
      },
    };
    // Pieces of the message that is being written stand behind the last whole event.
    await follow(this.id, this.#history.at(-1)?.sequence ?? 0, RECORDS, reader, signal);
  }

  /** The newest piece of a text has all of it, so the ones before need not be kept. */
  #keepPiece(event: Event): void {
    const last = this.#pieces.at(-1);
    const isGrown = dataOf(event).accumulated !== undefined && last?.type === event.type;
    if (isGrown && dataOf(last).message_id === dataOf(event).message_id) this.#pieces.pop();
    this.#pieces.push(event);
  }

  async #page(cursor: Pick<EventsQuery, "before_sequence">): Promise<Event[]> {
    const data = await eventsOf(this.id, { ...cursor, exclude: [...RECORDS, ...PIECES], limit: PAGE });
    // A page may be larger than asked for, so that it begins with a turn.
    this.#hasOlder = data.length >= PAGE && (data[0]?.sequence ?? 1) > 1;
    return data;
  }

  #readAnew(): void {
    const all = [...this.#history, ...this.#pieces].sort((one, other) => one.sequence - other.sequence);
    this.#conversation = new Conversation();
    for (const event of all) this.#conversation.apply(event);
  }

  protected take(): Snapshot {
    return {
      items: this.#conversation.items.slice(),
      turnId: this.#conversation.turnId,
      waitingFor: new Set(this.#conversation.waitingFor),
      isLoaded: this.#isLoaded,
      hasOlder: this.#hasOlder,
      isLoadingOlder: this.#isLoadingOlder,
      link: this.#link,
      problem: this.#problem,
    };
  }

  protected soon(tell: () => void): void {
    // Hidden pages have no frames.
    if (document.hidden) setTimeout(tell, 100);
    else requestAnimationFrame(tell);
  }
}
