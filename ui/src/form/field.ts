/** Forms as data: what the fields are, what is typed into them, and what it comes to. */

import type { Problem } from "../api/client";
import { words } from "../words";

export interface Option {
  value: string;
  label: string;
  /** What it is, for those who have to choose. */
  what?: string;
}

interface Common {
  /** The name in the API. */
  name: string;
  label: string;
  help?: string;
  isRequired?: boolean;
}

export type Field = Common &
  (
    | { kind: "text"; most?: number }
    /** `rows`: how high it is at first. */
    | { kind: "long"; rows: number; most?: number }
    | { kind: "number"; least: number; most: number }
    /** `none`: what it says when nothing is chosen. */
    | { kind: "select"; none: string; options: Option[] }
    | { kind: "tags" }
    /** Several of a list. */
    | { kind: "references"; options: Option[] }
    /** `empty`: the value of an empty field. `example`: shown there. `check`: what is wrong with a value, if anything is. */
    | { kind: "json"; rows: number; empty: unknown; example?: string; check?(value: unknown): string | undefined }
  );

/** By field: what the API has. An empty text, number or choice is null. */
export type Values = Record<string, unknown>;

/** By field: what stands in it right now. */
export type Draft = Record<string, string | string[]>;

export type Errors = Record<string, string>;

export function draftOf(fields: Field[], values: Values): Draft {
  return Object.fromEntries(fields.map((field) => [field.name, typed(field, values[field.name])]));
}

function typed(field: Field, value: unknown): string | string[] {
  switch (field.kind) {
    case "tags":
    case "references":
      return Array.isArray(value) ? value.map(String) : [];
    case "json": {
      const isEmpty = value === undefined || value === null || JSON.stringify(value) === JSON.stringify(field.empty);
      return isEmpty ? "" : JSON.stringify(value, null, 2);
    }
    default:
      return value === undefined || value === null ? "" : String(value);
  }
}

/** What the draft comes to, and what is wrong with it. A field that is wrong has no value. */
export function read(fields: Field[], draft: Draft): { values: Values; errors: Errors } {
  const values: Values = {};
  const errors: Errors = {};
  for (const field of fields) {
    try {
      values[field.name] = valueOf(field, draft[field.name] ?? "");
    } catch (reason) {
      errors[field.name] = reason instanceof Error ? reason.message : String(reason);
    }
  }
  return { values, errors };
}

/** Throws why there is no value. */
function valueOf(field: Field, said: string | string[]): unknown {
  if (Array.isArray(said)) return said;
  const isEmpty = said.trim() === "";
  if (isEmpty && field.isRequired) throw new Error(words.forms.isMissing);
  if (field.kind === "json") return isEmpty ? field.empty : json(said, field.check);
  if (isEmpty) return null;
  if (field.kind === "number") return number(said, field.least, field.most);
  if (field.kind === "text" || field.kind === "long") {
    if (field.most !== undefined && [...said].length > field.most) throw new Error(words.forms.tooLong(field.most));
  }
  return said;
}

function number(said: string, least: number, most: number): number {
  const value = Number(said);
  if (!Number.isInteger(value)) throw new Error(words.forms.notANumber);
  if (value < least) throw new Error(words.forms.least(least));
  if (value > most) throw new Error(words.forms.most(most));
  return value;
}

function json(said: string, check?: (value: unknown) => string | undefined): unknown {
  let value: unknown;
  try {
    value = JSON.parse(said);
  } catch (reason) {
    throw new Error(words.forms.notJson(reason instanceof Error ? reason.message : String(reason)));
  }
  const wrong = check?.(value);
  if (wrong !== undefined) throw new Error(wrong);
  return value;
}

/** The field that an API's refusal speaks of: the first thing that its detail names, such as `` `tools[0].name` ``. */
export function fieldOf(fields: Field[], problem: Problem): Field | undefined {
  const name = /`(\w+)/.exec(problem.message)?.[1];
  return problem.status >= 400 && problem.status < 500 ? fields.find((field) => field.name === name) : undefined;
}
