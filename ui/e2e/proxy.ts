/** A line to the server that can be cut: what goes through it breaks off, and nothing comes through until it is mended. */

import { createServer, connect, type Server as Listener, type Socket } from "node:net";

export class Proxy {
  #listener: Listener;
  #open = new Set<Socket>();
  #isCut = false;

  private constructor(
    target: URL,
    readonly port: number,
    listener: Listener,
  ) {
    this.#listener = listener;
    listener.on("connection", (client) => {
      if (this.#isCut) return client.destroy();
      const server = connect(Number(target.port), target.hostname);
      for (const [one, other] of [
        [client, server],
        [server, client],
      ] as const) {
        this.#open.add(one);
        one.on("close", () => {
          this.#open.delete(one);
          other.destroy();
        });
        one.on("error", () => one.destroy());
        one.pipe(other);
      }
    });
  }

  static async to(url: string): Promise<Proxy> {
    const listener = createServer();
    await new Promise<void>((ready) => listener.listen(0, "127.0.0.1", ready));
    const address = listener.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    return new Proxy(new URL(url), address.port, listener);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  cut(): void {
    this.#isCut = true;
    for (const socket of this.#open) socket.destroy();
  }

  mend(): void {
    this.#isCut = false;
  }

  close(): void {
    this.cut();
    this.#listener.close();
  }
}
