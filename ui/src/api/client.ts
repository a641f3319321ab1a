/** Calls of the server's API, typed by its OpenAPI document. */

import createClient from "openapi-fetch";

import type { components, paths } from "./types.gen";

export type Schemas = components["schemas"];

/** Requests to this page's own server. The browser adds the cookie that holds the key, if there is one. */
export const api = createClient<paths>({ baseUrl: "/", credentials: "same-origin" });

/** What the server, or the way to it, answered instead of what was asked for. */
export class Problem extends Error {
  constructor(
    /** The HTTP status; 0 when there was no answer. */
    readonly status: number,
    readonly code: string,
    detail: string,
    /** By which the server's log knows the request. */
    readonly requestId?: string,
    /** When it may be tried again, seconds. */
    readonly retryAfter?: number,
  ) {
    super(detail);
  }

  /** From an answer's status and body, whatever the body is. */
  static of(status: number, body: unknown): Problem {
    const said = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
    const text = (name: string) => (typeof said[name] === "string" ? said[name] : undefined);
    const seconds = typeof said.retry_after_seconds === "number" ? said.retry_after_seconds : undefined;
    return new Problem(
      status,
      text("code") ?? `http_${status}`,
      text("detail") ?? `HTTP ${status}`,
      text("request_id"),
      seconds,
    );
  }

  /** The error as one of these. */
  static from(error: unknown): Problem {
    if (error instanceof Problem) return error;
    const detail = error instanceof Error ? error.message : String(error);
    return new Problem(0, "unreachable", detail);
  }
}

/** The data of a successful answer; throws a {@link Problem} otherwise. */
export async function must<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await call.catch((failure: unknown) => {
    throw Problem.from(failure);
  });
  if (!response.ok) throw Problem.of(response.status, error);
  return data as T;
}
