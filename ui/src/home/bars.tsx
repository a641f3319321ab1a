/** A small chart: a bar for each hour, made of parts, and the same as a table for who cannot see it. */

import { words } from "../words";

const texts = words.home.charts;

export interface Part {
  label: string;
  /** The class of its colour. */
  fill: string;
  values: number[];
}

interface Props {
  title: string;
  /** When each bar's time began, milliseconds since 1970. */
  from: number[];
  parts: Part[];
  /** How a value is written. */
  write(value: number): string;
}

const [WIDTH, HEIGHT, GAP] = [480, 90, 4];
const HOUR = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

export function Bars({ title, from, parts, write }: Props) {
  const sums = from.map((_, index) => parts.reduce((sum, part) => sum + (part.values[index] ?? 0), 0));
  const highest = Math.max(...sums);
  const step = WIDTH / from.length;
  const heightOf = (value: number) => (highest === 0 ? 0 : (value / highest) * HEIGHT);
  const said = `${title}; ${texts.highest}: ${write(highest)}`;
  return (
    <figure className="panel flex min-w-0 flex-col gap-2 p-3">
      <figcaption className="flex min-h-10 flex-wrap content-start items-baseline gap-x-3 text-sm">
        <span className="font-medium">{title}</span>
        <span className="text-xs text-soft">
          {texts.highest} {write(highest)}
        </span>
        {parts.length > 1 && <Legend parts={parts} />}
      </figcaption>
      <svg role="img" aria-label={said} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} className="w-full">
        {from.map((begin, index) => {
          let top = HEIGHT;
          return (
            <g key={begin}>
              <title>{`${HOUR.format(begin)}: ${write(sums[index] ?? 0)}`}</title>
              <rect x={index * step} width={step} height={HEIGHT} className="fill-transparent" />
              <rect x={index * step + GAP / 2} y={HEIGHT - 1} width={step - GAP} height={1} className="fill-line" />
              {parts.map((part) => {
                const height = heightOf(part.values[index] ?? 0);
                top -= height;
                return (
                  <rect
                    key={part.label}
                    x={index * step + GAP / 2}
                    y={top}
                    width={step - GAP}
                    height={height}
                    className={part.fill}
                  />
                );
              })}
            </g>
          );
        })}
      </svg>
      <p className="flex justify-between text-xs text-soft" aria-hidden>
        <span>{texts.ago}</span>
        <span>{texts.now}</span>
      </p>
      <Table {...{ title, from, parts, write }} />
    </figure>
  );
}

const DOTS: Record<string, string> = { "fill-accent": "bg-accent", "fill-bad": "bg-bad", "fill-wait": "bg-wait" };

function Legend({ parts }: { parts: Part[] }) {
  return (
    <span className="ml-auto flex flex-wrap gap-3 text-xs text-soft">
      {parts.map(({ label, fill }) => (
        <span key={label} className="inline-flex items-center gap-1">
          <span aria-hidden className={`size-2 rounded-sm ${DOTS[fill] ?? ""}`} />
          {label}
        </span>
      ))}
    </span>
  );
}

function Table({ title, from, parts, write }: Props) {
  const rows = from.map((begin, index) => ({ begin, values: parts.map(({ values }) => values[index] ?? 0) }));
  return (
    <details className="text-xs text-soft">
      <summary className="w-fit py-1">{texts.table}</summary>
      <div className="max-h-60 overflow-auto" tabIndex={0} role="group" aria-label={title}>
        <table className="w-full text-right tabular-nums">
          <thead>
            <tr>
              <th className="text-left font-medium">{texts.hour}</th>
              {parts.map(({ label }) => (
                <th key={label} className="font-medium">
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ begin, values }) => (
              <tr key={begin} className="border-t">
                <td className="text-left">{HOUR.format(begin)}</td>
                {values.map((value, index) => (
                  <td key={index}>{write(value)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
