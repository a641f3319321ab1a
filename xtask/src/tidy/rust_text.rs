//! What the rules need to know of Rust's text: words, string literals, and where the tests of a file begin.

/// The line of the `#[cfg(test)]` that opens the file's test module, counted from 1; all that follows is test code.
/// A module without a body (`mod tests;`) lies elsewhere and opens nothing here.
pub(super) fn tests_begin(text: &str) -> Option<usize> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let opens = |index: usize| {
        is_test_cfg(lines[index])
            && lines[index + 1..]
                .iter()
                .find(|line| !line.starts_with("#["))
                .is_some_and(|line| module_name(line).is_some() && line.contains('{'))
    };
    (0..lines.len()).find(|&index| opens(index)).map(|index| index + 1)
}

fn is_test_cfg(line: &str) -> bool {
    line.starts_with("#[cfg(test)]") || line.starts_with("#[cfg(all(test,")
}

/// The name that a `mod` line declares, whatever its visibility.
pub(super) fn module_name(line: &str) -> Option<&str> {
    let mut rest = line.trim_start();
    if let Some(after) = rest.strip_prefix("pub") {
        rest = match after.strip_prefix('(') {
            Some(scope) => scope.split_once(')')?.1,
            None => after,
        }
        .trim_start();
    }
    let name = rest.strip_prefix("mod ")?.trim_start();
    let end = name.find(|c: char| !is_word(c)).unwrap_or(name.len());
    Some(&name[..end]).filter(|name| !name.is_empty())
}

/// Whether the needle stands in the line by itself, not as a piece of a longer word.
pub(super) fn has_word(line: &str, needle: &str) -> bool {
    line.match_indices(needle).any(|(start, _)| {
        let end = start + needle.len();
        let joins_before = needle.starts_with(is_word) && line[..start].ends_with(is_word);
        let joins_after = needle.ends_with(is_word) && line[end..].starts_with(is_word);
        !joins_before && !joins_after
    })
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The string literals of a Rust source, each with the line it begins on and its raw inside; comments have none.
pub(super) fn string_literals(text: &str) -> Vec<(usize, &str)> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut line = 1;
    let mut at = 0;
    while at < bytes.len() {
        let rest = &text[at..];
        let end = if rest.starts_with("//") {
            at + rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            at + block_comment_length(rest)
        } else if let Some(literal) = literal_at(text, at) {
            found.push((line, &text[literal.inside.clone()]));
            literal.end
        } else if rest.starts_with('\'') {
            at + character_length(rest)
        } else {
            at + rest.chars().next().map_or(1, char::len_utf8)
        };
        line += text[at..end].matches('\n').count();
        at = end;
    }
    found
}

struct Literal {
    inside: std::ops::Range<usize>,
    end: usize,
}

/// The literal that begins exactly here, with its prefix (`r#`, `b`, `c`) if it has one.
fn literal_at(text: &str, at: usize) -> Option<Literal> {
    let rest = &text[at..];
    if text[..at].ends_with(is_word) && !rest.starts_with('"') {
        return None;
    }
    let letters = ["br", "cr", "b", "c", "r", ""].into_iter().find(|prefix| rest.starts_with(prefix))?;
    let after = &rest[letters.len()..];
    let hashes = after.len() - after.trim_start_matches('#').len();
    let raw = letters.ends_with('r');
    if (hashes > 0 && !raw) || !after[hashes..].starts_with('"') {
        return None;
    }
    let start = at + letters.len() + hashes + 1;
    let closing = format!("\"{}", &after[..hashes]);
    let length = if raw { text[start..].find(&closing) } else { closing_quote(&text[start..]) };
    let inside = start..length.map_or(text.len(), |length| start + length);
    let end = (inside.end + closing.len()).min(text.len());
    Some(Literal { inside, end })
}

fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    })
}

/// Length of the block comment at the start of the text; these comments nest.
fn block_comment_length(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        if rest.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    text.len()
}

/// Length of the character literal at the start of the text, or of the quote alone where it marks a lifetime.
fn character_length(text: &str) -> usize {
    let inside = &text[1..];
    if let Some(escape) = inside.strip_prefix('\\') {
        let first = escape.chars().next().map_or(0, char::len_utf8);
        return escape[first..].find('\'').map_or(text.len(), |length| 2 + first + length + 1);
    }
    let first = inside.chars().next().map_or(0, char::len_utf8);
    if inside[first..].starts_with('\'') { 1 + first + 1 } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_found_with_their_lines() {
        #[track_caller]
        fn check(text: &str, expected: &[(usize, &str)]) {
            assert_eq!(string_literals(text), expected, "{text}");
        }
        check("let a = \"one\";\nlet b = \"two\";", &[(1, "one"), (2, "two")]);
        check("f(\"a \\\" b\", \"c\")", &[(1, "a \\\" b"), (1, "c")]);
        check("\"a\nb\";\n\"c\"", &[(1, "a\nb"), (3, "c")]);
        check("r#\"a \"quoted\" b\"#; \"c\"", &[(1, "a \"quoted\" b"), (1, "c")]);
        check("b\"a\"; br\"b\\\"; c\"c\"", &[(1, "a"), (1, "b\\"), (1, "c")]);
        check("r#type; var\"x\"", &[(1, "x")]);
        check("// \"no\"\n/* \"no\" /* \"no\" */ \"no\" */ \"yes\"", &[(2, "yes")]);
        check("'\"'; '\\''; '\\\\'; \"yes\"", &[(1, "yes")]);
        check("fn f<'a>(x: &'a str) { \"yes\" } // 'é'", &[(1, "yes")]);
        check("'é'; \"é\"", &[(1, "é")]);
        check("\"never closed", &[(1, "never closed")]);
    }

    #[test]
    fn the_tests_of_a_file_begin_at_their_cfg() {
        #[track_caller]
        fn check(text: &str, expected: Option<usize>) {
            assert_eq!(tests_begin(text), expected, "{text}");
        }
        check("//! a\n#[cfg(test)]\nmod tests {\n}", Some(2));
        check("#[cfg(test)]\n#[allow(x)]\npub(crate) mod tests {\n}", Some(1));
        check("#[cfg(all(test, unix))]\nmod tests {\n}", Some(1));
        check("#[cfg(test)]\nmod tests;\nfn a() {}", None);
        check("#[cfg(test)]\nuse a::b;\nfn a() {}", None);
        check("#[cfg(test)]\nfn a() {}\n#[cfg(test)]\nmod tests {}", Some(3));
        check("#[cfg(test)]", None);
    }

    #[test]
    fn a_module_line_names_its_module() {
        #[track_caller]
        fn check(line: &str, expected: Option<&str>) {
            assert_eq!(module_name(line), expected, "{line}");
        }
        check("mod turn;", Some("turn"));
        check("  pub mod turn {", Some("turn"));
        check("pub(in crate::a) mod turn;", Some("turn"));
        check("model turn;", None);
        check("// mod turn;", None);
    }

    #[test]
    fn a_word_stands_by_itself() {
        #[track_caller]
        fn check(line: &str, needle: &str, expected: bool) {
            assert_eq!(has_word(line, needle), expected, "{line}");
        }
        check("std::thread::sleep(x)", "thread::sleep", true);
        check("my_thread::sleeper()", "thread::sleep", false);
        check("LISTED, LIST", "LIST", true);
        check("LISTED", "LIST", false);
        check("a!(b)", "a!(", true);
        check("ba!(b)", "a!(", false);
    }
}
