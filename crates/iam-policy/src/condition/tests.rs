use super::super::Document;
use super::super::ast::Policy;
use super::super::context::Context;
use super::*;

/// The answer of one test: operator, values and the key's value as JSON; `null` is an absent key, a list a list-typed key.
fn truth(operator: &str, values: &str, found: &str, strict: bool) -> Truth {
    let document = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{"{operator}":{{"K:Key":{values}}}}}}}}}"#
    );
    let policy = Policy::read(&Document::parse(&document).unwrap());
    let condition = Condition::new(&policy.statements[0].conditions[0], policy.variables);
    let mut context = Context::new();
    context.set("aws:username", "Alice*");
    match serde_json::from_str::<serde_json::Value>(found).unwrap() {
        serde_json::Value::Null => {}
        serde_json::Value::Array(list) => {
            context.insert("k:kEY", Value::Many(list.iter().map(|v| v.as_str().unwrap().to_owned()).collect()));
        }
        one => context.set("k:kEY", one.as_str().unwrap()),
    }
    condition.holds(&mut Reader::new(&context, strict))
}

fn holds(operator: &str, values: &str, found: &str) -> bool {
    match truth(operator, values, found, false) {
        Truth::Yes => true,
        Truth::No => false,
        Truth::Maybe => panic!("uncertain without being strict: {operator} {values} {found}"),
    }
}

macro_rules! table {
    ($($operator:literal $values:literal $found:literal => $expected:literal)*) => {
        $(assert_eq!(holds($operator, $values, $found), $expected, "{} {} {}", $operator, $values, $found);)*
    };
}

#[test]
fn text() {
    table! {
        "StringEquals" r#"["a","b"]"# r#""b""# => true
        "StringEquals" r#""A""# r#""a""# => false
        "StringEquals" r#""a*""# r#""ab""# => false
        "StringEquals" r#""${*}""# r#""*""# => true
        "StringEquals" r#""${aws:username}""# r#""Alice*""# => true
        "StringEquals" "10" r#""10""# => true
        "StringNotEquals" r#"["a","b"]"# r#""b""# => false
        "StringNotEquals" r#"["a","b"]"# r#""c""# => true
        "StringEqualsIgnoreCase" r#""ÄB""# r#""äb""# => true
        "StringEqualsIgnoreCase" r#""${aws:username}""# r#""aLICE*""# => true
        "StringEqualsIgnoreCase" r#""a*""# r#""ab""# => false
        "StringNotEqualsIgnoreCase" r#""AB""# r#""ab""# => false
        "StringLike" r#""a?c*""# r#""abc""# => true
        "StringLike" r#""A*""# r#""abc""# => false
        "StringLike" r#""${aws:username}x""# r#""Alicex""# => false
        "StringLike" r#""*""# r#""""# => true
        "StringNotLike" r#""a*""# r#""abc""# => false
    }
}

#[test]
fn numbers_dates_and_booleans() {
    table! {
        "NumericEquals" r#""10""# r#""10.0""# => true
        "NumericNotEquals" "10" r#""11""# => true
        "NumericLessThan" "10" r#""9""# => true
        "NumericLessThanEquals" "10" r#""10""# => true
        "NumericGreaterThan" r#"["100","10"]"# r#""50""# => true
        "NumericGreaterThanEquals" "10" r#""9.9""# => false
        "NumericLessThan" "10" r#""few""# => false
        "NumericLessThan" r#""many""# r#""1""# => false
        "DateLessThan" r#""2030-01-01T00:00:00Z""# r#""2029-12-31T23:59:59Z""# => true
        "DateGreaterThanEquals" r#""2030-01-01""# r#""1893456000""# => true
        "DateEquals" r#""2030-01-01T02:00:00+02:00""# r#""2030-01-01T00:00:00Z""# => true
        "DateNotEquals" r#""2030-01-01""# r#""2030-01-02""# => true
        "DateLessThan" r#""soon""# r#""2029-01-01""# => false
        "Bool" "true" r#""TRUE""# => true
        "Bool" r#""False""# r#""false""# => true
        "Bool" "true" r#""yes""# => false
        "Bool" r#""yes""# r#""yes""# => false
    }
}

#[test]
fn addresses_arns_and_bytes() {
    table! {
        "IpAddress" r#"["10.0.0.0/8","2001:db8::/32"]"# r#""2001:db8::7""# => true
        "IpAddress" r#""10.0.0.0/8""# r#""11.0.0.1""# => false
        "IpAddress" r#""10.0.0.0/8""# r#""no address""# => false
        "NotIpAddress" r#""10.0.0.0/8""# r#""11.0.0.1""# => true
        "ArnLike" r#""arn:aws:iam::*:role/a*""# r#""arn:aws:iam::1:role/a/b""# => true
        "ArnEquals" r#""arn:aws:iam::*:role/a*""# r#""arn:aws:iam::1:role/a/b""# => true
        "ArnLike" r#""arn:aws:iam:*:role/a""# r#""arn:aws:iam::1:role/a""# => false
        "ArnLike" r#""arn:aws:iam::1:ROLE/a""# r#""arn:aws:iam::1:role/a""# => false
        "ArnNotLike" r#""arn:aws:iam::1:role/*""# r#""arn:aws:iam::1:user/a""# => true
        "ArnNotEquals" r#""arn:aws:iam::1:role/*""# r#""arn:aws:iam::1:role/a""# => false
        "BinaryEquals" r#""QQ==""# r#""QQ""# => true
        "BinaryEquals" r#""QQ==""# r#""qq==""# => false
    }
}

#[test]
fn absent_keys() {
    for positive in
        ["StringEquals", "StringLike", "NumericLessThan", "DateEquals", "Bool", "BinaryEquals", "IpAddress", "ArnLike"]
    {
        assert!(!holds(positive, r#""1""#, "null"), "{positive}");
        assert!(!holds(positive, r#""1""#, "[]"), "{positive}");
        assert!(holds(&format!("{positive}IfExists"), r#""1""#, "null"), "{positive}");
        assert!(holds(&format!("ForAllValues:{positive}"), r#""1""#, "null"), "{positive}");
        assert!(!holds(&format!("ForAnyValue:{positive}"), r#""1""#, "null"), "{positive}");
    }
    for negated in ["StringNotEquals", "StringNotLike", "NumericNotEquals", "DateNotEquals", "NotIpAddress", "ArnNotLike"] {
        assert!(holds(negated, r#""1""#, "null"), "{negated}");
        assert!(holds(&format!("{negated}IfExists"), r#""1""#, "null"), "{negated}");
        assert!(holds(&format!("ForAllValues:{negated}"), r#""1""#, "null"), "{negated}");
        assert!(!holds(&format!("ForAnyValue:{negated}"), r#""1""#, "null"), "{negated}");
    }
}

#[test]
fn null_asks_for_presence_and_empty_text_is_present() {
    table! {
        "Null" "true" "null" => true
        "Null" "true" r#""""# => false
        "Null" "false" r#""""# => true
        "Null" "false" r#"["a","b"]"# => true
        "Null" "false" "[]" => false
        "Null" r#"["true","false"]"# "null" => true
        "Null" r#""maybe""# "null" => false
        "ForAllValues:Null" "true" r#""a""# => true
        "ForAnyValue:Null" "false" r#""a""# => false
    }
}

#[test]
fn sets() {
    table! {
        "ForAllValues:StringEquals" r#"["a","b"]"# r#"["a","b"]"# => true
        "ForAllValues:StringEquals" r#"["a","b"]"# r#"["a","c"]"# => false
        "ForAnyValue:StringEquals" r#"["a","b"]"# r#"["c","b"]"# => true
        "ForAnyValue:StringEquals" r#"["a","b"]"# r#"["c"]"# => false
        "ForAllValues:StringNotEquals" r#"["a"]"# r#"["b","c"]"# => true
        "ForAllValues:StringNotEquals" r#"["a"]"# r#"["b","a"]"# => false
        "ForAnyValue:StringNotEquals" r#"["a"]"# r#"["b","a"]"# => true
        "ForAnyValue:StringNotEquals" r#"["a"]"# r#"["a"]"# => false
        "ForAnyValue:StringLike" r#"["a*"]"# r#""ab""# => true
        "StringEquals" r#"["a"]"# r#"["a"]"# => false
        "StringNotEquals" r#"["b"]"# r#"["a"]"# => false
        "ForAllValues:StringEquals" "[]" r#"["a"]"# => true
        "StringEquals" "[]" r#""a""# => false
        "ForAnyValue:StringEquals" "[]" r#"["a"]"# => false
    }
}

#[test]
fn unresolved_variables_match_nothing_and_so_satisfy_negation() {
    table! {
        "StringEquals" r#""${aws:nothing}""# r#""a""# => false
        "StringNotEquals" r#""${aws:nothing}""# r#""a""# => true
        "StringEquals" r#"["${aws:nothing}","a"]"# r#""a""# => true
        "StringEquals" r#""${aws:nothing, 'a'}""# r#""a""# => true
        "ArnNotLike" r#""arn:aws:iam::1:user/${aws:nothing}""# r#""arn:aws:iam::1:user/a""# => true
        "NumericEquals" r#""${aws:nothing, '1'}""# r#""1""# => false
    }
}

#[test]
fn a_strict_reader_leaves_open_what_hangs_on_an_absent_key() {
    for operator in ["StringEquals", "StringNotEquals", "StringEqualsIfExists", "Null", "ForAllValues:StringLike"] {
        assert_eq!(truth(operator, r#""true""#, "null", true), Truth::Maybe, "{operator}");
    }
    assert_eq!(truth("StringEquals", r#""${aws:nothing}""#, r#""a""#, true), Truth::Maybe);
    assert_eq!(truth("StringEquals", r#"["${aws:nothing}","a"]"#, r#""a""#, true), Truth::Yes);
    assert_eq!(truth("StringNotEquals", r#"["${aws:nothing}","a"]"#, r#""a""#, true), Truth::No);
}
