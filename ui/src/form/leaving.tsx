import { useBlocker } from "@tanstack/react-router";

import { Button } from "../parts/button";
import { Dialog } from "../parts/dialog";
import { words } from "../words";

const { leave } = words.forms;

/** Asks before a page is left whose changes are not saved. */
export function Leaving({ isDirty }: { isDirty(): boolean }) {
  const leaving = useBlocker({
    // The same page with other words in its address is no leaving.
    shouldBlockFn: ({ current, next }) => current.pathname !== next.pathname && isDirty(),
    enableBeforeUnload: isDirty,
    withResolver: true,
  });
  if (leaving.status === "idle") return null;
  return (
    <Dialog title={leave.title} onClose={leaving.reset}>
      <p>{leave.lost}</p>
      <div className="mt-3 flex justify-end gap-2">
        <Button onClick={leaving.reset}>{leave.stay}</Button>
        <Button look="danger" onClick={leaving.proceed}>
          {leave.go}
        </Button>
      </div>
    </Dialog>
  );
}
