import type { ReactNode } from "react";

export type Tone = "plain" | "live" | "good" | "bad" | "wait";

const TONES: Record<Tone, string> = {
  plain: "bg-sunken text-soft",
  live: "bg-accent-wash text-accent",
  good: "bg-sunken text-good",
  bad: "bg-bad-wash text-bad",
  wait: "bg-wait-wash text-wait",
};

/** A short word about a thing's state. */
export function Badge({ tone = "plain", children }: { tone?: Tone; children: ReactNode }) {
  return (
    <span
      className={`inline-flex shrink-0 items-center gap-1 rounded-full px-2 py-0.5 text-xs font-medium whitespace-nowrap ${TONES[tone]}`}
    >
      {tone === "live" && <span aria-hidden className="size-1.5 animate-pulse rounded-full bg-accent" />}
      {children}
    </span>
  );
}
