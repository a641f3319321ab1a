const COUNT = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 });

/** A large number, short: 6.9K. */
export function count(value: number): string {
  return COUNT.format(value);
}
