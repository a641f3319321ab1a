/** The field of a form that people type into or choose from, by its kind. */

import { X } from "lucide-react";
import { useState, type KeyboardEvent } from "react";

import { words } from "../words";
import type { Field, Option } from "./field";

/** What every input needs: its name in the page, and the ids of what is said about it. */
interface Props<Kind extends Field["kind"]> {
  field: Extract<Field, { kind: Kind }>;
  value: string | string[];
  id: string;
  describedBy?: string;
  isWrong: boolean;
  onChange(value: string | string[]): void;
}

export function Input({ field, value, ...rest }: Props<Field["kind"]>) {
  if (field.kind === "tags") return <Tags field={field} value={value} {...rest} />;
  if (field.kind === "references") return <References field={field} value={value} {...rest} />;
  if (field.kind === "select") return <Select field={field} value={value} {...rest} />;
  const { id, describedBy, isWrong, onChange } = rest;
  const common = {
    id,
    name: field.name,
    "aria-describedby": describedBy,
    "aria-invalid": isWrong,
    "aria-required": field.isRequired,
    value: String(value),
  };
  if (field.kind === "long" || field.kind === "json") {
    return (
      <textarea
        {...common}
        rows={field.rows}
        placeholder={field.kind === "json" ? field.example : undefined}
        spellCheck={field.kind === "long"}
        className={`field resize-y ${field.kind === "json" ? "font-mono text-[13px]" : ""}`}
        onChange={(event) => onChange(event.target.value)}
      />
    );
  }
  const isNumber = field.kind === "number";
  return (
    <input
      {...common}
      autoComplete="off"
      inputMode={isNumber ? "numeric" : undefined}
      className={`field ${isNumber ? "max-w-40" : ""}`}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

function Select({ field, value, id, describedBy, isWrong, onChange }: Props<"select">) {
  return (
    <select
      id={id}
      name={field.name}
      aria-describedby={describedBy}
      aria-invalid={isWrong}
      className="field"
      value={String(value)}
      onChange={(event) => onChange(event.target.value)}
    >
      <option value="">{field.none}</option>
      {withUnknown(field.options, value === "" ? [] : [String(value)]).map((option) => (
        <option key={option.value} value={option.value}>
          {option.label}
        </option>
      ))}
    </select>
  );
}

function References({ field, value, id, describedBy, onChange }: Props<"references">) {
  const chosen = Array.isArray(value) ? value : [];
  const options = withUnknown(field.options, chosen);
  if (options.length === 0) return <p className="text-sm text-soft">{words.forms.noOptions}</p>;
  const toggle = (one: string) =>
    onChange(chosen.includes(one) ? chosen.filter((other) => other !== one) : [...chosen, one]);
  return (
    <div
      role="group"
      id={id}
      tabIndex={-1}
      aria-labelledby={`${id}-label`}
      aria-describedby={describedBy}
      className="panel max-h-80 divide-y overflow-auto"
    >
      {options.map((option) => (
        <label key={option.value} className="flex gap-3 px-3 py-2 hover:bg-sunken">
          <input
            type="checkbox"
            className="mt-1 size-4 shrink-0 accent-accent"
            checked={chosen.includes(option.value)}
            onChange={() => toggle(option.value)}
          />
          <span className="min-w-0">
            <span className="font-medium">{option.label}</span>
            {option.what && <span className="block text-sm break-words text-soft">{option.what}</span>}
          </span>
        </label>
      ))}
    </div>
  );
}

/** What is typed counts at once, so that it is saved also before Enter makes a label of it. */
function Tags({ value, id, describedBy, isWrong, onChange }: Props<"tags">) {
  const [typed, setTyped] = useState("");
  const all = Array.isArray(value) ? value : [];
  const pending = pieces(typed);
  const isPending = pending.length > 0 && pending.every((tag, index) => all.at(index - pending.length) === tag);
  const tags = isPending ? all.slice(0, -pending.length) : all;
  const type = (text: string) => {
    setTyped(text);
    onChange([...tags, ...pieces(text)]);
  };
  const add = () => {
    setTyped("");
    onChange([...new Set([...tags, ...pending])]);
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === "Enter" || event.key === ",") {
      event.preventDefault();
      add();
    }
    if (event.key === "Backspace" && typed === "" && tags.length > 0) onChange(tags.slice(0, -1));
  };
  return (
    <div className="field flex flex-wrap items-center gap-1.5">
      {tags.map((tag) => (
        <span key={tag} className="inline-flex min-w-0 items-center rounded-full bg-sunken pl-2.5 text-sm">
          <span className="min-w-0 truncate">{tag}</span>
          <button
            type="button"
            aria-label={words.forms.removeTag(tag)}
            className="inline-flex size-6 shrink-0 items-center justify-center rounded-full text-soft hover:text-ink"
            onClick={() => onChange([...tags.filter((other) => other !== tag), ...pending])}
          >
            <X size={14} aria-hidden />
          </button>
        </span>
      ))}
      <input
        id={id}
        aria-describedby={describedBy}
        aria-invalid={isWrong}
        autoComplete="off"
        placeholder={words.forms.addTag}
        className="min-w-32 flex-1 bg-transparent placeholder:text-soft"
        value={typed}
        onChange={(event) => type(event.target.value)}
        onKeyDown={press}
        onBlur={() => typed !== "" && add()}
      />
    </div>
  );
}

/** The tags of a text with commas. */
function pieces(text: string): string[] {
  return text
    .split(",")
    .map((tag) => tag.trim())
    .filter((tag) => tag !== "");
}

/** The options, and those that are chosen although the list has them not. */
function withUnknown(options: Option[], chosen: string[]): Option[] {
  const known = new Set(options.map((option) => option.value));
  const unknown = chosen.filter((value) => !known.has(value));
  return [...options, ...unknown.map((value) => ({ value, label: value, what: words.forms.unknown }))];
}
