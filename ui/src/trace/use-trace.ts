import { useEffect, useMemo, useState, useSyncExternalStore } from "react";

import { LiveTrace, type Snapshot } from "./live-trace";

/** The session's turns, and this one of them or the newest. */
export function useTrace(
  sessionId: string,
  turnId: string | undefined,
  isKnown: boolean,
): Snapshot & { loadOlder(): Promise<void> } {
  const trace = useMemo(() => new LiveTrace(sessionId), [sessionId]);
  useEffect(() => {
    if (isKnown) trace.choose(turnId);
  }, [isKnown, trace, turnId]);
  const snapshot = useSyncExternalStore(trace.subscribe, trace.snapshot);
  return { ...snapshot, loadOlder: trace.loadOlder };
}

/** The time, four times a second while `isRunning`. */
export function useNow(isRunning: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!isRunning) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, [isRunning]);
  return now;
}
