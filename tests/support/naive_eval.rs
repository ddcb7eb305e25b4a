//! A second evaluator, slow and obvious: it reads the JSON of policies anew for every request and follows iam-facts 6 word for word. Shares no
//! code with the one it is held against.

use serde_json::{Value, json};

/// A request.
#[derive(Clone, Debug)]
pub struct Ask {
    /// An ARN, of a user, a role or a session.
    pub principal: String,
    /// `service:Name`.
    pub action: String,
    /// An ARN or `*`.
    pub resource: String,
    /// Twelve digits.
    pub resource_account: String,
    /// Keys in lower case; a text or a list.
    pub context: serde_json::Map<String, Value>,
}

/// All the policies, as documents; `null` for none.
#[derive(Clone, Debug)]
pub struct Documents {
    pub identity: Vec<Value>,
    pub boundary: Option<Value>,
    pub session: Option<Value>,
    pub resource: Option<Value>,
    pub scp: Option<Vec<Value>>,
}

/// `allowed`, `implicitDeny`, `explicitDeny`.
pub fn decide(documents: &Documents, ask: &Ask) -> &'static str {
    let mut everything: Vec<(&Value, &str)> = documents.identity.iter().map(|d| (d, "identity")).collect();
    everything.extend(documents.boundary.iter().map(|d| (d, "identity")));
    everything.extend(documents.session.iter().map(|d| (d, "identity")));
    everything.extend(documents.resource.iter().map(|d| (d, "resource")));
    everything.extend(documents.scp.iter().flatten().map(|d| (d, "scp")));
    if everything.iter().any(|(document, kind)| any_statement(document, "Deny", kind, ask, &|_| true)) {
        return "explicitDeny";
    }
    let allows = |document: &Value, kind: &str| any_statement(document, "Allow", kind, ask, &|_| true);
    if documents.scp.as_ref().is_some_and(|levels| !levels.iter().all(|level| allows(level, "scp"))) {
        return "implicitDeny";
    }
    let identity = documents.identity.iter().any(|document| allows(document, "identity"));
    let boundary = documents.boundary.as_ref().is_none_or(|document| allows(document, "identity"));
    let session = documents.session.as_ref().is_none_or(|document| allows(document, "identity"));
    let named = |wanted: &'static str| {
        documents.resource.as_ref().is_some_and(|d| any_statement(d, "Allow", "resource", ask, &|how| how == wanted))
    };
    let allowed = if ask.principal.split(':').nth(4) != Some(ask.resource_account.as_str()) {
        let resource = documents.resource.as_ref().is_some_and(|document| allows(document, "resource"));
        identity && boundary && session && resource
    } else if named("itself") || named("everybody") {
        true
    } else {
        (identity || named("role")) && boundary && session
    };
    if allowed { "allowed" } else { "implicitDeny" }
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_else(|| vec![value.clone()])
}

fn words(value: &Value) -> Vec<String> {
    list(value).iter().map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).collect()
}

fn any_statement(document: &Value, effect: &str, kind: &str, ask: &Ask, how: &dyn Fn(&str) -> bool) -> bool {
    let variables = document["Version"] == json!("2012-10-17");
    list(&document["Statement"]).iter().any(|s| {
        s["Effect"] == json!(effect)
            && action(s, ask)
            && (kind != "resource" || principal(s, ask).is_some_and(how))
            && resource(s, kind, variables, ask)
            && condition(s, variables, ask)
    })
}

fn action(s: &Value, ask: &Ask) -> bool {
    let asked = ask.action.to_lowercase();
    let matches = |patterns: &Value| {
        words(patterns).iter().any(|pattern| {
            let pattern = pattern.to_lowercase();
            if pattern == "*" {
                return true;
            }
            let (ps, pn) = pattern.split_once(':').unwrap();
            let (s, n) = asked.split_once(':').unwrap();
            glob(&plain(ps), s) && glob(&plain(pn), n)
        })
    };
    if s.get("Action").is_some() { matches(&s["Action"]) } else { !matches(&s["NotAction"]) }
}

/// How the statement names the caller.
fn principal(s: &Value, ask: &Ask) -> Option<&'static str> {
    let how = |element: &Value| -> Option<&'static str> {
        if element == &json!("*") {
            return Some("everybody");
        }
        let mut best = None;
        for name in words(&element["AWS"]) {
            let account = ask.principal.split(':').nth(4).unwrap();
            let role_of_session = ask.principal.split(":assumed-role/").nth(1).and_then(|rest| rest.split('/').next());
            let is_role = name.contains(":role/");
            let found = if name == "*" {
                Some("everybody")
            } else if name == account || name == format!("arn:aws:iam::{account}:root") {
                Some("account")
            } else if name == ask.principal {
                Some(if is_role { "role" } else { "itself" })
            } else if is_role && name.split(':').nth(4) == Some(account) && name.rsplit('/').next() == role_of_session {
                Some("role")
            } else {
                None
            };
            let rank = |how: Option<&str>| ["account", "everybody", "role", "itself"].iter().position(|h| Some(*h) == how);
            if rank(found) > rank(best) {
                best = found;
            }
        }
        best
    };
    match s.get("NotPrincipal") {
        Some(element) => how(element).is_none().then_some("everybody"),
        None => how(&s["Principal"]),
    }
}

fn resource(s: &Value, kind: &str, variables: bool, ask: &Ask) -> bool {
    let matches = |patterns: &Value| {
        words(patterns).iter().any(|pattern| {
            if pattern == "*" {
                return true;
            }
            let mut fields: Vec<String> = pattern.splitn(6, ':').map(str::to_owned).collect();
            let pads = match kind {
                "scp" => pattern.ends_with('*'),
                "resource" => pattern.contains('*') || pattern.contains('?'),
                _ => true,
            };
            if fields.len() < 6 && !pads {
                return false;
            }
            while fields.len() < 6 {
                fields.push("*".to_owned());
            }
            let asked: Vec<&str> = ask.resource.splitn(6, ':').collect();
            if asked.len() < 6 {
                return false;
            }
            if (0..5).any(|i| !glob(&plain(&fields[i]), asked[i])) {
                return false;
            }
            substituted(&fields[5], true, variables, ask).is_some_and(|pattern| glob(&pattern, asked[5]))
        })
    };
    if s.get("NotResource").is_some() { !matches(&s["NotResource"]) } else { matches(&s["Resource"]) }
}

/// A pattern: characters, `None` for `?`, and `Some('\0')`-free stars as a marker of their own.
#[derive(Clone, Debug, PartialEq)]
enum Part {
    Char(char),
    One,
    Many,
}

fn plain(text: &str) -> Vec<Part> {
    text.chars()
        .map(|c| {
            if c == '*' {
                Part::Many
            } else if c == '?' {
                Part::One
            } else {
                Part::Char(c)
            }
        })
        .collect()
}

fn glob(pattern: &[Part], text: &str) -> bool {
    fn go(pattern: &[Part], text: &[char]) -> bool {
        match pattern.first() {
            None => text.is_empty(),
            Some(Part::Many) => (0..=text.len()).any(|n| go(&pattern[1..], &text[n..])),
            Some(Part::One) => !text.is_empty() && go(&pattern[1..], &text[1..]),
            Some(Part::Char(c)) => text.first() == Some(c) && go(&pattern[1..], &text[1..]),
        }
    }
    go(pattern, &text.chars().collect::<Vec<_>>())
}

/// The pattern with its variables put in; `None` where one has no value.
fn substituted(text: &str, wildcards: bool, variables: bool, ask: &Ask) -> Option<Vec<Part>> {
    let literal = |text: &str| text.chars().map(Part::Char).collect::<Vec<_>>();
    let pattern = |text: &str| if wildcards { plain(text) } else { literal(text) };
    if !variables {
        return Some(pattern(text));
    }
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once("${") {
        let (inner, after) = tail.split_once('}').unwrap();
        parts.extend(pattern(before));
        if ["*", "?", "$"].contains(&inner) {
            parts.extend(literal(inner));
        } else {
            let (key, default) = match inner.split_once(", '") {
                Some((key, default)) => (key, Some(default.trim_end_matches('\''))),
                None => (inner, None),
            };
            match (ask.context.get(&key.to_lowercase()), default) {
                (Some(Value::String(value)), _) => parts.extend(literal(value)),
                (None, Some(default)) => parts.extend(literal(default)),
                _ => return None,
            }
        }
        rest = after;
    }
    parts.extend(pattern(rest));
    Some(parts)
}

fn condition(s: &Value, variables: bool, ask: &Ask) -> bool {
    let Some(operators) = s.get("Condition").and_then(Value::as_object) else { return true };
    operators.iter().all(|(operator, keys)| {
        keys.as_object().unwrap().iter().all(|(key, values)| {
            let found = ask.context.get(&key.to_lowercase()).filter(|v| v.as_array().is_none_or(|list| !list.is_empty()));
            test(operator, &words(values), found, variables, ask)
        })
    })
}

fn test(operator: &str, values: &[String], found: Option<&Value>, variables: bool, ask: &Ask) -> bool {
    let (quantifier, rest) = operator.split_once(':').unwrap_or(("", operator));
    let (base, if_exists) = match rest.strip_suffix("IfExists") {
        Some(base) => (base, true),
        None => (rest, false),
    };
    if base == "Null" {
        return match quantifier {
            "ForAllValues" => true,
            "ForAnyValue" => false,
            _ => (if_exists && found.is_none()) || values.contains(&found.is_none().to_string()),
        };
    }
    let negated = base.contains("Not");
    let Some(found) = found else {
        return if_exists || quantifier == "ForAllValues" || (quantifier.is_empty() && negated);
    };
    let one = |text: &str| values.iter().any(|value| compare(base, value, text, variables, ask)) != negated;
    match quantifier {
        "ForAllValues" => values.is_empty() || words(found).iter().all(|text| one(text)),
        "ForAnyValue" => words(found).iter().any(|text| one(text)),
        _ => found.as_str().is_some_and(one),
    }
}

/// The positive comparison behind an operator, of one value of the policy and one of the request.
fn compare(base: &str, value: &str, text: &str, variables: bool, ask: &Ask) -> bool {
    let put_in = |wildcards: bool| substituted(value, wildcards, variables, ask);
    let base = base.replace("Not", "");
    match base.as_str() {
        "StringEquals" => put_in(false).is_some_and(|p| glob(&p, text)),
        "StringEqualsIgnoreCase" => {
            let lower = |p: Vec<Part>| {
                p.into_iter()
                    .map(|p| match p {
                        Part::Char(c) => c.to_ascii_lowercase().to_string(),
                        _ => unreachable!(),
                    })
                    .collect::<String>()
            };
            put_in(false).is_some_and(|p| lower(p) == text.to_ascii_lowercase())
        }
        "StringLike" => put_in(true).is_some_and(|p| glob(&p, text)),
        "ArnLike" | "ArnEquals" => put_in(true).is_some_and(|p| {
            let fields: Vec<&[Part]> = p.splitn(6, |part| *part == Part::Char(':')).collect();
            let asked: Vec<&str> = text.splitn(6, ':').collect();
            // A bare `*` is any ARN.
            (p == [Part::Many] && asked.len() == 6 && asked[0] == "arn")
                || fields.len() == 6 && asked.len() == 6 && fields.iter().zip(&asked).all(|(f, a)| glob(f, a))
        }),
        "Bool" => ["true", "false"].contains(&text) && put_in(false).is_some_and(|p| glob(&p, text)),
        "IpAddress" => cidr(value, text),
        _ => {
            // Numbers only: the dates of the tests are epoch seconds, which compare alike.
            let (Ok(a), Ok(b)) = (text.parse::<f64>(), value.parse::<f64>()) else { return false };
            match base.trim_start_matches("Numeric").trim_start_matches("Date") {
                "Equals" => a == b,
                "LessThan" => a < b,
                "LessThanEquals" => a <= b,
                "GreaterThan" => a > b,
                "GreaterThanEquals" => a >= b,
                other => panic!("{other}"),
            }
        }
    }
}

fn cidr(range: &str, text: &str) -> bool {
    let bits = |text: &str| -> Option<String> {
        let parts: Vec<u8> = text.split('.').map(|p| p.parse().ok()).collect::<Option<_>>()?;
        (parts.len() == 4).then(|| parts.iter().map(|p| format!("{p:08b}")).collect())
    };
    let (network, prefix) = range.split_once('/').unwrap_or((range, "32"));
    match (bits(network), bits(text), prefix.parse::<usize>()) {
        (Some(a), Some(b), Ok(n)) => a[..n] == b[..n],
        _ => false,
    }
}
