import { Link } from "@tanstack/react-router";

import { PLAIN_LINK } from "../parts/link-button";
import { dataOf, endsTurn } from "../session/event";
import { words } from "../words";
import type { Span } from "./span";

/** Why a turn failed, and what to do about it. */
export function Failure({ sessionId, turn }: { sessionId: string; turn: Span }) {
  if (turn.status !== "bad") return null;
  const end = turn.events.findLast(endsTurn);
  const known = words.trace.failed[turn.errorCode ?? end?.type ?? ""] ?? words.trace.failedUnknown;
  // There if the operator wants errors told in detail.
  const detail = end && dataOf(end).error_fields?.detail;
  return (
    <section
      aria-label={words.trace.outcome.failed}
      className="mx-3 my-3 flex flex-col gap-1 rounded-lg border border-bad bg-bad-wash p-3 text-sm sm:mx-6"
    >
      <p className="font-medium text-bad">{known.why}</p>
      {turn.error && <p className="break-words whitespace-pre-wrap">{turn.error}</p>}
      {typeof detail === "string" && <p className="font-mono text-xs break-words whitespace-pre-wrap">{detail}</p>}
      <p>
        <span className="font-medium">{words.trace.whatNext}</span> {known.what}
      </p>
      <p className="mt-1 flex flex-wrap items-center gap-3">
        <Link
          to="/sessions/$sessionId/trace"
          params={{ sessionId }}
          search={{ turn: turn.key, event: failedAt(turn) }}
          className={PLAIN_LINK}
        >
          {words.trace.toFailed}
        </Link>
        <span className="font-mono text-xs text-soft">{turn.errorCode}</span>
      </p>
    </section>
  );
}

/** The event that tells of the failure: of the step that failed last, or the end of the turn. */
function failedAt(turn: Span): number | undefined {
  const step = turn.children.findLast(({ kind, status }) => kind === "model" && status === "bad");
  const events = (step ?? turn).events;
  return events.find((event) => event.type === "reason.completed" || endsTurn(event))?.sequence;
}
