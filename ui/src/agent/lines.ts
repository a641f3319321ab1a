/** What differs between two texts, line by line. */

export interface Line {
  kind: "same" | "gone" | "new";
  text: string;
}

/** How many equal lines are shown on either side of what differs. */
const AROUND = 2;
/** Above this many pairs of lines the middle is shown as gone and new altogether: to search it would take too long. */
const PAIRS_MAX = 1_000_000;

export function linesOf(from: string, to: string): Line[] {
  const [a, b] = [from.split("\n"), to.split("\n")];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail])
    tail += 1;
  return [
    ...a.slice(Math.max(0, head - AROUND), head).map((text) => ({ kind: "same" as const, text })),
    ...middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail)),
    ...a.slice(a.length - tail, a.length - tail + AROUND).map((text) => ({ kind: "same" as const, text })),
  ];
}

/** With as many equal lines as there can be. */
function middle(a: string[], b: string[]): Line[] {
  if (a.length * b.length > PAIRS_MAX) return [...a.map(gone), ...b.map(added)];
  // `most[i][j]`: how many lines of a[i..] and b[j..] can stay.
  const most = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  const at = (i: number, j: number) => most[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const row = most[i];
      if (row) row[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    const [left, right] = [a[i] ?? "", b[j] ?? ""];
    if (left === right) {
      lines.push({ kind: "same", text: left });
      i += 1;
      j += 1;
    } else if (at(i + 1, j) >= at(i, j + 1)) {
      lines.push(gone(left));
      i += 1;
    } else {
      lines.push(added(right));
      j += 1;
    }
  }
  return [...lines, ...a.slice(i).map(gone), ...b.slice(j).map(added)];
}

const gone = (text: string): Line => ({ kind: "gone", text });
const added = (text: string): Line => ({ kind: "new", text });
