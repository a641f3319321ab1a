/** What the model would get with the settings that stand in the form, while they are typed. */

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Wrench } from "lucide-react";
import { useRef } from "react";

import { api, must, type Schemas } from "../api/client";
import type { FormState } from "../form/use-form";
import { Badge } from "../parts/badge";
import { pretty } from "../parts/json";
import { CopyButton } from "../parts/copy-button";
import { CodeBlock } from "../parts/code-block";
import { Trouble } from "../parts/trouble";
import { useSettled } from "../parts/use-settled";
import { words } from "../words";
import { settingsOf } from "./settings";

const texts = words.agent.assembled;
const COUNT = new Intl.NumberFormat();

interface Props {
  form: FormState;
  /** The capabilities as they are saved, with their settings. */
  capabilities?: Schemas["CapabilityRef"][];
}

export function Assembled({ form, capabilities }: Props) {
  const { system_prompt, harness_id, capabilities: refs, tools } = settingsOf(form.values, capabilities);
  const isReadable = form.errors.tools === undefined;
  // What cannot be read is not asked for; what was asked last stays.
  const readable = useRef({ system_prompt, harness_id, capabilities: refs, tools });
  if (isReadable) readable.current = { system_prompt, harness_id, capabilities: refs, tools };
  const asked = useSettled(JSON.stringify(readable.current), 300);
  const found = useQuery({
    queryKey: ["preview", asked],
    queryFn: () => must(api.POST("/v1/agents/preview", { body: JSON.parse(asked) as Schemas["AgentPreview"] })),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  });
  return (
    <section
      aria-label={texts.title}
      aria-busy={found.isFetching}
      className="flex min-w-0 flex-col gap-4 lg:sticky lg:top-6 lg:max-h-[calc(100vh-3rem)] lg:self-start lg:overflow-auto"
    >
      <h2 className="text-lg font-semibold">{texts.title}</h2>
      {!isReadable && <p className="rounded-lg bg-wait-wash px-3 py-1.5 text-sm text-wait">{texts.stale}</p>}
      {found.isError && <Trouble error={found.error} onRetry={() => void found.refetch()} />}
      {found.isPending && <p className="text-soft">{words.doing.loading}</p>}
      {found.data && (
        <>
          <Findings findings={found.data.findings ?? []} />
          <Prompt text={found.data.system_prompt} />
          <Tools tools={found.data.tools} />
        </>
      )}
    </section>
  );
}

function Findings({ findings }: { findings: Schemas["Finding"][] }) {
  if (findings.length === 0) return <p className="text-sm text-soft">{texts.noFindings}</p>;
  return (
    <div>
      <h3 className="mb-1 font-medium">{texts.findings}</h3>
      <ul className="panel divide-y text-sm">
        {findings.map((finding, index) => (
          <li key={index} className="flex flex-col items-start gap-1 px-3 py-2">
            <span className="flex flex-wrap items-center gap-2">
              <Badge tone={finding.severity === "warning" ? "wait" : "plain"}>{texts.severity[finding.severity]}</Badge>
              {finding.location && <code className="font-mono text-xs break-all">{finding.location.field}</code>}
            </span>
            <span className="min-w-0 break-words">{finding.message}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Prompt({ text }: { text: string }) {
  return (
    <div>
      <div className="mb-1 flex items-center gap-2">
        <h3 className="font-medium">{texts.prompt}</h3>
        <span className="text-xs text-soft">{texts.promptSize(COUNT.format([...text].length))}</span>
        <span className="ml-auto">
          <CopyButton text={text} />
        </span>
      </div>
      {text === "" ? (
        <p className="text-sm text-soft">{texts.noPrompt}</p>
      ) : (
        <pre
          tabIndex={0}
          className="panel max-h-96 overflow-auto p-3 font-mono text-[13px] leading-5 break-words whitespace-pre-wrap"
        >
          {text}
        </pre>
      )}
    </div>
  );
}

function Tools({ tools }: { tools: unknown[] }) {
  return (
    <div>
      <h3 className="mb-1 font-medium">{texts.tools(tools.length)}</h3>
      {tools.length > 0 && (
        <ul className="panel divide-y">
          {tools.map((tool, index) => (
            <li key={index}>
              <Tool tool={tool as { name?: unknown; description?: unknown; parameters?: unknown }} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Tool({ tool }: { tool: { name?: unknown; description?: unknown; parameters?: unknown } }) {
  return (
    <details className="px-3 py-2 text-sm">
      <summary className="break-all">
        <Wrench size={14} aria-hidden className="mr-1.5 inline text-soft" />
        <span className="font-mono">{String(tool.name)}</span>
      </summary>
      <p className="mt-1 break-words text-soft">{String(tool.description ?? "")}</p>
      <CodeBlock code={pretty(tool.parameters ?? {})} language="json" />
    </details>
  );
}
