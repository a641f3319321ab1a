/** Markdown of agents and people. None of it is trusted: HTML is shown as text, and nothing is loaded from elsewhere. */

import { memo, type ComponentProps } from "react";
import { Streamdown, type Components } from "streamdown";

import { words } from "../words";
import { CodeBlock } from "./code-block";

/** `isGrowing`: the text is not whole yet, so what it opens may still be closed. */
export const Markdown = memo(function Markdown({ text, isGrowing = false }: { text: string; isGrowing?: boolean }) {
  return (
    <Streamdown
      className="markdown"
      mode={isGrowing ? "streaming" : "static"}
      parseIncompleteMarkdown={isGrowing}
      components={COMPONENTS}
      controls={false}
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
