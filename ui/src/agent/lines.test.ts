import { expect, test } from "vitest";

import { linesOf } from "./lines";

const MARKS = { same: " ", gone: "-", new: "+" };

function check(from: string, to: string, expected: string[]) {
  expect(linesOf(from, to).map(({ kind, text }) => MARKS[kind] + text)).toEqual(expected);
}

test("one line", () => check("a", "b", ["-a", "+b"]));
test("a new line in the middle", () => check("a\nb", "a\nx\nb", [" a", "+x", " b"]));
test("two lines of what is around", () =>
  check("1\n2\n3\nx\n4\n5\n6", "1\n2\n3\n4\n5\n6", [" 2", " 3", "-x", " 4", " 5"]));
test("equal lines between", () => check("a\nb\nc", "x\nb\ny", ["-a", "+x", " b", "-c", "+y"]));
test("a repeated line", () => check("a\na", "a\na\na", [" a", " a", "+a"]));
test("a lot at once", () => {
  const many = (mark: string) => Array.from({ length: 1500 }, (_, index) => `${mark}${index}`);
  check(many("a").join("\n"), many("b").join("\n"), [...many("-a"), ...many("+b")]);
});
