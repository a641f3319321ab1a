import { useState } from "react";

import { areLettersOn, setLetters } from "../keys";
import { words } from "../words";
import { Dialog } from "./dialog";

/** Which keys do what, and whether single letters do something. */
export function Shortcuts({ onClose }: { onClose(): void }) {
  const [areOn, setOn] = useState(areLettersOn);
  const change = (on: boolean) => {
    setLetters(on);
    setOn(on);
  };
  return (
    <Dialog title={words.shortcuts.title} onClose={onClose}>
      <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-2">
        {words.shortcuts.list.map(([keys, what]) => (
          <div key={keys} className="contents">
            <dt>
              <kbd className="rounded border bg-sunken px-1.5 py-0.5 font-mono text-xs">{keys}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <label className="mt-4 flex items-center gap-2 text-sm">
        <input type="checkbox" className="size-4" checked={areOn} onChange={(event) => change(event.target.checked)} />
        {words.shortcuts.letters}
      </label>
    </Dialog>
  );
}
