//! The blobs, unpacked at first use: the index is small; the services (1 MB) are unpacked only for those who ask for one, and a
//! service's tables are made only when it is looked at.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::AccessLevel;

const INDEX: &[u8] = include_bytes!("../../data/action-catalogue.index.zst");
const SERVICES: &[u8] = include_bytes!("../../data/action-catalogue.services.zst");

/// What the index says of a service.
#[derive(Clone, Copy)]
pub(super) struct ServiceRow {
    pub prefix: &'static str,
    pub name: &'static str,
    pub rcp: bool,
    /// Offset and length in the unpacked services.
    span: (usize, usize),
    /// Number of its first action, counted over all services.
    pub first: usize,
}

/// What the index says of a condition key: its name and its type.
pub(super) type KeyRow = (&'static str, &'static str);

/// One service in full, each list sorted by its name in lower case.
#[derive(Default)]
pub(super) struct Tables {
    /// Condition keys.
    pub keys: Vec<&'static str>,
    pub types: Vec<TypeRow>,
    pub actions: Vec<ActionRow>,
}

/// A resource type; `keys` as in the file.
#[derive(Clone, Copy)]
pub(super) struct TypeRow {
    pub name: &'static str,
    pub arn: &'static str,
    pub keys: &'static str,
}

/// An action; `types` and `keys` as in the file.
#[derive(Clone, Copy)]
pub(super) struct ActionRow {
    pub name: &'static str,
    pub level: AccessLevel,
    pub types: &'static str,
    pub keys: &'static str,
}

/// The texts of newer data, index and services, where somebody put them in force.
static RENEWED: OnceLock<Option<(String, String)>> = OnceLock::new();

/// Puts other texts in force; `false` where the catalogue was asked already.
pub(super) fn renew(index: String, services: String) -> bool {
    RENEWED.set(Some((index, services))).is_ok()
}

/// The texts in force in place of the blobs. From now on they stay.
fn renewed() -> Option<&'static (String, String)> {
    RENEWED.get_or_init(|| None).as_ref()
}

/// Blobs unpacked so far in this process.
static UNPACKED: AtomicUsize = AtomicUsize::new(0);

/// How many blobs were unpacked so far in this process.
pub(super) fn unpacked() -> usize {
    UNPACKED.load(Ordering::Relaxed)
}

/// Unpacks a blob. A test holds the blobs against the manifest, so the empty text is never seen.
fn unpack(blob: &[u8]) -> String {
    UNPACKED.fetch_add(1, Ordering::Relaxed);
    crate::blob::text(blob)
}

/// Where a name stands in a list that is sorted by the names in lower case.
pub(super) fn position<T>(list: &[T], name: &str, of: impl Fn(&T) -> &str) -> Option<usize> {
    let wanted = name.to_ascii_lowercase();
    list.binary_search_by(|item| {
        let item = of(item).bytes().map(|b| b.to_ascii_lowercase());
        item.cmp(wanted.bytes())
    })
    .ok()
}

fn index() -> &'static (Vec<ServiceRow>, Vec<KeyRow>) {
    static TEXT: OnceLock<String> = OnceLock::new();
    static ROWS: OnceLock<(Vec<ServiceRow>, Vec<KeyRow>)> = OnceLock::new();
    ROWS.get_or_init(|| {
        let text = renewed().map_or_else(|| TEXT.get_or_init(|| unpack(INDEX)), |(index, _)| index);
        let (services, keys) = text.split_once("\n\n").unwrap_or_default();
        (services.lines().filter_map(service_row).collect(), keys.lines().filter_map(|line| line.split_once('\t')).collect())
    })
}

fn service_row(line: &'static str) -> Option<ServiceRow> {
    let mut fields = line.split('\t');
    let (prefix, name, rcp) = (fields.next()?, fields.next()?, fields.next()? == "1");
    let mut number = || fields.next()?.parse().ok();
    Some(ServiceRow { prefix, name, rcp, span: (number()?, number()?), first: number()? })
}

/// Every service, by prefix.
pub(super) fn services() -> &'static [ServiceRow] {
    &index().0
}

/// Every condition key, by name in lower case.
pub(super) fn keys() -> &'static [KeyRow] {
    &index().1
}

/// The tables of the service that stands at this place of [`services`].
pub(super) fn tables(at: usize) -> &'static Tables {
    static TEXT: OnceLock<String> = OnceLock::new();
    static TABLES: OnceLock<Vec<OnceLock<Tables>>> = OnceLock::new();
    static NONE: Tables = Tables { keys: Vec::new(), types: Vec::new(), actions: Vec::new() };
    let all = TABLES.get_or_init(|| services().iter().map(|_| OnceLock::new()).collect());
    let (Some(table), Some(row)) = (all.get(at), services().get(at)) else { return &NONE };
    table.get_or_init(|| {
        let text = renewed().map_or_else(|| TEXT.get_or_init(|| unpack(SERVICES)), |(_, services)| services);
        let (start, length) = row.span;
        Tables::read(text.get(start..start.saturating_add(length)).unwrap_or_default())
    })
}

impl Tables {
    fn read(text: &'static str) -> Self {
        let mut tables = Self::default();
        let mut block = 0;
        for line in text.lines() {
            let mut fields = line.split('\t');
            let mut field = || fields.next().unwrap_or_default();
            match (line, block) {
                ("", _) => block += 1,
                (_, 0) => tables.keys.push(line),
                (_, 1) => tables.types.push(TypeRow { name: field(), arn: field(), keys: field() }),
                _ => tables.actions.push(ActionRow {
                    name: field(),
                    level: AccessLevel::of_letter(field()),
                    types: field(),
                    keys: field(),
                }),
            }
        }
        tables
    }

    /// The condition keys of some numbers.
    pub fn keys_of(&'static self, numbers: &'static str, separator: char) -> impl Iterator<Item = &'static str> {
        numbers.split(separator).filter_map(|n| self.keys.get(n.parse::<usize>().ok()?).copied())
    }
}
