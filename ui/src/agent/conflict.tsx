import { Button } from "../parts/button";
import { Dialog } from "../parts/dialog";
import { words } from "../words";

const texts = words.agent.conflict;

interface Props {
  /** The labels of the fields that somebody else changed. */
  changed: string[];
  onOverwrite(): void;
  onLoad(): void;
  onClose(): void;
}

/** Two people changed an agent at the same time; the second one decides. */
export function Conflict({ changed, onOverwrite, onLoad, onClose }: Props) {
  return (
    <Dialog title={texts.title} onClose={onClose}>
      <p>{texts.what}</p>
      <ul className="my-2 list-disc pl-6">
        {(changed.length === 0 ? [texts.nothing] : changed).map((label) => (
          <li key={label}>{label}</li>
        ))}
      </ul>
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>{texts.keep}</Button>
        <Button onClick={onLoad}>{texts.load}</Button>
        <Button look="danger" onClick={onOverwrite}>
          {texts.overwrite}
        </Button>
      </div>
    </Dialog>
  );
}
