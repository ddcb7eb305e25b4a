//! Respelling a document as another one is spelt, as far as both say the same, so that only real differences show.
//!
//! The result always has the normal form of the document that was respelt.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::canon::{self, Element, Rules, one_or_list};
use super::{Document, DocumentKind, equal};

/// `before` in the order and spelling of `after`: statements and values that both have look as in `after`; what only `before` has
/// keeps its own text and its place behind its predecessor. What comes back equals `before` ([`equal`](super::equal)); where both say the
/// same it is `after`, to the letter.
pub fn align(before: &Document, after: &Document, kind: DocumentKind, partition: &str) -> Document {
    if equal(before, after, kind, partition) {
        return after.clone();
    }
    let rules = Rules { kind, partition: Some(partition), empty_is_absent: false };
    let (Value::Object(old), Value::Object(new)) = (before.value(), after.value()) else { return before.clone() };
    let mut fields = Map::new();
    for (name, wanted) in new {
        match (name.as_str(), old.get(name)) {
            ("Statement", Some(had)) => drop(fields.insert(name.clone(), statements(had, wanted, rules))),
            (_, Some(had)) => drop(fields.insert(name.clone(), had.clone())),
            // A missing version means the old one, and an empty Id none.
            ("Version", None) if wanted == super::data::OLD_VERSION => drop(fields.insert(name.clone(), wanted.clone())),
            ("Id", None) if wanted == "" => drop(fields.insert(name.clone(), wanted.clone())),
            _ => {}
        }
    }
    for (name, had) in old.iter().filter(|(name, _)| !new.contains_key(*name)) {
        let means_nothing = (name == "Version" && had == super::data::OLD_VERSION) || (name == "Id" && had == "");
        if !means_nothing {
            fields.insert(name.clone(), had.clone());
        }
    }
    Document::new(Value::Object(fields))
}

fn statements(before: &Value, after: &Value, rules: Rules<'_>) -> Value {
    if !(before.is_array() || before.is_object()) || !(after.is_array() || after.is_object()) {
        return before.clone();
    }
    let forms = |list: &[Value]| list.iter().map(|s| canon::statement(s, rules)).collect::<Vec<_>>();
    let (old_forms, new_forms) = (forms(one_or_list(before)), forms(one_or_list(after)));
    let old: Vec<(usize, &Value)> = distinct(one_or_list(before).iter().enumerate().collect(), |(i, _)| old_forms[*i].clone());
    let new = one_or_list(after);
    let mut pairs = Pairs::new(old.len(), new.len());
    pairs.join(|i, j| old_forms.get(old[i].0) == new_forms.get(j));
    pairs.join(|i, j| text(old[i].1, "Sid").is_some_and(|sid| !sid.is_empty() && Some(sid) == text(&new[j], "Sid")));
    pairs.join(|i, j| is_akin(old[i].1, &new[j], rules));
    pairs.join_last();
    let mut list = Vec::new();
    for (i, partner) in pairs.arranged() {
        let had = old[i].1;
        list.push(match partner.and_then(|j| new.get(j).map(|wanted| (wanted, new_forms.get(j)))) {
            Some((wanted, form)) if form == old_forms.get(old[i].0) => wanted.clone(),
            Some((wanted, _)) => statement(had, wanted, rules),
            None => had.clone(),
        });
    }
    shaped(list, after, Value::is_object)
}

/// Whether two statements, neither equal nor of one Sid, are probably the same one before and after an edit.
fn is_akin(a: &Value, b: &Value, rules: Rules<'_>) -> bool {
    let same = |name: &str| {
        let form = |s: &Value| s.get(name).map(|v| canon::element(name, v, allows(s), rules));
        form(a).is_some_and(|form_a| form(b).is_some_and(|form_b| form_a == form_b))
    };
    same("Effect")
        && ["Action", "NotAction", "Resource", "NotResource", "Principal"]
            .into_iter()
            .filter(|n| a.get(*n) != Some(&Value::from("*")))
            .any(same)
}

fn allows(statement: &Value) -> bool {
    text(statement, "Effect").is_some_and(|e| e.eq_ignore_ascii_case("Allow"))
}

fn text<'a>(statement: &'a Value, name: &str) -> Option<&'a str> {
    statement.get(name).and_then(Value::as_str)
}

fn statement(before: &Value, after: &Value, rules: Rules<'_>) -> Value {
    let (Value::Object(old), Value::Object(new)) = (before, after) else { return before.clone() };
    let mut fields = Map::new();
    for (name, wanted) in new {
        let meant = canon::element(name, wanted, allows(after), rules);
        match old.get(name) {
            // The effect decides what a bare `*` means: with another effect, spelling is not borrowed.
            Some(had)
                if canon::element(name, had, allows(before), rules) == canon::element(name, wanted, allows(before), rules) =>
            {
                fields.insert(name.clone(), wanted.clone());
            }
            Some(had) => drop(fields.insert(name.clone(), element(name, had, wanted, rules))),
            None if meant == Element::Nothing => drop(fields.insert(name.clone(), wanted.clone())),
            None => {}
        }
    }
    for (name, had) in old.iter().filter(|(name, _)| !new.contains_key(*name)) {
        if canon::element(name, had, allows(before), rules) != Element::Nothing {
            fields.insert(name.clone(), had.clone());
        }
    }
    Value::Object(fields)
}

/// An element that differs: what its lists share is put in order.
fn element(name: &str, before: &Value, after: &Value, rules: Rules<'_>) -> Value {
    match (name, before, after) {
        ("Action" | "NotAction", _, _) => values(before, after, canon::action),
        ("Resource" | "NotResource", _, _) => values(before, after, Value::to_string),
        ("Principal" | "NotPrincipal", Value::Object(old), Value::Object(new)) => {
            let each = |kind: &str, had: &Value, wanted: &Value| values(had, wanted, |v| canon::principal_value(kind, v, rules));
            entries(old, new, str::to_owned, |kind, had, wanted| each(kind, had, wanted))
        }
        ("Condition", Value::Object(old), Value::Object(new)) => {
            entries(old, new, canon::operator_name, |operator, had, wanted| match (had, wanted) {
                (Value::Object(had), Value::Object(wanted)) => entries(had, wanted, str::to_ascii_lowercase, |_, had, wanted| {
                    values(had, wanted, |v| canon::condition_value(operator, v))
                }),
                _ => had.clone(),
            })
        }
        _ => before.clone(),
    }
}

/// The entries of `before` in the order of `after`, under its spelling of the keys. A key that two entries share keeps both as they are.
fn entries(
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    form: impl Fn(&str) -> String,
    each: impl Fn(&str, &Value, &Value) -> Value,
) -> Value {
    let (old, new): (Vec<_>, Vec<_>) = (before.iter().collect(), after.iter().collect());
    let single = |list: &[(&String, &Value)], key: &str| list.iter().filter(|(other, _)| form(other) == form(key)).count() == 1;
    let mut pairs = Pairs::new(old.len(), new.len());
    pairs.join(|i, j| old[i].0 == new[j].0);
    pairs.join(|i, j| form(old[i].0) == form(new[j].0) && single(&old, old[i].0) && single(&new, new[j].0));
    let mut fields = Map::new();
    for (i, partner) in pairs.arranged() {
        let (key, had) = old[i];
        match partner.and_then(|j| new.get(j)) {
            Some((spelt, wanted)) => fields.insert((*spelt).clone(), each(key, had, wanted)),
            None => fields.insert(key.clone(), had.clone()),
        };
    }
    Value::Object(fields)
}

/// The values of `before`, each once, in the order and spelling of `after` where both have them.
fn values(before: &Value, after: &Value, form: impl Fn(&Value) -> String) -> Value {
    let with_forms = |value| one_or_list(value).iter().map(|v| (form(v), v)).collect::<Vec<_>>();
    let old = distinct(with_forms(before), |(form, _)| form.clone());
    let new = with_forms(after);
    let mut pairs = Pairs::new(old.len(), new.len());
    pairs.join(|i, j| old[i].0 == new[j].0);
    let list = pairs.arranged().into_iter().map(|(i, partner)| partner.and_then(|j| new.get(j)).unwrap_or(&old[i]).1.clone());
    shaped(list.collect(), after, |only| !only.is_array())
}

/// A list, or its only value where `after` has one value and no list, and where the value may stand alone.
fn shaped(mut list: Vec<Value>, after: &Value, may_stand_alone: fn(&Value) -> bool) -> Value {
    if !after.is_array() && list.len() == 1 && list.first().is_some_and(may_stand_alone) {
        return list.remove(0);
    }
    Value::Array(list)
}

/// The items without those whose form came before.
fn distinct<T>(items: Vec<T>, form: impl Fn(&T) -> String) -> Vec<T> {
    let mut seen = BTreeSet::new();
    items.into_iter().filter(|item| seen.insert(form(item))).collect()
}

/// Which item of the old list goes with which of the new one; each has at most one partner.
struct Pairs {
    of_old: Vec<Option<usize>>,
    of_new: Vec<Option<usize>>,
}

impl Pairs {
    fn new(old: usize, new: usize) -> Self {
        Self { of_old: vec![None; old], of_new: vec![None; new] }
    }

    /// Joins what is still alone and matches, first come first served.
    fn join(&mut self, matches: impl Fn(usize, usize) -> bool) {
        for i in 0..self.of_old.len() {
            if self.of_old[i].is_none()
                && let Some(j) = (0..self.of_new.len()).find(|j| self.of_new[*j].is_none() && matches(i, *j))
            {
                self.of_old[i] = Some(j);
                self.of_new[j] = Some(i);
            }
        }
    }

    /// Joins the last of each side, if just one is left on both.
    fn join_last(&mut self) {
        let alone =
            |list: &[Option<usize>]| list.iter().enumerate().filter(|(_, p)| p.is_none()).map(|(i, _)| i).collect::<Vec<_>>();
        if let ([i], [j]) = (alone(&self.of_old).as_slice(), alone(&self.of_new).as_slice()) {
            self.of_old[*i] = Some(*j);
            self.of_new[*j] = Some(*i);
        }
    }

    /// The old items with their partners: those with one in the new list's order, each of the others behind its predecessor.
    fn arranged(&self) -> Vec<(usize, Option<usize>)> {
        let mut order: Vec<usize> = self.of_new.iter().flatten().copied().collect();
        for i in (0..self.of_old.len()).filter(|i| self.of_old[*i].is_none()) {
            let behind = i.checked_sub(1).and_then(|p| order.iter().position(|o| *o == p)).map_or(0, |at| at + 1);
            order.insert(behind, i);
        }
        order.into_iter().map(|i| (i, self.of_old.get(i).copied().flatten())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn aligned(before: Value, after: Value) -> String {
        align(&Document::new(before), &Document::new(after), DocumentKind::Trust, "aws").to_compact()
    }

    #[test]
    fn shared_statements_take_the_other_order_and_new_ones_stay_behind_their_predecessor() {
        let before = json!({"Statement": [{"Sid": "C"}, {"Sid": "Gone"}, {"Sid": "A"}]});
        let after = json!({"Statement": [{"Sid": "A"}, {"Sid": "B"}, {"Sid": "C"}, {"Sid": "D"}]});
        assert_eq!(aligned(before, after), r#"{"Statement":[{"Sid":"A"},{"Sid":"C"},{"Sid":"Gone"}]}"#);
    }

    #[test]
    fn a_statement_that_changed_is_respelt_where_it_did_not() {
        let before = json!({"Statement": {"Action": ["STS:assumerole"], "Effect": "Allow", "Sid": "T",
            "Principal": {"AWS": ["arn:aws:iam::123456789012:root", "arn:aws:iam::123456789012:role/old"]},
            "Condition": {"ArnEquals": {"AWS:SourceArn": "b"}, "Bool": {"aws:SecureTransport": ["true"]}}}});
        let after = json!({"Statement": [{"Sid": "T", "Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole",
            "Condition": {"Bool": {"aws:SecureTransport": true}, "ArnLike": {"aws:SourceArn": ["a", "b"]}}}]});
        let expected = json!({"Statement": [{"Sid": "T", "Effect": "Allow",
            "Principal": {"AWS": ["123456789012", "arn:aws:iam::123456789012:role/old"]}, "Action": "sts:AssumeRole",
            "Condition": {"Bool": {"aws:SecureTransport": true}, "ArnLike": {"aws:SourceArn": ["b"]}}}]});
        assert_eq!(aligned(before, after), expected.to_string());
    }

    #[test]
    fn a_bare_star_is_not_respelt_where_the_effect_changes_its_meaning() {
        let before = json!({"Statement": [{"Sid": "T", "Effect": "Deny", "Principal": {"AWS": "*"}}]});
        let after = json!({"Statement": [{"Sid": "T", "Effect": "Allow", "Principal": "*"}]});
        assert_eq!(aligned(before.clone(), after), before.to_string());
    }
}
