import type { ReactNode } from "react";

import { words } from "../words";
import { Button } from "./button";
import { Dialog } from "./dialog";
import { Trouble } from "./trouble";

interface Props {
  title: string;
  /** The word of the button that does it. */
  yes: string;
  /** How the doing goes. */
  doing: { isPending: boolean; error: unknown };
  onYes(): void;
  onClose(): void;
  /** What will be lost or changed. */
  children: ReactNode;
}

/** Asks before something that cannot be taken back. The harmless answer comes first. */
export function Confirm({ title, yes, doing, onYes, onClose, children }: Props) {
  return (
    <Dialog title={title} onClose={onClose}>
      <div className="flex flex-col gap-3">
        {children}
        {doing.error !== null && doing.error !== undefined && <Trouble error={doing.error} />}
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>{words.doing.cancel}</Button>
          <Button look="danger" disabled={doing.isPending} onClick={onYes}>
            {yes}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
