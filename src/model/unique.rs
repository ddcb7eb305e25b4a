//! Maps whose keys stand once. JSON readers keep the last of two equal keys, and a hand-edited account would lose an entity unseen.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

/// Reads a map; a key that occurs twice (names: in any case) is an error.
pub(super) fn map<'de, D, K, V>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
where
    D: Deserializer<'de>,
    K: Deserialize<'de> + Ord + Display,
    V: Deserialize<'de>,
{
    deserializer.deserialize_map(Unique(PhantomData))
}

struct Unique<K, V>(PhantomData<(K, V)>);

impl<'de, K, V> Visitor<'de> for Unique<K, V>
where
    K: Deserialize<'de> + Ord + Display,
    V: Deserialize<'de>,
{
    type Value = BTreeMap<K, V>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a map of entities by name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut map = BTreeMap::new();
        while let Some(key) = access.next_key::<K>()? {
            if map.contains_key(&key) {
                return Err(A::Error::custom(format!("`{key}` occurs twice; IAM's names are unique, whatever their case")));
            }
            map.insert(key, access.next_value()?);
        }
        Ok(map)
    }
}

#[cfg(test)]
mod tests {
    use crate::model::{AccountIdentity, Snapshot};
    use crate::names::AccountId;

    #[test]
    fn an_account_with_two_entities_of_one_name_is_not_read() {
        let empty = Snapshot::empty(AccountIdentity { id: AccountId::zero(), partition: "aws".into() });
        let text = serde_json::to_string(&empty).unwrap();
        let group = r#"{"path": "/", "id": "AGPA"}"#;
        let twice = text.replace(r#""groups":{}"#, &format!(r#""groups":{{"Ops": {group}, "ops": {group}}}"#));
        assert!(serde_json::from_str::<Snapshot>(&text).is_ok());
        let error = serde_json::from_str::<Snapshot>(&twice).unwrap_err().to_string();
        assert!(error.contains("`ops` occurs twice"), "{error}");
    }
}
