import { Link, useNavigate } from "@tanstack/react-router";
import { CircleAlert, CircleCheck, CircleSlash, LoaderCircle } from "lucide-react";

import { Button } from "../parts/button";
import { duration, Time } from "../parts/time";
import { words } from "../words";
import type { TurnLine } from "./turns";

const ICONS = {
  running: <LoaderCircle size={15} className="shrink-0 animate-spin text-accent" aria-hidden />,
  completed: <CircleCheck size={15} className="shrink-0 text-good" aria-hidden />,
  failed: <CircleAlert size={15} className="shrink-0 text-bad" aria-hidden />,
  cancelled: <CircleSlash size={15} className="shrink-0 text-soft" aria-hidden />,
  sealed: <CircleAlert size={15} className="shrink-0 text-bad" aria-hidden />,
};

interface Props {
  sessionId: string;
  /** Newest first. */
  turns: readonly TurnLine[];
  chosen: string | undefined;
  hasOlder: boolean;
  isLoadingOlder: boolean;
  loadOlder(): Promise<void>;
}

/** The turns of the session beside the waterfall. */
export function TurnList({ sessionId, turns, chosen, hasOlder, isLoadingOlder, loadOlder }: Props) {
  return (
    <nav aria-label={words.trace.turns} className="w-64 shrink-0 overflow-auto border-r bg-panel p-2 max-xl:hidden">
      <ul className="flex flex-col gap-0.5">
        {turns.map((turn) => (
          <li key={turn.id}>
            <Link
              to="/sessions/$sessionId/trace"
              params={{ sessionId }}
              search={({ q }) => ({ turn: turn.id, q })}
              aria-current={turn.id === chosen ? "page" : undefined}
              className={`block rounded-lg px-2 py-1.5 text-sm hover:bg-sunken ${turn.id === chosen ? "bg-sunken" : ""}`}
            >
              <span className="flex items-center gap-1.5">
                {ICONS[turn.outcome]}
                <span className="sr-only">{words.trace.outcome[turn.outcome]}</span>
                <span className="truncate">{turn.text || words.trace.untold}</span>
              </span>
              <span className="flex gap-2 pl-[21px] text-xs text-soft">
                <span className="truncate">{facts(turn)}</span>
                <span className="ml-auto shrink-0">
                  <Time at={turn.start} />
                </span>
              </span>
            </Link>
          </li>
        ))}
      </ul>
      {hasOlder && (
        <Button className="mt-1 w-full justify-center" disabled={isLoadingOlder} onClick={() => void loadOlder()}>
          {isLoadingOlder ? words.doing.loading : words.trace.older}
        </Button>
      )}
    </nav>
  );
}

/** The same where there is no room beside it. */
export function TurnSelect({ sessionId, turns, chosen, hasOlder, isLoadingOlder, loadOlder }: Props) {
  const navigate = useNavigate();
  const go = (turn: string) =>
    void navigate({ to: "/sessions/$sessionId/trace", params: { sessionId }, search: { turn } });
  return (
    <div className="flex gap-2 xl:hidden">
      <select
        aria-label={words.trace.turn}
        className="field min-w-0 py-1! text-sm"
        value={chosen ?? ""}
        onChange={(event) => go(event.target.value)}
      >
        {turns.every(({ id }) => id !== chosen) && <option value={chosen ?? ""}>{words.trace.untold}</option>}
        {turns.map((turn) => (
          <option key={turn.id} value={turn.id}>
            {[(turn.text || words.trace.untold).slice(0, 60), words.trace.outcome[turn.outcome], facts(turn)].join(
              " · ",
            )}
          </option>
        ))}
      </select>
      {hasOlder && (
        <Button disabled={isLoadingOlder} onClick={() => void loadOlder()}>
          {words.trace.older}
        </Button>
      )}
    </div>
  );
}

function facts({ durationMs, usage }: TurnLine): string {
  const tokens = usage && usage.input_tokens + usage.output_tokens;
  const texts = [
    durationMs === undefined ? undefined : duration(durationMs),
    tokens ? `${tokens.toLocaleString()} ${words.chat.tokens}` : undefined,
  ];
  return texts.filter(Boolean).join(" · ");
}
