import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { api, must } from "../api/client";
import { Button } from "../parts/button";
import { Labelled } from "../parts/labelled";
import { pretty, prettyText } from "../parts/json";
import { CodeBlock } from "../parts/code-block";
import { duration } from "../parts/time";
import { Trouble } from "../parts/trouble";
import { dataOf, PIECES, textOf, type Event } from "../session/event";
import { words } from "../words";
import { costText } from "./cost";
import { EventList } from "./event-list";
import { usePauses } from "./pauses";
import { Pieces } from "./pieces";
import { Request } from "./request";
import { endOf, type Span, type Stretch } from "./span";

interface Props {
  sessionId: string;
  turn: Span;
  span: Span;
  now: number;
  /** US dollars. */
  cost: number | undefined;
  /** When this page had no connection. */
  outages: readonly Stretch[];
  /** The event that a link leads to, here or elsewhere. */
  target?: Event;
  onZoom?: () => void;
}

/** Everything about a span: facts, error, request, events. */
export function SpanDetails({ sessionId, turn, span, now, cost, outages, target, onZoom }: Props) {
  const isModel = span.kind === "model";
  const isOver = span.end !== undefined;
  const all = useQuery({
    queryKey: ["trace", sessionId, "phase", span.execId, isOver],
    queryFn: () => eventsOfPhase(sessionId, span.execId ?? ""),
    enabled: isModel && isOver && span.execId !== undefined,
    staleTime: Infinity,
  });
  const events = (isModel ? all.data : undefined) ?? span.events;
  const record = events.find(({ type }) => type === "llm.generation");
  const answer = span.events.find(({ type }) => type === "tool.completed");
  const facts = words.trace.facts;
  const data = record && dataOf(record);
  const usage = span.usage;
  const pauses = usePauses(sessionId, span);
  const isIn = ({ from, to }: Stretch) => span === turn && to > turn.start && from < endOf(turn, now);
  const breaks = outages.filter(isIn);
  const hasPieces = isModel && (events.at(-1)?.sequence ?? 0) - (events[0]?.sequence ?? 0) >= events.length;
  return (
    <div className="flex min-w-0 flex-col gap-3 border-b bg-sunken px-3 pt-1 pb-4 text-sm sm:px-6">
      <dl className="flex flex-wrap gap-x-6 gap-y-1">
        <Fact name={facts.started}>
          {new Date(span.start).toLocaleString()}
          {span !== turn && ` (${facts.after} ${duration(span.start - turn.start)})`}
        </Fact>
        {span.kind !== "mark" && <Fact name={facts.duration}>{duration(endOf(span, now) - span.start)}</Fact>}
        <Fact name={facts.firstToken}>{firstToken(data?.metadata?.time_to_first_token_ms ?? span.firstTokenMs)}</Fact>
        <Fact name={facts.model} isCode>
          {span.model}
        </Fact>
        <Fact name={facts.provider} isCode>
          {data?.metadata?.provider}
        </Fact>
        <Fact name={facts.usage}>
          {usage &&
            [
              [usage.input_tokens, facts.input],
              [usage.cache_read_tokens, facts.cacheRead],
              [usage.cache_creation_tokens, facts.cacheWritten],
              [usage.output_tokens, facts.output],
            ]
              .filter(([count]) => count !== undefined)
              .map(([count, name]) => `${count?.toLocaleString()} ${name}`)
              .join(", ")}
        </Fact>
        <Fact name={facts.cost}>{cost !== undefined && costText(cost)}</Fact>
        <Fact name={facts.call} isCode>
          {span.callId}
        </Fact>
      </dl>
      {pauses.map(({ from, to }) => (
        <p key={from} className="text-wait">
          {words.trace.pause(duration(to - from))}
          {`, ${facts.after} ${duration(from - turn.start)}`}
        </p>
      ))}
      {breaks.map(({ from, to }) => (
        <p key={from} className="text-wait">
          {words.trace.outage(duration(Math.min(to, now) - from))}
          {`, ${facts.after} ${duration(from - turn.start)}`}
        </p>
      ))}
      {span.kind === "gap" && <p className="text-soft">{words.trace.gapNote}</p>}
      {span.error !== undefined && (
        <Labelled label={span.status === "cancelled" ? facts.reason : facts.error}>
          <p className={`break-words whitespace-pre-wrap ${span.status === "cancelled" ? "" : "text-bad"}`}>
            {span.errorCode && <span className="font-mono">{span.errorCode}: </span>}
            {span.error}
          </p>
        </Labelled>
      )}
      {span.arguments !== undefined && (
        <Labelled label={facts.arguments}>
          <CodeBlock code={pretty(span.arguments)} language="json" />
        </Labelled>
      )}
      {answer && (dataOf(answer).result?.length ?? 0) > 0 && (
        <Labelled label={facts.result}>
          <ResultText text={textOf(dataOf(answer).result)} />
        </Labelled>
      )}
      {all.isLoading && <p className="text-soft">{words.doing.loading}</p>}
      {all.error && <Trouble error={all.error} onRetry={() => void all.refetch()} />}
      {record && <Request record={record} />}
      {isModel && !isOver && <p className="text-soft">{words.trace.request.later}</p>}
      {events.length > 0 && (
        <EventList
          title={words.trace.events.title(events.length)}
          sessionId={sessionId}
          turn={turn}
          events={events}
          target={target}
        />
      )}
      {hasPieces && <Pieces sessionId={sessionId} turn={turn} span={span} target={target} />}
      {onZoom && (
        <div>
          <Button onClick={onZoom}>{words.trace.zoomIn}</Button>
        </div>
      )}
    </div>
  );
}

function Fact({ name, isCode = false, children }: { name: string; isCode?: boolean; children: ReactNode }) {
  if (children === undefined || children === "" || children === null) return null;
  return (
    <div className="min-w-0">
      <dt className="text-xs text-soft">{name}</dt>
      <dd className={`break-all ${isCode ? "font-mono text-xs leading-5" : ""}`}>{children}</dd>
    </div>
  );
}

function firstToken(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : duration(ms);
}

async function eventsOfPhase(sessionId: string, execId: string): Promise<Event[]> {
  const query = { exec_id: execId, exclude: [...PIECES] };
  const params = { path: { session_id: sessionId }, query };
  return (await must(api.GET("/v1/sessions/{session_id}/events", { params }))).data;
}

/** Results are data more often than prose. */
function ResultText({ text }: { text: string }) {
  const data = prettyText(text);
  return <CodeBlock code={data ?? text} language={data === undefined ? "" : "json"} />;
}
