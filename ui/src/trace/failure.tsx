import { words } from "../words";
import type { Span } from "./span";

/** Why a turn failed, and what to do about it. */
export function Failure({ turn }: { turn: Span }) {
  if (turn.status !== "bad") return null;
  const known = words.trace.failed[turn.errorCode ?? ""] ?? words.trace.failedUnknown;
  return (
    <section
      aria-label={words.trace.outcome.failed}
      className="mx-3 my-3 flex flex-col gap-1 rounded-lg border border-bad bg-bad-wash p-3 text-sm sm:mx-6"
    >
      <p className="font-medium text-bad">{known.why}</p>
      {turn.error && <p className="break-words whitespace-pre-wrap">{turn.error}</p>}
      <p>
        <span className="font-medium">{words.trace.whatNext}</span> {known.what}
      </p>
      {turn.errorCode && <p className="font-mono text-xs text-soft">{turn.errorCode}</p>}
    </section>
  );
}
