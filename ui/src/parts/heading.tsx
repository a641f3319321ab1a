import type { ReactNode } from "react";

import { useTitle } from "./use-title";

/** What a page is, also in the browser's tab, and what can be done with all of it. */
export function Heading({ title, children }: { title: string; children?: ReactNode }) {
  useTitle(title);
  return (
    <div className="flex flex-wrap items-center gap-2">
      <h1 className="mr-auto min-w-0 text-xl font-semibold break-words">{title}</h1>
      {children}
    </div>
  );
}
