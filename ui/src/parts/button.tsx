import type { ButtonHTMLAttributes, ReactNode } from "react";

type Look = "main" | "plain" | "quiet" | "danger";

const LOOKS: Record<Look, string> = {
  main: "bg-accent text-accent-ink hover:opacity-90",
  plain: "border border-line bg-panel hover:bg-sunken",
  quiet: "text-soft hover:bg-sunken hover:text-ink",
  danger: "border border-bad text-bad hover:bg-bad-wash",
};

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: Look;
  icon?: ReactNode;
  /** With an icon alone, what it does, for those who do not see it. */
  label?: string;
}

/** A button; with `label` and no children one that shows its icon alone. */
export function Button({ look = "plain", icon, label, children, className = "", ...rest }: Props) {
  const shape = children === undefined ? "size-8 justify-center" : "h-8 px-3";
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={`inline-flex shrink-0 items-center gap-1.5 rounded-lg text-sm font-medium whitespace-nowrap disabled:opacity-50 ${shape} ${LOOKS[look]} ${className}`}
      {...rest}
    >
      {icon}
      {children}
    </button>
  );
}
