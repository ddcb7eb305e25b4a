//! The scripts that make a release and the script that installs one, with a small program in place of iamctl.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

const VERSION: &str = env!("CARGO_PKG_VERSION");
const RELEASED: [&str; 4] =
    ["x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl", "x86_64-apple-darwin", "aarch64-apple-darwin"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The release that this machine takes.
fn own_target() -> String {
    let system = if cfg!(target_os = "macos") { "apple-darwin" } else { "unknown-linux-musl" };
    format!("{}-{system}", std::env::consts::ARCH)
}

/// A directory of a release, served over HTTP.
struct Release {
    directory: TempDir,
    server: Child,
    address: String,
}

impl Drop for Release {
    fn drop(&mut self) {
        self.server.kill().ok();
        self.server.wait().ok();
    }
}

impl Release {
    /// The archives of some systems, their hashes, the formula and the flake.
    fn new(targets: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let program = directory.path().join("program");
        fs::write(&program, format!("#!/bin/sh\necho iamctl {VERSION}\n")).unwrap();
        let mut server = Command::new("python3")
            .args(["-u", "-c", "import http.server, functools, sys\nh = functools.partial(http.server.SimpleHTTPRequestHandler, directory=sys.argv[1])\ns = http.server.ThreadingHTTPServer(('127.0.0.1', 0), h)\nprint(s.server_address[1], flush=True)\ns.serve_forever()"])
            .arg(directory.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut port = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut port).unwrap();
        let address = format!("http://127.0.0.1:{}/acme/iamctl/releases/download", port.trim());
        let release = Self { directory, server, address };
        for target in targets {
            let ran = release.script("build.sh", &[target, program.to_str().unwrap()]);
            assert!(ran.status.success(), "{}", text(&ran.stderr));
        }
        let ran = release.script("index.sh", &[release.address.strip_suffix("/releases/download").unwrap()]);
        assert!(ran.status.success(), "{}", text(&ran.stderr));
        release
    }

    fn dist(&self) -> PathBuf {
        self.directory.path().join("acme/iamctl/releases/download").join(format!("v{VERSION}"))
    }

    fn script(&self, name: &str, args: &[&str]) -> Output {
        let script = root().join("scripts/release").join(name);
        Command::new("bash")
            .arg(script)
            .args(args)
            .env("IAMCTL_DIST", self.dist())
            .env("SOURCE_DATE_EPOCH", "1700000000")
            .output()
            .unwrap()
    }

    /// Runs the release's own copy of the installer.
    fn install(&self, env: &[(&str, &str)]) -> (Option<i32>, String) {
        let mut command = Command::new("sh");
        command.arg(self.dist().join("install.sh")).env("IAMCTL_BIN_DIR", self.bin()).env("HOME", self.directory.path());
        for name in ["IAMCTL_VERSION", "IAMCTL_SHA256", "IAMCTL_RELEASES", "IAMCTL_CACHE"] {
            command.env_remove(name);
        }
        let ran = command.envs(env.iter().copied()).output().unwrap();
        (ran.status.code(), text(&ran.stdout) + &text(&ran.stderr))
    }

    fn bin(&self) -> PathBuf {
        self.directory.path().join("bin")
    }

    fn installed(&self) -> PathBuf {
        self.bin().join("iamctl")
    }

    /// The archive that this machine takes.
    fn archive(&self) -> PathBuf {
        self.dist().join(format!("iamctl-{VERSION}-{}.tar.gz", own_target()))
    }
}

#[test]
fn a_release_is_installed_and_what_is_not_what_it_lists_is_not() {
    let release = Release::new(&[&own_target()]);
    let (code, said) = release.install(&[]);
    assert!(code == Some(0) && said.contains(&format!("installed iamctl {VERSION} as")), "{said}");
    assert!(said.contains("is not on your PATH"), "{said}");
    assert_eq!(text(&Command::new(release.installed()).output().unwrap().stdout), format!("iamctl {VERSION}\n"));
    assert_eq!(fs::read_dir(release.bin()).unwrap().count(), 1, "nothing else is left there");

    fs::remove_file(release.installed()).unwrap();
    let (code, said) = release.install(&[("IAMCTL_SHA256", "00")]);
    assert!(code == Some(1) && said.contains("nothing was installed") && !release.installed().exists(), "{said}");
    let (code, said) = release.install(&[("IAMCTL_VERSION", "9.9.9")]);
    assert!(code == Some(3) && said.contains("cannot be fetched"), "{said}");

    // A changed archive, fetched or kept.
    let cache = release.directory.path().join("cache");
    let kept = [("IAMCTL_CACHE", cache.to_str().unwrap())];
    assert_eq!(release.install(&kept).0, Some(0));
    fs::remove_file(release.installed()).unwrap();
    let copy = cache.join(release.archive().file_name().unwrap());
    for changed in [&copy, &release.archive()] {
        fs::write(changed, "something else").unwrap();
        let (code, said) = release.install(&kept);
        assert!(code == Some(1) && said.contains("nothing was installed") && !release.installed().exists(), "{said}");
        let _ = fs::remove_file(&copy);
    }
    // A list without this machine's archive.
    fs::write(release.dist().join("SHA256SUMS"), "").unwrap();
    let (code, said) = release.install(&[]);
    assert!(code == Some(1) && said.contains("has no iamctl-"), "{said}");
}

#[test]
fn formula_and_flake_name_every_archive_with_its_hash() {
    let release = Release::new(&RELEASED);
    let read = |name: &str| fs::read_to_string(release.dist().join(name)).unwrap();
    let (sums, formula, flake) = (read("SHA256SUMS"), read("iamctl.rb"), read("flake.nix"));
    for target in RELEASED {
        let name = format!("iamctl-{VERSION}-{target}.tar.gz");
        let line = sums.lines().find(|line| line.ends_with(&name)).unwrap();
        let (hash, _) = line.split_once(' ').unwrap();
        let url = format!("{}/v{VERSION}/{name}", release.address);
        for (what, text) in [("formula", &formula), ("flake", &flake)] {
            let at = text.find(&url).unwrap_or_else(|| panic!("{what} lacks {url}"));
            assert!(text[at..].lines().take(2).any(|line| line.contains(hash)), "{what}: {name}");
        }
    }
    assert!(sums.contains("  install.sh\n"), "{sums}");
    // The same archives give the same index, and the same program the same archive.
    let again = Release::new(&[&own_target()]);
    assert_eq!(fs::read(release.archive()).unwrap(), fs::read(again.archive()).unwrap());
    let ran = Command::new("tar").arg("-tzf").arg(release.archive()).output().unwrap();
    let listed = text(&ran.stdout);
    for file in ["/iamctl\n", "/LICENSE-MIT\n", "/LICENSE-APACHE\n", "/notices/NOTICE-iam-data.txt\n"] {
        assert!(listed.contains(file), "{file}: {listed}");
    }
}

#[test]
fn the_image_holds_the_program_the_certificates_and_the_licences() {
    let release = Release::new(&RELEASED[..2]);
    let context = release.directory.path().join("context");
    let certificates = release.directory.path().join("program");
    let script = root().join("scripts/release/image.sh");
    let ran = Command::new("bash")
        .args([script.to_str().unwrap(), "--context", context.to_str().unwrap()])
        .envs([("IAMCTL_DIST", release.dist()), ("CA_CERTIFICATES", certificates)])
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    let docker = fs::read_to_string(context.join("Dockerfile")).unwrap();
    assert!(docker.contains("FROM scratch\n") && docker.contains("USER 65534:65534\n"), "{docker}");
    let copied = docker.lines().filter_map(|line| line.strip_prefix("COPY ")).flat_map(|line| {
        let words: Vec<&str> = line.split(' ').filter(|word| !word.starts_with("--")).collect();
        words[..words.len() - 1].iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()
    });
    for file in copied {
        for platform in ["linux/amd64", "linux/arm64"] {
            let path = context.join(file.replace("${TARGETPLATFORM}", platform));
            assert!(path.is_file(), "{}", path.display());
        }
    }
}

#[test]
fn every_package_has_the_version_of_the_program() {
    let python = fs::read_to_string(root().join("packaging/python/pyproject.toml")).unwrap();
    assert!(python.contains(&format!("version = \"{VERSION}\"\n")), "{python}");
}

#[test]
fn the_action_takes_a_pinned_release_and_builds_only_where_there_is_none() {
    let release = Release::new(&[&own_target()]);
    let runner = tempfile::tempdir().unwrap();
    // In place of cargo: what is built says so.
    let tools = runner.path().join("tools");
    fs::create_dir(&tools).unwrap();
    let cargo = tools.join("cargo");
    fs::write(&cargo, "#!/bin/sh\nfor last; do :; done\nmkdir -p \"$last/bin\"\nprintf '#!/bin/sh\\necho built\\n' >\"$last/bin/iamctl\"\nchmod +x \"$last/bin/iamctl\"\n").unwrap();
    let run = |env: &[(&str, &str)]| {
        let ran = Command::new("bash")
            .args(["-c", "chmod +x \"$0\" && exec bash \"$1\""])
            .args([cargo.as_path(), &root().join("scripts/gitops/install.sh")])
            .env("PATH", format!("{}:{}", tools.display(), std::env::var("PATH").unwrap()))
            .env("RUNNER_TEMP", runner.path())
            .env("IAMCTL_RELEASES", &release.address)
            .envs(env.iter().copied())
            .output()
            .unwrap();
        (ran.status.code(), text(&ran.stdout) + &text(&ran.stderr))
    };
    let sums = fs::read_to_string(release.dist().join("SHA256SUMS")).unwrap();
    let name = release.archive().file_name().unwrap().to_str().unwrap().to_owned();
    let hash = sums.lines().find_map(|line| line.strip_suffix(&name)).unwrap().trim();
    let (code, said) = run(&[("IAMCTL_VERSION", VERSION), ("IAMCTL_SHA256", hash)]);
    assert!(code == Some(0) && said.contains(&format!("\niamctl {VERSION}\n")), "{said}");
    let (code, said) = run(&[("IAMCTL_VERSION", "9.9.9"), ("IAMCTL_SHA256", hash)]);
    assert!(code == Some(0) && said.contains("cannot be fetched") && said.contains("built\n"), "{said}");
    for (sha256, why) in [("00", "is not what the release lists"), ("", "name the hash")] {
        let (code, said) = run(&[("IAMCTL_VERSION", VERSION), ("IAMCTL_SHA256", sha256)]);
        assert!(code == Some(1) && said.contains(why) && !said.contains("built\n"), "{said}");
    }
}
