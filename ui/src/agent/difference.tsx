import type { Schemas } from "../api/client";
import { Badge } from "../parts/badge";
import { words } from "../words";
import { linesOf, type Line } from "./lines";

const texts = words.agent.history;
const LOOKS: Record<Line["kind"], string> = {
  same: "text-soft",
  gone: "bg-bad-wash text-bad",
  new: "bg-accent-wash text-accent",
};
const MARKS: Record<Line["kind"], string> = { same: " ", gone: "−", new: "+" };

/** One value that differs between two revisions, line by line. */
export function Difference({ path, kind, from, to }: Schemas["Difference"]) {
  // Where nothing was or is, there is no line, not even an empty one.
  const lines = linesOf(textOf(from), textOf(to)).filter(
    (line) => !(line.kind === "gone" && isNothing(from)) && !(line.kind === "new" && isNothing(to)),
  );
  return (
    <div className="flex flex-col gap-1">
      <p className="flex flex-wrap items-center gap-2 text-sm">
        <code className="font-mono break-all">{path || texts.whole}</code>
        <Badge>{texts.kinds[kind]}</Badge>
      </p>
      <pre
        tabIndex={0}
        className="max-h-80 overflow-auto rounded-lg border bg-panel py-1 font-mono text-[13px] leading-5"
      >
        {lines.map(({ kind, text }, index) => (
          <div key={index} className={`px-2 break-words whitespace-pre-wrap ${LOOKS[kind]}`}>
            {`${MARKS[kind]} ${text}`}
          </div>
        ))}
      </pre>
    </div>
  );
}

/** A value as it is written; nothing where there is none. */
function textOf(value: unknown): string {
  if (isNothing(value)) return "";
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null;
}
