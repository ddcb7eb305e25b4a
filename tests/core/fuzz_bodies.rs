//! The bodies of the fuzz targets (`fuzz/`) on bytes of their own: seeds, mutations of them, and noise. The same bytes in every run.

#[path = "../../fuzz/src/lib.rs"]
mod bodies;

/// `IAMCTL_FUZZ_ROUNDS=100000` for a long run.
fn rounds(default: usize) -> usize {
    std::env::var("IAMCTL_FUZZ_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(default)
}

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % sides.max(1)
    }

    fn noise(&mut self, longest: usize) -> Vec<u8> {
        (0..self.roll(longest)).map(|_| u8::try_from(self.roll(256)).unwrap()).collect()
    }

    /// A text with pieces of it moved, doubled, dropped, or replaced by words of the language.
    fn mutated(&mut self, seeds: &[&str], words: &[&str]) -> String {
        let seed = seeds[self.roll(seeds.len())];
        let mut text: Vec<char> = seed.chars().collect();
        for _ in 0..self.roll(6) {
            let at = self.roll(text.len() + 1);
            let to = (at + self.roll(12)).min(text.len());
            match self.roll(4) {
                0 => drop(text.drain(at..to)),
                1 => drop(text.splice(at..to, words[self.roll(words.len())].chars())),
                2 => {
                    let piece = text[at..to].to_vec();
                    let there = self.roll(text.len() + 1);
                    text.splice(there..there, piece);
                }
                _ => {
                    let piece: Vec<char> = seeds[self.roll(seeds.len())].chars().skip(at).take(to - at).collect();
                    text.splice(at..at, piece);
                }
            }
        }
        text.into_iter().collect()
    }
}

const DOCUMENTS: &[&str] = &[
    r#"{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Action":["s3:Get*"],"Resource":"arn:aws:s3:::${aws:username}/*","Condition":{"StringLike":{"aws:PrincipalTag/x":["a*"]}}}]}"#,
    r#"{"Version":"2008-10-17","Id":"x","Statement":{"Effect":"Deny","NotAction":"iam:*","NotResource":["*"],"Condition":{"ForAllValues:NumericLessThanIfExists":{"a:b":[1,2.5]},"Null":{"c:d":true}}}}"#,
    r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":["123456789012","AROAEXAMPLEEXAMPLE123"],"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"},{"Effect":"Deny","NotPrincipal":"*","Action":"*"}]}"#,
    r#"[{"Statement":[]}]"#,
    // Found by cargo fuzz: a number that was written back with another last digit.
    r#"{"Statement":[{"Condition":{"NumericLessThan":{"a:b":120E112}}}]}"#,
];

const SPECS: &[&str] = &[
    "version: 1\npolicies:\n  Read:\n    document:\n      Version: \"2012-10-17\"\n      Statement:\n        - {Effect: Allow, Action: \"s3:Get*\", Resource: \"*\"}\n",
    "version: 1\nvars: {team: ml}\nroles:\n  r:\n    trust: [{service: ec2.amazonaws.com}, {aws: \"${account_id}\"}]\n    managed_policies: [aws/ReadOnlyAccess]\n    tags: {team: \"${team}\"}\nusers:\n  u: {create: true}\n",
    "version: 1\ntests:\n  - name: x\n    principal: role/r\n    expect:\n      allowed: [{action: s3:GetObject, context: {\"a:b\": [c]}}]\n",
    "a: &a [x, *a]\n? - k\n: |\n  text\n",
    r#"{"cases":[{"name":"n","request":{"action":"a:B","principal":"*","context":{"k":[1,"x"]}},"policies":{"identity":[{"Statement":[]}],"scp":[{"policies":[]}]}}]}"#,
];

const WORDS: &[&str] = &[
    "\"",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "null",
    "*",
    "Statement",
    "Condition",
    "${",
    "'}",
    "é🙂",
    "\\u0000",
    "1e999",
    "- ",
    "\n",
    "&a ",
    "*a",
    "!!str ",
    "version: 1",
    "roles:",
    "  ",
    "\t",
    "|",
    "~",
];

#[test]
fn documents() {
    let mut dice = Dice(1);
    DOCUMENTS.iter().for_each(|text| bodies::document(text.as_bytes()));
    (0..rounds(2_000)).for_each(|_| bodies::document(dice.mutated(DOCUMENTS, WORDS).as_bytes()));
    (0..rounds(500)).for_each(|_| bodies::document(&dice.noise(40)));
}

#[test]
fn wildcards() {
    let mut dice = Dice(2);
    (0..rounds(20_000)).for_each(|_| bodies::wildcard(&dice.noise(80)));
}

#[test]
fn decisions() {
    let mut dice = Dice(3);
    (0..rounds(3_000)).for_each(|_| bodies::evaluator(&dice.noise(400)));
}

#[test]
fn comparisons() {
    let mut dice = Dice(4);
    (0..rounds(120)).for_each(|_| bodies::access(&dice.noise(400)));
}

#[test]
fn spec_files() {
    let mut dice = Dice(5);
    SPECS.iter().for_each(|text| bodies::specs(text.as_bytes()));
    (0..rounds(1_000)).for_each(|_| bodies::specs(dice.mutated(SPECS, WORDS).as_bytes()));
    (0..rounds(300)).for_each(|_| bodies::specs(&dice.noise(60)));
}
