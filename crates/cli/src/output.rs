//! What commands print: tables and YAML for people, JSON and ids for programs. Standard output has nothing else.

use std::io::{IsTerminal as _, Write as _};

use comfy_table::{ContentArrangement, Table, presets};
use everruns_client::Items;
use futures::StreamExt as _;
use serde::Serialize;
use serde_json::Value;

use crate::failure::Failure;

/// How a command prints.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Output {
    /// Print JSON: one document, or one object a line where things come one by one.
    #[arg(long, global = true, help_heading = "Output")]
    pub(crate) json: bool,
    /// Print ids only, one a line, and no notes.
    #[arg(short, long, global = true, conflicts_with = "json", help_heading = "Output")]
    pub(crate) quiet: bool,
}

/// A column of a table: its heading, and where its value stands in the JSON of a row.
pub(crate) type Column = (&'static str, &'static str);

/// How much of a list is printed.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Portion {
    /// How many at most.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// All, however many there are.
    #[arg(long, conflicts_with = "limit")]
    all: bool,
    /// How many to leave out at the start.
    #[arg(long)]
    pub(crate) offset: Option<u32>,
}

impl Output {
    /// Prints one line as it is.
    pub(crate) fn line(self, text: &str) -> Result<(), Failure> {
        let mut out = std::io::stdout().lock();
        out.write_all(text.as_bytes())?;
        Ok(out.write_all(b"\n")?)
    }

    /// Tells people something on standard error.
    pub(crate) fn note(self, text: &str) {
        if !self.quiet {
            eprintln!("{}", plain(text));
        }
    }

    /// Prints a thing: YAML for people, without what is empty.
    pub(crate) fn thing<T: Serialize>(self, thing: &T) -> Result<(), Failure> {
        let json = to_json(thing)?;
        if self.quiet {
            return self.line(id(&json));
        }
        if self.json {
            return self.line(&pretty(&json)?);
        }
        let text = yaml_serde::to_string(&without_empty(json)).map_err(unprintable)?;
        self.line(text.trim_end())
    }

    /// Prints what a change came to: one line for people.
    pub(crate) fn changed<T: Serialize>(self, noun: &str, thing: &T, verb: &str) -> Result<(), Failure> {
        if self.quiet || self.json {
            return self.thing(thing);
        }
        let json = to_json(thing)?;
        let name = ["name", "display_name", "title", "filename"].iter().find_map(|key| json[*key].as_str());
        let name = name.filter(|name| !name.is_empty()).map(|name| format!(" {}", plain(name))).unwrap_or_default();
        self.line(&format!("{noun}{name} {verb} ({})", id(&json)))
    }

    /// Says that a thing is gone.
    pub(crate) fn deleted(self, noun: &str, name: &str) -> Result<(), Failure> {
        if self.quiet {
            return self.line(name);
        }
        if self.json {
            return self.line(&serde_json::json!({ "deleted": name }).to_string());
        }
        self.line(&format!("{noun} {} deleted", plain(name)))
    }

    /// Prints a list that came whole.
    pub(crate) fn list<T: Serialize>(self, items: &[T], columns: &[Column]) -> Result<(), Failure> {
        let rows = items.iter().map(to_json).collect::<Result<Vec<Value>, Failure>>()?;
        if self.json {
            return self.line(&pretty(&rows)?);
        }
        if self.quiet {
            return rows.iter().try_for_each(|row| self.line(id(row)));
        }
        self.line(&table(&rows, columns))
    }

    /// Prints as much of a list as is wanted.
    pub(crate) async fn items<T: Serialize>(
        self,
        mut items: Items<T>,
        portion: Portion,
        columns: &[Column],
    ) -> Result<(), Failure> {
        let mut rows = Vec::new();
        let mut is_more = false;
        while let Some(item) = items.next().await {
            if !portion.all && rows.len() >= portion.limit as usize {
                is_more = true;
                break;
            }
            rows.push(item?);
        }
        self.list(&rows, columns)?;
        if is_more {
            self.note(&format!("There are more than these {}: --all prints all of them.", rows.len()));
        }
        Ok(())
    }

    /// Prints one of many things as a line of JSON.
    pub(crate) fn json_line<T: Serialize>(self, thing: &T) -> Result<(), Failure> {
        self.line(&serde_json::to_string(thing).map_err(unprintable)?)
    }
}

fn to_json<T: Serialize>(thing: &T) -> Result<Value, Failure> {
    serde_json::to_value(thing).map_err(unprintable)
}

fn pretty<T: Serialize>(thing: &T) -> Result<String, Failure> {
    serde_json::to_string_pretty(thing).map_err(unprintable)
}

fn unprintable(error: impl std::fmt::Display) -> Failure {
    Failure::failed("cannot print the answer").because(error)
}

/// What a command takes to name the thing; of a file that is its path.
fn id(thing: &Value) -> &str {
    ["path", "id"].iter().find_map(|key| thing[*key].as_str()).unwrap_or_default()
}

fn without_empty(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let full = map.into_iter().map(|(key, value)| (key, without_empty(value))).filter(|(_, value)| {
                !(value.is_null()
                    || value.as_array().is_some_and(Vec::is_empty)
                    || value.as_object().is_some_and(serde_json::Map::is_empty))
            });
            Value::Object(full.collect())
        }
        other => other,
    }
}

/// Rows under headings. On a terminal it is as wide as that and cuts what is too long; elsewhere nothing is cut.
fn table(rows: &[Value], columns: &[Column]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_truncation_indicator("…");
    let width = std::io::stdout().is_terminal().then(|| rustix::termios::tcgetwinsize(std::io::stdout()).ok());
    if let Some(width) = width.flatten().map(|size| size.ws_col).filter(|width| *width > 0) {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    }
    table.set_header(columns.iter().map(|(heading, _)| *heading));
    for row in rows {
        let cells = columns.iter().map(|(_, pointer)| cell(row.pointer(pointer).unwrap_or(&Value::Null)));
        let mut row = comfy_table::Row::from(cells);
        row.max_height(1);
        table.add_row(row);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 1));
    }
    table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) if text.is_empty() => "-".to_owned(),
        Value::String(text) => plain(text).split_whitespace().collect::<Vec<_>>().join(" "),
        Value::Array(items) if items.is_empty() => "-".to_owned(),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join(","),
        // How agents name capabilities.
        Value::Object(map) => map.get("ref").map_or_else(|| value.to_string(), cell),
        other => other.to_string(),
    }
}

/// A text that does nothing to a terminal but being read: names and answers come from anybody.
pub(crate) fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn cells_are_one_line_of_plain_text() {
        #[track_caller]
        fn check(value: Value, expected: &str) {
            assert_eq!(cell(&value), expected);
        }
        check(json!(null), "-");
        check(json!(""), "-");
        check(json!([]), "-");
        check(json!(true), "yes");
        check(json!(12), "12");
        check(json!("two\nlines and\ttabs"), "two lines and tabs");
        check(json!("\u{1b}[31mred\u{7}"), "[31mred");
        check(json!([{ "ref": "current_time", "config": {} }, { "ref": "x" }]), "current_time,x");
    }

    #[test]
    fn tables_that_nobody_sees_are_not_cut() {
        let long = "x".repeat(300);
        let rows = [json!({ "id": "a", "name": long }), json!({ "id": "b" })];
        let text = table(&rows, &[("ID", "/id"), ("NAME", "/name")]);
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        assert_eq!(lines[0].split_whitespace().collect::<Vec<_>>(), ["ID", "NAME"]);
        assert!(lines[1].ends_with(&long), "{text}");
        assert!(lines[2].ends_with('-'), "{text}");
    }
}
