/** Markdown of agents and people. None of it is trusted: no HTML, no scripts, nothing loaded from elsewhere. */

import { lazy, memo, Suspense, type ComponentProps } from "react";
import { Streamdown, type Components } from "streamdown";

import { words } from "../words";
import { CopyButton } from "./copy-button";

const Highlighted = lazy(() => import("./highlighted"));

/** Larger than this, code is not highlighted: colours are not worth the wait. */
const HIGHLIGHTED_CHARS_MAX = 50_000;

/** `isGrowing`: the text is not whole yet, so what it opens may still be closed. */
export const Markdown = memo(function Markdown({ text, isGrowing = false }: { text: string; isGrowing?: boolean }) {
  return (
    <Streamdown
      className="markdown"
      mode={isGrowing ? "streaming" : "static"}
      parseIncompleteMarkdown={isGrowing}
      components={COMPONENTS}
      controls={false}
      skipHtml
    >
      {text}
    </Streamdown>
  );
});

const COMPONENTS = {
  a: ({ href, children }: ComponentProps<"a">) => (
    <a
      href={href}
      target="_blank"
      rel="noopener noreferrer nofollow"
      className="text-accent underline underline-offset-2"
    >
      {children}
    </a>
  ),
  img: Picture,
  code: Code,
  table: ({ children }: ComponentProps<"table">) => (
    <div className="my-3 overflow-x-auto" tabIndex={0} role="group">
      <table>{children}</table>
    </div>
  ),
} as Components;

function Picture(said: { src?: unknown; alt?: unknown }) {
  const [src, alt] = [String(said.src ?? ""), String(said.alt ?? words.chat.image)];
  const isOurs = src.startsWith("data:image/") || (src.startsWith("/") && !src.startsWith("//"));
  if (isOurs) return <img src={src} alt={alt} className="max-w-full rounded-lg" />;
  return (
    <span className="text-sm text-soft">
      {words.chat.imageBlocked} {alt} <span className="font-mono text-xs break-all">{src}</span>
    </span>
  );
}

type CodeProps = ComponentProps<"code"> & { "data-block"?: unknown };

function Code({ className, children, ...rest }: CodeProps) {
  if (!("data-block" in rest)) return <code>{children}</code>;
  const language = /language-([\w+#.-]+)/.exec(className ?? "")?.[1] ?? "";
  const code = String(children).replace(/\n$/, "");
  return <CodeBlock code={code} language={language} />;
}

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
