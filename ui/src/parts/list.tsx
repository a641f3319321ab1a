/** A list of the API's things: search, filters, rows, pages. Every list of the page is one of these. */

import type { UseQueryResult } from "@tanstack/react-query";
import { ChevronLeft, ChevronRight } from "lucide-react";
import type { KeyboardEvent, ReactNode } from "react";

import { words } from "../words";
import { Button } from "./button";
import { Empty } from "./empty";
import { Heading } from "./heading";
import { SearchField } from "./search-field";
import { Trouble } from "./trouble";

/** How many rows a page has. */
export const PAGE_ROWS = 25;

/** What `GET` of any list answers. */
export interface Page<Row> {
  data: Row[];
  total: number;
}

interface Props<Row> {
  title: string;
  /** What can be done with the list, beside its title. */
  actions?: ReactNode;
  search: { label: string; value: string; onChange(value: string): void };
  filters?: ReactNode;
  query: UseQueryResult<Page<Row>>;
  /** The page shown, from 1. */
  page: number;
  onPage(page: number): void;
  row(row: Row): ReactNode;
  /** Shown where nothing is; `narrowed` if that is for the search's or a filter's sake. */
  empty: { title: string; what: string; children?: ReactNode };
  narrowed?: { title: string; what: string; onClear(): void };
}

export function List<Row extends { id: string }>(props: Props<Row>) {
  const { title, actions, search, filters, query } = props;
  return (
    <div className="mx-auto flex max-w-5xl flex-col gap-3 p-3 sm:p-6">
      <Heading title={title}>{actions}</Heading>
      <div role="search" className="flex flex-wrap items-center gap-2">
        <SearchField {...search} />
        {filters}
      </div>
      <Progress isOn={query.isFetching && query.isPlaceholderData} />
      {query.isError && <Trouble error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && (
        <p role="status" className="p-8 text-center text-soft">
          {words.doing.loading}
        </p>
      )}
      {query.data && <Rows {...props} found={query.data} />}
    </div>
  );
}

function Rows<Row extends { id: string }>({ found, ...props }: Props<Row> & { found: Page<Row> }) {
  const { title, page, onPage, row, empty, narrowed } = props;
  if (found.data.length === 0 && page > 1) {
    return (
      <Empty {...words.lists.beyond}>
        <Button onClick={() => onPage(1)}>{words.lists.first}</Button>
      </Empty>
    );
  }
  if (found.data.length === 0 && narrowed !== undefined) {
    return (
      <Empty title={narrowed.title} what={narrowed.what}>
        <Button onClick={narrowed.onClear}>{words.lists.noFilter}</Button>
      </Empty>
    );
  }
  if (found.data.length === 0) return <Empty {...empty} />;
  return (
    <>
      <ul aria-label={title} className="panel divide-y overflow-hidden" onKeyDown={step}>
        {found.data.map((one) => (
          <li key={one.id} className="relative hover:bg-sunken has-[a:focus-visible]:bg-sunken">
            {row(one)}
          </li>
        ))}
      </ul>
      <Pages page={page} onPage={onPage} total={found.total} />
    </>
  );
}

/** The class of a row's own link: all of the row is it, but for the buttons (`ABOVE`) on it. */
export const ROW_LINK =
  "font-medium after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent";
export const ABOVE = "relative z-1";

/** The arrows go from row to row. */
function step(event: KeyboardEvent<HTMLElement>): void {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (by === undefined) return;
  const rows = [...event.currentTarget.children];
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const link = rows[at + by]?.querySelector("a");
  if (!link) return;
  event.preventDefault();
  link.focus();
}

function Progress({ isOn }: { isOn: boolean }) {
  return (
    <div aria-hidden className="-my-2 h-1 overflow-hidden rounded-full">
      {isOn && <div className="h-full w-full animate-pulse bg-accent" />}
    </div>
  );
}

function Pages({ page, total, onPage }: { page: number; total: number; onPage(page: number): void }) {
  const last = Math.max(1, Math.ceil(total / PAGE_ROWS));
  const from = (page - 1) * PAGE_ROWS + 1;
  const to = Math.min(page * PAGE_ROWS, total);
  return (
    <nav aria-label={words.lists.pages} className="flex items-center justify-end gap-1 text-sm text-soft">
      <span role="status" className="mr-2">
        {last === 1 ? words.lists.all(total) : words.lists.range(from, to, total)}
      </span>
      {last > 1 && (
        <>
          <Button
            icon={<ChevronLeft size={16} aria-hidden />}
            label={words.lists.previous}
            disabled={page === 1}
            onClick={() => onPage(page - 1)}
          />
          <Button
            icon={<ChevronRight size={16} aria-hidden />}
            label={words.lists.next}
            disabled={page >= last}
            onClick={() => onPage(page + 1)}
          />
        </>
      )}
    </nav>
  );
}
