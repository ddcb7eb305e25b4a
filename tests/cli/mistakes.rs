//! Files that are passed over because of their name, and files that cannot be read as text: said, never passed over in silence.

use std::fs;
use std::path::Path;

use assert_cmd::Command;

fn validate(files: &[(&str, &[u8])]) -> (i32, String) {
    let directory = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let output = Command::cargo_bin("iamctl").unwrap().arg("validate").current_dir(directory.path()).output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.code().unwrap(), text)
}

const ROLE: &[u8] = b"version: 1\nroles: {a: {trust: [{service: ec2.amazonaws.com}]}}\n";

#[test]
fn files_that_are_passed_over_are_named_with_the_next_move() {
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain("version: 1\n".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    for (files, code, hint) in [
        (vec![("specs/main.json", &b"{\"version\": 1}"[..])], 0, "rename it to `main.yaml`"),
        (vec![("specs/a.YAML", ROLE)], 3, "rename it to `a.yaml`"),
        (vec![("specs/b.Yml", ROLE), ("specs/a.yaml", ROLE)], 3, "rename it to `b.yaml`"),
        (vec![("specs/a.yaml.txt", ROLE), ("specs/a.yaml", ROLE)], 0, "`specs/a.yaml.txt` is not read"),
        (vec![("specs/a.yaml.j2", ROLE)], 0, "`specs/a.yaml.j2` is not read"),
        (vec![("iamctl.yml", &b"stack: x\n"[..]), ("specs/a.yaml", ROLE)], 3, "a project file is called `iamctl.yaml`"),
        (vec![(".iamctl.yaml", &b"stack: x\n"[..]), ("specs/a.yaml", ROLE)], 3, "a project file is called `iamctl.yaml`"),
        (vec![("specs/a.yaml", utf16.as_slice())], 3, "save it as UTF-8"),
        (vec![("specs/a.yaml", &b"# caf\xe9\n"[..])], 3, "save it as UTF-8"),
    ] {
        let (found, said) = validate(&files);
        assert!(found == code && said.contains(hint), "{:?}: {found} {said}", files[0].0);
    }
    // Documents that specs name, and files of other tools beside them, are nobody's business.
    let (code, said) =
        validate(&[("specs/a.yaml", ROLE), ("specs/trust.json", b"{}"), ("specs/README.md", b"x"), ("specs/a.yaml.bak", ROLE)]);
    assert!(code == 0 && !said.contains("not read"), "{code} {said}");
}
