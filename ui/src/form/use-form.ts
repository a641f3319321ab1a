import { useRef, useState } from "react";

import { draftOf, read, type Draft, type Errors, type Field, type Values } from "./field";

export interface FormState {
  draft: Draft;
  /** What the draft comes to; fields that are wrong are absent. */
  values: Values;
  errors: Errors;
  isDirty: boolean;
  /** The same at this very moment, for what happens before the page is drawn again. */
  isDirtyNow(): boolean;
  set(name: string, said: string | string[]): void;
  /** From now on these are the saved values; what was typed since the draft `sent` stays, if one is given. */
  reset(values: Values, sent?: Draft): void;
}

/** What people do to a form. `saved` is what it begins with; later ones come through `reset`. */
export function useForm(fields: Field[], saved: Values): FormState {
  const [base, setBase] = useState(() => draftOf(fields, saved));
  const [draft, setDraft] = useState(base);
  const isDirty = JSON.stringify(draft) !== JSON.stringify(base);
  const dirtyNow = useRef(isDirty);
  dirtyNow.current = isDirty;
  return {
    draft,
    ...read(fields, draft),
    isDirty,
    isDirtyNow: () => dirtyNow.current,
    set: (name, said) => setDraft((before) => ({ ...before, [name]: said })),
    reset(values, sent) {
      const next = draftOf(fields, values);
      dirtyNow.current = false;
      setBase(next);
      setDraft((now) => (sent !== undefined && JSON.stringify(now) !== JSON.stringify(sent) ? now : next));
    },
  };
}
