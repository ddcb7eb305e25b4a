//! Policies as requests of one kind read them: condition keys that have one value in all of them are put in, and where they are about
//! one resource, nothing is asked of it.
//!
//! What two states of an account mean by one document differs where it reads a tag or a name that differs. With both put in, the
//! documents differ, and are compared like any others.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::globals::Domain;
use super::{PrincipalPolicies, side, texts};
use crate::Document;
use crate::arn_match::{Padding, Resource, ResourcePattern};
use crate::ast::{Policy, Statement, Test, WrittenTest};
use crate::condition::Condition;
use crate::context::{Context, Reader, Truth};
use crate::variables::{self, Piece, Template};
use crate::{Base, Compares, Matching, Operator};

/// What is the same in all requests that a comparison is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fixed {
    /// Condition keys, in lower case: a value, or none where the key is absent.
    pub keys: BTreeMap<String, Option<String>>,
    /// The one resource, and the name under which it is compared with another state's.
    pub resource: Option<(String, String)>,
}

impl PrincipalPolicies {
    /// The same policies, in which no statement asks for what is fixed.
    ///
    /// # Errors
    /// A statement reads what is fixed in a way that no other statement can say, or that AWS does not document.
    pub fn settled(&self, fixed: &Fixed) -> Result<Self, String> {
        let one = |(id, document): &(String, Document)| {
            let settled = document.settled(fixed).map_err(|why| format!("`{id}` {why}"))?;
            Ok::<_, String>((id.clone(), settled))
        };
        let identity = self.identity.iter().map(one).collect::<Result<_, _>>()?;
        // With one resource fixed, an ARN that only identity policies read in full would be lost.
        let of_level = |pair: &(String, Document)| {
            side::readable(&pair.0, &Policy::read(&pair.1).statements)?;
            one(pair)
        };
        let level = |level: &Vec<(String, Document)>| level.iter().map(of_level).collect::<Result<Vec<_>, String>>();
        let scps = self.scps.iter().map(level).collect::<Result<_, _>>()?;
        Ok(Self { identity, boundary: self.boundary.as_ref().map(one).transpose()?, scps })
    }
}

impl Document {
    /// The same document, in which no statement asks for what is fixed. Principals stay.
    ///
    /// # Errors
    /// A statement reads what is fixed in a way that no other statement can say, or that AWS does not document.
    pub fn settled(&self, fixed: &Fixed) -> Result<Self, String> {
        let text = self.to_compact().to_lowercase();
        if fixed.resource.is_none() && !fixed.keys.keys().any(|key| text.contains(key)) {
            return Ok(self.clone());
        }
        let policy = Policy::read(self);
        let is_read = policy.statements.len() == self.statements().len() && policy.statements.iter().all(|s| !s.faulty);
        if !is_read || !self.value().is_object() {
            return Err("has a statement that cannot be understood".to_owned());
        }
        let settle = Settle::new(fixed, policy.variables);
        let mut statements = Vec::new();
        for statement in &policy.statements {
            let settled = settle.statement(statement);
            statements.extend(settled.map_err(|what| format!("reads {what} in a way that is not put in"))?);
        }
        let mut whole = self.value().clone();
        if let Some(fields) = whole.as_object_mut() {
            fields.insert("Statement".to_owned(), Json::Array(statements));
        }
        Ok(Self::new(whole))
    }
}

/// What becomes of one test of a statement.
enum Settled {
    /// It holds in all these requests.
    Holds,
    /// It holds in none.
    Fails,
    /// It asks this.
    Asks(String, String, Vec<String>),
}

/// What a statement is about.
enum Target {
    /// What it says, as written.
    AsWritten,
    /// Nothing that there is.
    Nothing,
    /// `Resource` or `NotResource`, and the values.
    Of(&'static str, Vec<String>),
}

impl From<bool> for Settled {
    fn from(holds: bool) -> Self {
        if holds { Self::Holds } else { Self::Fails }
    }
}

struct Settle<'f> {
    fixed: &'f Fixed,
    known: Context,
    variables: bool,
}

impl<'f> Settle<'f> {
    fn new(fixed: &'f Fixed, variables: bool) -> Self {
        let mut known = Context::new();
        for (key, value) in &fixed.keys {
            match value {
                Some(text) => known.set(key, text.clone()),
                None => known.set_absent(key),
            }
        }
        Self { fixed, known, variables }
    }

    fn statement(&self, statement: &Statement) -> Result<Option<Json>, String> {
        let target = match self.target(statement)? {
            Target::Nothing => return Ok(None),
            other => other,
        };
        let mut condition: Map<String, Json> = Map::new();
        for test in &statement.conditions {
            let (operator, key, values) = match self.test(test)? {
                Settled::Holds => continue,
                Settled::Fails => return Ok(None),
                Settled::Asks(operator, key, values) => (operator, key, values),
            };
            let keys = condition.entry(operator).or_insert_with(|| json!({}));
            if keys.as_object_mut().is_none_or(|keys| keys.insert(key, json!(values)).is_some()) {
                return Err(format!("`{}` twice", test.key));
            }
        }
        let mut value = statement.to_value();
        if let Some(fields) = value.as_object_mut() {
            fields.remove("Condition");
            if !condition.is_empty() {
                fields.insert("Condition".to_owned(), Json::Object(condition));
            }
            if let Target::Of(member, values) = target {
                fields.remove(statement.resource_member());
                fields.insert(member.to_owned(), json!(values));
            }
        }
        Ok(Some(value))
    }

    fn target(&self, statement: &Statement) -> Result<Target, String> {
        let Some(clause) = &statement.resources else { return Ok(Target::AsWritten) };
        if let Some((resource, name)) = &self.fixed.resource {
            let mut covered = false;
            for text in &clause.values {
                let pattern = ResourcePattern::read(text, Padding::Always, self.variables);
                if pattern == ResourcePattern::Nothing {
                    return Err(format!("the resource `{text}`"));
                }
                match pattern.matches(&Resource::read(resource), &mut Reader::new(&self.known, true)) {
                    Truth::Yes => covered = true,
                    Truth::No => {}
                    Truth::Maybe => return Err(format!("the resource `{text}`")),
                }
            }
            let is_about_it = covered != clause.negated;
            return Ok(if is_about_it { Target::Of("Resource", vec![name.clone()]) } else { Target::Nothing });
        }
        // Variables count behind the fifth colon alone.
        let put_in = |text: &String| match text.match_indices(':').nth(4) {
            Some((at, _)) if self.variables => {
                let (head, tail) = text.split_at(at);
                Some(format!("{head}{}", self.put_in(tail)?))
            }
            _ => Some(text.clone()),
        };
        let values: Vec<String> = clause.values.iter().filter_map(put_in).collect();
        Ok(match (values.is_empty(), clause.negated) {
            (true, false) => Target::Nothing,
            // Nothing is left out.
            (true, true) => Target::Of("Resource", vec!["*".to_owned()]),
            (false, _) => Target::Of(statement.resource_member(), values),
        })
    }

    fn test(&self, test: &WrittenTest) -> Result<Settled, String> {
        let unclear = || Err(format!("`{}`", test.key));
        let as_written = || Settled::Asks(test.written_operator.clone(), test.written_key.clone(), test.values.clone());
        let of_text = matches!(test.operator.compares(), Compares::String(_) | Compares::Arn | Compares::Bool);
        let reads = |text: &String| self.keys_in(text).iter().any(|key| self.is_fixed(key));
        let reads = of_text && test.values.iter().any(reads);
        if !self.is_fixed(&test.key) {
            if !reads {
                return Ok(as_written());
            }
            // Whether variables count under `Bool` the documentation says both ways.
            if test.operator.compares() == Compares::Bool {
                return unclear();
            }
            let values: Vec<String> = test.values.iter().filter_map(|text| self.put_in(text)).collect();
            let Operator { prefix, base, if_exists } = test.operator;
            return match (values.is_empty(), base.is_negated()) {
                (false, _) => Ok(Settled::Asks(test.written_operator.clone(), test.written_key.clone(), values)),
                (true, negated) if prefix.is_none() && !Domain::of(&test.key).list && (negated || !if_exists) => {
                    Ok(negated.into())
                }
                (true, _) => unclear(),
            };
        }
        let short = |text: &String| {
            texts::filled_by(&Template::parse(text, true, self.variables), &self.known)
                .is_some_and(|pieces| !texts::is_documented_arn(&pieces))
        };
        if test.operator.compares() == Compares::Arn && test.values.iter().any(short) {
            return unclear();
        }
        let is_open = |text: &&String| of_text && self.keys_in(text).iter().any(|key| !self.is_fixed(key));
        let (open, closed): (Vec<&String>, Vec<&String>) = test.values.iter().partition(is_open);
        let holds = |values: Vec<String>| {
            let test = Test { operator: test.operator, key: test.key.clone(), values };
            Condition::new(&test, self.variables).holds(&mut Reader::new(&self.known, false)) == Truth::Yes
        };
        if open.is_empty() {
            return Ok(holds(test.values.clone()).into());
        }
        let Some(Some(value)) = self.fixed.keys.get(&test.key) else {
            return Ok(test.operator.holds_when_absent(&test.values).into());
        };
        // One of the closed values decides; else the one that is open asks whether its key has this value.
        let Operator { prefix: None, base, .. } = test.operator else { return unclear() };
        if !closed.is_empty() && holds(closed.into_iter().cloned().collect()) != base.is_negated() {
            return Ok((!base.is_negated()).into());
        }
        let same = matches!(base.compares(), Compares::String(Matching::Exact | Matching::Like));
        let ([text], true) = (open.as_slice(), same) else { return unclear() };
        match Template::parse(text, true, self.variables) {
            Template::Open(pieces) => match pieces.as_slice() {
                [Piece::Variable { key, default: None }] if !Domain::of(key).list => {
                    let base = if base.is_negated() { Base::StringNotEquals } else { Base::StringEquals };
                    Ok(Settled::Asks(Operator::from(base).name(), key.clone(), vec![variables::escaped(value)]))
                }
                _ => unclear(),
            },
            Template::Fixed(_) => unclear(),
        }
    }

    fn is_fixed(&self, key: &str) -> bool {
        self.fixed.keys.contains_key(key)
    }

    fn keys_in(&self, text: &str) -> Vec<String> {
        Template::parse(text, true, self.variables).keys().map(str::to_owned).collect()
    }

    /// A text with what is fixed put in; `None` where that leaves nothing that it matches.
    fn put_in(&self, text: &str) -> Option<String> {
        let value = |key: &str| self.fixed.keys.get(key).map(Option::as_deref);
        if self.variables { variables::put_in(text, &value) } else { Some(text.to_owned()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixed(keys: &[(&str, Option<&str>)]) -> Fixed {
        let keys = keys.iter().map(|(key, value)| ((*key).to_owned(), value.map(str::to_owned))).collect();
        Fixed { keys, resource: None }
    }

    fn settled(statement: &str, fixed: &Fixed) -> Result<Json, String> {
        let document = Document::parse(&format!(r#"{{"Version": "2012-10-17", "Statement": [{statement}]}}"#)).unwrap();
        Ok(document.settled(fixed)?.statements().first().cloned().unwrap_or_default())
    }

    fn condition(condition: &str, key: (&str, Option<&str>)) -> Result<Json, String> {
        let text = format!(r#"{{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*", "Condition": {condition}}}"#);
        let all = settled(&text, &fixed(&[key]))?;
        Ok(if all.is_null() { Json::Bool(false) } else { all.get("Condition").cloned().unwrap_or(Json::Bool(true)) })
    }

    #[test]
    fn a_test_of_a_fixed_key_holds_or_its_statement_goes() {
        let team = |value| ("aws:principaltag/team", value);
        let rows = [
            (r#"{"StringEquals": {"aws:PrincipalTag/Team": "red"}}"#, Some("red"), json!(true)),
            (r#"{"StringEquals": {"aws:PrincipalTag/Team": "red"}}"#, Some("blue"), json!(false)),
            (r#"{"StringEquals": {"aws:PrincipalTag/Team": "red"}}"#, None, json!(false)),
            (r#"{"StringNotEquals": {"aws:PrincipalTag/Team": "red"}}"#, None, json!(true)),
            (r#"{"StringLikeIfExists": {"aws:PrincipalTag/Team": "r*"}}"#, None, json!(true)),
            (r#"{"Null": {"aws:PrincipalTag/Team": "true"}}"#, None, json!(true)),
            (
                r#"{"StringEquals": {"aws:PrincipalTag/team": "${aws:ResourceTag/team}"}}"#,
                Some("r*"),
                json!({"StringEquals": {"aws:resourcetag/team": ["r${*}"]}}),
            ),
            (r#"{"StringEquals": {"aws:PrincipalTag/team": "${aws:ResourceTag/team}"}}"#, None, json!(false)),
            (
                r#"{"StringNotEquals": {"aws:ResourceTag/team": ["${aws:PrincipalTag/team}", "x"]}}"#,
                Some("red"),
                json!({"StringNotEquals": {"aws:ResourceTag/team": ["red", "x"]}}),
            ),
            (r#"{"StringNotEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}"#, None, json!(true)),
            (r#"{"Bool": {"aws:SecureTransport": "true"}}"#, Some("red"), json!({"Bool": {"aws:SecureTransport": "true"}})),
        ];
        for (written, value, expected) in rows {
            assert_eq!(condition(written, team(value)), Ok(expected), "{written} {value:?}");
        }
        let unclear = r#"{"StringEqualsIgnoreCase": {"aws:PrincipalTag/team": "x${aws:ResourceTag/team}"}}"#;
        assert!(condition(unclear, team(Some("red"))).is_err());
    }

    #[test]
    fn a_name_is_put_into_resources() {
        let home = r#"{"Effect": "Allow", "Action": "s3:*", "Resource": ["arn:aws:s3:::b/${aws:username}/*", "arn:aws:s3:::c"]}"#;
        let with = |name| settled(home, &fixed(&[("aws:username", name)])).unwrap()["Resource"].clone();
        assert_eq!(with(Some("a?n")), json!(["arn:aws:s3:::b/a${?}n/*", "arn:aws:s3:::c"]));
        assert_eq!(with(None), json!(["arn:aws:s3:::c"]));
    }

    #[test]
    fn of_one_resource_nothing_is_asked() {
        let on = |arn: &str| Fixed { resource: Some((arn.to_owned(), "arn:now".to_owned())), ..Fixed::default() };
        let team = r#"{"Effect": "Deny", "Action": "iam:*", "NotResource": "arn:aws:iam::1:user/team/*"}"#;
        assert_eq!(settled(team, &on("arn:aws:iam::1:user/team/x")), Ok(Json::Null));
        assert_eq!(settled(team, &on("arn:aws:iam::1:user/x")).unwrap()["Resource"], json!(["arn:now"]));
    }
}
