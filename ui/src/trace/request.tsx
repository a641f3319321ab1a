import { CodeBlock } from "../parts/code-block";
import { Labelled } from "../parts/labelled";
import { pretty } from "../parts/json";
import { type ContentPart, type Event, type Message, type ToolCall } from "../session/event";
import { words } from "../words";

/** The members of an `llm.generation` that are of no other event. */
interface Generation {
  messages?: Message[];
  output?: { text?: string; tool_calls?: ToolCall[] };
  tools?: { name: string; description?: string }[];
  metadata?: { finish_reasons?: string[]; response_id?: string };
}

/** What a model was asked, and what it said. */
export function Request({ record }: { record: Event }) {
  const { messages = [], output, tools = [], metadata } = record.data as Generation;
  const t = words.trace.request;
  return (
    <details className="panel">
      <summary className="flex min-h-8 flex-wrap items-center gap-x-3 px-3 py-1">
        <span className="font-medium">{t.title}</span>
        <span className="text-xs text-soft">
          {t.messages(messages.length)}, {t.tools(tools.length)}
        </span>
        <span className="ml-auto font-mono text-xs text-soft">{metadata?.finish_reasons?.join(", ")}</span>
      </summary>
      <div className="flex flex-col gap-2 border-t px-3 py-2">
        <p className="text-xs text-soft">{t.why}</p>
        <ol className="flex flex-col gap-1.5">
          {messages.map((message, place) => (
            <li key={place} className="grid grid-cols-[5.5rem_1fr] gap-2 max-sm:grid-cols-1 max-sm:gap-0">
              <span className="font-mono text-xs leading-6 text-soft">{message.role}</span>
              <Content message={message} />
            </li>
          ))}
        </ol>
        {tools.length > 0 && (
          <details>
            <summary className="text-xs font-medium text-soft">{t.tools(tools.length)}</summary>
            <dl className="mt-1 grid grid-cols-[auto_1fr] gap-x-3 gap-y-1 max-sm:grid-cols-1">
              {tools.map((tool) => (
                <div key={tool.name} className="contents">
                  <dt className="font-mono text-xs leading-5">{tool.name}</dt>
                  <dd className="text-soft">{tool.description}</dd>
                </div>
              ))}
            </dl>
          </details>
        )}
        {(output?.text !== undefined || output?.tool_calls !== undefined) && (
          <Labelled label={t.answer}>
            {output.text && <p className="max-h-96 overflow-auto break-words whitespace-pre-wrap">{output.text}</p>}
            {output.tool_calls?.map((call) => (
              <Call key={call.id} call={call} />
            ))}
          </Labelled>
        )}
        {metadata?.response_id && (
          <p className="text-xs text-soft">
            {words.trace.facts.response}: <span className="font-mono">{metadata.response_id}</span>
          </p>
        )}
      </div>
    </details>
  );
}

function Content({ message }: { message: Message }) {
  return (
    <div className="min-w-0">
      {message.content.map((part, place) =>
        part.type === "text" ? (
          <p key={place} className="max-h-60 overflow-auto break-words whitespace-pre-wrap">
            {part.text}
          </p>
        ) : (
          <p key={place} className="max-h-60 overflow-auto font-mono text-xs leading-6 break-words whitespace-pre-wrap">
            {lineOf(part)}
          </p>
        ),
      )}
    </div>
  );
}

/** A part that is no text, on a line. */
function lineOf(part: ContentPart): string {
  if (part.type === "tool_call") return `${part.name} ${JSON.stringify(part.arguments)}`;
  if (part.type !== "tool_result") return JSON.stringify(part);
  const { tool_call_id: id, error, result } = part;
  return `${id}: ${error ?? (typeof result === "string" ? result : JSON.stringify(result))}`;
}

function Call({ call }: { call: ToolCall }) {
  return (
    <>
      <p className="font-mono text-xs">{call.name}</p>
      <CodeBlock code={pretty(call.arguments)} language="json" />
    </>
  );
}
