/** Turns, tokens and times of the last day, and what failed in it. */

import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { duration, Time } from "../parts/time";
import { Trouble } from "../parts/trouble";
import { titleOf } from "../session/title";
import { words } from "../words";
import { Bars } from "./bars";
import type { Day, Ended, Times } from "./turns";
import type { Known } from "./use-day";

const { day: texts, charts, failed } = words.home;
const COUNT = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 });
const FAILED_MAX = 5;

export function LastDay({ known }: { known: Known }) {
  const { day, looked, total, read, wanted, unread } = known;
  if (known.error !== undefined) return <Trouble error={known.error} onRetry={known.retry} />;
  if (day === undefined) return <p className="text-soft">{words.doing.loading}</p>;
  const isReading = read + unread < wanted;
  // Only then can it be said that nothing is there.
  const isWhole = read === wanted;
  return (
    <>
      {(day.unmended.length > 0 || isWhole) && <Failures day={day} known={known} />}
      <section aria-label={texts.title} className="flex flex-col gap-3">
        <h2 className="text-lg font-semibold">{texts.title}</h2>
        {day.turns > 0 && <Figures day={day} />}
        {day.turns === 0 && isWhole && <p className="text-soft">{texts.none}</p>}
        {isReading && (
          <p role="status" className="text-sm text-soft">
            {texts.read(read, wanted)}
          </p>
        )}
        {unread > 0 && <p className="text-sm text-wait">{texts.unread(unread)}</p>}
        {looked < total && <p className="text-sm text-soft">{texts.partly(looked, total)}</p>}
      </section>
    </>
  );
}

function Figures({ day }: { day: Day }) {
  const { hours } = day;
  const from = hours.map((hour) => hour.from);
  const part = (label: string, fill: string, name: "completed" | "failed" | "cancelled" | "tokens" | "durationMs") => ({
    label,
    fill,
    values: hours.map((hour) => hour[name]),
  });
  return (
    <>
      <dl className="grid grid-cols-2 gap-3 sm:grid-cols-3 lg:grid-cols-5">
        <Figure label={texts.turns}>{COUNT.format(day.turns)}</Figure>
        <Figure label={texts.failed} isBad={day.failed > 0}>
          {COUNT.format(day.failed)}
        </Figure>
        <Figure label={texts.tokens}>{COUNT.format(day.tokens)}</Figure>
        <TimeFigure label={texts.firstToken} times={day.firstToken} />
        <TimeFigure label={texts.whole} times={day.duration} />
      </dl>
      <div className="grid gap-3 lg:grid-cols-3">
        <Bars
          title={charts.turns}
          from={from}
          parts={[
            part(charts.completed, "fill-accent", "completed"),
            part(charts.failed, "fill-bad", "failed"),
            part(charts.cancelled, "fill-wait", "cancelled"),
          ]}
          write={(value) => COUNT.format(value)}
        />
        <Bars
          title={charts.tokens}
          from={from}
          parts={[part(charts.tokensOne, "fill-accent", "tokens")]}
          write={(value) => COUNT.format(value)}
        />
        <Bars
          title={charts.duration}
          from={from}
          parts={[part(charts.durationOne, "fill-accent", "durationMs")]}
          write={duration}
        />
      </div>
    </>
  );
}

function Figure({ label, isBad = false, children }: { label: string; isBad?: boolean; children: ReactNode }) {
  return (
    <div className="panel px-3 py-2">
      <dt className="text-sm text-soft">{label}</dt>
      <dd className={`text-xl font-semibold tabular-nums ${isBad ? "text-bad" : ""}`}>{children}</dd>
    </div>
  );
}

function TimeFigure({ label, times }: { label: string; times?: Times }) {
  return (
    <Figure label={`${label}, ${texts.half}`}>
      {times === undefined ? "–" : duration(times.half)}
      {times && <span className="block text-xs font-normal text-soft">{texts.most(duration(times.most))}</span>}
    </Figure>
  );
}

function Failures({ day, known }: { day: Day; known: Known }) {
  const shown = day.unmended.slice(0, FAILED_MAX);
  const rest = day.unmended.length - shown.length;
  return (
    <section aria-label={failed.title} className="flex flex-col gap-2">
      <h2 className="text-lg font-semibold">{failed.title}</h2>
      <p className="text-sm text-soft">{shown.length === 0 ? failed.none : failed.what}</p>
      {shown.length > 0 && (
        <ul className="panel divide-y">
          {shown.map((one) => (
            <Failure key={one.turnId} ended={one} known={known} />
          ))}
        </ul>
      )}
      {rest > 0 && <p className="text-sm text-soft">{failed.more(rest)}</p>}
    </section>
  );
}

function Failure({ ended, known }: { ended: Ended; known: Known }) {
  const session = known.sessions.get(ended.sessionId);
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2">
      <div className="min-w-0 flex-1 basis-60">
        <Link
          to="/sessions/$sessionId"
          params={{ sessionId: ended.sessionId }}
          className="block truncate font-medium hover:underline"
        >
          {(session && titleOf(session)) ?? words.session.untitled}
        </Link>
        <p className="text-sm break-words text-bad">{ended.error}</p>
      </div>
      <span className="text-sm text-soft">
        <Time at={new Date(ended.at).toISOString()} />
      </span>
      <Link
        to="/sessions/$sessionId/trace"
        params={{ sessionId: ended.sessionId }}
        search={{ turn: ended.turnId }}
        className="py-1 text-sm text-accent underline underline-offset-2"
      >
        {failed.trace}
      </Link>
    </li>
  );
}
