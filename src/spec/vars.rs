//! Variables (contract 3): `${name}` put in after parsing, into scalars, keys and documents from files.
//!
//! A name without a colon is iamctl's and must exist. One with a colon is an IAM policy variable and passes untouched,
//! as do `${*}`, `${?}` and `${$}`. `$${` is a literal `${`. What is put in is never read again.

use std::collections::BTreeMap;

use super::mistakes;
use super::text::Pos;
use super::yaml::{Kind, Node, Plain};
use crate::diag::{Diagnostic, did_you_mean};

/// Names of the variables that every spec has.
pub const BUILT_IN: [&str; 5] = ["account_id", "partition", "region", "caller_arn", "stack"];

/// Values of variables by name, without the `var.`.
pub type Vars = BTreeMap<String, Node>;

/// A variable's value from text, as `--var NAME=VALUE` gives it.
pub fn text_value(text: &str) -> Node {
    Node::text(Pos::default(), text)
}

/// What names mean at one point.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// The names of [`BUILT_IN`]; one that is missing has no value here.
    pub built_in: &'a BTreeMap<&'static str, String>,
    /// `${var.NAME}`.
    pub vars: &'a Vars,
    /// `${param.NAME}`, inside a template.
    pub params: Option<&'a Vars>,
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
    // CloudFormation's pseudo parameters: IAM has none that begin so.
    head == "AWS" && name.starts_with("AWS::")
        || head == "var"
        || head == "param"
        || head.starts_with("var.")
        || head.starts_with("param.")
        || BUILT_IN.contains(&head)
}

impl Scope<'_> {
    /// The value of a name.
    fn value(&self, name: &str) -> Result<Node, Diagnostic> {
        if name.starts_with("AWS::") {
            let problem = Diagnostic::error("unknown-variable", format!("unknown variable `${{{}}}`", name.escape_debug()));
            return Err(problem.help(mistakes::variable(name).unwrap_or_default()));
        }
        if name.contains(':') {
            let mended = match name.split_once(':') {
                Some((head, _)) if BUILT_IN.contains(&head) => head.to_owned(),
                _ => name.replacen(':', ".", 1),
            };
            return Err(Diagnostic::error(
                "unknown-variable",
                format!("`${{{}}}` has a colon, and iamctl's variables have none", name.escape_debug()),
            )
            .help(format!("write `${{{}}}`, or `$${{` for a literal `${{`", mended.escape_debug())));
        }
        if let Some(text) = self.built_in.get(name) {
            return Ok(text_value(text));
        }
        if BUILT_IN.contains(&name) {
            let help = match name {
                "stack" => "set `stack:` in the project file, or give `--stack`",
                _ => "it is known only when iamctl has looked at the account: use an account, or write the value out",
            };
            return Err(Diagnostic::error("unknown-variable", format!("`${{{name}}}` has no value here")).help(help));
        }
        let found = match (name.strip_prefix("var."), name.strip_prefix("param."), self.params) {
            (Some(var), _, _) => self.vars.get(var),
            (_, Some(param), Some(params)) => params.get(param),
            _ => None,
        };
        found.cloned().ok_or_else(|| self.unknown(name))
    }

    fn unknown(&self, name: &str) -> Diagnostic {
        let problem = Diagnostic::error("unknown-variable", format!("unknown variable `${{{}}}`", name.escape_debug()));
        if name.starts_with("param.") && self.params.is_none() {
            return problem
                .help("parameters exist in templates only; a variable is `${var.NAME}`, set under `vars:` of the project file");
        }
        let mut known: Vec<String> = BUILT_IN.iter().map(|n| (*n).to_owned()).collect();
        known.extend(self.vars.keys().map(|n| format!("var.{n}")));
        known.extend(self.params.into_iter().flat_map(BTreeMap::keys).map(|n| format!("param.{n}")));
        let near =
            known.iter().find(|k| k.strip_prefix("var.") == Some(name)).map(|k| format!("did you mean `${{{k}}}`?")).or_else(
                || {
                    did_you_mean(name, known.iter().map(String::as_str))
                        .map(|text| text.replacen('`', "`${", 1).replacen("`?", "}`?", 1))
                },
            );
        let ways = match name.strip_prefix("var.") {
            Some(var) => format!("set it under `vars:` of the project file, or with `--var {}=VALUE`", var.escape_debug()),
            None => mistakes::variable(name)
                .unwrap_or_else(|| "write `$${` for a literal `${`; variables of your own are `${var.NAME}`".to_owned()),
        };
        problem.help(near.unwrap_or(ways))
    }

    /// A text with its variables put in; lists and mappings cannot stand inside a text.
    pub fn text(&self, text: &str) -> Result<String, Diagnostic> {
        let mut out = String::with_capacity(text.len());
        for piece in pieces(text) {
            match piece {
                Piece::Literal(part) => out.push_str(part),
                Piece::Ours(name) => match self.value(name)? {
                    Node { kind: Kind::Scalar(part, _), .. } => out.push_str(&part),
                    other => {
                        return Err(Diagnostic::error(
                            "variable-type",
                            format!("`${{{name}}}` is {}, which cannot stand inside a text", other.noun()),
                        )
                        .help("let the variable be the whole value, or choose one that is text"));
                    }
                },
                Piece::Unclosed => {
                    return Err(Diagnostic::error("unknown-variable", "this `${` is never closed")
                        .help("add a `}`, or write `$${` for a literal `${`"));
                }
            }
        }
        Ok(out)
    }

    /// A value with all its variables put in. What cannot be is left as it is and reported.
    pub fn put_in(&self, node: &Node, problems: &mut Vec<(Pos, Diagnostic)>) -> Node {
        match &node.kind {
            Kind::Scalar(text, _) if text.contains('$') => match self.scalar(text, node.at) {
                Ok(node) => node,
                Err(problem) => {
                    problems.push((node.at, problem));
                    node.clone()
                }
            },
            Kind::Null | Kind::Scalar(..) => node.clone(),
            Kind::Seq(items) => {
                let mut out = Vec::with_capacity(items.len());
                for item in items {
                    let was_text = matches!(item.kind, Kind::Scalar(..));
                    match self.put_in(item, problems) {
                        // A list variable inside a list adds its items to it.
                        Node { kind: Kind::Seq(more), .. } if was_text => out.extend(more),
                        item => out.push(item),
                    }
                }
                Node { at: node.at, kind: Kind::Seq(out) }
            }
            Kind::Map(entries) => Node { at: node.at, kind: Kind::Map(self.entries(entries, problems)) },
        }
    }

    fn scalar(&self, text: &str, at: Pos) -> Result<Node, Diagnostic> {
        if let [Piece::Ours(name)] = pieces(text).as_slice() {
            let value = self.value(name)?;
            return match value.kind {
                Kind::Map(_) | Kind::Null => {
                    Err(Diagnostic::error("variable-type", format!("`${{{name}}}` is {}", value.noun()))
                        .help("a variable stands for text, a number, a boolean or a list of them"))
                }
                _ => Ok(value.placed(at)),
            };
        }
        self.text(text).map(|text| Node::text(at, &text))
    }

    fn entries(&self, entries: &[(Node, Node)], problems: &mut Vec<(Pos, Diagnostic)>) -> Vec<(Node, Node)> {
        let mut renamed = false;
        let mut out: Vec<(Node, Node)> = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let mut new_key = key.clone();
            if let Kind::Scalar(text, _) = &key.kind
                && text.contains('$')
            {
                match self.text(text) {
                    Ok(text) => {
                        renamed = true;
                        new_key.kind = Kind::Scalar(text.into(), Plain::Quoted);
                    }
                    Err(problem) => problems.push((key.at, problem)),
                }
            }
            out.push((new_key, self.put_in(value, problems)));
        }
        if renamed {
            let mut seen = std::collections::BTreeSet::new();
            for (key, _) in &out {
                if let Some(text) = key.as_str()
                    && !seen.insert(text)
                {
                    let message =
                        format!("the key `{}` stands twice in one mapping, once its variables are put in", text.escape_debug());
                    problems.push((key.at, Diagnostic::error("duplicate-key", message).help("keep one of the two")));
                }
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with<R>(f: impl FnOnce(Scope<'_>) -> R) -> R {
        let built_in = [("account_id", "111111111111".to_owned()), ("partition", "aws".to_owned())].into();
        let list = Node { at: Pos::default(), kind: Kind::Seq(vec![text_value("a"), text_value("b")]) };
        let vars = [("env".to_owned(), text_value("${account_id}")), ("list".to_owned(), list)].into();
        f(Scope { built_in: &built_in, vars: &vars, params: None })
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
        assert!(text("x${var.list}").unwrap_err().contains("cannot stand inside a text"));
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
