import { GitFork } from "lucide-react";
import { memo } from "react";

import { Badge } from "../parts/badge";
import { Button } from "../parts/button";
import { CopyButton } from "../parts/copy-button";
import { Time } from "../parts/time";
import { textOf } from "../session/event";
import type { Said } from "../session/item";
import { words } from "../words";
import { Parts } from "./parts";

/** What somebody said, and what became of it. */
export const SaidRow = memo(function SaidRow({
  item,
  onFork,
}: {
  item: Said;
  onFork(sequence: number, draft?: string): void;
}) {
  const text = textOf(item.content);
  const fate = words.chat.fate[item.fate];
  return (
    <article
      aria-label={item.by ?? words.chat.you}
      className={`group flex flex-col items-end gap-1 pl-8 sm:pl-20 ${item.isTakenBack ? "opacity-60" : ""}`}
    >
      <div className="max-w-full rounded-2xl rounded-br-md bg-accent-wash px-3.5 py-2">
        <Parts content={item.content} />
      </div>
      <div className="flex flex-wrap items-center justify-end gap-1.5 text-xs text-soft">
        {item.by && <span className="font-medium">{item.by}</span>}
        {fate && (
          <Badge tone={item.fate === "dropped" ? "bad" : "plain"}>
            {fate}
            {item.dropReason && `: ${words.chat.dropped[item.dropReason] ?? item.dropReason}`}
          </Badge>
        )}
        {item.isTakenBack && <Badge>{words.chat.takenBack}</Badge>}
        <Time at={item.at} />
        <CopyButton text={text} label={words.chat.copyText} />
        {item.sequence > 1 && (
          <Button
            look="quiet"
            className="size-6!"
            icon={<GitFork size={14} aria-hidden />}
            label={words.chat.editInFork}
            onClick={() => onFork(item.sequence - 1, text)}
          />
        )}
      </div>
    </article>
  );
});
