//! One template with several instances in place of entries that are equal but for their names and a few values.

use std::collections::{BTreeMap, BTreeSet};

use super::layout::{Layout, Section, SpecFile, Unit, slug};
use super::unify::{IN_PLACE, Unifier, common, pieces};
use super::{Yaml, document_text};

/// Fewest entries that become instances of one template.
const FEWEST: usize = 3;
/// Most parameters besides those that follow from the name.
const MOST: usize = 4;
/// How often a further template is looked for among entries of one shape.
const ROUNDS: usize = 20;
/// Keys of a trust that say what stands there, beside the keys of tags.
const TELLING: [&str; 8] =
    ["repository", "environment", "project", "workspace", "pipeline", "cluster", "namespace", "service_account"];

/// What is shorter this way.
pub(super) struct Shortened {
    /// All entries, `use` among them.
    pub units: Vec<Unit>,
    /// The templates.
    pub templates: Vec<SpecFile>,
}

/// Whether a text of so many lines is enough shorter than another to be worth an indirection.
pub(super) fn is_worth_it(after: usize, before: usize) -> bool {
    after * 3 <= before * 2
}

/// Lines of an entry in a file.
pub(super) fn lines(entry: &(String, Yaml)) -> usize {
    document_text(std::slice::from_ref(entry), 1).lines().count()
}

/// A role with the policies that only it uses, or a policy alone.
struct Bundle<'u> {
    name: &'u str,
    units: Vec<(usize, &'u Unit)>,
}

/// The same entries with templates where that is enough shorter.
pub(super) fn shortened(units: &[Unit], layout: &Layout, taken: &BTreeSet<String>) -> Shortened {
    let mut by_shape: BTreeMap<String, Vec<Bundle<'_>>> = BTreeMap::new();
    for bundle in bundles(units, layout) {
        let shape = bundle.units.iter().map(|(_, unit)| format!("{}{}", unit.section.key(), shape(&unit.entry.1, ""))).collect();
        by_shape.entry(shape).or_default().push(bundle);
    }
    let mut taken = taken.clone();
    let (mut gone, mut uses, mut templates) = (BTreeSet::new(), Vec::new(), Vec::new());
    for mut rest in by_shape.into_values() {
        for _ in 0..ROUNDS {
            if rest.len() < FEWEST {
                break;
            }
            let first = rest.remove(0);
            let (mut together, others): (Vec<_>, Vec<_>) =
                rest.into_iter().partition(|other| Instances::of(&[&first, other]).and_then(|two| two.template()).is_some());
            together.insert(0, first);
            rest = others;
            let all: Vec<&Bundle<'_>> = together.iter().collect();
            if all.len() < FEWEST {
                continue;
            }
            let Some(made) = Instances::of(&all).and_then(|instances| instances.written(&mut taken)) else { continue };
            gone.extend(all.iter().flat_map(|bundle| bundle.units.iter().map(|(n, _)| *n)));
            uses.extend(made.uses);
            templates.push(made.template);
        }
    }
    let kept = units.iter().enumerate().filter(|(n, _)| !gone.contains(n)).map(|(_, unit)| unit.clone());
    Shortened { units: kept.chain(uses).collect(), templates }
}

fn bundles<'u>(units: &'u [Unit], layout: &Layout) -> Vec<Bundle<'u>> {
    let mut by_file: BTreeMap<&str, Vec<(usize, &Unit)>> = BTreeMap::new();
    for (n, unit) in units.iter().enumerate() {
        by_file.entry(unit.stem.as_str()).or_default().push((n, unit));
    }
    let mut out = Vec::new();
    for mut units in by_file.into_values() {
        units.sort_by(|(_, a), (_, b)| (a.section, &a.address).cmp(&(b.section, &b.address)));
        let is_plain = |unit: &Unit| matches!(unit.section, Section::Roles | Section::Policies) && unit.beside.is_none();
        let role = units.iter().find(|(_, unit)| unit.section == Section::Roles).map(|(_, unit)| unit.entry.0.as_str());
        if *layout == Layout::Role
            && let Some(name) = role
        {
            let alone = units.iter().filter(|(_, unit)| unit.section == Section::Roles).count() == 1;
            if alone && units.iter().all(|(_, unit)| is_plain(unit)) {
                out.push(Bundle { name, units });
            }
            continue;
        }
        let plain = units.into_iter().filter(|(_, unit)| is_plain(unit));
        out.extend(plain.map(|one| Bundle { name: one.1.entry.0.as_str(), units: vec![one] }));
    }
    out
}

/// What two values must share to become one: how they are built, and what they allow.
fn shape(value: &Yaml, key: &str) -> String {
    let all = |items: &[Yaml]| items.iter().map(|item| shape(item, key)).collect::<Vec<_>>().join(",");
    match value {
        Yaml::Text(text) if IN_PLACE.contains(&key) => format!("{text:?}"),
        Yaml::Null | Yaml::Bool(_) | Yaml::Number(_) | Yaml::Text(_) => "t".to_owned(),
        Yaml::List(items) if !IN_PLACE.contains(&key) && items.iter().all(|item| matches!(item, Yaml::Text(_))) => "l".to_owned(),
        Yaml::List(items) => format!("[{}]", all(items)),
        Yaml::Map(entries) => {
            let all: Vec<String> = entries.iter().map(|(key, value)| shape(value, key)).collect();
            format!("{{{}}}", all.join(","))
        }
    }
}

/// Instances of one template, with what their names have of their own: one text each, or two where they are every pair of two lists.
struct Instances<'b, 'u> {
    bundles: &'b [&'b Bundle<'u>],
    start: String,
    /// By axis and instance.
    axes: Vec<Vec<String>>,
    between: String,
    end: String,
}

/// The template as a whole.
struct Template {
    spec: Yaml,
    /// The axes that it uses, by their numbers.
    used: BTreeSet<usize>,
    /// What differs otherwise: by name the value of each instance.
    parameters: Vec<(String, Vec<Yaml>)>,
}

struct Written {
    uses: Vec<Unit>,
    template: SpecFile,
}

fn reference(axis: usize) -> String {
    format!("${{param.axis-{axis}}}")
}

impl<'b, 'u> Instances<'b, 'u> {
    fn of(bundles: &'b [&'b Bundle<'u>]) -> Option<Self> {
        let cut: Vec<Vec<&str>> = bundles.iter().map(|bundle| pieces(bundle.name).collect()).collect();
        let (before, after) = common(&cut)?;
        let middles: Vec<&[&str]> = cut.iter().map(|cut| cut.get(before..cut.len() - after)).collect::<Option<_>>()?;
        let first = cut.first()?;
        let (start, end) = (first.get(..before)?.concat(), first.get(first.len() - after..)?.concat());
        if middles.iter().any(|middle| middle.is_empty()) {
            // One name is the beginning of another: the whole names are what differs.
            let axes = vec![bundles.iter().map(|bundle| bundle.name.to_owned()).collect()];
            return Some(Self { bundles, start: String::new(), axes, between: String::new(), end: String::new() });
        }
        if let Some((axes, between)) = pairs(&middles) {
            return Some(Self { bundles, start, axes, between, end });
        }
        let axes = vec![middles.iter().map(|middle| middle.concat()).collect()];
        Some(Self { bundles, start, axes, between: String::new(), end })
    }

    fn template(&self) -> Option<Template> {
        let own = |n: usize, bundle: &&Bundle<'_>| {
            let axes = self.axes.iter().enumerate().filter_map(|(axis, values)| Some((reference(axis), values.get(n)?.clone())));
            let name = ("${param.name}".to_owned(), bundle.name.to_owned());
            std::iter::once(name).chain(axes.filter(|(_, value)| value != bundle.name)).collect::<Vec<_>>()
        };
        let own: Vec<Vec<(String, String)>> = self.bundles.iter().enumerate().map(|(n, bundle)| own(n, bundle)).collect();
        let mut unifier = Unifier::of_instances(&own);
        let mut sections: Vec<(String, Yaml)> = Vec::new();
        let count = self.bundles.first()?.units.len();
        for n in 0..count {
            let found: Vec<(usize, &Unit)> =
                self.bundles.iter().enumerate().map(|(i, b)| Some((i, b.units.get(n)?.1))).collect::<Option<_>>()?;
            let one = unifier.unit(&found)?;
            match sections.iter_mut().find(|(key, _)| key == one.section.key()) {
                Some((_, Yaml::Map(entries))) => entries.push(one.entry),
                _ => sections.push((one.section.key().to_owned(), Yaml::Map(vec![one.entry]))),
            }
        }
        let parameters = unifier.parameters().map(|(name, values)| {
            let values = (0..self.bundles.len()).map(|n| values.get(&n).cloned()).collect::<Option<Vec<Yaml>>>()?;
            Some((name.to_owned(), values))
        });
        let parameters: Vec<(String, Vec<Yaml>)> = parameters.collect::<Option<_>>()?;
        let spec = Yaml::Map(sections);
        let mut used = BTreeSet::new();
        visit(&spec, &mut |_, text| used.extend((0..self.axes.len()).filter(|axis| text.contains(&reference(*axis)))));
        (parameters.len() <= MOST).then_some(Template { spec, used, parameters })
    }

    /// The template's file and its uses, where they are enough shorter.
    fn written(&self, taken: &mut BTreeSet<String>) -> Option<Written> {
        let Template { mut spec, used, parameters } = self.template()?;
        let (_, first) = self.bundles.first()?.units.iter().find(|(_, unit)| unit.section == Section::Roles).or_else(|| {
            let bundle = self.bundles.first()?;
            bundle.units.first()
        })?;
        let folder = first.section.key();
        let fixed = format!("{}-{}-{}", self.start, self.between, self.end);
        let words: Vec<&str> = fixed.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let base = if words.is_empty() { format!("shared-{folder}") } else { slug(&words.join("-")) };
        let mut axes: Vec<String> = Vec::new();
        for axis in 0..self.axes.len() {
            let is_name = self.start.is_empty() && self.end.is_empty() && self.axes.len() == 1;
            let written = if is_name { "${param.name}".to_owned() } else { reference(axis) };
            let fallback = if self.axes.len() == 1 { "item".to_owned() } else { ["first", "second"].get(axis)?.to_string() };
            let told = told(&spec, &written).unwrap_or_else(|| fallback.clone());
            let is_taken = |name: &str| name == "name" || axes.iter().chain(parameters.iter().map(|(n, _)| n)).any(|n| n == name);
            let name = if is_taken(&told) { fallback } else { told };
            if is_taken(&name) {
                return None;
            }
            axes.push(name);
        }
        for (axis, name) in axes.iter().enumerate() {
            rename(&mut spec, &reference(axis), &format!("${{param.{name}}}"));
        }
        let typed = |name: &str, kind: &str| (name.to_owned(), Yaml::Map(vec![("type".to_owned(), Yaml::text(kind))]));
        let mut declared: Vec<(String, Yaml)> = used.iter().filter_map(|axis| Some(typed(axes.get(*axis)?, "string"))).collect();
        for (name, values) in &parameters {
            let kind = match values.first()? {
                Yaml::List(_) => "list",
                Yaml::Bool(_) => "bool",
                _ => "string",
            };
            declared.push(typed(name, kind));
        }
        let file = |template: &str| format!("templates/{template}.yaml");
        let numbered = std::iter::once(base.clone()).chain((2u32..).map(|n| format!("{base}-{n}")));
        let template = numbered.into_iter().find(|name| !taken.contains(&file(name)))?;
        let mut document =
            vec![("version".to_owned(), Yaml::Number("1".to_owned())), ("template".to_owned(), Yaml::text(&template))];
        if !declared.is_empty() {
            document.push(("parameters".to_owned(), Yaml::Map(declared)));
        }
        document.push(("spec".to_owned(), spec));
        let text = document_text(&document, 0);
        let entries = self.entries(&template, &axes, &used, &parameters)?;
        let as_item = |entry: &Yaml| lines(&("x".to_owned(), Yaml::List(vec![entry.clone()]))) - 1;
        let after = text.lines().count() + entries.iter().map(as_item).sum::<usize>();
        let before: usize = self.bundles.iter().flat_map(|bundle| &bundle.units).map(|(_, unit)| lines(&unit.entry)).sum();
        if !is_worth_it(after, before) {
            return None;
        }
        taken.insert(file(&template));
        let same = self.bundles.iter().flat_map(|bundle| &bundle.units).all(|(_, unit)| unit.stem == first.stem);
        let stem = if same { first.stem.clone() } else { format!("{folder}/{template}") };
        let unit = |entry: Yaml| Unit {
            address: first.address.clone(),
            section: Section::Uses,
            stem: stem.clone(),
            entry: (String::new(), entry),
            beside: None,
        };
        let template = SpecFile { name: file(&template), text, starts: Vec::new() };
        Some(Written { uses: entries.into_iter().map(unit).collect(), template })
    }

    /// The entries under `use`: one with `each` where all follows from the names, else one for each instance.
    fn entries(
        &self,
        template: &str,
        axes: &[String],
        used: &BTreeSet<usize>,
        parameters: &[(String, Vec<Yaml>)],
    ) -> Option<Vec<Yaml>> {
        let member = |key: &str, value: Yaml| (key.to_owned(), value);
        let is_used = |axis: &usize| used.contains(axis);
        if parameters.is_empty() {
            let lists = axes.iter().zip(&self.axes).map(|(name, values)| {
                let mut seen = BTreeSet::new();
                let list = values.iter().filter(|value| seen.insert(value.as_str())).map(Yaml::text).collect();
                member(name, Yaml::List(list))
            });
            let each = |name: &String| format!("${{each.{name}}}");
            let name = format!("{}{}{}", self.start, axes.iter().map(each).collect::<Vec<_>>().join(&self.between), self.end);
            let with = (0..axes.len()).filter(is_used).filter_map(|axis| axes.get(axis));
            let with: Vec<(String, Yaml)> = with.map(|name| member(name, Yaml::text(each(name)))).collect();
            let mut entry = vec![
                member("template", Yaml::text(template)),
                member("each", Yaml::Map(lists.collect())),
                member("name", Yaml::text(name)),
            ];
            if !with.is_empty() {
                entry.push(member("with", Yaml::Map(with)));
            }
            return Some(vec![Yaml::Map(entry)]);
        }
        let instance = |(n, bundle): (usize, &&Bundle<'_>)| {
            let own = (0..axes.len())
                .filter(is_used)
                .map(|axis| Some(member(axes.get(axis)?, Yaml::text(self.axes.get(axis)?.get(n)?))));
            let with = own.chain(parameters.iter().map(|(name, values)| Some(member(name, values.get(n)?.clone()))));
            let with = with.collect::<Option<Vec<_>>>()?;
            Some(Yaml::Map(vec![
                member("template", Yaml::text(template)),
                member("name", Yaml::text(bundle.name)),
                member("with", Yaml::Map(with)),
            ]))
        };
        self.bundles.iter().enumerate().map(instance).collect()
    }
}

/// Two lists whose pairs the names are, with the sign between; where the names are cut at their first or at their last sign.
fn pairs(middles: &[&[&str]]) -> Option<(Vec<Vec<String>>, String)> {
    let is_sign = |piece: &&str| !piece.starts_with(|c: char| c.is_ascii_alphanumeric());
    [true, false].into_iter().find_map(|at_last| {
        let cut = |middle: &&[&str]| {
            let at = if at_last { middle.iter().rposition(is_sign) } else { middle.iter().position(is_sign) }?;
            let (left, right) = (middle.get(..at)?.concat(), middle.get(at + 1..)?.concat());
            let whole = !left.is_empty() && !right.is_empty();
            whole.then_some((left, (*middle.get(at)?).to_owned(), right))
        };
        let cut: Vec<(String, String, String)> = middles.iter().map(cut).collect::<Option<_>>()?;
        let (_, between, _) = cut.first()?.clone();
        let (left, right): (BTreeSet<&str>, BTreeSet<&str>) = cut.iter().map(|(l, _, r)| (l.as_str(), r.as_str())).unzip();
        let distinct: BTreeSet<(&str, &str)> = cut.iter().map(|(l, _, r)| (l.as_str(), r.as_str())).collect();
        let whole =
            left.len() > 1 && right.len() > 1 && distinct.len() == left.len() * right.len() && distinct.len() == cut.len();
        (whole && cut.iter().all(|(_, sign, _)| *sign == between)).then(|| {
            (vec![cut.iter().map(|(l, ..)| l.clone()).collect(), cut.iter().map(|(.., r)| r.clone()).collect()], between)
        })
    })
}

/// Every text of a value, keys included, with the keys above it, the innermost last.
fn visit(value: &Yaml, see: &mut impl FnMut(&[&str], &str)) {
    fn below<'y>(value: &'y Yaml, keys: &mut Vec<&'y str>, see: &mut impl FnMut(&[&str], &str)) {
        match value {
            Yaml::Text(text) => see(keys, text),
            Yaml::Null | Yaml::Bool(_) | Yaml::Number(_) => {}
            Yaml::List(items) => items.iter().for_each(|item| below(item, keys, see)),
            Yaml::Map(entries) => {
                for (key, value) in entries {
                    see(keys, key);
                    keys.push(key);
                    below(value, keys, see);
                    keys.pop();
                }
            }
        }
    }
    below(value, &mut Vec::new(), see);
}

/// The key that tells what a reference stands for: that of a tag which is nothing else, or a telling one of a trust.
fn told(spec: &Yaml, reference: &str) -> Option<String> {
    let (mut tag, mut trust) = (None, None);
    visit(spec, &mut |keys, text| {
        let Some((key, above)) = keys.split_last() else { return };
        if above.last() == Some(&"tags") && text == reference {
            tag.get_or_insert_with(|| (*key).to_owned());
        } else if TELLING.contains(key) && text.ends_with(reference) {
            trust.get_or_insert_with(|| (*key).to_owned());
        }
    });
    let word: String = tag.or(trust)?.to_lowercase();
    let good = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    (word.chars().all(good) && word.starts_with(|c: char| c.is_ascii_alphabetic())).then_some(word)
}

fn rename(value: &mut Yaml, from: &str, to: &str) {
    match value {
        Yaml::Text(text) => *text = text.replace(from, to),
        Yaml::Null | Yaml::Bool(_) | Yaml::Number(_) => {}
        Yaml::List(items) => items.iter_mut().for_each(|item| rename(item, from, to)),
        Yaml::Map(entries) => {
            for (key, value) in entries {
                *key = key.replace(from, to);
                rename(value, from, to);
            }
        }
    }
}
