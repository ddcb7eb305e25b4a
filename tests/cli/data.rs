//! `iamctl data`: newer data of AWS's actions, checked before it is in force.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

const FILES: [&str; 3] = ["action-catalogue.manifest.json", "action-catalogue.index.zst", "action-catalogue.services.zst"];
const NEWER: &str = "2036-01-02";

struct World {
    dir: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let world = Self { dir: tempfile::tempdir().unwrap() };
        fs::create_dir_all(world.path("specs")).unwrap();
        world.project("");
        fs::write(world.path("specs/main.yaml"), "version: 1\n").unwrap();
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn project(&self, more: &str) {
        fs::write(self.path("iamctl.yaml"), format!("version: 1\nstack: t\ndefault_account: local\n{more}")).unwrap();
    }

    fn run(&self, line: &str) -> (i32, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_iamctl"));
        command.current_dir(self.dir.path()).env("IAMCTL_DATA_DIR", self.path("data")).args(line.split(' '));
        let output = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout) + &text(output.stderr))
    }

    /// A catalogue in a folder: the one of the binary with another day.
    fn catalogue(&self, name: &str, day: &str) -> PathBuf {
        let (from, to) = (Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/iam-policy/data"), self.path(name));
        fs::create_dir_all(&to).unwrap();
        for file in FILES {
            fs::copy(from.join(file), to.join(file)).unwrap();
        }
        edit(&to, |manifest| manifest["date"] = day.into());
        to
    }
}

fn edit(folder: &Path, change: impl FnOnce(&mut serde_json::Value)) {
    let file = folder.join(FILES[0]);
    let mut manifest = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    change(&mut manifest);
    fs::write(file, manifest.to_string()).unwrap();
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn newer_data_is_in_force_until_it_is_taken_back() {
    let world = World::new();
    let folder = world.catalogue("newer", NEWER);
    let own = format!("sha256:{}", hash(&fs::read(folder.join(FILES[0])).unwrap()));
    assert!(!world.run("data show").1.contains(NEWER));
    let (code, text) = world.run("data update newer --expect sha256:00");
    assert!(code == 1 && text.contains("is expected") && text.contains("the data in force stays"), "{text}");
    let (code, text) = world.run(&format!("data update newer/{} --expect {own}", FILES[0]));
    assert!(code == 0 && text.contains(&own) && text.contains(NEWER), "{text}");
    let (_, text) = world.run("data show");
    assert!(text.contains(NEWER) && text.contains("installed in") && text.contains(&own), "{text}");
    assert!(world.run("--version").1.contains(&format!("(data of {NEWER})")));
    assert!(world.run("explain unknown-action").1.contains(&format!("is of {NEWER}")));
    assert_eq!(world.run("validate").0, 0);
    // A pin wins, by day and by hash.
    let manifest: serde_json::Value = serde_json::from_str(iamctl::catalogue::MANIFEST).unwrap();
    let inside = manifest["date"].as_str().unwrap();
    for (pin, day) in [(inside, inside), (own.as_str(), NEWER), (NEWER, NEWER)] {
        world.project(&format!("data: \"{pin}\"\n"));
        assert!(world.run("data show").1.contains(&format!("date      {day}")), "{pin}");
        assert_eq!(world.run("validate").0, 0, "{pin}");
    }
    world.project("data: \"2030-05-05\"\n");
    for command in ["validate", "plan", "lint", "data show"] {
        let (code, text) = world.run(command);
        assert!(code == 1 && text.contains("2030-05-05") && text.contains("iamctl data update"), "{command}: {code} {text}");
    }
    assert!(world.run("explain unknown-action").0 == 0);
    // A pin that the line does not show is not passed over.
    world.project("\"data\": \"2030-05-05\"\n");
    assert!(world.run("validate").1.contains("on its own line"));
    world.project("");
    assert_eq!(world.run("data reset").0, 0);
    assert!(world.run("data show").1.contains(inside));
    assert_eq!(world.run("data reset"), (0, "the data inside the binary is in force already\n".to_owned()));
}

#[test]
fn data_that_is_not_whole_is_refused_and_the_old_data_stays() {
    let world = World::new();
    assert_eq!((world.catalogue("good", NEWER), world.run("data update good").0).1, 0);
    type Change = fn(&Path);
    let rows: [(&str, Change, &str); 8] = [
        ("a byte differs", |folder| flip(&folder.join(FILES[2])), "has the hash"),
        ("the manifest has another hash", |folder| edit(folder, |m| m["sha256"][FILES[1]] = "00".into()), "has the hash"),
        ("a hash is missing", |folder| edit(folder, |m| m["sha256"] = serde_json::json!({})), "has the hash"),
        ("another count", |folder| edit(folder, |m| m["actions"] = 7.into()), "counts other"),
        ("no day", |folder| edit(folder, |m| m["date"] = "soon".into()), "is not a day"),
        ("not JSON", |folder| fs::write(folder.join(FILES[0]), "x").unwrap(), "not in the known format"),
        ("a file is gone", |folder| fs::remove_file(folder.join(FILES[1])).unwrap(), "cannot read"),
        ("files are exchanged", exchange, "not in the format that this version reads"),
    ];
    for (what, change, says) in rows {
        let folder = world.catalogue("bad", "2037-01-01");
        change(&folder);
        let (code, text) = world.run("data update bad");
        assert!(code == 1 && text.contains(says) && text.contains("the data in force stays"), "{what}: {code} {text}");
        assert!(world.run("data show").1.contains(NEWER), "{what}");
    }
    // What is damaged after it was installed is not used in silence.
    let installed = fs::read_dir(world.path("data")).unwrap().map(|e| e.unwrap().path()).find(|p| p.is_dir()).unwrap();
    flip(&installed.join(FILES[2]));
    let (code, text) = world.run("lint");
    assert!(code == 1 && text.contains("has the hash") && text.contains("iamctl data reset"), "{code} {text}");
    assert_eq!(world.run("data reset").0, 0);
    assert_eq!(world.run("lint").0, 0);
}

fn flip(file: &Path) {
    let mut bytes = fs::read(file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(file, bytes).unwrap();
}

/// The index in the place of the services, with their hashes.
fn exchange(folder: &Path) {
    let [one, other] = [FILES[1], FILES[2]].map(|file| fs::read(folder.join(file)).unwrap());
    fs::write(folder.join(FILES[1]), &other).unwrap();
    fs::write(folder.join(FILES[2]), &one).unwrap();
    edit(folder, |manifest| {
        manifest["sha256"][FILES[1]] = hash(&other).into();
        manifest["sha256"][FILES[2]] = hash(&one).into();
    });
}
