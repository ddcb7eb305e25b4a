//! YAML or JSON of other tools, with short tags spelled out: `!Sub x` as `{"Fn::Sub": "x"}`. Never used for specs.

use std::fmt;

use serde::de::{self, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor};
use serde_json::{Map, Value, json};

use crate::spec::prescan;

/// A document of another tool.
#[derive(Clone, Debug, PartialEq)]
pub struct Tagged {
    /// Its value; of equal keys the last.
    pub value: Value,
    /// Where keys stand twice: the keys from the top down to that one.
    pub duplicates: Vec<Vec<String>>,
}

/// Reads one document. Key order is kept; keys that are not text become their text.
///
/// # Errors
/// What is wrong, with line and column.
pub fn read_tagged(text: &str) -> Result<Tagged, String> {
    let text = text.trim_start_matches('\u{feff}');
    let mut duplicates = Vec::new();
    let mut json = serde_json::Deserializer::from_str(text);
    let read = Seed { path: &mut Vec::new(), duplicates: &mut duplicates }.read(&mut json);
    if let Ok(value) = read.and_then(|value| json.end().map(|()| value)) {
        return Ok(Tagged { value, duplicates });
    }
    if let Some((_, problem)) = prescan::too_much(text) {
        return Err(problem.message);
    }
    duplicates.clear();
    let yaml = serde_yaml::Deserializer::from_str(text);
    let value = Seed { path: &mut Vec::new(), duplicates: &mut duplicates }.read(yaml).map_err(|error| error.to_string())?;
    Ok(Tagged { value, duplicates })
}

struct Seed<'s> {
    path: &'s mut Vec<String>,
    duplicates: &'s mut Vec<Vec<String>>,
}

impl Seed<'_> {
    fn read<'de, D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        de::DeserializeSeed::deserialize(self, from)
    }

    fn inner(&mut self) -> Seed<'_> {
        Seed { path: self.path, duplicates: self.duplicates }
    }
}

impl<'de> de::DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(json!(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(json!(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(json!(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(json!(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(json!(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        self.path.push("0".to_owned());
        while let Some(item) = access.next_element_seed(self.inner())? {
            items.push(item);
            if let Some(last) = self.path.last_mut() {
                *last = items.len().to_string();
            }
        }
        self.path.pop();
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut access: A) -> Result<Value, A::Error> {
        let mut out = Map::new();
        let mut merges = Vec::new();
        while let Some(key) = access.next_key_seed(self.inner())? {
            let key = match key {
                Value::String(text) => text,
                other => other.to_string(),
            };
            self.path.push(key.clone());
            let value = access.next_value_seed(self.inner())?;
            match (key.as_str(), value) {
                ("<<", merged @ (Value::Object(_) | Value::Array(_))) => merges.push(merged),
                (_, value) => {
                    if out.insert(key, value).is_some() {
                        self.duplicates.push(self.path.clone());
                    }
                }
            }
            self.path.pop();
        }
        for merged in merges {
            merge(&mut out, merged).map_err(de::Error::custom)?;
        }
        Ok(Value::Object(out))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<Value, A::Error> {
        let (tag, contents) = access.variant::<String>()?;
        let value = contents.newtype_variant_seed(self)?;
        Ok(match (tag.trim_start_matches('!'), value) {
            (word @ ("Ref" | "Condition"), value) => json!({ word: value }),
            // The short form's `A.b.c` is the logical id and the attribute.
            ("GetAtt", Value::String(text)) => match text.split_once('.') {
                Some((id, attribute)) => json!({"Fn::GetAtt": [id, attribute]}),
                None => json!({"Fn::GetAtt": [text]}),
            },
            (word, value) => json!({ format!("Fn::{word}"): value }),
        })
    }
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
        assert_eq!(read_tagged(yaml).unwrap().value, expected);
        assert_eq!(read_tagged(&expected.to_string()).unwrap().value, expected);
        assert!(read_tagged("a: [").is_err());
    }

    #[test]
    fn merge_keys_are_written_out_and_what_stands_there_wins() {
        let yaml = "base: &b {x: 1, y: 2}\nmore: &m {y: 3, z: 4}\none: {<<: *b, x: 9}\ntwo: {<<: [*b, *m]}\n";
        let value = read_tagged(yaml).unwrap().value;
        assert_eq!(value["one"], json!({"x": 9, "y": 2}));
        assert_eq!(value["two"], json!({"x": 1, "y": 2, "z": 4}));
        assert!(read_tagged("a: {<<: [1]}").is_err());
    }

    #[test]
    fn of_equal_keys_the_last_stands_and_its_place_is_known() {
        for text in
            ["a: {b: 1, b: 2}\nc: [{d: 1}, {d: 1, d: 2}]\n", r#"{"a": {"b": 1, "b": 2}, "c": [{"d": 1}, {"d": 1, "d": 2}]}"#]
        {
            let read = read_tagged(text).unwrap();
            assert_eq!(read.value, json!({"a": {"b": 2}, "c": [{"d": 1}, {"d": 2}]}));
            let places: Vec<String> = read.duplicates.iter().map(|path| path.join(".")).collect();
            assert_eq!(places, ["a.b", "c.1.d"]);
        }
    }
}
