/** Code in colours. A file of its own, since the grammars are large and come only when there is code. */

import { toJsxRuntime } from "hast-util-to-jsx-runtime";
import { common, createLowlight } from "lowlight";
import { useMemo } from "react";
import { Fragment, jsx, jsxs } from "react/jsx-runtime";

const lowlight = createLowlight(common);

export default function Highlighted({ code, language }: { code: string; language: string }) {
  const tree = useMemo(() => {
    const name = language.toLowerCase();
    return lowlight.registered(name) ? lowlight.highlight(name, code) : undefined;
  }, [code, language]);
  return <code>{tree === undefined ? code : toJsxRuntime(tree, { Fragment, jsx, jsxs })}</code>;
}
