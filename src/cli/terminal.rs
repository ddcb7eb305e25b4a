//! Standard input, output and error: colour, progress, the question before an apply.

use std::io::{self, BufRead, IsTerminal, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::{ColorArg, Global};
use super::error::CliError;
use crate::backend::{Progress, Silent};
use crate::report::{Paint, escape};

/// The process's streams as commands see them.
#[derive(Debug)]
pub struct Terminal {
    out: Paint,
    err: Paint,
    progress: bool,
    /// Nobody reads standard output any more.
    closed: AtomicBool,
    /// What would be printed is kept here.
    kept: Option<Mutex<String>>,
}

impl Terminal {
    /// Colours as `--color`, the environment (`NO_COLOR`, `CLICOLOR_FORCE`, `TERM`) and the streams say.
    pub fn new(global: &Global) -> Self {
        let coloured = |auto: anstream::ColorChoice| match global.color {
            ColorArg::Always => true,
            ColorArg::Never => false,
            ColorArg::Auto => auto != anstream::ColorChoice::Never,
        };
        Self {
            out: Paint::new(coloured(anstream::AutoStream::choice(&io::stdout()))),
            err: Paint::new(coloured(anstream::AutoStream::choice(&io::stderr()))),
            progress: !global.no_progress && io::stderr().is_terminal(),
            closed: AtomicBool::new(false),
            kept: None,
        }
    }

    /// The same streams for one account of many: without progress, and what would be printed is kept for [`Self::said`].
    pub fn aside(&self) -> Self {
        Self { out: self.out, err: Paint::PLAIN, progress: false, closed: AtomicBool::new(false), kept: Some(Mutex::default()) }
    }

    /// What was kept.
    pub fn said(&self) -> String {
        self.kept.as_ref().and_then(|kept| kept.lock().ok().map(|text| text.clone())).unwrap_or_default()
    }

    /// Colours for what goes to standard output.
    pub fn paint(&self) -> Paint {
        self.out
    }

    /// Colours for what goes to standard error.
    pub fn err_paint(&self) -> Paint {
        self.err
    }

    /// Writes a result to standard output. A closed pipe (`| head`) is not an error: the command continues silently.
    pub fn out(&self, text: &str) -> Result<(), CliError> {
        if self.kept.is_some() {
            self.err(text);
            return Ok(());
        }
        if self.closed.load(Ordering::Relaxed) {
            return Ok(());
        }
        let mut stdout = io::stdout().lock();
        match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed.store(true, Ordering::Relaxed);
                Ok(())
            }
            Err(error) => Err(CliError::failed("cannot write to standard output").caused_by(&error)),
        }
    }

    /// Writes a diagnostic to standard error. Where that fails there is nobody left to tell.
    pub fn err(&self, text: &str) {
        if let Some(kept) = &self.kept {
            if let Ok(mut kept) = kept.lock() {
                *kept += text;
            }
            return;
        }
        let mut stderr = io::stderr().lock();
        let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
    }

    /// Whether someone can answer a question.
    pub fn can_ask(&self) -> bool {
        io::stdin().is_terminal() && (io::stderr().is_terminal() || io::stdout().is_terminal())
    }

    /// Fails where a question could not be answered, so that a command can say so before it does anything.
    pub fn require_someone(&self) -> Result<(), CliError> {
        if self.can_ask() {
            return Ok(());
        }
        Err(CliError::usage("nobody can confirm: standard input is not a terminal").help("add `--yes` to go on without asking"))
    }

    /// Asks on standard error; only `yes` in full is consent. Without a terminal this is wrong usage.
    pub fn confirm(&self, question: &str, answer: &str) -> Result<bool, CliError> {
        self.require_someone()?;
        self.err(&format!("{} Only `{}` is taken as consent: ", escape::line(question), escape::line(answer)));
        read_consent(&mut io::stdin().lock(), answer)
    }

    /// Progress on standard error; nobody watches where that is not a terminal, or with `--no-progress`.
    pub fn progress(&self) -> Box<dyn Progress> {
        if self.progress { Box::new(Spinner::new()) } else { Box::new(Silent) }
    }
}

/// Reads one line; the answer in full is consent, the end of input is not.
fn read_consent(input: &mut dyn BufRead, answer: &str) -> Result<bool, CliError> {
    let mut line = String::new();
    match input.read_line(&mut line) {
        Ok(_) => Ok(line.trim() == answer),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Ok(false),
        Err(error) => Err(CliError::failed("cannot read the answer").caused_by(&error)),
    }
}

/// A line on the terminal that says what is being read; gone when dropped.
struct Spinner {
    bar: ProgressBar,
}

impl Spinner {
    fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            bar.set_style(style);
        }
        Self { bar }
    }
}

impl Progress for Spinner {
    fn read(&self, what: &str, done: usize, total: Option<usize>) {
        self.bar.set_message(progress_message(what, done, total));
        self.bar.tick();
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn progress_message(what: &str, done: usize, total: Option<usize>) -> String {
    let what = escape::line(what);
    match total {
        Some(total) => format!("reading {what}: {done} of {total}"),
        None => format!("reading {what}: {done}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_yes_in_full_is_consent() {
        let answer = |text: &str| read_consent(&mut text.as_bytes(), "yes").unwrap();
        assert!(answer("yes\n") && answer(" yes \r\n"));
        assert!(!answer("y\n") && !answer("YES\n") && !answer("") && !answer("yes please\n"));
    }

    #[test]
    fn progress_says_how_far_it_is() {
        assert_eq!(progress_message("roles", 3, Some(9)), "reading roles: 3 of 9");
        assert_eq!(progress_message("ro\u{1b}les", 3, None), "reading ro\\u{1b}les: 3");
    }
}
