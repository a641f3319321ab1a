/** What a page reads that changes by itself: a store for `useSyncExternalStore`, at work while somebody reads it. */
export abstract class Store<S> {
  #listeners = new Set<() => void>();
  #snapshot: S | undefined;
  #isDue = false;
  #work = new AbortController();

  subscribe = (listener: () => void): (() => void) => {
    if (this.#listeners.size === 0) {
      this.#work = new AbortController();
      void this.run(this.#work.signal);
    }
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#work.abort();
      this.rest();
    };
  };

  snapshot = (): S => (this.#snapshot ??= this.take());

  /** Has readers told, once however often it is called until then. */
  protected tell(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.soon(() => {
      this.#isDue = false;
      this.#snapshot = this.take();
      for (const listener of this.#listeners) listener();
    });
  }

  /** Reads and follows until the signal ends it. */
  protected abstract run(signal: AbortSignal): Promise<void>;
  /** Nobody reads any more. */
  protected rest(): void {}
  /** What is known right now. */
  protected abstract take(): S;
  /** When readers are told. */
  protected abstract soon(tell: () => void): void;
}
