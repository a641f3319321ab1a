/** A form made of a description of its fields. Every form over a thing of the API is one of these. */

import { useEffect, useId, useRef, useState, type FormEvent, type ReactNode } from "react";

import { Problem } from "../api/client";
import { fieldOf, type Field, type Values } from "../form/field";
import { Input } from "../form/inputs";
import { Leaving } from "../form/leaving";
import type { FormState } from "../form/use-form";
import { words } from "../words";
import { Button } from "./button";
import { Trouble } from "./trouble";

interface Props {
  label: string;
  fields: Field[];
  form: FormState;
  /** Saves what was read; what it throws is shown, at the field that it names if it names one. */
  onSave(values: Values): Promise<void>;
  /** Stands beside the button that saves. */
  children?: ReactNode;
}

/** What the server said last: about a field as it was then, or about all of it. */
interface Refusal {
  error: unknown;
  field?: { name: string; said: string | string[] | undefined; why: string };
}

export function Form({ label, fields, form, onSave, children }: Props) {
  const id = useId();
  const element = useRef<HTMLFormElement>(null);
  const [wasTried, setTried] = useState(false);
  const [state, setState] = useState<"saving" | "saved">();
  const [refusal, setRefusal] = useState<Refusal>();
  const isSaving = state === "saving";

  const wrongWith = ({ name, kind }: Field): string | undefined => {
    if (refusal?.field?.name === name && refusal.field.said === form.draft[name]) return refusal.field.why;
    // What is half typed is not wrong yet, but for JSON, which is easily spoiled and hard to find later.
    return wasTried || kind === "json" ? form.errors[name] : undefined;
  };
  const goTo = (name: string) => element.current?.querySelector<HTMLElement>(`[id="${id}-${name}"]`)?.focus();

  const save = async () => {
    if (isSaving) return;
    setTried(true);
    setRefusal(undefined);
    const wrong = fields.find(({ name }) => form.errors[name] !== undefined);
    if (wrong) return goTo(wrong.name);
    setState("saving");
    try {
      await onSave(form.values);
      setState("saved");
      setTried(false);
    } catch (error) {
      setState(undefined);
      const problem = Problem.from(error);
      const named = fieldOf(fields, problem);
      setRefusal({
        error,
        field: named && { name: named.name, said: form.draft[named.name], why: problem.message },
      });
      if (named) goTo(named.name);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void save();
  };
  const latest = useRef(save);
  latest.current = save;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey) || event.altKey) return;
      event.preventDefault();
      if (!document.querySelector("dialog[open]")) void latest.current();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, []);

  return (
    <form ref={element} aria-label={label} noValidate className="flex flex-col gap-5" onSubmit={submit}>
      {fields.map((field) => (
        <Row key={field.name} id={`${id}-${field.name}`} field={field} form={form} wrong={wrongWith(field)} />
      ))}
      {refusal !== undefined && refusal.field === undefined && <Trouble error={refusal.error} />}
      <div className="sticky bottom-0 -mx-1 flex flex-wrap items-center gap-3 border-t bg-page px-1 py-3">
        <Button look="main" type="submit" disabled={isSaving}>
          {isSaving ? words.doing.saving : words.doing.save}
        </Button>
        <span role="status" className="text-sm text-soft">
          {form.isDirty ? words.forms.unsaved : state === "saved" && words.forms.saved}
        </span>
        {children}
      </div>
      <Leaving isDirty={form.isDirtyNow} />
    </form>
  );
}

interface RowProps {
  id: string;
  field: Field;
  form: FormState;
  wrong?: string;
}

/** A field under its label, with what helps and what is wrong. */
function Row({ id, field, form, wrong }: RowProps) {
  const described = [field.help && `${id}-help`, wrong && `${id}-wrong`].filter(Boolean).join(" ");
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <label id={`${id}-label`} htmlFor={field.kind === "references" ? undefined : id} className="font-medium">
        {field.label}
        {field.isRequired && <span className="ml-2 text-xs font-normal text-soft">{words.forms.required}</span>}
      </label>
      {field.help && (
        <p id={`${id}-help`} className="text-sm text-soft">
          {field.help}
        </p>
      )}
      <Input
        field={field}
        id={id}
        value={form.draft[field.name] ?? ""}
        describedBy={described || undefined}
        isWrong={wrong !== undefined}
        onChange={(said) => form.set(field.name, said)}
      />
      {wrong && (
        <p id={`${id}-wrong`} role="alert" className="text-sm break-words text-bad">
          {wrong}
        </p>
      )}
    </div>
  );
}
