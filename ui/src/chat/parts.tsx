import { Markdown } from "../parts/markdown";
import type { ContentPart } from "../session/event";
import { words } from "../words";

/** The parts of a message: texts as Markdown, images as images. */
export function Parts({ content }: { content: readonly ContentPart[] }) {
  return (
    <div className="flex flex-col gap-2">
      {content.map((part, place) => (
        <Part key={place} part={part} />
      ))}
    </div>
  );
}

function Part({ part }: { part: ContentPart }) {
  switch (part.type) {
    case "text":
      return <Markdown text={part.text} />;
    case "image":
      if (part.base64)
        return <Picture src={`data:${part.media_type ?? "image/png"};base64,${part.base64}`} alt={words.chat.image} />;
      return (
        <p className="text-sm break-all text-soft">
          {words.chat.imageBlocked} {part.url}
        </p>
      );
    case "image_file":
      return (
        <Picture src={`/v1/images/${encodeURIComponent(part.image_id)}`} alt={part.filename ?? words.chat.image} />
      );
    default:
      return null;
  }
}

function Picture({ src, alt }: { src: string; alt: string }) {
  return <img src={src} alt={alt} loading="lazy" className="max-h-80 max-w-full rounded-lg object-contain" />;
}
