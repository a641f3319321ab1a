import { GitFork } from "lucide-react";
import { memo } from "react";

import { Badge } from "../parts/badge";
import { Button } from "../parts/button";
import { CopyButton } from "../parts/copy-button";
import { Markdown } from "../parts/markdown";
import type { Answer } from "../session/item";
import { words } from "../words";

/** What the agent says, while it says it and afterwards. */
export const AnswerRow = memo(function AnswerRow({ item, onFork }: { item: Answer; onFork(sequence: number): void }) {
  const wholeAt = item.wholeAt;
  return (
    <article
      aria-label={words.chat.agentName}
      aria-busy={item.isWriting}
      className={`flex min-w-0 flex-col gap-1 ${item.isTakenBack ? "opacity-60" : ""}`}
    >
      {item.thinking && <Thoughts text={item.thinking.text} isDone={item.thinking.isDone} />}
      {item.errorCode === undefined ? (
        <Markdown text={item.text} isGrowing={item.isWriting} />
      ) : (
        <div className="rounded-lg border border-bad bg-bad-wash px-3 py-2">
          <Markdown text={item.text} />
          <p className="mt-1 font-mono text-xs text-bad">{item.errorCode}</p>
        </div>
      )}
      {item.isWriting && item.text === "" && !item.thinking && <Writing />}
      {!item.isWriting && item.text !== "" && (
        <div className="flex items-center gap-1.5 text-xs text-soft">
          {item.isTakenBack && <Badge>{words.chat.takenBack}</Badge>}
          {item.model && <span className="truncate font-mono">{item.model}</span>}
          <CopyButton text={item.text} label={words.chat.copyText} />
          {wholeAt !== undefined && (
            <Button
              look="quiet"
              className="size-6!"
              icon={<GitFork size={14} aria-hidden />}
              label={words.chat.fork}
              onClick={() => onFork(wholeAt)}
            />
          )}
        </div>
      )}
    </article>
  );
});

function Thoughts({ text, isDone }: { text: string; isDone: boolean }) {
  return (
    <details className="rounded-lg border bg-sunken px-3 py-1.5 text-sm text-soft">
      <summary>{isDone ? words.chat.thoughts : words.chat.thinking}</summary>
      <div className="mt-1.5">
        <Markdown text={text} isGrowing={!isDone} />
      </div>
    </details>
  );
}

function Writing() {
  return (
    <p className="flex gap-1 py-2" aria-label={words.chat.writing} role="img">
      {[0, 150, 300].map((delay) => (
        <span
          key={delay}
          style={{ animationDelay: `${delay}ms` }}
          className="size-1.5 animate-pulse rounded-full bg-soft"
        />
      ))}
    </p>
  );
}
