/** Three steps from an empty server to an agent that answers a program. They are ticked off by what exists. */

import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Check, X } from "lucide-react";
import { useState, type ReactNode } from "react";

import { randomHex } from "../api/once";
import { nameOf } from "../agent/name";
import type { Schemas } from "../api/client";
import { Button } from "../parts/button";
import { MAIN_LINK, PLAIN_LINK } from "../parts/link-button";
import { CodeBlock } from "../parts/code-block";
import { Trouble } from "../parts/trouble";
import { createSession, say } from "../session/actions";
import { words } from "../words";
import { curl, python } from "./snippets";

const texts = words.home.first;

interface Props {
  hasSession: boolean;
  /** The newest agent, if there is one. */
  agent?: Schemas["AgentRow"];
  onDismiss(): void;
}

export function FirstRun({ hasSession, agent, onDismiss }: Props) {
  return (
    <section aria-label={texts.title} className="panel flex flex-col gap-4 p-4">
      <div className="flex items-start gap-2">
        <h2 className="flex-1 text-lg font-semibold">{texts.title}</h2>
        <Button look="quiet" icon={<X size={16} aria-hidden />} label={texts.dismiss} onClick={onDismiss} />
      </div>
      <ol className="flex flex-col gap-5">
        <Step number={1} {...texts.hello} isDone={hasSession}>
          <Hello isMain={!hasSession} />
        </Step>
        <Step number={2} {...texts.agent} isDone={agent !== undefined}>
          {agent === undefined && (
            <Link to="/agents/new" search={{ example: true }} className={hasSession ? MAIN_LINK : PLAIN_LINK}>
              {texts.agent.do}
            </Link>
          )}
        </Step>
        <Step number={3} {...texts.code} isDone={agent !== undefined && agent.session_count > 0}>
          {agent === undefined ? <p className="text-sm text-soft">{texts.code.wait}</p> : <Code agent={agent} />}
        </Step>
      </ol>
    </section>
  );
}

interface StepProps {
  number: number;
  title: string;
  what: string;
  isDone: boolean;
  children?: ReactNode;
}

function Step({ number, title, what, isDone, children }: StepProps) {
  return (
    <li className="flex gap-3">
      <span
        aria-hidden
        className={`flex size-7 shrink-0 items-center justify-center rounded-full text-sm font-semibold ${isDone ? "bg-accent text-accent-ink" : "bg-sunken text-soft"}`}
      >
        {isDone ? <Check size={16} /> : number}
      </span>
      <div className="flex min-w-0 flex-1 flex-col items-start gap-2">
        <h3 className="font-medium">
          {title}
          {isDone && <span className="sr-only"> ({texts.done})</span>}
        </h3>
        <p className="text-sm text-soft">{what}</p>
        {children}
      </div>
    </li>
  );
}

/** Opens a chat and says the first words there. */
function Hello({ isMain }: { isMain: boolean }) {
  const [isSending, setSending] = useState(false);
  const [error, setError] = useState<unknown>();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const hello = async () => {
    setSending(true);
    setError(undefined);
    try {
      const { id } = await createSession({});
      await say(id, [{ type: "text", text: texts.hello.words }], "steer", randomHex());
      void queries.invalidateQueries({ queryKey: ["sessions"] });
      await navigate({ to: "/sessions/$sessionId", params: { sessionId: id } });
    } catch (failure) {
      setError(failure);
    }
    setSending(false);
  };
  return (
    <>
      <Button look={isMain ? "main" : "plain"} disabled={isSending} onClick={() => void hello()}>
        {texts.hello.do}
      </Button>
      {error !== undefined && <Trouble error={error} />}
    </>
  );
}

function Code({ agent }: { agent: Schemas["AgentRow"] }) {
  return (
    <div className="w-full min-w-0">
      <p className="text-sm">
        <Link to="/agents/$agentId" params={{ agentId: agent.id }} className="text-accent underline underline-offset-2">
          {nameOf(agent)}
        </Link>
      </p>
      <details open className="mt-1">
        <summary className="w-fit py-1 text-sm font-medium">{texts.code.python}</summary>
        <CodeBlock code={texts.code.install} language="sh" />
        <CodeBlock code={python(location.origin, agent.id)} language="python" />
      </details>
      <details className="mt-1">
        <summary className="w-fit py-1 text-sm font-medium">{texts.code.curl}</summary>
        <CodeBlock code={curl(location.origin, agent.id)} language="bash" />
      </details>
    </div>
  );
}
