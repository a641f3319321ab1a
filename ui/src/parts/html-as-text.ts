/**
 * Stands in place of `rehype-raw` (see vite.config.ts), which would parse the HTML inside Markdown: here HTML is shown as
 * the text that it is. So nothing of what agents say ever becomes an element, nothing is lost, and no parser is loaded.
 */

interface Node {
  type: string;
  value?: string;
  children?: Node[];
}

export default function htmlAsText() {
  return (tree: Node): void => change(tree);
}

function change(node: Node): void {
  if (node.type === "raw") node.type = "text";
  node.children?.forEach(change);
}
