import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api, must } from "../api/client";
import { Button } from "../parts/button";
import { Dialog } from "../parts/dialog";
import { Trouble } from "../parts/trouble";
import { words } from "../words";

const texts = words.agents.import;

/** Makes an agent of a file of this computer. */
export function ImportAgent({ onDone, onClose }: { onDone(id: string): void; onClose(): void }) {
  const [file, setFile] = useState<File>();
  const queries = useQueryClient();
  const importing = useMutation({
    mutationFn: async (chosen: File) => {
      const body = await chosen.text();
      return must(
        api.POST("/v1/agents/import", {
          body,
          bodySerializer: (text) => text,
          headers: { "content-type": "text/plain" },
        }),
      );
    },
    onSuccess: async ({ id }) => {
      await queries.invalidateQueries({ queryKey: ["agents"] });
      onDone(id);
    },
  });
  return (
    <Dialog title={texts.title} onClose={onClose}>
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (file) importing.mutate(file);
        }}
      >
        <p>{texts.what}</p>
        <p className="text-soft">{texts.changes}</p>
        <input
          type="file"
          aria-label={texts.field}
          accept=".md,.markdown,.yaml,.yml,.json,.txt"
          className="field file:mr-3 file:rounded file:border-0 file:bg-sunken file:px-2 file:py-0.5 file:text-ink"
          onChange={(event) => setFile(event.target.files?.[0])}
        />
        {importing.isError && <Trouble error={importing.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{words.doing.cancel}</Button>
          <Button look="main" type="submit" disabled={file === undefined || importing.isPending}>
            {texts.do}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
