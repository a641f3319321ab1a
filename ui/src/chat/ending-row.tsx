import { Link } from "@tanstack/react-router";
import { ChartGantt, RotateCcw } from "lucide-react";
import { memo } from "react";

import { Button } from "../parts/button";
import { duration } from "../parts/time";
import type { Ending } from "../session/item";
import { words } from "../words";

/** How a turn ended, what it took, and where to look closer. */
export const EndingRow = memo(function EndingRow({
  item,
  sessionId,
  onRetry,
}: {
  item: Ending;
  sessionId: string;
  onRetry?: (turnId: string) => void;
}) {
  const isBad = item.outcome === "failed" || item.outcome === "sealed";
  const tokens = item.usage && item.usage.input_tokens + item.usage.output_tokens;
  return (
    <div
      className={`flex flex-wrap items-center gap-x-2 gap-y-1 border-b pb-3 text-xs text-soft ${item.isTakenBack ? "opacity-60" : ""}`}
    >
      <span className={isBad ? "font-medium text-bad" : ""}>{words.chat.ended[item.outcome]}</span>
      {item.error && <span className="min-w-0 break-words">{item.error}</span>}
      {item.errorCode && <span className="font-mono">{item.errorCode}</span>}
      {item.durationMs !== undefined && <span>· {duration(item.durationMs)}</span>}
      {tokens !== undefined && (
        <span>
          · {tokens.toLocaleString()} {words.chat.tokens}
        </span>
      )}
      {item.calls !== undefined && item.calls > 0 && <span>· {words.chat.calls(item.calls)}</span>}
      <Link
        to="/sessions/$sessionId/trace"
        params={{ sessionId }}
        search={{ turn: item.turnId }}
        className="inline-flex items-center gap-1 rounded px-1.5 py-1 hover:bg-sunken hover:text-ink"
      >
        <ChartGantt size={14} aria-hidden />
        {words.chat.trace}
      </Link>
      {onRetry && item.outcome !== "completed" && (
        <Button
          look="quiet"
          className="h-6! px-1.5! text-xs!"
          icon={<RotateCcw size={14} aria-hidden />}
          onClick={() => onRetry(item.turnId)}
        >
          {words.chat.retry}
        </Button>
      )}
    </div>
  );
});
