import { lazy, Suspense } from "react";

import { CopyButton } from "./copy-button";

/** Without its code (a bad network, a newer server), what it would colour stays plain. */
const Highlighted = lazy(() =>
  import("./highlighted").catch(() => ({
    default: ({ code }: { code: string; language: string }) => <code>{code}</code>,
  })),
);

/** Larger than this, code is not highlighted: colours are not worth the wait. */
const HIGHLIGHTED_CHARS_MAX = 50_000;

/** Code under its language's name, with a button that copies it. */
export function CodeBlock({ code, language }: { code: string; language: string }) {
  const plain = <code>{code}</code>;
  return (
    <figure className="my-3 overflow-hidden rounded-lg border bg-sunken">
      <figcaption className="flex items-center justify-between border-b px-3 py-1 text-xs text-soft">
        <span className="font-mono">{language}</span>
        <CopyButton text={code} />
      </figcaption>
      <pre tabIndex={0} className="max-h-96 overflow-auto p-3 font-mono text-[13px] leading-5">
        {language === "" || code.length > HIGHLIGHTED_CHARS_MAX ? (
          plain
        ) : (
          <Suspense fallback={plain}>
            <Highlighted code={code} language={language} />
          </Suspense>
        )}
      </pre>
    </figure>
  );
}
