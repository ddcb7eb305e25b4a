//! A small HTTP proxy before the emulator: counts calls, delays them, and misbehaves on request as AWS may.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// What happens to a call instead of its being passed on.
#[derive(Clone, Debug)]
pub enum Fault {
    /// HTTP 400 `Throttling`.
    Throttle,
    /// HTTP 500 with a page of HTML, as an emulator that fell over sends it.
    Html500,
    /// An error in IAM's form.
    Error { status: u16, code: &'static str, message: String },
    /// A result in IAM's form: what stands within `<…Response>`.
    Answer(String),
    /// These bytes, as they are.
    Raw(Vec<u8>),
    /// The call is carried out, and the body of its answer altered; the length says what is left, as if it were all.
    Altered(fn(&str) -> String),
    /// The call is carried out, and the body of its answer breaks off after so many bytes.
    Cut(usize, Framing),
    /// The call is carried out, the answer is lost.
    LoseAnswer,
    /// The connection is closed before the call is carried out.
    Drop,
    /// The call is carried out, and its answer held back: time to kill the caller at a known point.
    Hold(Duration),
    /// The call is held back for so long, and then never carried out: time to kill the caller before it.
    Stall(Duration),
}

impl Fault {
    /// The body of the answer is empty, with HTTP 200.
    pub fn empty() -> Self {
        Self::Raw(response(200, "text/xml", ""))
    }

    /// A page of HTML with HTTP 200, as a proxy sends it.
    pub fn html() -> Self {
        Self::Raw(response(200, "text/html", "<!doctype html><title>Sign in</title>"))
    }
}

/// How the length of a cut body is announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Content-Length says what was sent.
    Short,
    /// Content-Length says what should have been sent.
    Full,
    /// Chunked, with its last chunk.
    Chunked,
    /// Chunked, and the connection closes without its last chunk.
    Broken,
}

/// One fault for the next calls that it is about.
struct Rule {
    calls: Calls,
    times: usize,
    fault: Fault,
}

/// Which calls a fault is about.
enum Calls {
    /// Those of an action whose request body contains a text.
    Of(String, String),
    /// One by its number among the calls that write, or among those that read.
    Numbered(Kind, usize),
}

/// What a call does to the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// It reads.
    Read,
    /// It writes.
    Write,
}

impl Kind {
    fn of(action: &str) -> Self {
        if super::project::is_read(action) { Self::Read } else { Self::Write }
    }
}

#[derive(Default)]
struct State {
    rules: Vec<Rule>,
    calls: Vec<(String, String)>,
    /// Calls that stall, or whose answers are held back.
    held: usize,
    heads: Vec<(String, String)>,
    answers: Vec<(String, String)>,
    latency: Duration,
    rate: Option<Rate>,
}

struct Rate {
    per_second: f64,
    burst: f64,
    tokens: f64,
    last: Instant,
}

/// A running proxy; it ends when dropped.
pub struct Proxy {
    port: u16,
    state: Arc<Mutex<State>>,
    stop: Arc<AtomicBool>,
}

impl Proxy {
    /// Starts a proxy to `upstream` (`127.0.0.1:PORT`); without one, only faults answer.
    pub fn start(upstream: Option<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State::default()));
        let stop = Arc::new(AtomicBool::new(false));
        let (shared, ended) = (Arc::clone(&state), Arc::clone(&stop));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if ended.load(Ordering::SeqCst) {
                    break;
                }
                let (state, upstream) = (Arc::clone(&shared), upstream.clone());
                thread::spawn(move || serve(stream, &state, upstream.as_deref()));
            }
        });
        Self { port, state, stop }
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The next `times` calls of `action` meet this fault. Rules are tried in the order they were given.
    pub fn fault(&self, action: &str, times: usize, fault: Fault) {
        self.fault_where(action, "", times, fault);
    }

    /// The same for calls whose request body contains a text (form-encoded, as it is sent).
    pub fn fault_where(&self, action: &str, containing: &str, times: usize, fault: Fault) {
        let calls = Calls::Of(action.to_owned(), containing.to_owned());
        self.state.lock().unwrap().rules.push(Rule { calls, times, fault });
    }

    /// The call of this number, from 1, among those that write or read meets this fault.
    pub fn fault_numbered(&self, kind: Kind, number: usize, fault: Fault) {
        self.state.lock().unwrap().rules.push(Rule { calls: Calls::Numbered(kind, number), times: 1, fault });
    }

    /// How many calls wrote or read.
    pub fn number(&self, kind: Kind) -> usize {
        self.state.lock().unwrap().calls.iter().filter(|(action, _)| Kind::of(action) == kind).count()
    }

    /// Waits until a call stalls, or the answer of one that was carried out is held back; false when `limit` passes before.
    pub fn wait_held(&self, limit: Duration) -> bool {
        waited(limit, || self.state.lock().unwrap().held > 0)
    }

    /// Every call takes this much longer.
    pub fn latency(&self, latency: Duration) {
        self.state.lock().unwrap().latency = latency;
    }

    /// Calls beyond a rate are throttled.
    pub fn limit(&self, per_second: f64, burst: f64) {
        self.state.lock().unwrap().rate = Some(Rate { per_second, burst, tokens: burst, last: Instant::now() });
    }

    /// How often each action was called, faults included.
    pub fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for (action, _) in &self.state.lock().unwrap().calls {
            *counts.entry(action.clone()).or_default() += 1;
        }
        counts
    }

    /// How often one action was called.
    pub fn count(&self, action: &str) -> usize {
        self.counts().get(action).copied().unwrap_or_default()
    }

    /// The request bodies of an action, form-encoded.
    pub fn bodies(&self, action: &str) -> Vec<String> {
        self.state.lock().unwrap().calls.iter().filter(|(a, _)| a == action).map(|(_, body)| body.clone()).collect()
    }

    /// The headers of the requests of an action, as they were sent.
    pub fn heads(&self, action: &str) -> Vec<String> {
        self.state.lock().unwrap().heads.iter().filter(|(a, _)| a == action).map(|(_, head)| head.clone()).collect()
    }

    /// Waits until an action was called that often; false when `limit` passes before.
    pub fn wait_for(&self, action: &str, times: usize, limit: Duration) -> bool {
        waited(limit, || self.count(action) >= times)
    }

    /// The bodies that the upstream answered calls of an action with, where no fault stood between.
    pub fn answers(&self, action: &str) -> Vec<String> {
        self.state.lock().unwrap().answers.iter().filter(|(a, _)| a == action).map(|(_, body)| body.clone()).collect()
    }

    /// Forgets the calls so far; rules stay.
    pub fn reset(&self) {
        let mut state = self.state.lock().unwrap();
        (state.calls, state.answers, state.heads, state.held) = Default::default();
    }
}

fn waited(limit: Duration, done: impl Fn() -> bool) -> bool {
    let deadline = Instant::now() + limit;
    while Instant::now() < deadline {
        if done() {
            return true;
        }
        thread::sleep(Duration::from_millis(5));
    }
    false
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the listener so that it sees the end.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn serve(stream: TcpStream, state: &Mutex<State>, upstream: Option<&str>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream;
    // One call for each connection keeps this simple; the client opens another.
    let Some((head, body)) = read_request(&mut reader) else { return };
    let action = body.split('&').find_map(|pair| pair.strip_prefix("Action=")).unwrap_or("?").to_owned();
    state.lock().unwrap().heads.push((action.clone(), head.clone()));
    let (fault, latency) = decide(state, &action, &body);
    thread::sleep(latency);
    let _ = match fault {
        Some(Fault::Throttle) => stream.write_all(&error(400, "Throttling", "Rate exceeded")),
        Some(Fault::Html500) => {
            stream.write_all(&response(500, "text/html", "<!doctype html><title>500 Internal Server Error</title>"))
        }
        Some(Fault::Error { status, code, message }) => stream.write_all(&error(status, code, &message)),
        Some(Fault::Answer(result)) => {
            let xml = format!(
                "<{action}Response xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">{result}\
                 <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></{action}Response>"
            );
            stream.write_all(&response(200, "text/xml", &xml))
        }
        Some(Fault::Raw(bytes)) => stream.write_all(&bytes),
        Some(Fault::Altered(alter)) => {
            let (_, text) = forwarded(upstream, &head, &body);
            stream.write_all(&response(200, "text/xml", &alter(&text)))
        }
        Some(Fault::Cut(at, framing)) => {
            let (_, text) = forwarded(upstream, &head, &body);
            stream.write_all(&cut(&text, at, framing))
        }
        Some(Fault::LoseAnswer) => {
            forward(upstream, &head, &body);
            Ok(())
        }
        Some(Fault::Drop) => Ok(()),
        Some(Fault::Hold(time)) => {
            let answer = forward(upstream, &head, &body);
            state.lock().unwrap().held += 1;
            thread::sleep(time);
            answer.map_or(Ok(()), |answer| stream.write_all(&answer))
        }
        Some(Fault::Stall(time)) => {
            state.lock().unwrap().held += 1;
            thread::sleep(time);
            Ok(())
        }
        None => match forward(upstream, &head, &body) {
            Some(answer) => {
                let text = parted(&answer).1;
                state.lock().unwrap().answers.push((action, text));
                stream.write_all(&answer)
            }
            None => stream.write_all(&error(501, "NotImplemented", "nothing answers here")),
        },
    };
}

fn decide(state: &Mutex<State>, action: &str, body: &str) -> (Option<Fault>, Duration) {
    let mut state = state.lock().unwrap();
    state.calls.push((action.to_owned(), body.to_owned()));
    let latency = state.latency;
    if let Some(rate) = &mut state.rate {
        let now = Instant::now();
        rate.tokens = (rate.tokens + now.duration_since(rate.last).as_secs_f64() * rate.per_second).min(rate.burst);
        rate.last = now;
        if rate.tokens < 1.0 {
            return (Some(Fault::Throttle), latency);
        }
        rate.tokens -= 1.0;
    }
    let kind = Kind::of(action);
    let number = state.calls.iter().filter(|(action, _)| Kind::of(action) == kind).count();
    let rule = state.rules.iter_mut().find(|rule| {
        let is_about = match &rule.calls {
            Calls::Of(of, containing) => of == action && body.contains(containing.as_str()),
            Calls::Numbered(of, wanted) => *of == kind && *wanted == number,
        };
        rule.times > 0 && is_about
    });
    let fault = rule.map(|r| {
        r.times -= 1;
        r.fault.clone()
    });
    (fault, latency)
}

fn read_request(reader: &mut BufReader<TcpStream>) -> Option<(String, String)> {
    let mut head = String::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line == "\r\n" {
            break;
        }
        head.push_str(&line);
    }
    let length = head
        .lines()
        .find_map(|l| l.split_once(':').filter(|(k, _)| k.eq_ignore_ascii_case("content-length")))
        .and_then(|(_, v)| v.trim().parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((head, String::from_utf8_lossy(&body).into_owned()))
}

fn forward(upstream: Option<&str>, head: &str, body: &str) -> Option<Vec<u8>> {
    let mut stream = TcpStream::connect(upstream?).ok()?;
    let kept: String =
        head.lines().filter(|l| !l.to_ascii_lowercase().starts_with("connection:")).map(|l| format!("{l}\r\n")).collect();
    stream.write_all(format!("{kept}Connection: close\r\n\r\n{body}").as_bytes()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    Some(answer)
}

/// Head and body of the answer, its chunks put together.
fn forwarded(upstream: Option<&str>, head: &str, body: &str) -> (String, String) {
    parted(&forward(upstream, head, body).unwrap_or_default())
}

fn parted(answer: &[u8]) -> (String, String) {
    let text = String::from_utf8_lossy(answer).into_owned();
    let (head, mut rest) = text.split_once("\r\n\r\n").map(|(h, b)| (h.to_owned(), b.to_owned())).unwrap_or_default();
    if head.to_ascii_lowercase().contains("transfer-encoding: chunked") {
        let mut whole = String::new();
        while let Some((size, after)) = rest.split_once("\r\n") {
            let size = usize::from_str_radix(size.trim(), 16).unwrap_or_default();
            if size == 0 {
                break;
            }
            whole.push_str(&after[..size]);
            rest = after[size + 2..].to_owned();
        }
        rest = whole;
    }
    (head, rest)
}

fn cut(text: &str, at: usize, framing: Framing) -> Vec<u8> {
    let end = (0..=at.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or_default();
    let left = &text[..end];
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nConnection: close\r\n";
    match framing {
        Framing::Short => format!("{head}Content-Length: {}\r\n\r\n{left}", left.len()),
        Framing::Full => format!("{head}Content-Length: {}\r\n\r\n{left}", text.len()),
        Framing::Chunked => format!("{head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{left}\r\n0\r\n\r\n", left.len()),
        Framing::Broken => format!("{head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{left}\r\n", left.len()),
    }
    .into_bytes()
}

fn error(status: u16, code: &str, message: &str) -> Vec<u8> {
    let message = message.replace('&', "&amp;").replace('<', "&lt;");
    let xml = format!(
        "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error><Type>Sender</Type><Code>{code}</Code>\
         <Message>{message}</Message></Error><RequestId>6f1c</RequestId></ErrorResponse>"
    );
    response(status, "text/xml", &xml)
}

fn response(status: u16, kind: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
        .into_bytes()
}
