//! What an author means who names an AWS managed policy that is not there.

use super::{AwsPolicy, data, find, strip};

/// Where AWS stands to one of its policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifecycle {
    /// It can be attached.
    Current,
    /// AWS is about to withdraw it, and recommends another.
    Deprecated,
    /// It stays where it is attached and cannot be attached again (iam-facts 2.3.6).
    Withdrawn,
}

/// What takes a policy's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Successor {
    /// By its full name, as after `aws/`.
    pub name: &'static str,
    /// The page of AWS that says so; `None` where the names alone speak for it.
    pub source: Option<&'static str>,
}

/// Where AWS stands to a policy; `None` for one that it is not known to have or have had.
pub fn standing(name_or_arn: &str) -> Option<Lifecycle> {
    let full = strip(name_or_arn)?;
    match find(full) {
        Some(_) if successor_of(full).is_some() => Some(Lifecycle::Deprecated),
        Some(_) => Some(Lifecycle::Current),
        None => is_withdrawn(full).then_some(Lifecycle::Withdrawn),
    }
}

/// What takes the place of a policy that AWS withdrew or deprecated, where that is known.
pub fn successor_of(name_or_arn: &str) -> Option<Successor> {
    let full = strip(name_or_arn)?;
    let entry = data::replaced().iter().find(|entry| entry.name == full)?;
    Some(Successor { name: &entry.successor, source: entry.source.as_deref() })
}

/// The full names of all that AWS is known to have withdrawn, in order.
pub fn withdrawn() -> impl Iterator<Item = &'static str> {
    let gone = |entry: &'static data::Replaced| find(&entry.name).is_none().then_some(entry.name.as_str());
    let names = data::withdrawn().iter().map(String::as_str).chain(data::replaced().iter().filter_map(gone));
    names.collect::<std::collections::BTreeSet<_>>().into_iter()
}

/// Whether AWS is known to have had this policy and withdrawn it.
pub fn is_withdrawn(name_or_arn: &str) -> bool {
    let Some(full) = strip(name_or_arn) else { return false };
    find(full).is_none() && (data::withdrawn().iter().any(|n| n == full) || successor(full).is_some())
}

/// A policy that AWS withdrew, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawal {
    /// Its full name, as after `aws/`.
    pub name: String,
    /// What takes its place, by full name, where that is known.
    pub successor: Option<String>,
}

impl Withdrawal {
    /// What it means that AWS withdrew it.
    pub fn message(&self) -> String {
        format!("AWS withdrew `aws/{}`: it stays where it is attached, and cannot be attached again", self.name)
    }

    /// The next move.
    pub fn help(&self) -> String {
        match &self.successor {
            Some(next) => format!("use its successor, `aws/{next}`"),
            None => "attach another policy in its place; `iamctl aws-policies TEXT` searches them".to_owned(),
        }
    }
}

/// What to say of a policy that AWS is known to have had and to have withdrawn; `None` for any other.
pub fn withdrawal(name_or_arn: &str) -> Option<Withdrawal> {
    let full = strip(name_or_arn)?;
    is_withdrawn(full).then(|| Withdrawal { name: full.to_owned(), successor: successor(full).map(|next| next.full_name()) })
}

/// The policy that the author most likely means, as it stands after `aws/` in a spec: a known successor, then the same name under
/// another path or in another case, then the nearest name. `None` where nothing is near, and for a policy that exists.
pub fn nearest(name_or_arn: &str) -> Option<String> {
    let full = strip(name_or_arn)?;
    if find(full).is_some() {
        return None;
    }
    let name = full.rsplit('/').next().unwrap_or(full);
    let found = successor(full)
        .or_else(|| data::by_name(name))
        .or_else(|| same_letters(name))
        .or_else(|| next_version(name))
        .or_else(|| closest(name))?;
    Some(found.full_name())
}

fn successor(full: &str) -> Option<AwsPolicy> {
    let name = full.rsplit('/').next().unwrap_or(full);
    let of = |wanted: &str| successor_of(wanted).and_then(|entry| find(entry.name));
    of(full).or_else(|| of(name)).or_else(|| of(&format!("service-role/{name}")))
}

/// Letters and digits alone, in lower case: `AWSLambda_FullAccess` and `awslambdafullaccess` are spelled alike.
fn letters(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

fn same_letters(name: &str) -> Option<AwsPolicy> {
    let wanted = letters(name);
    data::index().iter().find(|p| letters(p.name) == wanted).copied()
}

/// AWS withdraws `X` when `X_v2` is there.
fn next_version(name: &str) -> Option<AwsPolicy> {
    ["_v2", "V2", "Policy_v2", "_V2"].into_iter().find_map(|end| data::by_name(&format!("{name}{end}")))
}

/// The nearest name; those that can be attached go before those that cannot.
fn closest(name: &str) -> Option<AwsPolicy> {
    let wanted = letters(name);
    let allowed = (wanted.len() / 4).max(2);
    data::index()
        .iter()
        .map(|p| (strsim::damerau_levenshtein(&wanted, &letters(p.name)), p.is_for_service_linked_roles(), p))
        .filter(|(distance, ..)| *distance <= allowed)
        .min_by(|a, b| (a.0, a.1, a.2.name).cmp(&(b.0, b.1, b.2.name)))
        .map(|(.., p)| *p)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_successor_exists_and_stands_for_something_gone() {
        let table = data::replaced();
        assert!(table.len() > 10);
        let missing: Vec<_> =
            table.iter().filter(|e| find(&e.successor).is_none() || e.successor == e.name).map(|e| &e.name).collect();
        assert!(missing.is_empty(), "{missing:?}");
        assert!(table.iter().filter_map(|e| e.source.as_deref()).all(|page| page.starts_with("https://")));
    }

    #[test]
    fn current_deprecated_and_withdrawn_are_told_apart() {
        assert_eq!(standing("ReadOnlyAccess"), Some(Lifecycle::Current));
        assert_eq!(standing("arn:aws:iam::aws:policy/service-role/AmazonEC2RoleforSSM"), Some(Lifecycle::Deprecated));
        assert_eq!(standing("AWSLambdaFullAccess"), Some(Lifecycle::Withdrawn));
        assert_eq!(standing("AWSMobileHub_FullAccess"), Some(Lifecycle::Withdrawn));
        assert_eq!(standing("NoSuchThing"), None);
        let successor = successor_of("AWSLambdaFullAccess").unwrap();
        assert_eq!((successor.name, successor.source.is_some()), ("AWSLambda_FullAccess", true));
        assert!(withdrawn().any(|name| name == "AWSConfigRole") && withdrawn().all(|name| find(name).is_none()));
    }
}
