//! The page of a review and of a plan: as text, and in a real browser where there is one (`IAMCTL_REQUIRE_BROWSER=1` makes that a must).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable, reason = "a test fails by panicking")]

#[path = "../support/mod.rs"]
mod support;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use iamctl::report::review_html;
use iamctl::review::Report;
use serde_json::{Value, json};
use tempfile::TempDir;

use support::browser::{browser, visit};
use support::markup;

/// A review of a pull request that does a bit of everything.
fn review(format: &str) -> String {
    let head = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/head");
    let output = Command::new(env!("CARGO_BIN_EXE_iamctl"))
        .current_dir(head)
        .args(["review", "--base", "../base", "--format", format])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn data() -> Value {
    serde_json::from_str(&review("json")).unwrap()
}

fn page(data: &Value) -> String {
    review_html(&serde_json::from_value::<Report>(data.clone()).unwrap())
}

const HOSTILE: &str = "</script></style></title><script>window.broken=1</script><img src=x onerror=\"window.broken=1\">'\" onclick=window.broken=1 &lt; `x` \u{202e}\u{0}";

/// The review with markup wherever the user's text may stand.
fn hostile() -> Value {
    let mut all = data();
    let name = HOSTILE.replace('\u{0}', "");
    all["headline"] = json!(HOSTILE);
    all["notices"] = json!([{"kind": "other", "subject": HOSTILE, "message": HOSTILE, "severity": "warning"}]);
    let account = &mut all["accounts"][0];
    account["stack"] = json!(HOSTILE);
    account["accounts"][0]["name"] = json!(HOSTILE);
    for change in account["changes"].as_array_mut().unwrap() {
        let kind = change["address"].as_str().unwrap().split('/').next().unwrap().to_owned();
        change["address"] = json!(format!("{kind}/{}{name}", change["address"].as_str().unwrap()));
        change["reason"] = json!(HOSTILE);
        change["at"] = json!(format!("{HOSTILE}:1:1"));
        change["warnings"] = json!([HOSTILE]);
        change["fields"] = json!([
            {"field": HOSTILE, "before": HOSTILE, "after": null},
            {"field": "document", "before": {"Statement": [{"Sid": "a"}]}, "after": {"Statement": [{"Sid": HOSTILE, (HOSTILE): [HOSTILE]}]}},
            {"field": "inline_policies", "before": null, "after": {(HOSTILE): {"Sid": HOSTILE}}},
            {"field": "tags", "before": {(HOSTILE): "a"}, "after": {(HOSTILE): HOSTILE}},
            {"field": "managed_policies", "before": [HOSTILE], "after": ["b"]},
            {"field": "metadata", "before": "a\nb", "after": format!("a\n{HOSTILE}")},
        ]);
    }
    for access in account["access"].as_array_mut().unwrap() {
        access["principal"] = json!(format!("role/{}{name}", access["principal"].as_str().unwrap()));
        access["reason"] = json!(HOSTILE);
        let grant = json!({"actions": [HOSTILE], "resources": [HOSTILE], "conditions": {(HOSTILE): {(HOSTILE): HOSTILE}},
            "example": {"action": HOSTILE, "resource": HOSTILE, "principal": HOSTILE, "context": {(HOSTILE): HOSTILE}}});
        access["gained"] = json!([grant]);
        access["lost"] = json!([grant]);
    }
    account["chains"] = json!([{"principal": format!("role/{name}"), "code": HOSTILE, "message": HOSTILE, "opened": true}]);
    let finding = json!({"code": HOSTILE, "severity": "error", "address": format!("role/{name}"), "file": HOSTILE, "line": 1, "column": 1, "message": HOSTILE, "help": HOSTILE});
    account["findings"] = json!({"new": [finding], "fixed": [finding], "standing": 1});
    account["errors"] = json!([finding]);
    account["tests"] = json!({"passed": 1, "failed": [{"name": HOSTILE, "at": format!("{HOSTILE}:1:1"), "messages": [HOSTILE], "new": true}], "removed": [HOSTILE]});
    account["graph"] = json!({"nodes": [{"id": HOSTILE, "kind": "service", "mark": "added"}, {"id": format!("role/{name}"), "kind": "role", "mark": "removed"}],
        "edges": [{"from": HOSTILE, "to": format!("role/{name}"), "kind": "assumes", "conditional": true, "mark": "added"}], "unknown": [HOSTILE]});
    all
}

/// The review with so many changes.
fn large(size: usize) -> Value {
    let mut all = data();
    all["accounts"].as_array_mut().unwrap().truncate(1);
    let account = &mut all["accounts"][0];
    let find = |list: &Value, key: &str, name: &str| list.as_array().unwrap().iter().find(|c| c[key] == name).unwrap().clone();
    let change = find(&account["changes"], "address", "role/ci");
    let access = find(&account["access"], "principal", "user/alice");
    let numbered = |one: &Value, key: &str| {
        let many = (0..size).map(|n| {
            let mut one = one.clone();
            one[key] = json!(format!("role/app-{n:04}"));
            one
        });
        many.collect::<Vec<_>>()
    };
    account["changes"] = json!(numbered(&change, "address"));
    account["access"] = json!(numbered(&access, "principal"));
    all
}

#[test]
fn the_page_is_one_sound_file_that_names_no_other() {
    for (what, text) in [("review", review("html")), ("hostile", page(&hostile()))] {
        let read = markup::read(&text);
        for (attribute, value) in &read.attributes {
            assert!(!attribute.starts_with("on") && attribute != "style" && attribute != "src", "{what}: {attribute}={value}");
            if attribute == "href" {
                let id = value.strip_prefix('#').unwrap_or_else(|| panic!("{what}: {value} is elsewhere"));
                assert!(read.ids.contains(id), "{what}: {value} leads nowhere");
            }
            if attribute == "aria-labelledby" {
                assert!(read.ids.contains(value), "{what}: {value} is not a label");
            }
        }
        let count = |name: &str| read.elements.get(name).copied().unwrap_or(0);
        assert_eq!((count("script"), count("style"), count("h1"), count("main")), (1, 1, 1, 1), "{what}");
        assert_eq!(["img", "link", "iframe", "object", "form", "base"].map(count), [0; 6], "{what}");
        // The name of SVG's own space is not an address that is fetched.
        let bare = text.replace("http://www.w3.org/2000/svg", "");
        assert!(!bare.contains("http://") && !bare.contains("url(") && !bare.contains("@import"), "{what}");
        assert!(text.contains("default-src 'none'; style-src 'sha256-") && !text.contains("unsafe"), "{what}");
        assert!(!text.contains('\u{202e}') && !text.contains('\u{0}'), "{what}");
    }
}

#[test]
fn the_same_review_gives_the_same_bytes_and_says_what_it_is() {
    let text = review("html");
    assert_eq!(text, review("html"));
    assert_eq!(text, page(&data()));
    for words in [
        "<title>Review of 2 accounts</title>",
        "<h2 id=\"verdict\">Escalation</h2>",
        "id=\"a1-change-policy_2fDataReader\"",
        "<ins>      &quot;Resource&quot;: &quot;arn:aws:s3:::lake/<b>models/</b>*&quot;</ins>",
        "guards.max_deletes",
        "class=\"edge assumes if added\"",
        "the trainer reads the lake and writes nothing",
    ] {
        assert!(text.contains(words), "{words}");
    }
}

#[test]
fn a_plan_is_a_page_too() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        fs::create_dir_all(dir.path().join(name).parent().unwrap()).unwrap();
        fs::write(dir.path().join(name), text).unwrap();
    };
    write("iamctl.yaml", "version: 1\nstack: lab\naccounts: {here: {embedded: account.json}}\ndefault_account: here\n");
    write(
        "specs/a.yaml",
        "version: 1\nroles: {app: {trust: [{service: ec2.amazonaws.com}], managed_policies: [aws/ReadOnlyAccess]}}\n",
    );
    let run = |args: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_iamctl")).current_dir(dir.path()).args(args).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let text = run(&["plan", "--format", "html"]);
    markup::read(&text);
    for words in [
        "<title>Plan of here</title>",
        "CreateRole",
        "AttachRolePolicy PolicyArn=aws/ReadOnlyAccess",
        "sha256:",
        "class=\"node role added\"",
    ] {
        assert!(text.contains(words), "{words}");
    }
    run(&["apply", "--yes"]);
    let text = run(&["plan", "--format", "html"]);
    markup::read(&text);
    assert!(text.contains("<h2 id=\"verdict\">No change</h2>"));
}

#[test]
fn a_thousand_changes_are_no_burden() {
    let report = serde_json::from_value::<Report>(large(1000)).unwrap();
    let start = Instant::now();
    let text = review_html(&report);
    let (took, size) = (start.elapsed(), text.len());
    markup::read(&text);
    assert!(size < 6_000_000, "{size} bytes");
    assert!(took.as_secs() < 5, "{took:?}");
}

/// Lets one more script into a copy of a page, and nothing else.
fn probed(text: &str, script: &str) -> String {
    let admitted = text.replacen("script-src '", "script-src 'nonce-probe' '", 1);
    assert_ne!(admitted, text);
    let early = "<script nonce=\"probe\">window.found=[];addEventListener('error',e=>found.push('error '+e.message));\
        addEventListener('securitypolicyviolation',e=>found.push('policy '+e.violatedDirective));</script>";
    let late = format!(
        "<script nonce=\"probe\">addEventListener('load',()=>{{const told=(()=>{{{script}}})();\
         const out=document.createElement('p');out.id='probe';out.textContent=JSON.stringify(told);document.body.append(out);\
         parent.postMessage(out.textContent,'*')}})</script>"
    );
    admitted.replacen("<meta name=\"viewport\"", &format!("{early}<meta name=\"viewport\""), 1).replacen(
        "</body>",
        &format!("{late}</body>"),
        1,
    )
}

fn save(dir: &TempDir, name: &str, text: &str) -> String {
    let file = dir.path().join(name);
    fs::write(&file, text).unwrap();
    format!("file://{}", file.display())
}

/// What the probe wrote.
fn told(dom: &str) -> Value {
    let (_, rest) = dom.split_once("<p id=\"probe\">").unwrap_or_else(|| panic!("the probe said nothing: {dom}"));
    let text = rest.split("</p>").next().unwrap();
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
    serde_json::from_str(&text).unwrap()
}

#[test]
fn a_browser_finds_no_fault_and_the_filter_works() {
    let Some(browser) = browser() else { return };
    let dir = tempfile::tempdir().unwrap();
    let text = review("html");
    // The page as it is, with a filter in its address.
    let address = save(&dir, "page.html", &text);
    let plain = visit(&browser, &format!("{address}#filter=role/ci"), &[]);
    assert_eq!(plain.console, Vec::<String>::new());
    let hidden = |item: &str| {
        let at = plain.dom.find(&format!("id=\"{item}\"")).unwrap_or_else(|| panic!("{item} is there"));
        let tag = &plain.dom[at..at + plain.dom[at..].find('>').unwrap()];
        tag.contains("hidden")
    };
    assert!(!hidden("a1-change-role_2fci") && hidden("a1-change-policy_2fDataReader") && hidden("a2-access-user_2falice"));
    // A link to what is folded away unfolds it.
    let linked = visit(&browser, &format!("{address}#a1-change-role_2ftrainer"), &[]);
    let at = linked.dom.find("id=\"a1-change-role_2ftrainer\"").unwrap();
    assert!(linked.dom[at..at + linked.dom[at..].find('>').unwrap()].contains("open"));
    // By hand.
    let script = "const box=document.getElementById('filter');const items=[...document.querySelectorAll('[data-f]')];\
        const shown=()=>items.filter(i=>!i.hidden).length;const type=t=>{box.value=t;box.dispatchEvent(new Event('input'))};\
        const key=(k,on)=>on.dispatchEvent(new KeyboardEvent('keydown',{key:k,bubbles:true,cancelable:true}));\
        const all=shown();key('/',document.body);const focused=document.activeElement===box;\
        type('nothing-like-this');const none=shown();const said=!document.getElementById('nothing').hidden;\
        const parts=[...document.querySelectorAll('.part')].filter(p=>getComputedStyle(p).display!=='none').length;\
        type('ROLE/ci role new_access create');const both=shown();const count=document.getElementById('count').textContent;\
        key('Escape',box);const again=shown();\
        const chip=document.querySelector('[data-w=delete]');chip.click();const deleted=items.filter(i=>!i.hidden).map(i=>i.id);const pressed=chip.getAttribute('aria-pressed');chip.click();\
        document.getElementById('unfold').click();const open=document.querySelectorAll('.item:not([open])').length;\
        const small=[...document.querySelectorAll('a,button,summary')].filter(e=>!e.textContent.trim()&&!e.getAttribute('aria-label')).length;\
        return {found,all:all===items.length&&all>10,focused,none,said,parts,both,count:count.startsWith(both+' of '),again:again===all,deleted,pressed,open,small,\
        fetched:performance.getEntriesByType('resource').length,width:document.documentElement.scrollWidth<=innerWidth}";
    let wide = visit(&browser, &save(&dir, "wide.html", &probed(&text, script)), &["--window-size=1280,900"]);
    assert_eq!(
        told(&wide.dom),
        json!({"found": [], "all": true, "focused": true, "none": 0, "said": true, "parts": 0, "both": 2, "count": true, "again": true,
            "deleted": ["a1-change-policy_2fOldPolicy", "a1-change-role_2flegacy", "a2-change-policy_2fOldPolicy", "a2-change-role_2flegacy"],
            "pressed": "true", "open": 0, "small": 0, "fetched": 0, "width": true})
    );
    assert_eq!(wide.console, Vec::<String>::new());
}

#[test]
fn the_policy_of_the_page_stops_a_script_that_is_not_its_own_and_the_browser_says_so() {
    let Some(browser) = browser() else { return };
    let dir = tempfile::tempdir().unwrap();
    let forged = review("html").replacen(
        "</main>",
        "<p id=\"forged\">no</p><script>document.getElementById('forged').textContent='yes'</script></main>",
        1,
    );
    let seen = visit(&browser, &save(&dir, "forged.html", &forged), &[]);
    assert!(seen.dom.contains("<p id=\"forged\">no</p>"));
    assert!(seen.console.iter().any(|line| line.contains("Content Security Policy")), "{:?}", seen.console);
}

/// On a telephone, all unfolded: what reaches over the edge, other than what scrolls by itself.
const OVERFLOW: &str = "document.querySelectorAll('details').forEach(d=>d.open=true);document.querySelectorAll('.item').forEach(i=>i.style.contentVisibility='visible');\
    const scrolls=e=>{for(;e;e=e.parentElement)if(['auto','scroll'].includes(getComputedStyle(e).overflowX))return true;return false};\
    const over=[...document.querySelectorAll('body *')].filter(e=>e.getBoundingClientRect().right>innerWidth+1&&!scrolls(e)).map(e=>e.tagName+'.'+e.className).slice(0,5);\
    return {found,over,inner:innerWidth,scroll:document.documentElement.scrollWidth,broken:window.broken===undefined}";

#[test]
fn nothing_reaches_over_the_edge_of_a_telephone_and_hostile_names_stay_text() {
    let Some(browser) = browser() else { return };
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in [("review", review("html")), ("hostile", page(&hostile()))] {
        save(&dir, &format!("{name}.html"), &probed(&text, OVERFLOW));
        // A window is not made narrower than 500; a frame is.
        let frame = format!(
            "<!doctype html><html><body><iframe src=\"{name}.html\" width=\"390\" height=\"844\"></iframe><script>addEventListener('message',e=>{{\
             const out=document.createElement('p');out.id='probe';out.textContent=e.data;document.body.append(out)}})</script></body></html>"
        );
        let seen = visit(&browser, &save(&dir, &format!("{name}-frame.html"), &frame), &[]);
        assert_eq!(told(&seen.dom), json!({"found": [], "over": [], "inner": 390, "scroll": 390, "broken": true}), "{name}");
        assert_eq!(seen.console, Vec::<String>::new(), "{name}");
    }
}

#[test]
fn a_thousand_changes_are_filtered_at_once() {
    let Some(browser) = browser() else { return };
    let dir = tempfile::tempdir().unwrap();
    let script = "const box=document.getElementById('filter');const start=performance.now();\
        box.value='app-0042';box.dispatchEvent(new Event('input'));const took=performance.now()-start;\
        return {found,shown:[...document.querySelectorAll('.item')].filter(i=>!i.hidden).length,quick:took<500}";
    let seen = visit(&browser, &save(&dir, "large.html", &probed(&page(&large(1000)), script)), &["--window-size=1280,900"]);
    assert_eq!(told(&seen.dom), json!({"found": [], "shown": 2, "quick": true}));
}
