//! Problems while specs get their meaning, and which instance of a template each belongs to: a fault of a template is one problem, however often
//! the template is used.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Finding, Place, USED_BY};
use crate::spec::text::{Pos, Texts, Via};

/// Most problems that are kept; more are of no use to anybody.
const MOST: usize = 20_000;

/// One problem.
#[derive(Clone, Debug)]
struct Raised {
    problem: Finding,
    via: Via,
    /// The template that it stands in, and not where the template is used.
    template: Option<String>,
}

/// Problems in the order in which they were found.
#[derive(Clone, Debug, Default)]
pub(in crate::spec) struct Problems {
    list: Vec<Raised>,
    /// The combination of `each` that an instance is for: `repo=web, env=prod`.
    labels: BTreeMap<Via, String>,
    /// Instances with a name that IAM refuses: what refers to it has no error of its own.
    misnamed: BTreeSet<Via>,
}

impl Problems {
    /// Adds a problem that has its place already.
    pub fn push(&mut self, problem: Finding) {
        self.add(Raised { problem, via: Via::NONE, template: None });
    }

    /// Adds a problem at a point.
    pub fn at(&mut self, texts: &Texts, at: Pos, problem: Finding) {
        self.add(Raised { problem: texts.at(problem, at), via: at.via, template: texts.template_of(at).map(str::to_owned) });
    }

    /// Adds a problem of a point in a spec file that concerns one instance of a template.
    pub fn of_instance(&mut self, texts: &Texts, at: Pos, via: Via, problem: Finding) {
        self.add(Raised { problem: texts.at(problem, at), via, template: texts.template_of(at).map(str::to_owned) });
    }

    /// Notes that an instance has a name that IAM refuses.
    pub fn misnamed(&mut self, via: Via) {
        if via != Via::NONE {
            self.misnamed.insert(via);
        }
    }

    /// Names the combination of `each` that an instance is for.
    pub fn label(&mut self, via: Via, label: String) {
        self.labels.insert(via, label);
    }

    /// The label of an instance.
    pub fn label_of(&self, via: Via) -> Option<&str> {
        self.labels.get(&via).map(String::as_str)
    }

    fn add(&mut self, raised: Raised) {
        if self.list.len() < MOST {
            self.list.push(raised);
        }
    }

    /// How many there are so far.
    pub fn count(&self) -> usize {
        self.list.len()
    }

    /// Whether so many problems were found that looking for more is of no use.
    pub fn is_full(&self) -> bool {
        self.list.len() >= MOST
    }

    /// The problems as they are reported: each fault of a template once, with the uses counted.
    pub fn into_diagnostics(self, texts: &Texts) -> Vec<Finding> {
        let Self { list, labels, misnamed } = self;
        let mut out: Vec<(Finding, Vec<Via>, Option<String>)> = Vec::new();
        let mut known: BTreeMap<(String, Option<Place>, usize), usize> = BTreeMap::new();
        let mut counts: BTreeMap<(Via, String, Option<Place>), usize> = BTreeMap::new();
        for Raised { problem, via, template } in list {
            if via == Via::NONE {
                out.push((problem, Vec::new(), None));
                continue;
            }
            if misnamed.contains(&via) && problem.code == "bad-reference" {
                continue;
            }
            let count = counts.entry((via, problem.code.clone(), problem.at.clone())).or_default();
            let key = (problem.code.clone(), problem.at.clone(), *count);
            *count += 1;
            match known.get(&key).and_then(|index| out.get_mut(*index)) {
                Some((_, vias, _)) => vias.push(via),
                None => {
                    known.insert(key, out.len());
                    out.push((problem, vec![via], template));
                }
            }
        }
        let mut of_entries: BTreeMap<Option<u32>, usize> = BTreeMap::new();
        for via in labels.keys() {
            *of_entries.entry(via.entry()).or_default() += 1;
        }
        let name = |(mut problem, vias, template): (Finding, Vec<Via>, Option<String>)| {
            let Some(first) = vias.first() else { return problem };
            let of_entry = of_entries.get(&first.entry()).copied().unwrap_or_default();
            let all = of_entry == vias.len();
            let label = labels.get(first).filter(|_| !all || of_entry == 1);
            let more = vias.len() - 1;
            let for_label = match (label, more) {
                (None, _) => String::new(),
                (Some(label), 0) => format!(" for {label}"),
                (Some(label), more) => format!(" for {label} and {more} more"),
            };
            let times = if more == 0 { String::new() } else { format!(" ×{}", vias.len()) };
            let used: BTreeSet<Pos> = vias.iter().filter_map(|via| texts.use_of(*via)).collect();
            let used: Vec<Place> = used.into_iter().map(|at| texts.place(at)).collect();
            let note = match (&template, texts.use_of(*first).map(|at| texts.place(at))) {
                (Some(template), Some(Place { file, line, .. })) => {
                    problem.related.extend(used.into_iter().map(|place| (USED_BY.to_owned(), place)));
                    format!("template `{}`, used by `use` at {file}:{line}{times}{for_label}", template.escape_debug())
                }
                _ => for_label.trim_start().to_owned(),
            };
            if !note.is_empty() {
                problem.message = format!("{} ({note})", problem.message);
            }
            problem
        };
        out.into_iter().map(name).collect()
    }
}
