import { useEffect, useRef } from "react";

import { Button } from "../parts/button";
import { Choice } from "../parts/choice";
import { SearchField } from "../parts/search-field";
import { words } from "../words";

interface Props {
  q: string;
  kind: string;
  status: string;
  /** How many rows are shown, of how many. */
  shown: number;
  all: number;
  isIncomplete: boolean;
  onChange(change: { q?: string; kind?: string; status?: string }): void;
}

/** Which rows are shown: by words, kind and status. The key `f` leads to the field. */
export function FilterBar({ q, kind, status, shown, all, isIncomplete, onChange }: Props) {
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof HTMLElement && event.target.matches("input, textarea, select");
      if (event.key !== "f" || event.ctrlKey || event.metaKey || event.altKey || isTyping) return;
      if (document.querySelector("dialog[open]")) return;
      event.preventDefault();
      bar.current?.querySelector("input")?.focus();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, []);
  const t = words.trace.filter;
  const isNarrowed = q !== "" || kind !== "" || status !== "";
  return (
    <div ref={bar} role="search" aria-label={t.label} className="flex flex-wrap items-center gap-2">
      <SearchField label={t.label} value={q} onChange={(q) => onChange({ q })} />
      <Choice
        label={t.kind}
        value={kind}
        none={t.all}
        all={Object.entries(t.kinds)}
        onChange={(kind) => onChange({ kind })}
      />
      <Choice
        label={t.status}
        value={status}
        none={t.any}
        all={Object.entries(t.statuses)}
        onChange={(status) => onChange({ status })}
      />
      {isNarrowed && (
        <>
          <span role="status" className="text-xs text-soft">
            {t.shown(shown, all)} {isIncomplete && t.isIncomplete}
          </span>
          <Button look="quiet" onClick={() => onChange({ q: "", kind: "", status: "" })}>
            {t.clear}
          </Button>
        </>
      )}
    </div>
  );
}
