import { useMemo, useSyncExternalStore } from "react";

import { LiveSession, type Snapshot } from "./live";

/** The session as it is right now, and how its older part is read. */
export function useLive(sessionId: string): Snapshot & { loadOlder(): Promise<void> } {
  const live = useMemo(() => new LiveSession(sessionId), [sessionId]);
  const snapshot = useSyncExternalStore(live.subscribe, live.snapshot);
  return { ...snapshot, loadOlder: live.loadOlder };
}
