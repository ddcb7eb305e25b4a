//! A second evaluator, slow and obvious: it reads the JSON of policies anew for every request and follows iam-facts 6 word for word. Shares no
//! code with the one it is held against.

use serde_json::{Value, json};

/// A request.
#[derive(Clone, Debug)]
pub struct Ask {
    /// An ARN (of an account's root, a user, a federated user, a role, a session, an identity provider), a service, or `*` for nobody known.
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

impl Ask {
    /// Of those who are in an account.
    fn account(&self) -> Option<&str> {
        let found = self.principal.split(':').nth(4)?;
        (!self.principal.contains("-provider/")).then_some(found)
    }

    /// A key with an empty list is not there.
    fn key(&self, name: &str) -> Option<&Value> {
        self.context.get(&name.to_lowercase()).filter(|v| v.as_array().is_none_or(|list| !list.is_empty()))
    }

    fn is_root(&self) -> bool {
        self.principal.ends_with(":root")
    }

    /// The role's name and that it is a session.
    fn session_of(&self) -> Option<&str> {
        self.principal.split(":assumed-role/").nth(1)?.split('/').next()
    }

    fn is_service_linked(&self) -> bool {
        self.principal.contains(":role/aws-service-role/")
            || self.session_of().is_some_and(|r| r.starts_with("AWSServiceRoleFor"))
    }
}

/// All the policies, as documents; `null` for none.
#[derive(Clone, Debug)]
pub struct Documents {
    pub identity: Vec<Value>,
    pub boundary: Option<Value>,
    pub session: Option<Value>,
    pub resource: Option<Value>,
    /// Whether `resource` is the trust policy of a role.
    pub is_trust: bool,
    pub scp: Option<Vec<Value>>,
    pub rcp: Option<Vec<Value>>,
}

/// `allowed`, `implicitDeny`, `explicitDeny`; `unknown` for what AWS does not document.
pub fn decide(documents: &Documents, ask: &Ask) -> &'static str {
    let in_account = ask.account().is_some();
    let scp = documents.scp.as_ref().filter(|_| in_account && !ask.is_service_linked());
    let rcp = documents.rcp.as_ref().filter(|_| !ask.is_service_linked());
    let bounded = documents.boundary.is_some() && in_account && !ask.is_root();
    let mut everything: Vec<(&Value, &str)> = documents.identity.iter().map(|d| (d, "identity")).collect();
    everything.extend(documents.boundary.iter().map(|d| (d, "identity")));
    everything.extend(documents.session.iter().map(|d| (d, "identity")));
    everything.extend(documents.resource.iter().map(|d| (d, "resource")));
    everything.extend(scp.into_iter().flatten().map(|d| (d, "scp")));
    everything.extend(rcp.into_iter().flatten().map(|d| (d, "rcp")));
    if everything.iter().any(|(document, kind)| any_statement(document, "Deny", kind, bounded, ask, &|_| true)) {
        return "explicitDeny";
    }
    let allows = |document: &Value, kind: &str| any_statement(document, "Allow", kind, bounded, ask, &|_| true);
    if scp.is_some_and(|levels| !levels.iter().all(|level| allows(level, "scp")))
        || rcp.is_some_and(|levels| !levels.iter().all(|level| allows(level, "rcp")))
    {
        return "implicitDeny";
    }
    let identity = ask.is_root() || documents.identity.iter().any(|document| allows(document, "identity"));
    let boundary = documents.boundary.as_ref().is_none_or(|document| allows(document, "identity"));
    let session = documents.session.as_ref().is_none_or(|document| allows(document, "identity"));
    let resource = documents.resource.as_ref().is_some_and(|document| allows(document, "resource"));
    let named = |wanted: &'static str| {
        documents.resource.as_ref().is_some_and(|d| any_statement(d, "Allow", "resource", bounded, ask, &|how| how == wanted))
    };
    let key = ask.resource.starts_with("arn:aws:kms:") && ask.resource.split(':').nth(5).is_some_and(|r| r.starts_with("key/"));
    let same_account = ask.account() == Some(ask.resource_account.as_str());
    // Whether the limits bind a caller that the trust names itself is not documented.
    if in_account && same_account && documents.is_trust && named("itself") && !(boundary && session) {
        return "unknown";
    }
    let directly = named("itself") || named("role");
    let allowed = if !in_account {
        resource
    } else if !same_account {
        identity && boundary && session && resource
    } else if documents.is_trust {
        resource && (identity || directly) && boundary && session
    } else {
        let either = named("itself") || named("everybody") || (identity || named("role")) && boundary && session;
        either && (resource || !key || documents.resource.is_none())
    };
    if allowed { "allowed" } else { "implicitDeny" }
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_else(|| vec![value.clone()])
}

fn words(value: &Value) -> Vec<String> {
    list(value).iter().map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).collect()
}

fn any_statement(document: &Value, effect: &str, kind: &str, bounded: bool, ask: &Ask, how: &dyn Fn(&str) -> bool) -> bool {
    let variables = document["Version"] == json!("2012-10-17");
    list(&document["Statement"]).iter().any(|s| {
        s["Effect"] == json!(effect)
            && action(s, ask)
            && (!["resource", "rcp"].contains(&kind) || principal(s, effect, bounded, ask).is_some_and(how))
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
fn principal(s: &Value, effect: &str, bounded: bool, ask: &Ask) -> Option<&'static str> {
    const RANKS: [&str; 4] = ["account", "everybody", "role", "itself"];
    let ways = |element: &Value| -> Vec<&'static str> {
        let names: Vec<(String, String)> = match element {
            Value::Object(kinds) => {
                kinds.iter().flat_map(|(kind, v)| words(v).into_iter().map(|v| (kind.clone(), v)).collect::<Vec<_>>()).collect()
            }
            other => vec![("*".to_owned(), other.as_str().unwrap_or_default().to_owned())],
        };
        let is_aws = ask.account().is_some() || ask.principal == "*";
        let one = |(kind, name): &(String, String)| -> Option<&'static str> {
            let role = name.contains(":role/") && kind == "AWS";
            match (kind.as_str(), name.as_str()) {
                ("*", "*") => Some("everybody"),
                ("AWS", "*") => is_aws.then_some("everybody"),
                ("AWS", _) if !is_aws || ask.principal == "*" => None,
                ("AWS", name) if name.len() == 12 || name.ends_with(":root") => {
                    let id = if name.len() == 12 { name } else { name.split(':').nth(4)? };
                    (ask.account() == Some(id)).then_some(if ask.is_root() { "itself" } else { "account" })
                }
                ("AWS", name) if name == ask.principal => Some(if role { "role" } else { "itself" }),
                ("AWS", name) if role => {
                    (name.split(':').nth(4) == ask.account() && name.rsplit('/').next() == ask.session_of()).then_some("role")
                }
                ("Service" | "Federated", name) => (name == ask.principal).then_some("itself"),
                _ => None,
            }
        };
        names.iter().filter_map(one).collect()
    };
    match s.get("NotPrincipal") {
        Some(element) => {
            let ways = ways(element);
            let spared = match effect {
                "Allow" => !ways.is_empty(),
                // A boundary makes every such Deny hold; who is named as one of its account or, as a session, by its role is not spared.
                _ => {
                    let in_session = ask.session_of().is_some();
                    !bounded && ways.iter().any(|how| ["everybody", "itself"].contains(how) || (*how == "role" && !in_session))
                }
            };
            (!spared).then_some("everybody")
        }
        None => ways(s.get("Principal")?).into_iter().max_by_key(|how| RANKS.iter().position(|r| r == how)),
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
                "rcp" => false,
                _ => true,
            };
            if fields.len() < 6 && !pads {
                return false;
            }
            // What IAM refuses: a wildcard for the service, or in the word before an IAM resource's first slash.
            let wild = |text: &str| text.contains('*') || text.contains('?');
            if fields.get(2).is_some_and(|service| wild(service)) {
                return false;
            }
            if fields.get(2).is_some_and(|s| s == "iam")
                && fields.len() == 6
                && fields[5] != "*"
                && wild(fields[5].split('/').next().unwrap())
            {
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
    match (s.get("NotResource"), s.get("Resource")) {
        (Some(patterns), _) => !matches(patterns),
        (None, Some(patterns)) => matches(patterns),
        // Only in the policy of a resource, where the resource goes without saying.
        (None, None) => true,
    }
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
            match (ask.key(key), default) {
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
            let found = ask.key(key);
            test(operator, &words(values), found, variables, ask)
        })
    })
}

fn test(operator: &str, values: &[String], found: Option<&Value>, variables: bool, ask: &Ask) -> bool {
    // Operators in any case; these are the ones of the tests.
    let operator = if operator == "stringnotequals" { "StringNotEquals" } else { operator };
    let (quantifier, rest) = operator.split_once(':').unwrap_or(("", operator));
    let (base, if_exists) = match rest.strip_suffix("IfExists") {
        Some(base) => (base, true),
        None => (rest, false),
    };
    if base == "Null" {
        return match quantifier {
            "ForAllValues" => true,
            "ForAnyValue" => false,
            _ => (if_exists && found.is_none()) || values.iter().any(|v| v.to_lowercase() == found.is_none().to_string()),
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
        "Bool" => {
            let lower = text.to_lowercase();
            let put_in = put_in(false).map(|parts| {
                let lower = |part| if let Part::Char(c) = part { Part::Char(c.to_ascii_lowercase()) } else { part };
                parts.into_iter().map(lower).collect::<Vec<_>>()
            });
            ["true", "false"].contains(&lower.as_str()) && put_in.is_some_and(|p| glob(&p, &lower))
        }
        "IpAddress" => cidr(value, text),
        "BinaryEquals" => base64(value).is_some() && base64(value) == base64(text),
        _ if base.starts_with("Date") => match (nanoseconds(text), nanoseconds(value)) {
            (Some(a), Some(b)) => ordered(&base["Date".len()..], a, b),
            _ => false,
        },
        _ => {
            let (Some(a), Some(b)) = (number(text), number(value)) else { return false };
            ordered(&base["Numeric".len()..], a, b)
        }
    }
}

fn ordered<T: PartialOrd>(how: &str, a: T, b: T) -> bool {
    match how {
        "Equals" => a == b,
        "LessThan" => a < b,
        "LessThanEquals" => a <= b,
        "GreaterThan" => a > b,
        "GreaterThanEquals" => a >= b,
        other => panic!("{other}"),
    }
}

/// Of few digits, so that a float holds them.
fn number(text: &str) -> Option<f64> {
    (!text.contains(['e', 'E', 'n', 'N', 'i', 'I'])).then(|| text.trim().parse().ok())?
}

/// Nanoseconds since 1970 of `YYYY-MM-DD`, with a time of day, `Z` or an offset `+HH:MM`; digits alone are seconds already.
fn nanoseconds(text: &str) -> Option<i128> {
    const SECOND: i128 = 1_000_000_000;
    if !text.is_empty() && text.len() < 16 && text.chars().all(|c| c.is_ascii_digit()) {
        return Some(text.parse::<i128>().ok()? * SECOND);
    }
    let (day, time) = text.split_once('T').unwrap_or((text, "00:00:00Z"));
    let parts: Vec<i128> = day.split('-').map(|p| p.parse().ok()).collect::<Option<_>>()?;
    let [year, month, day] = parts[..] else { return None };
    let leap = |y: i128| y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
    let months = [31, if leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    if !(1..=12).contains(&month) || day < 1 || day > months[month as usize - 1] {
        return None;
    }
    let of_year = |y: i128| if leap(y) { 366 } else { 365 };
    let years = (1970..year).map(of_year).sum::<i128>() - (year..1970).map(of_year).sum::<i128>();
    let days = years + months[..month as usize - 1].iter().sum::<i128>() + day - 1;
    let (clock, east) = match time.find(['Z', '+', '-']) {
        None => (time, 0),
        Some(at) if &time[at..] == "Z" => (&time[..at], 0),
        Some(at) => {
            let sign = if time[at..].starts_with('+') { 1 } else { -1 };
            let (h, m) = time[at + 1..].split_once(':')?;
            (&time[..at], sign * (h.parse::<i128>().ok()? * 3600 + m.parse::<i128>().ok()? * 60))
        }
    };
    let clock: Vec<&str> = clock.split(':').collect();
    let (hour, minute): (i128, i128) = (clock[0].parse().ok()?, clock.get(1)?.parse().ok()?);
    let (second, part) =
        clock.get(2).copied().unwrap_or("0").split_once('.').unwrap_or((clock.get(2).copied().unwrap_or("0"), "0"));
    let part: i128 = format!("{part:0<9}").parse().ok()?;
    Some((days * 86_400 + hour * 3600 + minute * 60 + second.parse::<i128>().ok()? - east) * SECOND + part)
}

/// The bits of a base64 text whose padding may be left out.
fn base64(text: &str) -> Option<String> {
    const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bare = text.trim_end_matches('=');
    let padded = text.len() - bare.len();
    if bare.len() % 4 == 1 || (padded > 0 && !text.len().is_multiple_of(4)) || padded > 2 {
        return None;
    }
    let mut bits: String = bare.chars().map(|c| DIGITS.find(c).map(|n| format!("{n:06b}"))).collect::<Option<_>>()?;
    bits.truncate(bits.len() / 8 * 8);
    Some(bits)
}

/// A range and an address of the same sort; of IPv6 with `::` at most once.
fn cidr(range: &str, text: &str) -> bool {
    let v4 = |text: &str| -> Option<String> {
        let parts: Vec<u8> = text.split('.').map(|p| p.parse().ok()).collect::<Option<_>>()?;
        (parts.len() == 4).then(|| parts.iter().map(|p| format!("{p:08b}")).collect())
    };
    let v6 = |text: &str| -> Option<String> {
        let group = |g: &str| u16::from_str_radix(g, 16).ok().filter(|_| g.len() <= 4).map(|g| format!("{g:016b}"));
        let groups = |part: &str| -> Option<Vec<String>> {
            if part.is_empty() { Some(Vec::new()) } else { part.split(':').map(group).collect() }
        };
        let (head, tail) = text.split_once("::").unwrap_or((text, ""));
        let (mut all, tail) = (groups(head)?, groups(tail)?);
        if !text.contains("::") && all.len() != 8 {
            return None;
        }
        while all.len() + tail.len() < 8 {
            all.push("0".repeat(16));
        }
        all.extend(tail);
        (all.len() == 8).then(|| all.concat())
    };
    let bits = |text: &str| if text.contains(':') { v6(text) } else { v4(text) };
    let (network, prefix) = range.split_once('/').unwrap_or((range, if range.contains(':') { "128" } else { "32" }));
    match (bits(network), bits(text), prefix.parse::<usize>()) {
        (Some(a), Some(b), Ok(n)) => a.len() == b.len() && n <= a.len() && a[..n] == b[..n],
        _ => false,
    }
}

/// What a principal of the access comparison holds.
#[allow(dead_code, reason = "every test binary uses its own part")]
pub fn held(policies: &iam_policy::access::PrincipalPolicies) -> Documents {
    Documents {
        identity: policies.identity.iter().map(|(_, document)| document.value().clone()).collect(),
        boundary: policies.boundary.as_ref().map(|(_, document)| document.value().clone()),
        session: None,
        resource: None,
        is_trust: false,
        scp: (!policies.scps.is_empty()).then(|| policies.scps.iter().map(|level| whole(level)).collect()),
        rcp: None,
    }
}

/// The policies of one level as one.
fn whole(level: &[(String, iam_policy::Document)]) -> Value {
    let statements: Vec<Value> = level.iter().flat_map(|(_, document)| document.statements().to_vec()).collect();
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// An example of the access comparison, asked by a role of its own account.
#[allow(dead_code, reason = "every test binary uses its own part")]
pub fn asked(example: &iam_policy::access::Example) -> Ask {
    use iam_policy::context::Value as Key;
    let json = |value: &Key| match value {
        Key::Single(text) => json!(text),
        Key::Many(list) => json!(list),
    };
    // The one action without a resource type whose request names an ARN (iam-facts 6.4).
    let all_buckets = example.resource == "*" && example.action.eq_ignore_ascii_case("s3:ListAllMyBuckets");
    Ask {
        principal: "arn:aws:iam::111111111111:role/r".to_owned(),
        action: example.action.clone(),
        resource: if all_buckets { "arn:aws:s3:::*".to_owned() } else { example.resource.clone() },
        resource_account: "111111111111".to_owned(),
        context: example.context.iter().map(|(key, value)| (key.to_lowercase(), json(value))).collect(),
    }
}
