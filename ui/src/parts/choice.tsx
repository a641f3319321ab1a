interface Props {
  label: string;
  value: string;
  /** What it says when nothing is chosen. */
  none: string;
  /** Values and their texts. */
  all: [string, string][];
  onChange(value: string): void;
}

/** One of several, or none. */
export function Choice({ label, value, none, all, onChange }: Props) {
  return (
    <select
      aria-label={label}
      className="h-8 max-w-44 min-w-0 rounded-lg border bg-panel px-2 text-sm"
      value={value}
      onChange={(event) => onChange(event.target.value)}
    >
      <option value="">{none}</option>
      {/* What is chosen is shown, also where the list does not have it. */}
      {value !== "" && !all.some(([id]) => id === value) && <option value={value}>{value}</option>}
      {all.map(([id, text]) => (
        <option key={id} value={id}>
          {text}
        </option>
      ))}
    </select>
  );
}
