//! Variables (contract 3): `${name}` put in after parsing, into scalars, keys and documents from files.
//!
//! A name without a colon is iamctl's and must exist. One with a colon is an IAM policy variable and passes untouched,
//! as do `${*}`, `${?}` and `${$}`. `$${` is a literal `${`. What is put in is never read again. `${name[*]}` stands for each item of a
//! list: the text around it becomes a list of texts.

use std::collections::{BTreeMap, BTreeSet};

pub use super::ledger::Ledger;
use super::mistakes;
use super::text::{Pos, Via};
use super::yaml::{Kind, Node, Plain};
use crate::diag::{Finding, did_you_mean};
use crate::fleet::Roster;

/// Names of the variables that every spec has.
pub const BUILT_IN: [&str; 6] = ["account_id", "account", "partition", "region", "caller_arn", "stack"];

/// What stands before the dot of a name that has one.
const KINDS: [&str; 4] = ["var", "param", "each", "fragment"];

/// Values of variables by name, without the `var.`.
pub type Vars = BTreeMap<String, Node>;

/// A variable's value from text, as `--var NAME=VALUE` gives it.
pub fn text_value(text: &str) -> Node {
    Node::text(Pos::default(), text)
}

/// Most texts that one text with `[*]` becomes; more than any policy has room for.
const MOST_TEXTS: usize = 1000;
/// Keys of policy documents whose value is one text.
const SCALAR_KEYS: [&str; 4] = ["Effect", "Sid", "Version", "Id"];

/// What names mean at one point.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// The names of [`BUILT_IN`]; one that is missing has no value here.
    pub built_in: &'a BTreeMap<&'static str, String>,
    /// `${var.NAME}`.
    pub vars: &'a Vars,
    /// `${param.NAME}`, inside a template.
    pub params: Option<&'a Vars>,
    /// `${each.NAME}`, inside an entry of `use` with `each`.
    pub each: Option<&'a Vars>,
    /// `${fragment.NAME}`: lists of statements.
    pub fragments: Option<&'a Vars>,
    /// `${accounts.NAME.id}`.
    pub accounts: &'a Roster,
    /// Whether the values are for a template, which may put fragments where they belong.
    pub is_with: bool,
    /// The instance that all values are of.
    pub via: Via,
    /// What the run has used up; without it nothing is counted.
    pub ledger: Option<&'a Ledger>,
}

/// One `${…}` of a text, and what stands between.
#[derive(Debug, PartialEq, Eq)]
enum Piece<'t> {
    Literal(&'t str),
    Ours(&'t str),
    Unclosed,
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        let (before, from) = rest.split_at(dollar);
        if !before.is_empty() {
            pieces.push(Piece::Literal(before));
        }
        if let Some(after) = from.strip_prefix("$${") {
            pieces.push(Piece::Literal("${"));
            rest = after;
        } else if let Some(after) = from.strip_prefix("${") {
            let Some((name, after)) = after.split_once('}') else {
                pieces.push(Piece::Unclosed);
                return pieces;
            };
            let whole = from.get(..name.len() + 3).unwrap_or(from);
            if matches!(name, "*" | "?" | "$") || (name.contains(':') && !is_ours(name)) {
                pieces.push(Piece::Literal(whole));
            } else {
                pieces.push(Piece::Ours(name));
            }
            rest = after;
        } else {
            pieces.push(Piece::Literal("$"));
            rest = from.get(1..).unwrap_or_default();
        }
    }
    if !rest.is_empty() {
        pieces.push(Piece::Literal(rest));
    }
    pieces
}

/// Whether a text holds a variable of iamctl's own.
pub fn has_variable(text: &str) -> bool {
    text.contains("${") && pieces(text).iter().any(|piece| matches!(piece, Piece::Ours(_)))
}

/// The names of iamctl's variables in a text, without `[*]`.
pub fn names_in(text: &str) -> Vec<&str> {
    let names = pieces(text).into_iter().filter_map(|piece| match piece {
        Piece::Ours(name) => Some(name.strip_suffix(STAR).unwrap_or(name)),
        Piece::Literal(_) | Piece::Unclosed => None,
    });
    names.collect()
}

/// The text that reads as `text` once variables are put in: what a text that knows nothing of iamctl must be written as.
pub fn literal(text: &str) -> String {
    if !text.contains("${") {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let (before, from) = rest.split_at(start);
        out.push_str(before);
        let after = from.get(2..).unwrap_or_default();
        let closed = after.split_once('}');
        match closed {
            Some((name, tail))
                if !before.ends_with('$') && (matches!(name, "*" | "?" | "$") || (name.contains(':') && !is_ours(name))) =>
            {
                out.push_str(from.get(..name.len() + 3).unwrap_or(from));
                rest = tail;
            }
            _ => {
                out.push_str("$${");
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// Whether the part before the colon is a word of iamctl's own.
fn is_ours(name: &str) -> bool {
    let head = name.split(':').next().unwrap_or_default().trim();
    let kind = head.split('.').next().unwrap_or_default();
    // `account:` is a prefix of AWS's own condition keys, and `AWS::` begins CloudFormation's pseudo parameters alone.
    KINDS.contains(&kind) || (BUILT_IN.contains(&head) && head != "account") || name.starts_with("AWS::")
}

impl<'a> Scope<'a> {
    /// A scope with built-in names and variables alone.
    pub fn new(built_in: &'a BTreeMap<&'static str, String>, vars: &'a Vars) -> Self {
        Self {
            built_in,
            vars,
            params: None,
            each: None,
            fragments: None,
            accounts: Roster::none(),
            is_with: false,
            via: Via::NONE,
            ledger: None,
        }
    }

    /// The value of a name.
    fn value(&self, name: &str) -> Result<&'a Node, Finding> {
        let (kind, rest) = name.split_once('.').unwrap_or((name, ""));
        let found = match kind {
            "var" => self.vars.get(rest),
            "param" => self.params.and_then(|params| params.get(rest)),
            "each" => self.each.and_then(|each| each.get(rest)),
            "fragment" => self.fragments.and_then(|fragments| fragments.get(rest)),
            _ => None,
        };
        found.ok_or_else(|| self.unknown(name))
    }

    /// The text of a built-in name; `None` for the names of others.
    fn built_in(&self, name: &str) -> Option<Result<&'a str, Finding>> {
        if name.starts_with("AWS::") {
            let problem = Finding::error("unknown-variable", format!("unknown variable `${{{}}}`", name.escape_debug()));
            return Some(Err(problem.help(mistakes::variable(name).unwrap_or_default())));
        }
        if name.contains(':') {
            let mended = match name.split_once(':') {
                Some((head, _)) if BUILT_IN.contains(&head) => head.to_owned(),
                _ => name.replacen(':', ".", 1),
            };
            let problem = Finding::error(
                "unknown-variable",
                format!("`${{{}}}` has a colon, and iamctl's variables have none", name.escape_debug()),
            );
            return Some(Err(problem.help(format!("write `${{{}}}`, or `$${{` for a literal `${{`", mended.escape_debug()))));
        }
        if let Some(text) = self.built_in.get(name) {
            return Some(Ok(text));
        }
        if let Some(account) = name.strip_prefix("accounts.") {
            return Some(self.account_id(account));
        }
        BUILT_IN.contains(&name).then(|| {
            let help = match name {
                "stack" => "set `stack:` in the project file, or pass `--stack`",
                _ => "it is known only when iamctl has looked at the account: use an account, or write the value out",
            };
            Err(Finding::error("unknown-variable", format!("`${{{name}}}` has no value here")).help(help))
        })
    }

    /// The id of another account: `NAME.id`.
    fn account_id(&self, text: &str) -> Result<&'a str, Finding> {
        let problem = || Finding::error("unknown-variable", format!("unknown variable `${{accounts.{}}}`", text.escape_debug()));
        let Some(name) = text.strip_suffix(".id") else {
            return Err(problem().help("write `${accounts.NAME.id}`: the id is all that is known of another account"));
        };
        self.accounts.id_of(name).map_err(|help| problem().help(help))
    }

    fn unknown(&self, name: &str) -> Finding {
        let problem = Finding::error("unknown-variable", format!("unknown variable `${{{}}}`", name.escape_debug()));
        if let Some(help) = mistakes::built_in(name) {
            return problem.help(help);
        }
        let where_it_is = match name.split('.').next() {
            Some("param") if self.params.is_none() => {
                Some("parameters exist in templates only; a variable is `${var.NAME}`, set under `vars:` of the project file")
            }
            Some("each") if self.each.is_none() => {
                Some("`${each.NAME}` exists under `name` and `with` of a `use` entry with `each:`; a variable is `${var.NAME}`")
            }
            Some("fragment") if self.fragments.is_none_or(BTreeMap::is_empty) => {
                Some("declare the fragment: `fragments: {NAME: [{Effect: …}]}` at the top of a spec file")
            }
            _ => None,
        };
        if let Some(help) = where_it_is {
            return problem.help(help);
        }
        let of = |kind: &'static str, names: Option<&'a Vars>| {
            names.into_iter().flat_map(BTreeMap::keys).map(move |name| format!("{kind}.{name}"))
        };
        let mut near = None;
        if self.ledger.is_none_or(Ledger::may_suggest) {
            let mut known: Vec<String> = BUILT_IN.iter().map(|n| (*n).to_owned()).collect();
            known.extend(of("var", Some(self.vars)));
            known.extend(of("param", self.params).chain(of("each", self.each)).chain(of("fragment", self.fragments)));
            let same = known.iter().find(|k| k.split_once('.').is_some_and(|(_, rest)| rest == name));
            near = same.map(|k| format!("did you mean `${{{k}}}`?")).or_else(|| {
                did_you_mean(name, known.iter().map(String::as_str))
                    .map(|text| text.replacen('`', "`${", 1).replacen("`?", "}`?", 1))
            });
        }
        let ways = match name.strip_prefix("var.") {
            Some(var) => format!("set it under `vars:` of the project file, or with `--var {}=VALUE`", var.escape_debug()),
            None => mistakes::variable(name)
                .unwrap_or_else(|| "write `$${` for a literal `${`; variables of your own are `${var.NAME}`".to_owned()),
        };
        problem.help(near.unwrap_or(ways))
    }

    /// A text with its variables put in, where one text must stand: a key, a name.
    ///
    /// # Errors
    /// An unknown variable, a list, or a name with `[*]`.
    pub fn text(&self, text: &str) -> Result<String, Finding> {
        let mut out = String::with_capacity(text.len());
        for piece in pieces(text) {
            match piece {
                Piece::Literal(part) => out.push_str(part),
                Piece::Ours(name) if name.ends_with(STAR) => return Err(one_text(name)),
                Piece::Ours(name) => out.push_str(self.piece(name, false)?),
                Piece::Unclosed => return Err(unclosed()),
            }
        }
        Ok(out)
    }

    /// The text that a name stands for inside a text.
    fn piece(&self, name: &str, list_may_stand: bool) -> Result<&'a str, Finding> {
        if let Some(text) = self.built_in(name) {
            return text;
        }
        let value = self.value(name)?;
        value.as_str().ok_or_else(|| {
            let help = match value.kind {
                Kind::Seq(_) if list_may_stand => {
                    format!("write `${{{name}[*]}}` for one text per item, or let `${{{name}}}` be the whole value")
                }
                _ => "let the variable be the whole value, or choose one that is text".to_owned(),
            };
            let message = format!("`${{{name}}}` is {}, which is not allowed inside a text", value.noun());
            Finding::error("variable-type", message).help(help)
        })
    }

    /// The texts that a text with `[*]` becomes; the leftmost name changes slowest, and one name means one item throughout.
    fn starred(&self, parts: &[Piece<'_>]) -> Result<Vec<String>, Finding> {
        let mut lists: Vec<(&str, Vec<&'a str>)> = Vec::new();
        for part in parts {
            let Piece::Ours(name) = part else { continue };
            let Some(list) = name.strip_suffix(STAR) else { continue };
            if lists.iter().any(|(known, _)| known == name) {
                continue;
            }
            let value = match self.built_in(list) {
                Some(text) => vec![text?],
                None => {
                    let value = self.value(list)?;
                    let items: Option<Vec<&str>> = match &value.kind {
                        Kind::Seq(items) => items.iter().map(Node::as_str).collect(),
                        _ => value.as_str().map(|text| vec![text]),
                    };
                    items.ok_or_else(|| {
                        Finding::error("variable-type", format!("`${{{list}}}` is not a list of texts"))
                            .help("`[*]` puts each item into a text; choose a list of texts")
                    })?
                }
            };
            lists.push((name, value));
        }
        let count = lists.iter().fold(1usize, |count, (_, list)| count.saturating_mul(list.len()));
        if count > MOST_TEXTS {
            let message = format!("this text stands for more than {MOST_TEXTS} texts");
            return Err(Finding::error("too-large", message).help("use fewer lists with `[*]` in one text, or shorter ones"));
        }
        let mut out = Vec::with_capacity(count);
        for number in 0..count {
            let mut rest = number;
            let mut chosen: BTreeMap<&str, &str> = BTreeMap::new();
            for (name, list) in lists.iter().rev() {
                chosen.extend(list.get(rest % list.len()).map(|item| (*name, *item)));
                rest /= list.len();
            }
            let mut text = String::new();
            for part in parts {
                match part {
                    Piece::Literal(part) => text.push_str(part),
                    Piece::Ours(name) => match chosen.get(name) {
                        Some(item) => text.push_str(item),
                        None => text.push_str(self.piece(name, true)?),
                    },
                    Piece::Unclosed => return Err(unclosed()),
                }
            }
            out.push(text);
        }
        Ok(out)
    }

    /// A value with all its variables put in. What cannot be is left as it is and reported.
    pub fn put_in(&self, node: &Node, problems: &mut Vec<(Pos, Finding)>) -> Node {
        self.below("", node, problems)
    }

    /// The same for a spec document: what is read for each use and each part on its own stays as it is.
    pub fn put_in_spec(&self, document: &Node, problems: &mut Vec<(Pos, Finding)>) -> Node {
        let keeping = |of: &Node, keys: &[&str], problems: &mut Vec<(Pos, Finding)>| match &of.kind {
            Kind::Map(entries) => {
                let (kept, other): (Vec<_>, Vec<_>) =
                    entries.iter().cloned().partition(|(key, _)| key.as_str().is_some_and(|key| keys.contains(&key)));
                let mut entries = self.entries(&other, problems);
                entries.extend(kept);
                Node { at: self.at(of.at), kind: Kind::Map(entries) }
            }
            _ => self.put_in(of, problems),
        };
        let mut out = keeping(document, &["use", "parts", "fragments"], problems);
        let Kind::Map(entries) = &mut out.kind else { return out };
        for (key, value) in entries {
            let keys: &[&str] = match key.as_str() {
                Some("use") => &["template", "name", "each", "with"],
                Some("parts") => &["spec"],
                _ => continue,
            };
            if let Kind::Seq(items) = &mut value.kind {
                items.iter_mut().for_each(|item| *item = keeping(item, keys, problems));
            }
        }
        out
    }

    fn at(&self, at: Pos) -> Pos {
        if self.via == Via::NONE { at } else { Pos { via: self.via, ..at } }
    }

    fn below(&self, under: &str, node: &Node, problems: &mut Vec<(Pos, Finding)>) -> Node {
        let at = self.at(node.at);
        let bytes = node.as_str().map_or(0, str::len);
        if self.ledger.is_some_and(|ledger| !ledger.take(1, bytes)) {
            return Node { at, kind: Kind::Null };
        }
        match &node.kind {
            Kind::Scalar(text, _) if text.contains('$') => match self.scalar(under, text, at) {
                Ok(node) => node,
                Err(problem) => {
                    problems.push((at, problem));
                    Node { at, kind: node.kind.clone() }
                }
            },
            Kind::Null | Kind::Scalar(..) => Node { at, kind: node.kind.clone() },
            Kind::Seq(items) => {
                let mut out = Vec::with_capacity(items.len());
                for item in items {
                    let was_text = matches!(item.kind, Kind::Scalar(..));
                    match self.below(under, item, problems) {
                        // A list variable inside a list adds its items to it.
                        Node { kind: Kind::Seq(more), .. } if was_text => out.extend(more),
                        item => out.push(item),
                    }
                }
                Node { at, kind: Kind::Seq(out) }
            }
            Kind::Map(entries) => Node { at, kind: Kind::Map(self.entries(entries, problems)) },
        }
    }

    fn scalar(&self, under: &str, text: &str, at: Pos) -> Result<Node, Finding> {
        let parts = pieces(text);
        let star = parts.iter().find_map(|part| match part {
            Piece::Ours(name) if name.ends_with(STAR) => Some(*name),
            _ => None,
        });
        if let Some(name) = star {
            if SCALAR_KEYS.contains(&under) {
                return Err(one_text(name));
            }
            let texts = self.starred(&parts)?;
            if let Some(ledger) = self.ledger {
                ledger.take(texts.len(), texts.iter().map(String::len).sum());
                ledger.star(at);
            }
            return Ok(Node { at, kind: Kind::Seq(texts.iter().map(|text| Node::text(at, text)).collect()) });
        }
        if let [Piece::Ours(name)] = parts.as_slice() {
            return self.whole(under, name, at);
        }
        let mut out = String::with_capacity(text.len());
        for part in parts {
            match part {
                Piece::Literal(part) => out.push_str(part),
                Piece::Ours(name) => out.push_str(self.piece(name, !SCALAR_KEYS.contains(&under))?),
                Piece::Unclosed => return Err(unclosed()),
            }
        }
        if let Some(ledger) = self.ledger {
            ledger.take(0, out.len());
        }
        Ok(Node::text(at, &out))
    }

    /// What stands for a whole value. Values of parameters and fragments stay where they are written.
    fn whole(&self, under: &str, name: &str, at: Pos) -> Result<Node, Finding> {
        if let Some(text) = self.built_in(name) {
            return Ok(Node::text(at, text?));
        }
        let is_fragment = name.starts_with("fragment.");
        if is_fragment && under != "Statement" && !self.is_with {
            return Err(Finding::error("bad-fragment", format!("`${{{}}}` stands for policy statements", name.escape_debug()))
                .help("use it as `Statement`, or as one item of a `Statement` list"));
        }
        let value = self.value(name)?;
        if matches!(value.kind, Kind::Map(_) | Kind::Null) {
            return Err(Finding::error("variable-type", format!("`${{{name}}}` is {}", value.noun()))
                .help("a variable stands for text, a number, a boolean or a list of them"));
        }
        if let Some(ledger) = self.ledger {
            let (mut nodes, mut bytes) = (0usize, 0usize);
            value.walk(&mut |node| {
                nodes += 1;
                bytes += node.as_str().map_or(0, str::len);
            });
            if !ledger.take(nodes, bytes) {
                return Ok(Node { at, kind: Kind::Null });
            }
        }
        let keeps_its_place = is_fragment || name.starts_with("param.");
        Ok(if keeps_its_place { value.clone() } else { value.placed(at) })
    }

    fn entries(&self, entries: &[(Node, Node)], problems: &mut Vec<(Pos, Finding)>) -> Vec<(Node, Node)> {
        let mut renamed = false;
        let mut out: Vec<(Node, Node)> = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let mut new_key = Node { at: self.at(key.at), kind: key.kind.clone() };
            if let Kind::Scalar(text, _) = &key.kind
                && text.contains('$')
            {
                match self.text(text) {
                    Ok(text) => {
                        renamed = true;
                        new_key.kind = Kind::Scalar(text.into(), Plain::Quoted);
                    }
                    Err(problem) => problems.push((new_key.at, problem)),
                }
            }
            let under = key.as_str().unwrap_or_default();
            out.push((new_key, self.below(under, value, problems)));
        }
        if renamed {
            let mut seen = BTreeSet::new();
            for (key, _) in &out {
                if let Some(text) = key.as_str()
                    && !seen.insert(text)
                {
                    let message = format!(
                        "the key `{}` occurs twice in one mapping, after its variables are substituted",
                        text.escape_debug()
                    );
                    problems.push((key.at, Finding::error("duplicate-key", message).help("keep one of the two")));
                }
            }
        }
        out
    }
}

/// What stands behind a name that is put in item by item.
const STAR: &str = "[*]";

fn one_text(name: &str) -> Finding {
    Finding::error("starred-name", format!("`${{{}}}` stands for a list, and this is one text", name.escape_debug()))
        .help("use `[*]` where a list is allowed, such as `Action`, `Resource` or the values of a condition")
}

fn unclosed() -> Finding {
    Finding::error("unknown-variable", "this `${` is never closed").help("add a `}`, or write `$${` for a literal `${`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with<R>(f: impl FnOnce(Scope<'_>) -> R) -> R {
        let built_in = [("account_id", "111111111111".to_owned()), ("partition", "aws".to_owned())].into();
        let list = Node { at: Pos::default(), kind: Kind::Seq(vec![text_value("a"), text_value("b")]) };
        let vars = [("env".to_owned(), text_value("${account_id}")), ("list".to_owned(), list)].into();
        f(Scope::new(&built_in, &vars))
    }

    fn text(input: &str) -> Result<String, String> {
        with(|scope| scope.text(input).map_err(|d| format!("{} / {}", d.message, d.help.unwrap_or_default())))
    }

    #[test]
    fn ours_are_put_in_and_iams_pass() {
        assert_eq!(text("arn:${partition}:iam::${account_id}:x").unwrap(), "arn:aws:iam::111111111111:x");
        for same in ["${aws:username}", "${*}${?}${$}", "$5 $ {x}", "${aws:PrincipalTag/team, 'x'}", "${saml:sub}"] {
            assert_eq!(text(same).unwrap(), same);
        }
        assert_eq!(text("$${account_id} $$${x").unwrap(), "${account_id} $${x");
    }

    #[test]
    fn a_literal_text_reads_as_itself() {
        let words = ["$", "${", "}", "{", "a", "aws:x", ":", "*", "?", "account_id", "var:", "stack:y", "}}"];
        for a in words {
            for b in words {
                for c in words {
                    for d in words {
                        let whole = [a, b, c, d].concat();
                        assert_eq!(text(&literal(&whole)).as_deref(), Ok(whole.as_str()), "{}", literal(&whole));
                    }
                }
            }
        }
        assert_eq!(literal("${aws:username} ${x}"), "${aws:username} $${x}");
    }

    #[test]
    fn what_is_put_in_is_never_read_again() {
        assert_eq!(text("${var.env}").unwrap(), "${account_id}");
    }

    #[test]
    fn unknown_names_are_errors_with_the_likeliest() {
        assert_eq!(text("${acount_id}").unwrap_err(), "unknown variable `${acount_id}` / did you mean `${account_id}`?");
        assert_eq!(text("${env}").unwrap_err(), "unknown variable `${env}` / did you mean `${var.env}`?");
        assert!(text("${var:env}").unwrap_err().contains("write `${var.env}`"));
        assert!(text("${account_id:x}").is_err() && text("${stack}").is_err() && text("${x").is_err() && text("${}").is_err());
        assert!(text("${param.name}").unwrap_err().contains("templates only"));
        assert!(text("x${var.list}").unwrap_err().contains("is not allowed inside a text"));
    }

    #[test]
    fn a_whole_scalar_may_become_a_list_and_joins_a_list() {
        let node = |text: &str| Node::text(Pos::default(), text);
        let list = Node { at: Pos::default(), kind: Kind::Seq(vec![node("x"), node("${var.list}")]) };
        let mut problems = Vec::new();
        let out = with(|scope| scope.put_in(&list, &mut problems));
        assert_eq!(out.to_json(), serde_json::json!(["x", "a", "b"]));
        assert!(problems.is_empty());
    }
}
