import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { words } from "../words";
import { Confirm } from "./confirm";

interface Props {
  title: string;
  /** Deletes it; throws if that fails. */
  doing(): Promise<unknown>;
  /** The lists that it leaves. */
  list: string;
  onClose(): void;
  /** When it is gone. */
  onGone?(): void;
  /** What will be lost. */
  children: ReactNode;
}

/** Asks whether something shall go, deletes it, and has its lists read anew. */
export function Deletion({ title, doing, list, onClose, onGone, children }: Props) {
  const queries = useQueryClient();
  const deleting = useMutation({
    mutationFn: doing,
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: [list] });
      onClose();
      onGone?.();
    },
  });
  return (
    <Confirm title={title} yes={words.doing.delete} doing={deleting} onYes={() => deleting.mutate()} onClose={onClose}>
      {children}
    </Confirm>
  );
}
