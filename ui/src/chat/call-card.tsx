import { CircleAlert, CircleCheck, CircleDashed, CircleSlash, Hourglass, LoaderCircle } from "lucide-react";
import { memo, useState } from "react";

import { Button } from "../parts/button";
import { CodeBlock } from "../parts/code-block";
import { Labelled } from "../parts/labelled";
import { pretty, prettyText } from "../parts/json";
import { duration } from "../parts/time";
import { Trouble } from "../parts/trouble";
import { useKept } from "../parts/use-kept";
import { answerCall } from "../session/actions";
import { textOf } from "../session/event";
import type { Call } from "../session/item";
import { words } from "../words";
import { Parts } from "./parts";

const ICONS = {
  planned: <CircleDashed size={16} className="text-soft" aria-hidden />,
  running: <LoaderCircle size={16} className="animate-spin text-accent" aria-hidden />,
  waiting: <Hourglass size={16} className="text-wait" aria-hidden />,
  success: <CircleCheck size={16} className="text-good" aria-hidden />,
  error: <CircleAlert size={16} className="text-bad" aria-hidden />,
  timeout: <CircleAlert size={16} className="text-bad" aria-hidden />,
  cancelled: <CircleSlash size={16} className="text-soft" aria-hidden />,
};

/** A tool that the agent uses: what for, how it goes, what came of it. */
export const CallCard = memo(function CallCard({ item, sessionId }: { item: Call; sessionId: string }) {
  const [chosen, setChosen] = useState<boolean>();
  const isOpen = chosen ?? item.status === "waiting";
  return (
    <details
      open={isOpen}
      onToggle={(event) => setChosen(event.currentTarget.open)}
      className={`panel min-w-0 text-sm ${item.isTakenBack ? "opacity-60" : ""}`}
    >
      <summary className="flex items-center gap-2 px-3 py-2">
        {ICONS[item.status]}
        <span className="min-w-0 truncate font-medium">{item.title}</span>
        {item.title !== item.name && (
          <span className="truncate font-mono text-xs text-soft max-sm:hidden">{item.name}</span>
        )}
        <span className="ml-auto shrink-0 text-xs text-soft" role="status">
          {item.progress && item.status === "running" ? item.progress : words.chat.toolStatus[item.status]}
          {item.durationMs !== undefined && ` · ${duration(item.durationMs)}`}
        </span>
      </summary>
      {isOpen && <Body item={item} sessionId={sessionId} />}
    </details>
  );
});

/** Drawn only where somebody looks: results may be large. */
function Body({ item, sessionId }: { item: Call; sessionId: string }) {
  return (
    <div className="flex flex-col gap-2 border-t px-3 py-2">
      <Labelled label={words.chat.arguments}>
        {isEmpty(item.arguments) ? (
          <p className="text-soft">{words.chat.noArguments}</p>
        ) : (
          <CodeBlock code={pretty(item.arguments)} language="json" />
        )}
      </Labelled>
      {item.output !== "" && (
        <Labelled label={words.chat.output}>
          <CodeBlock code={item.output} language="" />
        </Labelled>
      )}
      {item.error !== undefined && (
        <Labelled label={words.chat.error}>
          <p className="break-words whitespace-pre-wrap text-bad">{item.error}</p>
        </Labelled>
      )}
      {item.result !== undefined && item.result.length > 0 && (
        <Labelled label={words.chat.result}>
          <Result item={item} />
        </Labelled>
      )}
      {item.status === "waiting" && <ByHand sessionId={sessionId} callId={item.key} />}
    </div>
  );
}

/** Results are data more often than prose: text that is JSON is shown as such. */
function Result({ item }: { item: Call }) {
  const text = textOf(item.result);
  const data = prettyText(text);
  if (data !== undefined) return <CodeBlock code={data} language="json" />;
  if (item.result?.every((part) => part.type === "text")) return <CodeBlock code={text} language="" />;
  return <Parts content={item.result ?? []} />;
}

function ByHand({ sessionId, callId }: { sessionId: string; callId: string }) {
  const [text, setText] = useKept(`answer-${sessionId}-${callId}`);
  const [error, setError] = useState<unknown>();
  const [isSending, setSending] = useState(false);
  const send = async (answer: { result: unknown } | { error: string }) => {
    setSending(true);
    setError(undefined);
    await answerCall(sessionId, callId, answer).then(() => setText(""), setError);
    setSending(false);
  };
  return (
    <div className="flex flex-col gap-2 rounded-lg bg-wait-wash p-2.5">
      <label className="flex flex-col gap-1">
        <span>{words.chat.answerCall}</span>
        <textarea
          className="field font-mono text-xs"
          rows={3}
          value={text}
          placeholder={words.chat.answerField}
          onChange={(event) => setText(event.target.value)}
        />
      </label>
      {error !== undefined && <Trouble error={error} />}
      <div className="flex flex-wrap gap-2">
        <Button look="main" disabled={isSending} onClick={() => void send({ result: parsed(text) ?? text })}>
          {words.chat.answerSend}
        </Button>
        <Button disabled={isSending || text === ""} onClick={() => void send({ error: text })}>
          {words.chat.answerFail}
        </Button>
      </div>
    </div>
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === "object" && Object.keys(value).length === 0);
}
