//! One text for several accounts: what an account is called and its id become variables, and what differs otherwise becomes a variable
//! of the accounts, whose values are kept by account. Instances of one template are unified alike: their names become variables, and what differs
//! otherwise becomes a parameter.

use std::collections::{BTreeMap, BTreeSet};

use super::Yaml;
use super::account::Import;
use super::layout::Unit;
use super::values::Values;
use crate::spec::vars::has_variable;

/// Most variables in one entry; what differs in more is easier to read as two.
const MOST: usize = 4;

/// Keys whose values say what may be done, or how it is read: a reviewer finds them where they hold, or not at all.
pub(super) const IN_PLACE: [&str; 12] = [
    "accounts",
    "Effect",
    "Action",
    "NotAction",
    "Version",
    "Sid",
    "service",
    "custom_suffix",
    "metadata_file",
    "manage",
    "path",
    "permissions_boundary",
];

/// The variables that several accounts, or instances of a template, need so that one text holds for all.
pub(super) struct Unifier<'a> {
    /// What new variables are: `var` or `param`.
    kind: &'static str,
    accounts: Vec<Account<'a>>,
    made: Vec<Variable>,
    /// The variables of the entry at hand.
    used: BTreeSet<String>,
    /// The entry at hand.
    entity: String,
}

struct Account<'a> {
    name: &'a str,
    /// How a text reads as the value of a variable; none where values are read as all texts are.
    values: Option<Values>,
    /// What stands for the account's own values, as a reference and in pieces.
    own: Vec<(String, Vec<String>)>,
    vars: BTreeSet<&'a str>,
}

struct Variable {
    name: String,
    values: BTreeMap<usize, Yaml>,
}

impl<'a> Unifier<'a> {
    pub fn new(imports: impl Iterator<Item = &'a Import<'a>>) -> Self {
        let account = |import: &'a Import<'a>| {
            let context = &import.context;
            let text = |(name, value): (&'a String, &'a crate::spec::yaml::Node)| Some((name.as_str(), value.as_str()?));
            let vars: Vec<(&str, &str)> = context.vars.iter().filter_map(text).collect();
            let own = [("account_id".to_owned(), context.account_id.as_str()), ("account".to_owned(), context.account_name)];
            let of_project = vars.iter().map(|(name, value)| (format!("var.{name}"), *value));
            let own = own.into_iter().chain(of_project).filter(|(_, value)| !value.is_empty());
            Account {
                name: context.account_name,
                values: Some(Values::new(&import.snapshot.account, import.region)),
                own: own.map(|(name, value)| (format!("${{{name}}}"), pieces(value).map(str::to_owned).collect())).collect(),
                vars: context.vars.keys().map(String::as_str).collect(),
            }
        };
        Self::of("var", imports.map(account).collect())
    }

    /// For instances of a template: of each its own values, as a reference and its text.
    pub fn of_instances(instances: &[Vec<(String, String)>]) -> Self {
        let one = |own: &Vec<(String, String)>| Account {
            name: "",
            values: None,
            own: own.iter().map(|(name, value)| (name.clone(), pieces(value).map(str::to_owned).collect())).collect(),
            vars: BTreeSet::from(["name"]),
        };
        Self::of("param", instances.iter().map(one).collect())
    }

    fn of(kind: &'static str, accounts: Vec<Account<'a>>) -> Self {
        Self { kind, accounts, made: Vec::new(), used: BTreeSet::new(), entity: String::new() }
    }

    /// The new variables with their values, by account or instance.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, &BTreeMap<usize, Yaml>)> {
        self.made.iter().map(|variable| (variable.name.as_str(), &variable.values))
    }

    /// A name with the account's own values as variables.
    pub fn pattern(&self, account: usize, text: &str) -> String {
        let own = self.accounts.get(account).into_iter().flat_map(|account| account.own.iter().take(2));
        own.fold(text.to_owned(), |text, (reference, value)| put(&text, value, reference))
    }

    /// The values of the new variables by account.
    pub fn variables(&self) -> BTreeMap<&'a str, Vec<(String, Yaml)>> {
        let mut out: BTreeMap<&str, Vec<(String, Yaml)>> = BTreeMap::new();
        for variable in &self.made {
            for (n, value) in &variable.values {
                if let Some(account) = self.accounts.get(*n) {
                    out.entry(account.name).or_default().push((variable.name.clone(), value.clone()));
                }
            }
        }
        out
    }

    /// Whether one entry can stand for all of these; no variable is made.
    pub fn fits(&mut self, found: &[(usize, &Unit)]) -> bool {
        let made = self.made.len();
        let fits = self.unit(found).is_some();
        self.made.truncate(made);
        fits
    }

    /// One entry for all of these; without one no variable is made.
    pub fn unit(&mut self, found: &[(usize, &Unit)]) -> Option<Unit> {
        let (_, first) = found.first()?;
        if found.len() == 1 {
            return Some((*first).clone());
        }
        let made = self.made.len();
        self.used.clear();
        self.entity = first.entry.0.clone();
        let accounts: Vec<usize> = found.iter().map(|(n, _)| *n).collect();
        let one = self.unified(&accounts, found);
        if one.is_none() {
            self.made.truncate(made);
        }
        one
    }

    fn unified(&mut self, accounts: &[usize], found: &[(usize, &Unit)]) -> Option<Unit> {
        let (first_account, first) = found.first()?;
        if found.iter().any(|(_, unit)| unit.beside != first.beside) {
            return None;
        }
        let names: Vec<&str> = found.iter().map(|(_, unit)| unit.entry.0.as_str()).collect();
        let name = self.of_own(accounts, &names)?;
        let values: Vec<&Yaml> = found.iter().map(|(_, unit)| &unit.entry.1).collect();
        let value = self.value(accounts, &values, "")?;
        let is_renamed = name != first.entry.0;
        let stem = if is_renamed { self.pattern(*first_account, &first.stem) } else { first.stem.clone() };
        let stem = stem.replace(['$', '{', '}'], "");
        Some(Unit { stem, entry: (name, value), ..(*first).clone() })
    }

    fn value(&mut self, accounts: &[usize], values: &[&Yaml], key: &str) -> Option<Yaml> {
        let first = *values.first()?;
        if values.iter().all(|value| *value == first) {
            return Some(first.clone());
        }
        let texts: Option<Vec<&str>> =
            values.iter().map(|v| if let Yaml::Text(text) = v { Some(text.as_str()) } else { None }).collect();
        if let Some(texts) = texts {
            return self.text(accounts, &texts, key).map(Yaml::Text);
        }
        let lists: Option<Vec<&[Yaml]>> =
            values.iter().map(|v| if let Yaml::List(l) = v { Some(l.as_slice()) } else { None }).collect();
        if let Some(lists) = lists {
            let length = lists.first().map_or(0, |list| list.len());
            if lists.iter().any(|list| list.len() != length) {
                return self.list(accounts, &lists, key);
            }
            let item = |n: usize| lists.iter().map(|list| list.get(n)).collect::<Option<Vec<&Yaml>>>();
            return (0..length).map(|n| self.value(accounts, &item(n)?, key)).collect::<Option<Vec<Yaml>>>().map(Yaml::List);
        }
        let maps: Option<Vec<&[(String, Yaml)]>> =
            values.iter().map(|v| if let Yaml::Map(m) = v { Some(m.as_slice()) } else { None }).collect();
        if let Some(maps) = maps {
            let length = maps.first().map_or(0, |map| map.len());
            if maps.iter().any(|map| map.len() != length) {
                return None;
            }
            return (0..length).map(|n| self.member(accounts, &maps, n)).collect::<Option<Vec<_>>>().map(Yaml::Map);
        }
        let plain = values.iter().all(|value| matches!(value, Yaml::Bool(_) | Yaml::Number(_)));
        if !plain {
            return None;
        }
        let owned = values.iter().map(|value| (*value).clone()).collect();
        self.variable(accounts, owned, key).map(Yaml::Text)
    }

    /// The member of the first mapping at `n`, with those of the same key.
    fn member(&mut self, accounts: &[usize], maps: &[&[(String, Yaml)]], n: usize) -> Option<(String, Yaml)> {
        let (key, _) = maps.first()?.get(n)?;
        let same: Option<Vec<&Yaml>> =
            maps.iter().map(|map| map.iter().find(|(other, _)| other == key).map(|(_, value)| value)).collect();
        if let Some(values) = same {
            return Some((key.clone(), self.value(accounts, &values, key)?));
        }
        let members: Vec<&(String, Yaml)> = maps.iter().map(|map| map.get(n)).collect::<Option<_>>()?;
        let keys: Vec<&str> = members.iter().map(|(key, _)| key.as_str()).collect();
        let values: Vec<&Yaml> = members.iter().map(|(_, value)| value).collect();
        Some((self.of_own(accounts, &keys)?, self.value(accounts, &values, key)?))
    }

    /// One text with the accounts' own values as variables.
    pub fn of_own(&self, accounts: &[usize], texts: &[&str]) -> Option<String> {
        let first = texts.first()?;
        if texts.iter().all(|text| text == first) {
            return Some((*first).to_owned());
        }
        self.chosen(accounts).into_iter().find_map(|chosen| {
            let with = |(text, n): (&&str, &usize)| self.with_own(*n, text, &chosen);
            let all: Vec<String> = texts.iter().zip(accounts).map(with).collect::<Option<_>>()?;
            let first = all.first()?;
            all.iter().all(|text| text == first).then(|| first.clone())
        })
    }

    /// The accounts' own values, alone and in pairs.
    fn chosen(&self, accounts: &[usize]) -> Vec<Vec<String>> {
        let first = accounts.first().and_then(|n| self.accounts.get(*n));
        let names: Vec<&String> = first.into_iter().flat_map(|account| account.own.iter().map(|(name, _)| name)).collect();
        let alone = names.iter().map(|name| vec![(*name).clone()]);
        let pair = |one: &String, other: &String| (one != other).then(|| vec![one.clone(), other.clone()]);
        alone.chain(names.iter().flat_map(|one| names.iter().filter_map(|other| pair(one, other)))).collect()
    }

    /// A text with some of an account's own values as variables.
    fn with_own(&self, account: usize, text: &str, chosen: &[String]) -> Option<String> {
        let own = &self.accounts.get(account)?.own;
        chosen.iter().try_fold(text.to_owned(), |text, name| {
            let (reference, value) = own.iter().find(|(other, _)| other == name)?;
            Some(put(&text, value, reference))
        })
    }

    fn text(&mut self, accounts: &[usize], texts: &[&str], key: &str) -> Option<String> {
        if let Some(text) = self.of_own(accounts, texts) {
            return Some(text);
        }
        let cut: Vec<Vec<&str>> = texts.iter().map(|text| pieces(text).collect()).collect();
        let shortest = cut.iter().map(Vec::len).min()?;
        let first = cut.first()?;
        let (mut before, mut after) = common(&cut)?;
        // A variable without a text in it is hard to read: then it takes a word of what is common.
        if before + after == shortest {
            match before {
                0 => after = after.saturating_sub(1),
                _ => before -= 1,
            }
        }
        let middle = |pieces: &Vec<&str>| pieces.get(before..pieces.len() - after).unwrap_or_default().concat();
        let values = cut.iter().zip(accounts).map(|(pieces, n)| self.raw(*n, &middle(pieces))).collect::<Option<Vec<Yaml>>>()?;
        let variable = self.variable(accounts, values, key)?;
        let start = first.get(..before)?.concat();
        let end = first.get(first.len() - after..)?.concat();
        Some(format!("{start}{variable}{end}"))
    }

    /// A list whose length differs, as the value of a variable.
    fn list(&mut self, accounts: &[usize], lists: &[&[Yaml]], key: &str) -> Option<Yaml> {
        let of_account = |(list, n): (&&[Yaml], &usize)| {
            let item = |item: &Yaml| match item {
                Yaml::Text(text) => self.raw(*n, text),
                Yaml::Bool(_) | Yaml::Number(_) => Some(item.clone()),
                Yaml::Null | Yaml::List(_) | Yaml::Map(_) => None,
            };
            list.iter().map(item).collect::<Option<Vec<Yaml>>>().map(Yaml::List)
        };
        // What the texts have in common stands around the variable; with the accounts' own values in it where that leaves less.
        let bare = std::iter::once(Vec::new()).chain(self.chosen(accounts));
        let with = |chosen: Vec<String>| {
            let text = |n: usize, item: &Yaml| match item {
                Yaml::Text(text) => self.with_own(n, text, &chosen),
                _ => None,
            };
            let list = |(list, n): (&&[Yaml], &usize)| list.iter().map(|item| text(*n, item)).collect::<Option<Vec<String>>>();
            starred(&lists.iter().zip(accounts).map(list).collect::<Option<Vec<_>>>()?)
        };
        let left = |starred: &Starred| starred.middles.iter().flatten().map(String::len).sum::<usize>();
        if let Some(Starred { start, middles, end }) = bare.filter_map(with).min_by_key(left) {
            let middles: Vec<Vec<Yaml>> = middles.iter().map(|list| list.iter().map(Yaml::text).collect()).collect();
            let lists: Vec<&[Yaml]> = middles.iter().map(Vec::as_slice).collect();
            let values = lists.iter().zip(accounts).map(of_account).collect::<Option<Vec<Yaml>>>()?;
            let variable = self.variable(accounts, values, key)?;
            return Some(Yaml::Text(format!("{start}{}{end}", variable.replace('}', "[*]}"))));
        }
        let values = lists.iter().zip(accounts).map(of_account).collect::<Option<Vec<Yaml>>>()?;
        self.variable(accounts, values, key).map(Yaml::Text)
    }

    /// A text as a variable's value, which is put in as it is.
    fn raw(&self, account: usize, text: &str) -> Option<Yaml> {
        match &self.accounts.get(account)?.values {
            Some(values) => values.read(text).filter(|raw| !has_variable(raw)).map(Yaml::Text),
            None => Some(Yaml::text(text)),
        }
    }

    /// A reference to the variable with these values: one that is there, or a new one.
    fn variable(&mut self, accounts: &[usize], values: Vec<Yaml>, key: &str) -> Option<String> {
        if IN_PLACE.contains(&key) {
            return None;
        }
        let values: BTreeMap<usize, Yaml> = accounts.iter().copied().zip(values).collect();
        let same = |variable: &&Variable| values.iter().all(|(n, value)| variable.values.get(n) == Some(value));
        let name = match self.made.iter().find(same) {
            Some(variable) => variable.name.clone(),
            None => {
                let name = self.free_name(key);
                self.made.push(Variable { name: name.clone(), values });
                name
            }
        };
        self.used.insert(name.clone());
        (self.used.len() <= MOST).then(|| format!("${{{}.{name}}}", self.kind))
    }

    fn free_name(&self, key: &str) -> String {
        let word = |text: &str| {
            let plain: String =
                text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
            plain.split('_').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("_")
        };
        // A parameter belongs to its template already.
        let entity = if self.kind == "param" { "" } else { &self.entity };
        let base = format!("{}_{}", word(entity), word(key));
        let base = base.trim_matches('_');
        let is_taken = |name: &String| {
            self.made.iter().any(|variable| variable.name == *name)
                || self.accounts.iter().any(|a| a.vars.contains(name.as_str()))
        };
        let mut names = std::iter::once(base.to_owned()).chain((2..).map(|n| format!("{base}_{n}")));
        names.find(|name| !is_taken(name)).unwrap_or_default()
    }
}

/// Lists of texts that differ in one stretch.
struct Starred {
    start: String,
    middles: Vec<Vec<String>>,
    end: String,
}

/// What all texts of several lists begin and end with, in whole pieces, and what is between, where that is enough to be worth a variable.
fn starred(lists: &[Vec<String>]) -> Option<Starred> {
    let cut: Vec<Vec<&str>> = lists.iter().flatten().map(|text| pieces(text).collect()).collect();
    let (before, after) = common(&cut)?;
    let first = cut.first()?;
    let (start, end) = (first.get(..before)?.concat(), first.get(first.len() - after..)?.concat());
    let middle = |text: &String| text.get(start.len()..text.len() - end.len()).map(str::to_owned);
    let middles: Vec<Vec<String>> = lists.iter().map(|list| list.iter().map(middle).collect()).collect::<Option<_>>()?;
    let is_plain = |middle: &String| !middle.is_empty() && !middle.contains(['*', '$']);
    let is_worth_it = cut.len() > 1 && start.len() + end.len() > "${var.x[*]}".len();
    (is_worth_it && middles.iter().flatten().all(is_plain)).then_some(Starred { start, middles, end })
}

/// How many pieces several texts have in common at their beginning and at their end.
pub(super) fn common(cut: &[Vec<&str>]) -> Option<(usize, usize)> {
    let shortest = cut.iter().map(Vec::len).min()?;
    let first = cut.first()?;
    let agree = |n: usize, from_end: bool| {
        let at = |pieces: &Vec<&str>| if from_end { pieces.len() - 1 - n } else { n };
        cut.iter().all(|pieces| pieces.get(at(pieces)) == first.get(at(first)))
    };
    let before = (0..shortest).take_while(|n| agree(*n, false)).count();
    let after = (0..shortest - before).take_while(|n| agree(*n, true)).count();
    Some((before, after))
}

/// A text in words, signs and variables.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let length = if rest.starts_with("$${") {
            3
        } else if rest.starts_with("${") {
            rest.find('}').map_or(rest.len(), |end| end + 1)
        } else if first.is_ascii_alphanumeric() {
            rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (piece, after) = rest.split_at(length);
        rest = after;
        Some(piece)
    })
}

/// A text with a reference wherever a value stands in whole words.
fn put(text: &str, value: &[String], reference: &str) -> String {
    let all: Vec<&str> = pieces(text).collect();
    let mut rest = all.as_slice();
    let mut out = String::with_capacity(text.len());
    while let Some((piece, after)) = rest.split_first() {
        if rest.len() >= value.len() && rest.iter().zip(value).all(|(piece, part)| piece == part) {
            out.push_str(reference);
            rest = rest.get(value.len()..).unwrap_or_default();
        } else {
            out.push_str(piece);
            rest = after;
        }
    }
    out
}
