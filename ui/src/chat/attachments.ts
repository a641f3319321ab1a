/** Images that are on their way into a message. */

import { useCallback, useState } from "react";

import { Problem } from "../api/client";
import { randomHex } from "../api/once";
import { upload } from "../session/actions";
import type { ContentPart } from "../session/event";
import { words } from "../words";

export interface Attachment {
  /** Among those of this draft. */
  key: string;
  name: string;
  state: "uploading" | "ready" | "failed";
  imageId?: string;
  why?: string;
}

const TYPES = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/** The draft's images, and what is done with them. */
export function useAttachments() {
  const [all, setAll] = useState<readonly Attachment[]>([]);
  const change = useCallback((key: string, to: Partial<Attachment>) => {
    setAll((known) => known.map((one) => (one.key === key ? { ...one, ...to } : one)));
  }, []);
  const add = useCallback(
    (files: Iterable<File>) => {
      for (const file of files) {
        const key = randomHex();
        const isImage = TYPES.includes(file.type);
        const name = file.name || words.chat.image;
        setAll((known) => [
          ...known,
          { key, name, state: isImage ? "uploading" : "failed", why: isImage ? undefined : words.chat.notAnImage },
        ]);
        if (!isImage) continue;
        upload(file).then(
          (image) => change(key, { state: "ready", imageId: image.id }),
          (error: unknown) => change(key, { state: "failed", why: Problem.from(error).message }),
        );
      }
    },
    [change],
  );
  const remove = useCallback((key: string) => setAll((known) => known.filter((one) => one.key !== key)), []);
  return { all, add, remove };
}

export function partsOf(attachments: readonly Attachment[]): ContentPart[] {
  return attachments.flatMap(({ imageId, name }) =>
    imageId === undefined ? [] : [{ type: "image_file" as const, image_id: imageId, filename: name }],
  );
}
