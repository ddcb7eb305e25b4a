//! Intrinsic functions over a template. What only CloudFormation knows is recorded with its place, never guessed.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::super::assembly::Unknown;
use super::resources;
use super::wrapped::Stack;
use crate::model::AccountIdentity;

/// What a template is read with.
pub(super) struct Env<'a> {
    /// The template's file, as places name it.
    pub file: &'a str,
    pub template: &'a Value,
    /// Values of parameters, and of pseudo parameters under their own names (`AWS::StackName`).
    pub given: &'a BTreeMap<String, String>,
    pub account: &'a AccountIdentity,
    /// Stands for the account's region, whichever it is.
    pub region: &'a str,
    /// Whether the account's id is known, so that a condition may depend on it.
    pub account_known: bool,
    /// What the stack made, where that is known.
    pub stack: &'a Stack,
    pub unknown: RefCell<Vec<Unknown>>,
    /// Properties that are being worked out for others.
    pub entered: RefCell<BTreeSet<String>>,
}

/// The value is not known; why has been recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotKnown;

/// `None` is `AWS::NoValue`.
pub(super) type Evaluated = Result<Option<Value>, NotKnown>;

const MAX_DEPTH: usize = 64;

impl Env<'_> {
    /// Begins to work out a property; false where that has begun already.
    pub fn enter(&self, id: &str) -> bool {
        self.entered.borrow_mut().insert(id.to_owned())
    }

    /// The end of [`Self::enter`].
    pub fn leave(&self, id: &str) {
        self.entered.borrow_mut().remove(id);
    }

    /// Records why something is not known.
    pub fn fail<T>(&self, place: &str, reason: impl Into<String>) -> Result<T, NotKnown> {
        self.unknown.borrow_mut().push(Unknown { place: format!("{}: {place}", self.file), reason: reason.into() });
        Err(NotKnown)
    }

    /// The value of any part of the template.
    pub fn value(&self, value: &Value, place: &str) -> Evaluated {
        self.at(value, place, 0)
    }

    /// Works something out without a record of what is not known.
    pub fn quietly<T>(&self, work: impl FnOnce(&Self) -> T) -> T {
        let said = self.unknown.borrow().len();
        let found = work(self);
        self.unknown.borrow_mut().truncate(said);
        found
    }

    /// Whether a mapping is written out; what a function adds to it is not known.
    pub fn plain(&self, value: &Value, place: &str) -> Result<(), NotKnown> {
        let keys = match value {
            Value::Null => return Ok(()),
            Value::Object(map) => map,
            _ => return self.fail(place, "a mapping is wanted here"),
        };
        match keys.keys().find(|key| key.starts_with("Fn::") || *key == "Ref") {
            Some(word) => self.fail(place, format!("what `{word}` makes of it is worked out by CloudFormation alone")),
            None => Ok(()),
        }
    }

    /// The known items of a list with their places, and whether they are all. One value stands for a list of one.
    pub fn items(&self, value: &Value, place: &str) -> (Vec<(String, Value)>, bool) {
        match value {
            Value::Array(list) => {
                let (mut found, mut whole) = (Vec::new(), true);
                for (n, item) in list.iter().enumerate() {
                    let place = format!("{place}[{n}]");
                    match self.value(item, &place) {
                        Ok(item) => found.extend(item.map(|item| (place, item))),
                        Err(NotKnown) => whole = false,
                    }
                }
                (found, whole)
            }
            other => match (branch(other), self.value(other, place)) {
                (_, Ok(None | Some(Value::Null))) => (Vec::new(), true),
                (_, Ok(Some(Value::Array(list)))) => {
                    (list.into_iter().enumerate().map(|(n, item)| (format!("{place}[{n}]"), item)).collect(), true)
                }
                (_, Ok(Some(one))) => (vec![(place.to_owned(), one)], true),
                // What is known of the branch that is taken stays known.
                (Some((condition, yes, no)), Err(NotKnown)) => match self.named_condition(condition, place, 0) {
                    Ok(true) => self.items(yes, place),
                    Ok(false) => self.items(no, place),
                    Err(NotKnown) => (Vec::new(), false),
                },
                (None, Err(NotKnown)) => (Vec::new(), false),
            },
        }
    }

    fn at(&self, value: &Value, place: &str, depth: usize) -> Evaluated {
        let found = self.worked_out(value, place, depth)?;
        match &found {
            Some(Value::String(text)) if text.contains("{{resolve:") => {
                self.fail(place, "a dynamic reference: CloudFormation reads its value when it creates the stack")
            }
            _ => Ok(found),
        }
    }

    fn worked_out(&self, value: &Value, place: &str, depth: usize) -> Evaluated {
        if depth > MAX_DEPTH {
            return self.fail(place, "references go round in a circle, or nest too deep");
        }
        match value {
            Value::Array(items) => {
                let mut out = Vec::with_capacity(items.len());
                let mut whole = true;
                for (n, item) in items.iter().enumerate() {
                    match self.at(item, &format!("{place}[{n}]"), depth + 1) {
                        Ok(value) => out.extend(value),
                        Err(NotKnown) => whole = false,
                    }
                }
                if whole { Ok(Some(Value::Array(out))) } else { Err(NotKnown) }
            }
            Value::Object(map) => match map.iter().next() {
                Some((word, argument)) if map.len() == 1 && (word.starts_with("Fn::") || word == "Ref") => {
                    self.call(word, argument, place, depth + 1)
                }
                _ => {
                    let mut out = Map::new();
                    let mut whole = true;
                    for (key, item) in map {
                        // Beside other keys a function adds to them, as `AWS::Include` and `Fn::ForEach` do.
                        if key.starts_with("Fn::") {
                            let _ = self.fail::<()>(place, format!("`{key}` is worked out by CloudFormation alone"));
                            whole = false;
                            continue;
                        }
                        match self.at(item, &format!("{place}.{key}"), depth + 1) {
                            Ok(Some(value)) => drop(out.insert(key.clone(), value)),
                            Ok(None) => {}
                            Err(NotKnown) => whole = false,
                        }
                    }
                    if whole { Ok(Some(Value::Object(out))) } else { Err(NotKnown) }
                }
            },
            plain => Ok(Some(plain.clone())),
        }
    }

    fn call(&self, word: &str, argument: &Value, place: &str, depth: usize) -> Evaluated {
        let args = || argument.as_array().map(Vec::as_slice).unwrap_or_default();
        match (word, args()) {
            ("Ref", _) => match argument.as_str() {
                Some(name) => self.reference(name, place, depth),
                None => self.fail(place, "`Ref` names nothing"),
            },
            ("Fn::GetAtt", parts) => {
                let text = argument.as_str().and_then(|t| t.split_once('.'));
                let pair = text.or_else(|| Some((parts.first()?.as_str()?, parts.get(1)?.as_str()?)));
                match pair {
                    Some((id, attribute)) => resources::attribute(self, id, attribute, place, depth).map(Some),
                    None => self.fail(place, "`Fn::GetAtt` wants a resource and an attribute"),
                }
            }
            ("Fn::Sub", [Value::String(text), variables]) => self.substitute(text, Some(variables), place, depth),
            ("Fn::Sub", _) => match argument.as_str() {
                Some(text) => self.substitute(text, None, place, depth),
                None => self.fail(place, "`Fn::Sub` wants a text"),
            },
            ("Fn::Join", [separator, list]) => {
                let (separator, list) = (self.text(separator, place, depth)?, self.list(list, place, depth)?);
                Ok(Some(Value::String(list.join(&separator))))
            }
            ("Fn::Split", [separator, text]) => {
                let (separator, text) = (self.decided(separator, place, depth)?, self.text(text, place, depth)?);
                if separator.is_empty() {
                    return self.fail(place, "`Fn::Split` wants a separator");
                }
                self.uncut(&separator, &text, place)?;
                Ok(Some(text.split(separator.as_str()).map(Value::from).collect()))
            }
            ("Fn::Select", [index, list]) => {
                let index = self.text(index, place, depth)?.parse::<usize>().ok();
                let list = self.at(list, place, depth)?;
                let found = list.as_ref().and_then(Value::as_array).zip(index).and_then(|(list, n)| list.get(n).cloned());
                found.map_or_else(|| self.fail(place, "`Fn::Select` has no such item"), |v| Ok(Some(v)))
            }
            ("Fn::FindInMap", [map, first, second, rest @ ..]) => {
                let map = self.text(map, place, depth)?;
                let keys = [self.decided(first, place, depth)?, self.decided(second, place, depth)?];
                let [first, second] = &keys;
                let found = self.template.get("Mappings").and_then(|m| m.get(&map)?.get(first)?.get(second));
                match (found, rest.first().and_then(|r| r.get("DefaultValue"))) {
                    (Some(value), _) | (None, Some(value)) => self.at(value, place, depth),
                    (None, None) => self.fail(place, format!("the mapping `{map}` has no `{first}`, `{second}`")),
                }
            }
            ("Fn::If", [condition, yes, no]) => {
                let name = condition.as_str().unwrap_or_default();
                let branch = if self.named_condition(name, place, depth)? { yes } else { no };
                self.at(branch, place, depth)
            }
            ("Fn::Length", _) => match self.at(argument, place, depth)? {
                Some(Value::Array(list)) => Ok(Some(json!(list.len()))),
                _ => self.fail(place, "`Fn::Length` wants a list"),
            },
            ("Fn::ToJsonString", _) => match self.at(argument, place, depth)? {
                Some(value) => Ok(Some(Value::String(value.to_string()))),
                None => self.fail(place, "`Fn::ToJsonString` wants a value"),
            },
            ("Fn::ImportValue", _) => self.fail(place, "`Fn::ImportValue`: the value is another stack's"),
            (other, _) => self.fail(place, format!("`{other}` is worked out by CloudFormation alone")),
        }
    }

    fn reference(&self, name: &str, place: &str, depth: usize) -> Evaluated {
        if let Some(value) = self.given.get(name).filter(|_| name.starts_with("AWS::")) {
            return Ok(Some(json!(value)));
        }
        match name {
            "AWS::NoValue" => return Ok(None),
            "AWS::AccountId" => return Ok(Some(json!(self.account.id))),
            "AWS::Partition" => return Ok(Some(json!(self.account.partition))),
            "AWS::Region" => return Ok(Some(json!(self.region))),
            "AWS::URLSuffix" => {
                // iam-facts 8
                return match self.account.partition.as_str() {
                    "aws" | "aws-us-gov" => Ok(Some(json!("amazonaws.com"))),
                    "aws-cn" => Ok(Some(json!("amazonaws.com.cn"))),
                    _ => self.fail(place, "`AWS::URLSuffix` of this partition is not known"),
                };
            }
            _ if name.starts_with("AWS::") => {
                return self
                    .fail(place, format!("`{name}` is known only to CloudFormation; set it with `--parameter {name}=VALUE`"));
            }
            _ => {}
        }
        if let Some(parameter) = self.template.get("Parameters").and_then(|p| p.get(name)) {
            return self.parameter(name, parameter, place).map(Some);
        }
        resources::reference(self, name, place, depth).map(Some)
    }

    fn parameter(&self, name: &str, parameter: &Value, place: &str) -> Result<Value, NotKnown> {
        let kind = parameter.get("Type").and_then(Value::as_str).unwrap_or("String");
        let default = parameter.get("Default").map(scalar);
        let Some(text) = self.given.get(name).cloned().or(default.flatten()) else {
            return self.fail(place, format!("the parameter `{name}` has no value; set it with `--parameter {name}=VALUE`"));
        };
        if kind.starts_with("AWS::SSM::Parameter::Value<") {
            return self.fail(place, format!("the parameter `{name}` is read from the Systems Manager parameter `{text}`"));
        }
        if kind == "CommaDelimitedList" || kind.starts_with("List<") {
            return Ok(text.split(',').map(|item| Value::from(item.trim())).collect());
        }
        Ok(Value::String(text))
    }

    fn substitute(&self, text: &str, variables: Option<&Value>, place: &str, depth: usize) -> Evaluated {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            out.push_str(before);
            let Some((name, tail)) = after.split_once('}') else {
                rest = rest.get(before.len()..).unwrap_or_default();
                break;
            };
            rest = tail;
            if let Some(literal) = name.strip_prefix('!') {
                out.push_str(&format!("${{{literal}}}"));
                continue;
            }
            let name = name.trim();
            let value = match (variables.and_then(|v| v.get(name)), name.split_once('.')) {
                (Some(value), _) => self.at(value, place, depth + 1)?,
                (None, Some((id, attribute))) => Some(resources::attribute(self, id, attribute, place, depth + 1)?),
                (None, None) => self.reference(name, place, depth + 1)?,
            };
            match value.as_ref().and_then(scalar) {
                Some(text) => out.push_str(&text),
                None => return self.fail(place, format!("`${{{name}}}` is not text")),
            }
        }
        out.push_str(rest);
        Ok(Some(Value::String(out)))
    }

    fn text(&self, value: &Value, place: &str, depth: usize) -> Result<String, NotKnown> {
        match self.at(value, place, depth)?.as_ref().and_then(scalar) {
            Some(text) => Ok(text),
            None => self.fail(place, "text is wanted here"),
        }
    }

    fn list(&self, value: &Value, place: &str, depth: usize) -> Result<Vec<String>, NotKnown> {
        let value = self.at(value, place, depth)?;
        let texts = value.as_ref().and_then(Value::as_array).and_then(|list| list.iter().map(scalar).collect::<Option<Vec<_>>>());
        texts.map_or_else(|| self.fail(place, "a list of texts is wanted here"), Ok)
    }

    /// Text on which something is decided: it may not hold what stands for any region or account.
    fn decided(&self, value: &Value, place: &str, depth: usize) -> Result<String, NotKnown> {
        let text = self.text(value, place, depth)?;
        if text.contains(self.region) {
            return self.fail(place, "it depends on the region; set it with `--parameter AWS::Region=REGION`");
        }
        if !self.account_known && text.contains(self.account.id.as_str()) {
            return self.fail(place, "it depends on the account; set its id with `--parameter AWS::AccountId=ID`");
        }
        Ok(text)
    }

    /// Whether a text may be split without knowing the region and the account in it, of which a separator may be a part.
    fn uncut(&self, separator: &str, text: &str, place: &str) -> Result<(), NotKnown> {
        let of_region = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if text.contains(self.region) && separator.chars().all(of_region) {
            return self.fail(place, "it depends on the region; set it with `--parameter AWS::Region=REGION`");
        }
        let of_account = |c: char| c.is_ascii_digit();
        if !self.account_known && text.contains(self.account.id.as_str()) && separator.chars().all(of_account) {
            return self.fail(place, "it depends on the account; set its id with `--parameter AWS::AccountId=ID`");
        }
        Ok(())
    }

    /// A condition of the template, by name.
    pub fn named_condition(&self, name: &str, place: &str, depth: usize) -> Result<bool, NotKnown> {
        match self.template.get("Conditions").and_then(|c| c.get(name)) {
            Some(condition) => self.condition(condition, place, depth + 1),
            None => self.fail(place, format!("the template has no condition `{name}`")),
        }
    }

    fn condition(&self, value: &Value, place: &str, depth: usize) -> Result<bool, NotKnown> {
        if depth > MAX_DEPTH {
            return self.fail(place, "conditions go round in a circle");
        }
        let entry = value.as_object().filter(|m| m.len() == 1).and_then(|m| m.iter().next());
        let Some((word, argument)) = entry else { return self.fail(place, "this is not a condition") };
        let list = argument.as_array().map(Vec::as_slice).unwrap_or_default();
        match (word.as_str(), list) {
            ("Condition", _) => self.named_condition(argument.as_str().unwrap_or_default(), place, depth),
            ("Fn::Equals", [a, b]) => Ok(self.decided(a, place, depth)? == self.decided(b, place, depth)?),
            ("Fn::Not", [a]) => self.condition(a, place, depth + 1).map(|b| !b),
            ("Fn::And", list) => self.unless_one(false, list, place, depth),
            ("Fn::Or", list) => self.unless_one(true, list, place, depth),
            (other, _) => self.fail(place, format!("`{other}` is not a condition that can be evaluated")),
        }
    }
}

impl Env<'_> {
    /// What `Fn::And` (decided by one that is false) and `Fn::Or` (by one that is true) say; the others need not be known then.
    fn unless_one(&self, decisive: bool, list: &[Value], place: &str, depth: usize) -> Result<bool, NotKnown> {
        let said = self.unknown.borrow().len();
        let mut all_known = true;
        for condition in list {
            match self.condition(condition, place, depth + 1) {
                Ok(found) if found == decisive => {
                    self.unknown.borrow_mut().truncate(said);
                    return Ok(decisive);
                }
                Ok(_) => {}
                Err(NotKnown) => all_known = false,
            }
        }
        if all_known { Ok(!decisive) } else { Err(NotKnown) }
    }
}

/// Condition and branches of `Fn::If`.
fn branch(value: &Value) -> Option<(&str, &Value, &Value)> {
    match value.get("Fn::If")?.as_array()?.as_slice() {
        [Value::String(condition), yes, no] => Some((condition, yes, no)),
        _ => None,
    }
}

/// A scalar as CloudFormation writes it into a text.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(n) => Some(n.to_string()),
        Value::Bool(b) => Some(b.to_string()),
        _ => None,
    }
}
