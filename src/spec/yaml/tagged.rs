//! YAML or JSON of other tools, with short tags spelled out: `!Sub x` as `{"Fn::Sub": "x"}`. Never used for specs.

use serde_json::{Map, Value, json};
use serde_yaml::Value as Yaml;

use crate::spec::prescan;

/// Reads one document. Key order is kept; keys that are no text become their text.
///
/// # Errors
/// What is wrong, with line and column.
pub fn read_tagged(text: &str) -> Result<Value, String> {
    let text = text.trim_start_matches('\u{feff}');
    if let Ok(value) = serde_json::from_str::<Value>(text) {
        return Ok(value);
    }
    if let Some((_, problem)) = prescan::too_much(text) {
        return Err(problem.message);
    }
    let value: Yaml = serde_yaml::from_str(text).map_err(|error| error.to_string())?;
    plain(value, 0)
}

/// Deeper than any template; the reader's own limit is 128.
const MAX_DEPTH: usize = 200;

fn plain(value: Yaml, depth: usize) -> Result<Value, String> {
    if depth > MAX_DEPTH {
        return Err("the document nests too deep".to_owned());
    }
    Ok(match value {
        Yaml::Null => Value::Null,
        Yaml::Bool(b) => Value::Bool(b),
        Yaml::Number(n) => match (n.as_u64(), n.as_i64(), n.as_f64()) {
            (Some(n), _, _) => json!(n),
            (_, Some(n), _) => json!(n),
            (_, _, n) => json!(n),
        },
        Yaml::String(text) => Value::String(text),
        Yaml::Sequence(items) => Value::Array(items.into_iter().map(|v| plain(v, depth + 1)).collect::<Result<_, _>>()?),
        Yaml::Mapping(map) => {
            let mut out = Map::new();
            let mut merges = Vec::new();
            for (key, value) in map {
                let key = match plain(key, depth + 1)? {
                    Value::String(text) => text,
                    other => other.to_string(),
                };
                let value = plain(value, depth + 1)?;
                match (key.as_str(), value) {
                    ("<<", merged @ (Value::Object(_) | Value::Array(_))) => merges.push(merged),
                    (_, value) => drop(out.insert(key, value)),
                }
            }
            for merged in merges {
                merge(&mut out, merged)?;
            }
            Value::Object(out)
        }
        Yaml::Tagged(tagged) => {
            let tag = tagged.tag.to_string();
            let word = tag.trim_start_matches('!');
            let value = plain(tagged.value, depth + 1)?;
            match (word, value) {
                ("Ref" | "Condition", value) => json!({ word: value }),
                // The short form's `A.b.c` is the logical id and the attribute.
                ("GetAtt", Value::String(text)) => match text.split_once('.') {
                    Some((id, attribute)) => json!({"Fn::GetAtt": [id, attribute]}),
                    None => json!({"Fn::GetAtt": [text]}),
                },
                (word, value) => json!({ format!("Fn::{word}"): value }),
            }
        }
    })
}

/// A merge key, as YAML 1.1 has it and tools that package templates write it out: what is there already stands, of several
/// mappings the first.
fn merge(out: &mut Map<String, Value>, merged: Value) -> Result<(), String> {
    match merged {
        Value::Object(map) => {
            for (key, value) in map {
                out.entry(key).or_insert(value);
            }
            Ok(())
        }
        Value::Array(list) => list.into_iter().try_for_each(|one| match one {
            Value::Object(_) => merge(out, one),
            _ => Err("a merge key `<<` wants mappings".to_owned()),
        }),
        _ => Err("a merge key `<<` wants mappings".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_tags_are_spelled_out_and_json_is_read_too() {
        let yaml = "A: !Sub x-${B}\nB: !GetAtt R.Arn\nC: [!Ref X, !If [c, 1, !Ref AWS::NoValue]]\nVersion: 2012-10-17\nD: !Condition e\n";
        let expected = json!({
            "A": {"Fn::Sub": "x-${B}"}, "B": {"Fn::GetAtt": ["R", "Arn"]},
            "C": [{"Ref": "X"}, {"Fn::If": ["c", 1, {"Ref": "AWS::NoValue"}]}], "Version": "2012-10-17", "D": {"Condition": "e"}
        });
        assert_eq!(read_tagged(yaml).unwrap(), expected);
        assert_eq!(read_tagged(&expected.to_string()).unwrap(), expected);
        assert!(read_tagged("a: [").is_err());
    }

    #[test]
    fn merge_keys_are_written_out_and_what_stands_there_wins() {
        let yaml = "base: &b {x: 1, y: 2}\nmore: &m {y: 3, z: 4}\none: {<<: *b, x: 9}\ntwo: {<<: [*b, *m]}\n";
        let value = read_tagged(yaml).unwrap();
        assert_eq!(value["one"], json!({"x": 9, "y": 2}));
        assert_eq!(value["two"], json!({"x": 1, "y": 2, "z": 4}));
        assert!(read_tagged("a: {<<: [1]}").is_err());
    }
}
