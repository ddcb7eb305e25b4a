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
            for (key, value) in map {
                let key = match plain(key, depth + 1)? {
                    Value::String(text) => text,
                    other => other.to_string(),
                };
                out.insert(key, plain(value, depth + 1)?);
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
}
