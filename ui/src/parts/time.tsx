const STEPS: [number, Intl.RelativeTimeFormatUnit][] = [
  [60, "second"],
  [3600, "minute"],
  [86_400, "hour"],
  [604_800, "day"],
];

/** When something was: how long ago, or the day if that is long; the exact time on demand. */
export function Time({ at }: { at: string }) {
  const date = new Date(at);
  return (
    <time dateTime={at} title={date.toLocaleString()}>
      {ago(date, Date.now())}
    </time>
  );
}

export function ago(date: Date, now: number): string {
  const seconds = Math.round((now - date.getTime()) / 1000);
  const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto", style: "short" });
  let size = 1;
  for (const [limit, unit] of STEPS) {
    if (Math.abs(seconds) < limit) return relative.format(-Math.round(seconds / size), unit);
    size = limit;
  }
  return date.toLocaleDateString();
}

/** A span of time, from milliseconds up to hours. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
