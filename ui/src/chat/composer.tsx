import { ImagePlus, SendHorizontal, Square, X } from "lucide-react";
import {
  useEffect,
  useRef,
  useState,
  type ClipboardEvent,
  type DragEvent,
  type KeyboardEvent,
  type ReactNode,
} from "react";

import { randomHex } from "../api/once";
import { Button } from "../parts/button";
import { Trouble } from "../parts/trouble";
import { useKept } from "../parts/use-kept";
import type { Delivery } from "../session/actions";
import type { ContentPart } from "../session/event";
import { words } from "../words";
import { partsOf, useAttachments, type Attachment } from "./attachments";

interface Props {
  /** Under which a draft is kept until it is sent, so that a reload loses nothing. */
  draftKey: string;
  isRunning: boolean;
  /** Under the same `key` it is said once, however often it is sent. */
  onSend(content: ContentPart[], delivery: Delivery, key: string): Promise<void>;
  onStop?: () => Promise<void>;
  /** Stands beside the buttons. */
  children?: ReactNode;
}

/** Whether fingers do what a mouse does elsewhere. */
const IS_TOUCH = matchMedia("(pointer: coarse)").matches;

/** Where people write. Enter sends, Shift-Enter makes a line, Escape stops the agent. */
export function Composer({ draftKey, isRunning, onSend, onStop, children }: Props) {
  const [text, setText] = useKept(draftKey);
  const [delivery, setDelivery] = useState<Delivery>("steer");
  const [error, setError] = useState<unknown>();
  const [isSending, setSending] = useState(false);
  const [isDue, setDue] = useState(false);
  const [isOver, setOver] = useState(false);
  const attachments = useAttachments();
  const field = useRef<HTMLTextAreaElement>(null);
  const files = useRef<HTMLInputElement>(null);
  const attempt = useRef({ said: "", key: "" });

  const isUploading = attachments.all.some((one) => one.state === "uploading");
  const isEmpty = text.trim() === "" && attachments.all.every((one) => one.state === "failed");
  const send = async () => {
    if (isEmpty || isSending) return;
    // What is still on its way goes along.
    if (isUploading) return setDue(true);
    const sent = attachments.all;
    const images = partsOf(sent);
    const content: ContentPart[] = text.trim() === "" ? images : [{ type: "text", text }, ...images];
    setSending(true);
    setError(undefined);
    // Whoever sends the same again after a failure means the same message.
    const said = JSON.stringify(content);
    if (attempt.current.said !== said) attempt.current = { said, key: randomHex() };
    try {
      await onSend(content, isRunning ? delivery : "steer", attempt.current.key);
      attempt.current = { said: "", key: "" };
      // What was written meanwhile stays.
      setText((now) => (now.startsWith(text) ? now.slice(text.length) : now));
      for (const { key } of sent) attachments.remove(key);
    } catch (failure) {
      setError(failure);
    }
    setSending(false);
    field.current?.focus();
  };
  useEffect(() => {
    if (!isDue || isUploading) return;
    setDue(false);
    // One that failed stays in sight, and nothing is sent without it.
    if (!attachments.all.some((one) => one.state === "failed")) void send();
  });
  const stop = async () => {
    setError(undefined);
    await onStop?.().catch(setError);
  };
  const press = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    // Phones have no Shift-Enter: there Enter makes a line, and the button sends.
    if (event.key === "Enter" && !event.shiftKey && !IS_TOUCH) {
      event.preventDefault();
      void send();
    }
    if (event.key === "Escape" && isRunning) void stop();
  };
  const paste = (event: ClipboardEvent) => {
    if (event.clipboardData.files.length === 0) return;
    event.preventDefault();
    attachments.add(event.clipboardData.files);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    attachments.add(event.dataTransfer.files);
  };
  return (
    <form
      className={`panel mx-auto flex w-full max-w-3xl flex-col gap-2 p-2 ${isOver ? "border-accent bg-accent-wash" : ""}`}
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      {error !== undefined && <Trouble error={error} />}
      {attachments.all.length > 0 && <Attached all={attachments.all} remove={attachments.remove} />}
      <textarea
        ref={field}
        data-main-field
        aria-label={words.chat.label}
        placeholder={isOver ? words.chat.dropHere : words.chat.placeholder}
        className="field-sizing-content max-h-60 min-h-10 w-full resize-none bg-transparent px-2 py-1.5 outline-none placeholder:text-soft"
        rows={1}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={press}
        onPaste={paste}
        autoFocus={!IS_TOUCH}
      />
      <div className="flex flex-wrap items-center gap-2">
        <Button
          look="quiet"
          icon={<ImagePlus size={16} aria-hidden />}
          label={words.chat.attach}
          onClick={() => files.current?.click()}
        />
        <input
          ref={files}
          type="file"
          accept="image/png,image/jpeg,image/gif,image/webp"
          multiple
          hidden
          onChange={(event) => {
            attachments.add(event.target.files ?? []);
            event.target.value = "";
          }}
        />
        {children}
        <div className="ml-auto flex min-w-0 items-center gap-2">
          {isRunning && (
            <select
              aria-label={words.chat.delivery.label}
              className="h-8 min-w-0 rounded-lg border bg-panel px-2 text-sm"
              value={delivery}
              onChange={(event) => setDelivery(event.target.value as Delivery)}
            >
              {(["steer", "queue", "interrupt"] as const).map((one) => (
                <option key={one} value={one}>
                  {words.chat.delivery[one]}
                </option>
              ))}
            </select>
          )}
          {isRunning && onStop && (
            <Button icon={<Square size={14} aria-hidden />} onClick={() => void stop()}>
              {words.chat.stop}
            </Button>
          )}
          <Button
            type="submit"
            look="main"
            icon={<SendHorizontal size={16} aria-hidden />}
            label={words.chat.send}
            disabled={isEmpty || isSending || isDue}
          />
        </div>
      </div>
    </form>
  );
}

function Attached({ all, remove }: { all: readonly Attachment[]; remove(key: string): void }) {
  return (
    <ul className="flex flex-wrap gap-2 px-1">
      {all.map((one) => (
        <li
          key={one.key}
          className="flex max-w-full items-center gap-1.5 rounded-lg border bg-sunken py-0.5 pr-0.5 pl-2 text-xs"
        >
          {one.imageId && (
            <img src={`/v1/images/${one.imageId}/thumbnail`} alt="" className="size-6 rounded object-cover" />
          )}
          <span className="truncate">{one.name}</span>
          {one.state === "uploading" && <span className="text-soft">{words.doing.loading}</span>}
          {one.state === "failed" && <span className="text-bad">{one.why}</span>}
          <Button
            look="quiet"
            className="size-6!"
            icon={<X size={14} aria-hidden />}
            label={`${words.chat.removeAttachment} ${one.name}`}
            onClick={() => remove(one.key)}
          />
        </li>
      ))}
    </ul>
  );
}
