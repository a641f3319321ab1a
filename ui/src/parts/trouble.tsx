import { Component, type ReactNode } from "react";

import { Problem } from "../api/client";
import { words } from "../words";
import { Button } from "./button";

/** What went wrong, why, and what can be done. */
export function Trouble({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const problem = Problem.from(error);
  return (
    <div role="alert" className="flex flex-col gap-2 rounded-lg border border-bad bg-bad-wash p-3 text-sm">
      <p className="font-medium text-bad">{words.problem.title}</p>
      <p className="break-words">{problem.status === 0 ? words.problem.unreachable : problem.message}</p>
      <div className="flex flex-wrap items-center gap-3">
        {onRetry && <Button onClick={onRetry}>{words.doing.retry}</Button>}
        {problem.requestId && (
          <span className="font-mono text-xs break-all text-soft">
            {words.problem.requestId} {problem.requestId}
          </span>
        )}
      </div>
    </div>
  );
}

/** Keeps what breaks inside from breaking the rest of the page. */
export class Bulkhead extends Component<{ children: ReactNode }, { error?: unknown }> {
  override state: { error?: unknown } = {};

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override componentDidCatch(error: unknown) {
    console.error(error);
  }

  override render() {
    if (this.state.error === undefined) return this.props.children;
    return (
      <div role="alert" className="m-4 rounded-lg border border-bad bg-bad-wash p-3 text-sm">
        <p>{words.problem.rendering}</p>
        <p className="mt-1 font-mono text-xs break-words text-soft">{String(this.state.error)}</p>
        <Button className="mt-2" onClick={() => location.reload()}>
          {words.problem.reload}
        </Button>
      </div>
    );
  }
}
