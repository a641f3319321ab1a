import { Link } from "@tanstack/react-router";

import { Empty } from "../parts/empty";
import { useTitle } from "../parts/use-title";
import { words } from "../words";

export function NotFound() {
  useTitle(words.problem.notFound);
  return (
    <>
      <h1 className="sr-only">{words.problem.notFound}</h1>
      <Empty title="404" what={words.problem.notFound}>
        <Link to="/" className="text-accent underline">
          {words.problem.toHome}
        </Link>
      </Empty>
    </>
  );
}
