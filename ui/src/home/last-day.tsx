/** Turns, tokens and times of the last day. */

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { api, must, type Schemas } from "../api/client";
import { count } from "../parts/count";
import { duration } from "../parts/time";
import { Trouble } from "../parts/trouble";
import { words } from "../words";
import { Bars } from "./bars";

type Sums = Schemas["TurnSums"];

const { day: texts, charts } = words.home;
/** How often it is asked for anew, milliseconds. */
const AGAIN = 10_000;

export function LastDay() {
  const found = useQuery({
    queryKey: ["turns", "stats"],
    queryFn: () => must(api.GET("/v1/turns/stats")),
    placeholderData: keepPreviousData,
    refetchInterval: AGAIN,
  });
  if (found.isError) return <Trouble error={found.error} onRetry={() => void found.refetch()} />;
  if (!found.data) return <p className="text-soft">{words.doing.loading}</p>;
  const stats = found.data;
  return (
    <section aria-label={texts.title} className="flex flex-col gap-3">
      <h2 className="text-lg font-semibold">{texts.title}</h2>
      {turnsOf(stats.total) === 0 ? <p className="text-soft">{texts.none}</p> : <Figures stats={stats} />}
      {!stats.is_complete && <p className="text-sm text-soft">{texts.partly(count(turnsOf(stats.total)))}</p>}
    </section>
  );
}

function Figures({ stats: { total, buckets } }: { stats: Schemas["TurnStats"] }) {
  const from = buckets.map((bucket) => Date.parse(bucket.from_ts));
  const part = (label: string, fill: string, of: (sums: Sums) => number) => ({ label, fill, values: buckets.map(of) });
  return (
    <>
      <dl className="grid grid-cols-2 gap-3 sm:grid-cols-3 lg:grid-cols-5">
        <Figure label={texts.turns}>{count(turnsOf(total))}</Figure>
        <Figure label={texts.failed} isBad={total.failed > 0}>
          {count(total.failed)}
        </Figure>
        <Figure label={texts.tokens}>{count(tokensOf(total))}</Figure>
        <TimeFigure label={texts.firstToken} share={total.time_to_first_token_ms} />
        <TimeFigure label={texts.whole} share={total.duration_ms} />
      </dl>
      <div className="grid gap-3 lg:grid-cols-3">
        <Bars
          title={charts.turns}
          from={from}
          parts={[
            part(charts.completed, "fill-accent", (sums) => sums.completed),
            part(charts.failed, "fill-bad", (sums) => sums.failed + sums.sealed),
            part(charts.cancelled, "fill-wait", (sums) => sums.cancelled),
          ]}
          write={count}
        />
        <Bars
          title={charts.tokens}
          from={from}
          parts={[part(charts.tokensOne, "fill-accent", tokensOf)]}
          write={count}
        />
        <Bars
          title={charts.duration}
          from={from}
          parts={[part(charts.durationOne, "fill-accent", (sums) => sums.duration_ms?.p50 ?? 0)]}
          write={duration}
        />
      </div>
    </>
  );
}

function turnsOf(sums: Sums): number {
  return sums.completed + sums.failed + sums.cancelled + sums.sealed;
}

function tokensOf(sums: Sums): number {
  return sums.input_tokens + sums.output_tokens + sums.cache_read_tokens + sums.cache_creation_tokens;
}

function Figure({ label, isBad = false, children }: { label: string; isBad?: boolean; children: ReactNode }) {
  return (
    <div className="panel px-3 py-2">
      <dt className="text-sm text-soft">{label}</dt>
      <dd className={`text-xl font-semibold tabular-nums ${isBad ? "text-bad" : ""}`}>{children}</dd>
    </div>
  );
}

function TimeFigure({ label, share }: { label: string; share?: Schemas["Percentiles"] | null }) {
  return (
    <Figure label={`${label}, ${texts.half}`}>
      {share ? duration(share.p50) : "–"}
      {share && <span className="block text-xs font-normal text-soft">{texts.most(duration(share.p95))}</span>}
    </Figure>
  );
}
