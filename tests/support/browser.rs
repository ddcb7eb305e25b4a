//! Chromium without a window, where there is one.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, thread};

/// How long one page may take; a loaded machine is slow.
const PATIENCE: Duration = Duration::from_secs(120);

/// The browser, or `None` where there is none and none is required. Says so on standard error, past the test runner.
pub fn browser() -> Option<PathBuf> {
    let required = env::var_os("IAMCTL_REQUIRE_BROWSER").is_some();
    let refused = env::var_os("IAMCTL_NO_BROWSER").is_some();
    assert!(!(required && refused), "IAMCTL_REQUIRE_BROWSER and IAMCTL_NO_BROWSER contradict each other");
    let found = env::split_paths(&env::var_os("PATH").unwrap_or_default())
        .flat_map(|folder| ["chromium", "chromium-browser", "google-chrome", "chrome"].map(|name| folder.join(name)))
        .find(|path| path.is_file());
    let why = match (&found, refused) {
        (Some(_), false) => return found,
        (_, true) => "IAMCTL_NO_BROWSER is set",
        (None, false) => "no Chromium is installed (Debian: apt-get install -y --no-install-recommends chromium)",
    };
    assert!(!required, "the page must be looked at in a browser (IAMCTL_REQUIRE_BROWSER): {why}");
    let _ = writeln!(std::io::stderr(), "tests/browser: the part in a browser was not run: {why}");
    None
}

/// What a visit left.
pub struct Visit {
    /// The document when all was done.
    pub dom: String,
    /// What the page wrote to the console: errors, and violations of its policy.
    pub console: Vec<String>,
}

/// Opens an address and gives the document as it is after loading and a moment more.
pub fn visit(browser: &Path, address: &str, more: &[&str]) -> Visit {
    let profile = tempfile::tempdir().unwrap();
    let mut child = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"])
        .args(["--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars"])
        // Nobody answers: whatever a page asks for fails.
        .args(["--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr", "--virtual-time-budget=4000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(more)
        .arg(address)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let drain = |mut pipe: Box<dyn Read + Send>| {
        thread::spawn(move || {
            let mut bytes = Vec::new();
            pipe.read_to_end(&mut bytes).map(|_| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
        })
    };
    let out = drain(Box::new(child.stdout.take().unwrap()));
    let err = drain(Box::new(child.stderr.take().unwrap()));
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > PATIENCE {
            let _ = child.kill();
            panic!("the browser does not come to an end on {address}");
        }
        thread::sleep(Duration::from_millis(50));
    }
    let (dom, err) = (out.join().unwrap(), err.join().unwrap());
    let console = err.lines().filter(|line| line.contains("CONSOLE")).map(str::to_owned).collect();
    assert!(dom.contains("</html>"), "no document of {address}; the browser says: {err}");
    Visit { dom, console }
}
