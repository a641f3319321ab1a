import type { ReactNode } from "react";

/** Where nothing is yet: what would be here, and how it comes to be. */
export function Empty({ title, what, children }: { title: string; what: string; children?: ReactNode }) {
  return (
    <div className="mx-auto flex max-w-md flex-col items-center gap-2 px-4 py-16 text-center">
      <p className="text-lg font-semibold">{title}</p>
      <p className="text-soft">{what}</p>
      {children}
    </div>
  );
}
