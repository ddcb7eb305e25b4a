//! A place as plans and reviews have it: `file:line:column`.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Place;

/// Writes the text, or `null`.
pub fn serialize<S: Serializer>(place: &Option<Place>, serializer: S) -> Result<S::Ok, S::Error> {
    place.as_ref().map(ToString::to_string).serialize(serializer)
}

/// Reads the text, or `null`.
///
/// # Errors
/// A text that does not end in a line and a column.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Place>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| read(&text).ok_or_else(|| D::Error::custom(format!("`{text}` is not `file:line:column`")))).transpose()
}

/// The line and the column stand at the end: a file's name may hold colons.
fn read(text: &str) -> Option<Place> {
    let (rest, column) = text.rsplit_once(':')?;
    let (file, line) = rest.rsplit_once(':')?;
    Some(Place { file: file.to_owned(), line: line.parse().ok()?, column: column.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_from_its_end() {
        let place = Place { file: "odd:name:7.yaml".into(), line: 3, column: 9 };
        assert_eq!(read(&place.to_string()), Some(place));
        assert_eq!(read("nothing"), None);
    }
}
