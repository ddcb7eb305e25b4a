//! Policy variables: `${key}`, `${key, 'default'}`, and the escapes `${*}` `${?}` `${$}` (iam-facts 6.5).

use super::context::{Reader, Truth, Value};
use super::pattern::{Pattern, Token, Tokens, matches_tokens};

/// A part of a text with variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// A character or a wildcard.
    Token(Token),
    /// The value of a key, put in literally: a `*` in it is not a wildcard.
    Variable {
        /// In lower case.
        key: String,
        /// Stands for the value of an absent key.
        default: Option<String>,
    },
}

/// A text that may hold variables, ready for matching.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Template {
    /// Without variables.
    Fixed(Pattern),
    /// With at least one.
    Open(Vec<Piece>),
}

/// The tokens of a text with its variables put in; or what is known of it without.
pub(super) type Expanded = Result<Tokens, Truth>;

impl Template {
    /// Reads a text. Where `wildcards` is false, `*` and `?` are characters like others; where `variables` is false (documents of
    /// version 2008-10-17), so is `${`. A `${` that begins no variable is itself.
    pub fn parse(text: &str, wildcards: bool, variables: bool) -> Self {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if variables && let Some((piece, after)) = variable(rest) {
                pieces.push(piece);
                rest = after;
                continue;
            }
            pieces.push(Piece::Token(match c {
                '*' if wildcards => Token::Run,
                '?' if wildcards => Token::One,
                c => Token::Is(c),
            }));
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
        }
        let fixed: Option<Vec<Token>> =
            pieces.iter().map(|piece| if let Piece::Token(token) = piece { Some(*token) } else { None }).collect();
        fixed.map_or(Self::Open(pieces), |tokens| Self::Fixed(Pattern::new(tokens)))
    }

    /// The keys of its variables, in lower case.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        let pieces = match self {
            Self::Fixed(_) => [].as_slice(),
            Self::Open(pieces) => pieces,
        };
        pieces.iter().filter_map(|piece| if let Piece::Variable { key, .. } = piece { Some(key.as_str()) } else { None })
    }

    /// The same in lower case, for [`Self::matches_folded`].
    pub(super) fn folded(self) -> Self {
        let lower = |token: Token| match token {
            Token::Is(c) => c.to_lowercase().map(Token::Is).collect(),
            wildcard => vec![wildcard],
        };
        match self {
            Self::Fixed(pattern) => Self::Fixed(Pattern::new(pattern.tokens().iter().flat_map(|token| lower(*token)).collect())),
            Self::Open(pieces) => Self::Open(
                pieces
                    .into_iter()
                    .flat_map(|piece| match piece {
                        Piece::Token(token) => lower(token).into_iter().map(Piece::Token).collect(),
                        variable @ Piece::Variable { .. } => vec![variable],
                    })
                    .collect(),
            ),
        }
    }

    /// [`Self::matches`] ignoring case: of a folded template and a text in lower case.
    pub(super) fn matches_folded<'p>(&'p self, text: &str, reader: &mut Reader<'_, 'p>) -> Truth {
        match self {
            Self::Fixed(pattern) => pattern.matches(text).into(),
            Self::Open(pieces) => match expand(pieces, reader) {
                Ok(tokens) => {
                    let put_in: String =
                        tokens.iter().filter_map(|t| if let Token::Is(c) = t { Some(*c) } else { None }).collect();
                    (put_in.to_lowercase() == text).into()
                }
                Err(truth) => truth,
            },
        }
    }

    /// Whether it covers the whole of a text. A variable whose key is absent or has several values, and which has no default,
    /// matches nothing.
    pub fn matches<'p>(&'p self, text: &str, reader: &mut Reader<'_, 'p>) -> Truth {
        match self {
            Self::Fixed(pattern) => pattern.matches(text).into(),
            Self::Open(pieces) => match expand(pieces, reader) {
                Ok(tokens) => matches_tokens(&tokens, text).into(),
                Err(truth) => truth,
            },
        }
    }
}

/// Puts the values in.
pub(super) fn expand<'p>(pieces: &'p [Piece], reader: &mut Reader<'_, 'p>) -> Expanded {
    let mut tokens = Vec::with_capacity(pieces.len());
    let mut failed = None;
    for piece in pieces {
        match piece {
            Piece::Token(token) => tokens.push(*token),
            Piece::Variable { key, default } => match (reader.get(key), default) {
                (Some(Value::Single(text)), _) => tokens.extend(text.chars().map(Token::Is)),
                (None, _) if reader.when_absent(key, false) == Truth::Maybe => failed = failed.max(Some(Truth::Maybe)),
                (None, Some(text)) => tokens.extend(text.chars().map(Token::Is)),
                // Of several values none is the one meant.
                (Some(Value::Many(_)), _) | (None, None) => failed = failed.max(Some(Truth::No)),
            },
        }
    }
    failed.map_or(Ok(tokens), Err)
}

/// A text with the values of some variables put in, each as it is. `value`: of a key in lower case, with `Some(None)` for one that is
/// absent; `None` leaves a variable as it stands. The answer is `None` where an absent key without default leaves nothing to match.
pub(super) fn put_in<'v>(text: &str, value: &dyn Fn(&str) -> Option<Option<&'v str>>) -> Option<String> {
    let (mut out, mut rest) = (String::new(), text);
    while let Some(c) = rest.chars().next() {
        let (written, after) = match variable(rest) {
            Some((Piece::Variable { key, default }, after)) if value(&key).is_some() => {
                out += &escaped(value(&key).flatten().or(default.as_deref())?);
                ("", after)
            }
            Some((_, after)) => (rest.get(..rest.len() - after.len()).unwrap_or_default(), after),
            None => rest.split_at(c.len_utf8()),
        };
        out += written;
        rest = after;
    }
    Some(out)
}

/// A text that stands for itself in a document with variables.
pub(super) fn escaped(text: &str) -> String {
    let each = |c: char| if matches!(c, '*' | '?' | '$') { format!("${{{c}}}") } else { c.to_string() };
    text.chars().map(each).collect()
}

/// A variable at the start of a text, and what follows it.
fn variable(text: &str) -> Option<(Piece, &str)> {
    let rest = text.strip_prefix("${")?;
    let (inner, after) = match rest.split_once(", '") {
        // A default may hold braces; only `'}` ends it.
        Some((key, tail)) if !key.contains('}') => {
            let (default, after) = tail.split_once("'}")?;
            return is_key(key).then(|| (named(key, Some(default)), after));
        }
        _ => rest.split_once('}')?,
    };
    let literal = match inner {
        "*" => Some('*'),
        "?" => Some('?'),
        "$" => Some('$'),
        _ => None,
    };
    match literal {
        Some(c) => Some((Piece::Token(Token::Is(c)), after)),
        None => is_key(inner).then(|| (named(inner, None), after)),
    }
}

fn is_key(text: &str) -> bool {
    !text.is_empty() && !text.contains(['$', '{', '\''])
}

fn named(key: &str, default: Option<&str>) -> Piece {
    Piece::Variable { key: key.to_lowercase(), default: default.map(str::to_owned) }
}

#[cfg(test)]
mod tests {
    use super::super::context::Context;
    use super::*;

    fn check(template: &str, text: &str) -> Truth {
        let mut context = Context::new();
        context.set("aws:username", "al*ce");
        context.set("aws:PrincipalTag/Team", "blue");
        context.insert("aws:TagKeys", Value::Many(vec!["a".into()]));
        let template = Template::parse(template, true, true);
        template.matches(text, &mut Reader::new(&context, false))
    }

    #[test]
    fn values_are_put_in_literally_and_keys_ignore_case() {
        assert_eq!(check("home/${AWS:UserName}/*", "home/al*ce/x"), Truth::Yes);
        assert_eq!(check("home/${aws:username}/*", "home/alice/x"), Truth::No);
        assert_eq!(check("${aws:principaltag/team}", "blue"), Truth::Yes);
    }

    #[test]
    fn defaults_stand_for_absent_keys_only() {
        assert_eq!(check("${aws:PrincipalTag/none, 'a}b'}c", "a}bc"), Truth::Yes);
        assert_eq!(check("${aws:PrincipalTag/team, 'red'}", "red"), Truth::No);
        assert_eq!(check("${aws:PrincipalTag/none}*", ""), Truth::No);
    }

    #[test]
    fn a_list_is_no_value_of_a_variable() {
        assert_eq!(check("${aws:TagKeys}", "a"), Truth::No);
    }

    #[test]
    fn escapes_and_what_is_no_variable() {
        assert_eq!(check("a${*}b", "a*b"), Truth::Yes);
        assert_eq!(check("a${*}b", "axb"), Truth::No);
        assert_eq!(check("${?}${$}", "?$"), Truth::Yes);
        assert_eq!(check("${", "${"), Truth::Yes);
        assert_eq!(check("${a", "${a"), Truth::Yes);
        assert_eq!(check("${}", "${}"), Truth::Yes);
    }

    #[test]
    fn old_documents_have_no_variables() {
        let template = Template::parse("${aws:username}", true, false);
        let context: Context = [("aws:username", Value::Single("x".into()))].into_iter().collect();
        assert_eq!(template.matches("${aws:username}", &mut Reader::new(&context, false)), Truth::Yes);
        assert_eq!(template.keys().count(), 0);
    }

    #[test]
    fn in_strict_reading_an_absent_key_leaves_it_open() {
        let template = Template::parse("${a:b, 'c'}", true, true);
        let context = Context::new();
        let mut reader = Reader::new(&context, true);
        assert_eq!(template.matches("c", &mut reader), Truth::Maybe);
        assert_eq!(reader.missing, ["a:b"]);
    }
}
