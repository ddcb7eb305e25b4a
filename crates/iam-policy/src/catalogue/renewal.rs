//! Newer data in place of what is inside: read, judged as a whole, put in force before anybody asks.

use std::io::Read;

use super::data;

/// Most bytes of a file when unpacked.
const LARGEST: u64 = 64 << 20;

/// What the data inside is, as JSON: its date, sources, counts and the SHA-256 of its files.
pub const MANIFEST: &str = include_str!("../../data/action-catalogue.manifest.json");

/// How much there is of everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Services.
    pub services: usize,
    /// Actions.
    pub actions: usize,
    /// Resource types.
    pub resource_types: usize,
    /// Condition keys.
    pub condition_keys: usize,
}

/// A catalogue that was read and found whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renewal {
    index: String,
    services: String,
    counts: Counts,
}

impl Renewal {
    /// Reads the two files of a catalogue, `action-catalogue.index.zst` and `action-catalogue.services.zst`.
    ///
    /// # Errors
    /// What is wrong with them, in words: they are not zstd, or not in the format that this version reads.
    pub fn read(index: &[u8], services: &[u8]) -> Result<Self, String> {
        let (index, services) = (unpack(index, "index")?, unpack(services, "services")?);
        let counts = judge(&index, &services)?;
        Ok(Self { index, services, counts })
    }

    /// How much it has.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Puts it in force for this process. `false` where the catalogue was asked already, or another one was put in force: nothing changes then.
    pub fn install(self) -> bool {
        data::renew(self.index, self.services)
    }
}

/// How much the data in force has.
pub fn counts() -> Counts {
    let services = data::services();
    let mut counts = Counts { services: services.len(), condition_keys: data::keys().len(), ..Counts::default() };
    for at in 0..services.len() {
        let tables = data::tables(at);
        counts.actions += tables.actions.len();
        counts.resource_types += tables.types.len();
    }
    counts
}

fn unpack(blob: &[u8], what: &str) -> Result<String, String> {
    let mut text = String::new();
    let stream = crate::blob::open(blob).map_err(|error| format!("the {what} is not compressed by zstd: {error}"))?;
    let read = stream.take(LARGEST + 1).read_to_string(&mut text);
    let read = read.map_err(|error| format!("the {what} cannot be unpacked: {error}"))?;
    if read as u64 > LARGEST { Err(format!("the {what} is larger than {LARGEST} bytes")) } else { Ok(text) }
}

/// Every line of both texts, so that nothing that is looked up later is missing or out of order.
fn judge(index: &str, services: &str) -> Result<Counts, String> {
    let (rows, keys) = index.split_once("\n\n").ok_or("the index has no list of condition keys")?;
    let mut counts = Counts::default();
    let mut last = String::new();
    for (number, line) in rows.lines().enumerate() {
        let wrong = |why: &str| format!("line {} of the index: {why}", number + 1);
        let fields: Vec<&str> = line.split('\t').collect();
        let [prefix, _, rcp, start, length, first] = fields.as_slice() else { return Err(wrong("six fields are needed")) };
        let number = |text: &str| text.parse::<usize>().map_err(|_| wrong("a number is needed"));
        let (start, length) = (number(start)?, number(length)?);
        let prefix = prefix.to_ascii_lowercase();
        if prefix.is_empty() || prefix <= last || !matches!(*rcp, "0" | "1") {
            return Err(wrong("the services are not in order"));
        }
        if number(first)? != counts.actions {
            return Err(wrong("the number of the first action is not the count of those before"));
        }
        let text =
            start.checked_add(length).and_then(|end| services.get(start..end)).ok_or_else(|| wrong("its text is not there"))?;
        let (types, actions) = of_service(text).map_err(|why| format!("service `{prefix}`: {why}"))?;
        counts.services += 1;
        counts.resource_types += types;
        counts.actions += actions;
        last = prefix;
    }
    last.clear();
    for line in keys.lines() {
        let (name, kind) = line.split_once('\t').ok_or_else(|| format!("condition key `{line}` has no type"))?;
        let name = name.to_ascii_lowercase();
        if name <= last || kind.is_empty() {
            return Err(format!("condition key `{name}`: the keys are not in order"));
        }
        counts.condition_keys += 1;
        last = name;
    }
    if counts.actions == 0 || counts.condition_keys == 0 {
        Err("there are no actions or no condition keys".to_owned())
    } else {
        Ok(counts)
    }
}

/// The numbers of resource types and actions of a service.
fn of_service(text: &str) -> Result<(usize, usize), String> {
    let mut block = 0;
    let (mut types, mut actions) = (0, 0);
    let mut last = String::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let name = match (fields.as_slice(), block) {
            ([""], 0 | 1) => {
                block += 1;
                last.clear();
                continue;
            }
            ([key], 0) => *key,
            ([name, arn, _], 1) if arn.starts_with("arn:") || arn.starts_with('*') || arn.is_empty() => {
                types += 1;
                *name
            }
            ([name, level, _, _], 2) if matches!(*level, "L" | "R" | "T" | "P" | "W") => {
                actions += 1;
                *name
            }
            _ => return Err(format!("`{line}` is not in a known format")),
        };
        let name = name.to_ascii_lowercase();
        if name.is_empty() || name < last {
            return Err(format!("`{name}` is not in order"));
        }
        last = name;
    }
    if block == 2 { Ok((types, actions)) } else { Err("a list is missing".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INDEX: &[u8] = include_bytes!("../../data/action-catalogue.index.zst");
    const SERVICES: &[u8] = include_bytes!("../../data/action-catalogue.services.zst");

    #[test]
    fn the_data_inside_is_whole_and_has_what_its_manifest_counts() {
        let renewal = Renewal::read(INDEX, SERVICES).unwrap();
        let manifest: serde_json::Value = serde_json::from_str(MANIFEST).unwrap();
        let wanted = |key: &str| usize::try_from(manifest[key].as_u64().unwrap()).unwrap();
        let counts = Counts {
            services: wanted("services"),
            actions: wanted("actions"),
            resource_types: wanted("resource_types"),
            condition_keys: wanted("condition_keys"),
        };
        assert_eq!(renewal.counts(), counts);
        assert_eq!(super::counts(), counts);
    }

    #[test]
    fn what_is_not_in_the_format_is_refused() {
        assert!(Renewal::read(b"{}", SERVICES).is_err(), "not zstd");
        assert!(Renewal::read(SERVICES, INDEX).is_err(), "the other way round");
        let Renewal { index, services, .. } = Renewal::read(INDEX, SERVICES).unwrap();
        let first = index.lines().next().unwrap();
        for (what, index, services) in [
            ("a service is gone", index.replacen(&format!("{first}\n"), "", 1), services.clone()),
            ("a field is gone", index.replacen('\t', " ", 1), services.clone()),
            ("the end is gone", index.clone(), services[..services.len() / 2].to_owned()),
            ("a line is new", index.clone(), services.replacen('\n', "\nx\ty\n", 1)),
            ("no keys", index.split_once("\n\n").unwrap().0.to_owned(), services.clone()),
            ("nothing", String::new(), String::new()),
        ] {
            assert!(judge(&index, &services).is_err(), "{what}");
        }
    }
}
