//! Scalars with a reading of their own.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};

use crate::model::Manage;

/// `true` or `false`, also where a variable gave it as text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flag(pub bool);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct FlagVisitor;
        impl Visitor<'_> for FlagVisitor {
            type Value = Flag;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`true` or `false`")
            }
            fn visit_bool<E: de::Error>(self, v: bool) -> Result<Flag, E> {
                Ok(Flag(v))
            }
            fn visit_str<E: de::Error>(self, v: &str) -> Result<Flag, E> {
                match v {
                    "true" => Ok(Flag(true)),
                    "false" => Ok(Flag(false)),
                    _ => Err(E::invalid_value(de::Unexpected::Str(v), &self)),
                }
            }
        }
        d.deserialize_any(FlagVisitor)
    }
}

impl JsonSchema for Flag {
    fn schema_name() -> Cow<'static, str> {
        "Flag".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [{"type": "boolean"}, {"type": "string", "pattern": "^\\$\\{[^}]+\\}$"}]})
    }
}

/// A session length: seconds, or `1h`, `90m`, `1h30m`; 3600 to 43200 seconds (iam-facts 3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionDuration(pub u32);

impl SessionDuration {
    /// Seconds, if the text is a duration.
    pub fn parse(text: &str) -> Option<u32> {
        if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
            return text.parse().ok();
        }
        let mut seconds = 0u32;
        let mut digits = String::new();
        let mut last = 'z';
        for c in text.chars() {
            if c.is_ascii_digit() {
                digits.push(c);
                continue;
            }
            let unit = match c {
                'h' => 3600,
                'm' => 60,
                's' => 1,
                _ => return None,
            };
            // `h`, `m`, `s` stand in the alphabet as they fall in size.
            if last != 'z' && c <= last {
                return None;
            }
            last = c;
            seconds = seconds.checked_add(digits.parse::<u32>().ok()?.checked_mul(unit)?)?;
            digits.clear();
        }
        (digits.is_empty() && last != 'z').then_some(seconds)
    }
}

impl<'de> Deserialize<'de> for SessionDuration {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct DurationVisitor;
        impl Visitor<'_> for DurationVisitor {
            type Value = SessionDuration;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a duration such as `1h`, `90m` or seconds")
            }
            fn visit_u64<E: de::Error>(self, v: u64) -> Result<SessionDuration, E> {
                self.visit_str(&v.to_string())
            }
            fn visit_str<E: de::Error>(self, v: &str) -> Result<SessionDuration, E> {
                let seconds = SessionDuration::parse(v).ok_or_else(|| E::invalid_value(de::Unexpected::Str(v), &self))?;
                if !(3600..=43200).contains(&seconds) {
                    return Err(E::custom(format!(
                        "a session of {seconds} seconds; IAM takes 3600 to 43200, that is `1h` to `12h`"
                    )));
                }
                Ok(SessionDuration(seconds))
            }
        }
        d.deserialize_any(DurationVisitor)
    }
}

impl JsonSchema for SessionDuration {
    fn schema_name() -> Cow<'static, str> {
        "SessionDuration".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Seconds (3600 to 43200), or a duration such as `1h` or `90m`",
            "anyOf": [
                {"type": "integer", "minimum": 3600, "maximum": 43200},
                {"type": "string", "pattern": "^([0-9]+h)?([0-9]+m)?([0-9]+s)?$|^[0-9]+$|\\$\\{"}
            ]
        })
    }
}

/// How far the spec of an entity goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", expecting = "`exclusive`, `additive` or `create_only`")]
#[schemars(rename = "Manage")]
pub enum ManageWord {
    /// What is not listed goes, whoever put it there.
    Exclusive,
    /// What is listed is ensured; what others put there stays.
    Additive,
    /// Made when missing, then left alone.
    CreateOnly,
    /// Roles only: what is listed is attached, nothing else is compared.
    AttachOnly,
    /// Differences are shown, nothing is written.
    Observe,
}

impl From<ManageWord> for Manage {
    fn from(word: ManageWord) -> Self {
        match word {
            ManageWord::Exclusive => Self::Exclusive,
            ManageWord::Additive => Self::Additive,
            ManageWord::CreateOnly => Self::CreateOnly,
            ManageWord::AttachOnly => Self::AttachOnly,
            ManageWord::Observe => Self::Observe,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_seconds_or_units_from_large_to_small() {
        for (text, seconds) in [("3600", Some(3600)), ("1h", Some(3600)), ("90m", Some(5400)), ("1h30m", Some(5400))] {
            assert_eq!(SessionDuration::parse(text), seconds, "{text}");
        }
        for text in ["", "1d", "h", "30m1h", "1h30", "99999999999h", "1h1h", "-1h"] {
            assert!(SessionDuration::parse(text).is_none(), "{text}");
        }
    }
}
