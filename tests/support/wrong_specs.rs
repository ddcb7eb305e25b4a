//! Wrong specs, one fault or a few each, and what is said about them: one message for one fault, at its place, with the next move.

/// Name, and files by name.
pub const WRONG: &[(&str, &[(&str, &str)])] = &[
    ("unknown-top", &[("specs/a.yaml", "version: 1\nrols:\n  a:\n    trust: [{service: ec2.amazonaws.com}]\n")]),
    (
        "unknown-role-key",
        &[("specs/a.yaml", "roles:\n  a:\n    trust: [{service: ec2.amazonaws.com}]\n    managed_polices: []\n    tag: {}\n")],
    ),
    ("wrongtype-tags", &[("specs/a.yaml", "roles:\n  a:\n    trust: [{service: ec2.amazonaws.com}]\n    tags: [a]\n")]),
    (
        "tags-number",
        &[(
            "specs/a.yaml",
            "roles:\n  a:\n    trust: [{service: ec2.amazonaws.com}]\n    tags: {a: 1, b: true, c: null, d: [x]}\n",
        )],
    ),
    ("missing-trust", &[("specs/a.yaml", "roles:\n  a:\n    description: x\n")]),
    ("trust-mapping", &[("specs/a.yaml", "roles:\n  a:\n    trust: {service: ec2.amazonaws.com}\n")]),
    ("trust-string", &[("specs/a.yaml", "roles:\n  a:\n    trust: ec2.amazonaws.com\n")]),
    (
        "trust-unknown-key",
        &[(
            "specs/a.yaml",
            "roles:\n  a:\n    trust:\n      - servce: ec2.amazonaws.com\n        source_acount: \"111111111111\"\n",
        )],
    ),
    (
        "account-id-unq",
        &[(
            "specs/a.yaml",
            "roles:\n  a:\n    trust:\n      - aws: 012345678901\n      - service: ec2.amazonaws.com\n        source_account: 012345678901\n",
        )],
    ),
    ("account-id-short", &[("specs/a.yaml", "roles:\n  a:\n    trust:\n      - aws: \"12345\"\n      - aws: 12345\n")]),
    (
        "doc-grammar",
        &[(
            "specs/a.yaml",
            "policies:\n  p:\n    document:\n      Version: \"2012-10-17\"\n      Statement:\n        - Efect: Allow\n          Action: s3:*\n          Resource: \"*\"\n        - Effect: allow\n          Action: s3\n          Resource: \"*\"\n        - Effect: Allow\n          Action: s3:GetObject\n          Resource: my-bucket\n",
        )],
    ),
    (
        "version-date",
        &[(
            "specs/a.yaml",
            "policies:\n  p:\n    document:\n      Version: 2012-10-17\n      Statement: [{Effect: Allow, Action: \"s3:*\", Resource: \"*\"}]\n",
        )],
    ),
    (
        "dup-in-doc",
        &[(
            "specs/a.yaml",
            "policies:\n  p:\n    document:\n      Version: \"2012-10-17\"\n      Statement:\n        - Effect: Allow\n          Action: \"s3:*\"\n          Action: \"ec2:*\"\n          Resource: \"*\"\n",
        )],
    ),
    (
        "dup-in-json-file",
        &[
            ("specs/a.yaml", "policies:\n  p:\n    document_file: d.json\n"),
            (
                "specs/d.json",
                "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\"Effect\": \"Allow\", \"Action\": \"s3:*\", \"Resource\": \"*\", \"Effect\": \"Deny\"}\n  ]\n}\n",
            ),
        ],
    ),
    (
        "json-syntax",
        &[
            ("specs/a.yaml", "policies:\n  p:\n    document_file: d.json\n"),
            (
                "specs/d.json",
                "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\"Effect\": \"Allow\" \"Action\": \"s3:*\", \"Resource\": \"*\"}\n  ]\n}\n",
            ),
        ],
    ),
    (
        "json-unclosed",
        &[
            ("specs/a.yaml", "policies:\n  p:\n    document_file: d.json\n"),
            (
                "specs/d.json",
                "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\"Effect\": \"Allow\", \"Action\": \"s3:*\", \"Resource\": \"*\"}\n",
            ),
        ],
    ),
    (
        "json-trailing-comma",
        &[
            ("specs/a.yaml", "policies:\n  p:\n    document_file: d.json\n"),
            (
                "specs/d.json",
                "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\"Effect\": \"Allow\", \"Action\": \"s3:*\", \"Resource\": \"*\",},\n  ],\n}\n",
            ),
        ],
    ),
    (
        "json-grammar",
        &[
            ("specs/a.yaml", "policies:\n  p:\n    document_file: d.json\n"),
            (
                "specs/d.json",
                "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\"Effect\": \"Allow\", \"Action\": \"s3\", \"Resource\": \"*\"}\n  ]\n}\n",
            ),
        ],
    ),
    ("json-empty", &[("specs/a.yaml", "policies:\n  p:\n    document_file: d.json\n"), ("specs/d.json", "")]),
    ("file-missing", &[("specs/a.yaml", "policies:\n  p:\n    document_file: nope.json\n")]),
    (
        "file-escape",
        &[(
            "specs/a.yaml",
            "policies:\n  p:\n    document_file: ../../etc/passwd\nroles:\n  r:\n    trust_document_file: /etc/passwd\n",
        )],
    ),
    (
        "both-docs",
        &[(
            "specs/a.yaml",
            "policies:\n  p:\n    document: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"s3:*\", Resource: \"*\"}]}\n    document_file: d.json\n",
        )],
    ),
    ("tab", &[("specs/a.yaml", "roles:\n\ta:\n\t\tdescription: x\n")]),
    ("unclosed-quote", &[("specs/a.yaml", "roles:\n  a:\n    description: \"x\n    trust: []\n")]),
    ("unclosed-bracket", &[("specs/a.yaml", "roles:\n  a:\n    trust: [{service: ec2.amazonaws.com}\n    description: x\n")]),
    (
        "colon-in-plain",
        &[("specs/a.yaml", "roles:\n  a:\n    description: Note: this is bad\n    trust: [{service: ec2.amazonaws.com}]\n")],
    ),
    ("bad-indent", &[("specs/a.yaml", "roles:\n  a:\n    description: x\n   trust: [{service: ec2.amazonaws.com}]\n")]),
    ("missing-colon", &[("specs/a.yaml", "roles:\n  a\n    description: x\n")]),
    ("anchor-unknown", &[("specs/a.yaml", "roles:\n  a: *nope\n")]),
    ("merge-key", &[("specs/a.yaml", "x: 1\nroles:\n  a: &a\n    trust: [{service: ec2.amazonaws.com}]\n  b:\n    <<: *a\n")]),
    ("yaml-tag", &[("specs/a.yaml", "roles:\n  a:\n    description: !Sub \"x\"\n    trust: [{service: ec2.amazonaws.com}]\n")]),
    ("at-sign", &[("specs/a.yaml", "roles:\n  a:\n    description: @foo\n    trust: [{service: ec2.amazonaws.com}]\n")]),
    ("percent", &[("specs/a.yaml", "roles:\n  a:\n    description: %foo\n    trust: [{service: ec2.amazonaws.com}]\n")]),
    (
        "star-action",
        &[(
            "specs/a.yaml",
            "policies:\n  p:\n    document:\n      Version: \"2012-10-17\"\n      Statement:\n        - {Effect: Allow, Action: *, Resource: \"*\"}\n",
        )],
    ),
    (
        "star-block",
        &[(
            "specs/a.yaml",
            "policies:\n  p:\n    document:\n      Version: \"2012-10-17\"\n      Statement:\n        - Effect: Allow\n          Action: \"*\"\n          Resource: *\n",
        )],
    ),
    (
        "var-unknown",
        &[(
            "specs/a.yaml",
            "roles:\n  a:\n    description: ${acount_id}\n    trust:\n      - service: ec2.amazonaws.com\n        source_account: ${var.acct}\n",
        )],
    ),
    (
        "var-colon",
        &[("specs/a.yaml", "roles:\n  a:\n    description: \"${var:env}\"\n    trust: [{service: ec2.amazonaws.com}]\n")],
    ),
    (
        "var-unclosed",
        &[("specs/a.yaml", "roles:\n  a:\n    description: \"a ${x\"\n    trust: [{service: ec2.amazonaws.com}]\n")],
    ),
    (
        "ref-unknown",
        &[(
            "specs/a.yaml",
            "policies:\n  BasicS3Policy:\n    document: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"s3:*\", Resource: \"*\"}]}\nroles:\n  a:\n    trust: [{service: ec2.amazonaws.com}]\n    managed_policies:\n      - BasicS3Polic\n      - ReadOnlyAccess\n      - aws/AmazonS3FullAcces\n      - arn:aws:iam::aws:policy/Nope\n      - arn:aws:iam::111:policy/x\n      - policy/x\n",
        )],
    ),
    (
        "dup-name-files",
        &[
            ("specs/a.yaml", "roles:\n  Deploy:\n    trust: [{service: ec2.amazonaws.com}]\n"),
            ("specs/b.yaml", "roles:\n  deploy:\n    trust: [{service: ec2.amazonaws.com}]\n"),
        ],
    ),
    (
        "bad-names",
        &[(
            "specs/a.yaml",
            "roles:\n  \"a b\":\n    trust: [{service: ec2.amazonaws.com}]\n  \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\":\n    trust: [{service: ec2.amazonaws.com}]\n  \"\":\n    trust: [{service: ec2.amazonaws.com}]\n  ü:\n    trust: [{service: ec2.amazonaws.com}]\n",
        )],
    ),
    (
        "bad-path",
        &[(
            "specs/a.yaml",
            "roles:\n  a:\n    path: ml\n    trust: [{service: ec2.amazonaws.com}]\n  b:\n    path: /aws-service-role/x/\n    trust: [{service: ec2.amazonaws.com}]\n",
        )],
    ),
    (
        "session",
        &[(
            "specs/a.yaml",
            "roles:\n  a:\n    max_session_duration: 30m\n    trust: [{service: ec2.amazonaws.com}]\n  b:\n    max_session_duration: 1 hour\n    trust: [{service: ec2.amazonaws.com}]\n  c:\n    max_session_duration: 3600.5\n    trust: [{service: ec2.amazonaws.com}]\n",
        )],
    ),
    (
        "manage",
        &[(
            "specs/a.yaml",
            "roles:\n  a:\n    manage: additiv\n    protect: yes\n    adopt: \"true\"\n    trust: [{service: ec2.amazonaws.com}]\n",
        )],
    ),
    (
        "profile",
        &[(
            "specs/a.yaml",
            "roles:\n  a:\n    instance_profile: yes\n    trust: [{service: ec2.amazonaws.com}]\n  b:\n    instance_profile: [x]\n    trust: [{service: ec2.amazonaws.com}]\n",
        )],
    ),
    (
        "key-number",
        &[(
            "specs/a.yaml",
            "roles:\n  1:\n    trust: [{service: ec2.amazonaws.com}]\n  true:\n    trust: [{service: ec2.amazonaws.com}]\n",
        )],
    ),
    ("null-role", &[("specs/a.yaml", "roles:\n  a:\n  b: ~\nusers:\n  u:\n")]),
    ("roles-list", &[("specs/a.yaml", "roles:\n  - name: a\n    trust: [{service: ec2.amazonaws.com}]\n")]),
    ("top-list", &[("specs/a.yaml", "- a\n- b\n")]),
    ("top-scalar", &[("specs/a.yaml", "hello\n")]),
    ("empty", &[("specs/a.yaml", "")]),
    ("comments-only", &[("specs/a.yaml", "# nothing\n---\n# more\n---\n")]),
    (
        "multi-doc",
        &[(
            "specs/a.yaml",
            "# one\nversion: 1\n---\n# two\nroles:\n  a:\n    trust: [{service: ec2.amazonaws.com}]\n...\n---\nroles:\n  b:\n    trust: [{service: ec2.amazonaws.com}]\n    tagz: x\n",
        )],
    ),
    (
        "crlf-bom",
        &[(
            "specs/a.yaml",
            "\u{feff}version: 1\r\nroles:\r\n  a:\r\n    trust: [{service: ec2.amazonaws.com}]\r\n    tagz: x\r\n",
        )],
    ),
    (
        "doc-block-scalar",
        &[(
            "specs/a.yaml",
            "policies:\n  p:\n    document: |\n      {\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"s3:*\", \"Resource\": \"*\"}]}\n",
        )],
    ),
    (
        "cond-types",
        &[(
            "specs/a.yaml",
            "policies:\n  p:\n    document:\n      Version: 2012-10-17\n      Statement:\n        - Effect: Allow\n          Action: s3:*\n          Resource: \"*\"\n          Condition:\n            NumericLessThan: {\"s3:max-keys\": 10}\n            Bool: {\"aws:SecureTransport\": true}\n            StringEquals: {\"aws:SourceAccount\": 12}\n            Null: {\"aws:TokenIssueTime\": false}\n",
        )],
    ),
    (
        "cond-wrong",
        &[(
            "specs/a.yaml",
            "policies:\n  p:\n    document:\n      Version: \"2012-10-17\"\n      Statement:\n        - Effect: Allow\n          Action: s3:*\n          Resource: \"*\"\n          Condition:\n            StringEqual: {\"a\": b}\n            StringEquals: x\n            Bool: {\"aws:SecureTransport\": }\n        - Effect: Allow\n          Action: []\n          Resource: \"*\"\n        - Effect: Allow\n          Action: s3:*\n          Resource: \"*\"\n          Principal: \"*\"\n",
        )],
    ),
    (
        "trust-grammar",
        &[(
            "specs/a.yaml",
            "roles:\n  a:\n    trust_document:\n      Version: \"2012-10-17\"\n      Statement:\n        - Effect: Allow\n          Action: sts:AssumeRole\n          Resource: \"*\"\n          Principal: {Service: ec2.amazonaws.com}\n        - Effect: Allow\n          Action: s3:GetObject\n          Principal: {Servce: ec2.amazonaws.com}\n",
        )],
    ),
    ("no-statement", &[("specs/a.yaml", "policies:\n  p:\n    document:\n      Version: \"2012-10-17\"\n")]),
    ("bad-version", &[("specs/a.yaml", "policies:\n  p:\n    document:\n      Version: \"2012-10-18\"\n      Statement: []\n")]),
    ("doc-is-list", &[("specs/a.yaml", "policies:\n  p:\n    document: []\n  q:\n    document: \n  s:\n    document: hello\n")]),
    (
        "use-errors",
        &[(
            "specs/a.yaml",
            "use:\n  - template: sagemaker/trainin\n  - template: sagemaker/training\n    with: {s3_bucket: [x], kms_keys: [], s3_buckets: {a: b}}\n  - template: sagemaker/serving\n    name: \"bad name\"\n  - sagemaker/serving\n",
        )],
    ),
    (
        "release",
        &[(
            "specs/a.yaml",
            "roles:\n  a:\n    trust: [{service: ec2.amazonaws.com}]\nrelease: [role/a, rol/b, b, role/, role/x y]\n",
        )],
    ),
    (
        "slr",
        &[(
            "specs/a.yaml",
            "service_linked_roles:\n  - spot\n  - {servce: x.amazonaws.com}\n  - spot.amazonaws.com\n  - spot.amazonaws.com\n  - {service: autoscaling.amazonaws.com, custom_suffix: \"a b\"}\n",
        )],
    ),
    (
        "oidc",
        &[(
            "specs/a.yaml",
            "oidc_providers:\n  https://gitlab.com:\n    thumbprints: [abc]\n    client_ids: [a, a]\n  gitlab.com/x:\n    thumbprint: []\n  \"http://x.com\": {}\n",
        )],
    ),
    ("saml", &[("specs/a.yaml", "saml_providers:\n  C:\n    metadata_file: c.xml\n  D: {}\n"), ("specs/c.xml", "<x/>")]),
    (
        "github",
        &[(
            "specs/a.yaml",
            "roles:\n  a:\n    trust:\n      - github: {repository: acme, ref: main}\n      - github: {repository: acme/app}\n      - github: {repository: acme/app, ref: refs/heads/main, environment: prod}\n      - github: {repo: acme/app, any: true}\n      - github: acme/app\n",
        )],
    ),
    (
        "trust-mix",
        &[(
            "specs/a.yaml",
            "roles:\n  a:\n    trust:\n      - service: ec2\n      - {service: ec2.amazonaws.com, aws: role/x}\n      - {aws: \"*\"}\n      - {aws: role/a/b}\n      - {aws: group/x}\n      - {oidc: https://gitlab.com, audience: a}\n      - {service: ec2.amazonaws.com, audience: x}\n      - {service: ec2.amazonaws.com, mfa: false}\n      - {service: ec2.amazonaws.com, effect: allow}\n      - {service: ec2.amazonaws.com, condition: x}\n      - {service: ec2.amazonaws.com, source_account: \"1\", condition: {StringEquals: {\"aws:SourceAccount\": \"2\"}}}\n      - {}\n      - \n      - ec2.amazonaws.com\n      - {service: []}\n",
        )],
    ),
    (
        "tests",
        &[(
            "specs/a.yaml",
            "roles:\n  a:\n    trust: [{service: ec2.amazonaws.com}]\ntests:\n  - name: x\n    principal: role/b\n    expect: {allowed: [{action: s3:GetObject}]}\n  - name: y\n    principal: role/a\n    assume: role/a\n    expect: {}\n  - principal: role/a\n    expect: {allow: [{action: s3:GetObject}]}\n  - name: z\n    principal: role/a\n    expect: {allowed: [{action: GetObject}, {resource: x}, {action: \"s3:GetObject\", resource: bucket, resource_account: \"1\"}, {action: \"s3:GetObject\", service: x.amazonaws.com}]}\n",
        )],
    ),
    (
        "hidden",
        &[(
            "specs/a.yaml",
            "roles:\n  a: # note\u{2028}    managed_policies: [x]\n    trust: [{service: ec2.amazonaws.com}]\n    description: \"a\u{202e}b\"\n",
        )],
    ),
    ("nul", &[("specs/a.yaml", "roles:\n  a:\n    description: \"x\u{0}y\"\n")]),
    (
        "tags-reserved",
        &[(
            "specs/a.yaml",
            "roles:\n  a:\n    trust: [{service: ec2.amazonaws.com}]\n    tags: {\"iamctl:stack\": x, \"aws:foo\": y, \"a#\": b, Team: a, team: b}\n",
        )],
    ),
    (
        "inline",
        &[(
            "specs/a.yaml",
            "roles:\n  a:\n    trust: [{service: ec2.amazonaws.com}]\n    inline_policies:\n      - x\n  b:\n    trust: [{service: ec2.amazonaws.com}]\n    inline_policies:\n      P: {document_file: nope.json}\n      Q: {document: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"s3:*\", Resource: \"*\"}]}}\n      \"R S\": {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"s3:*\", Resource: \"*\"}]}\n",
        )],
    ),
    (
        "users",
        &[(
            "specs/a.yaml",
            "users:\n  alice:\n    trust: []\n    description: x\n    groups: [a]\n    create: maybe\ngroups:\n  g:\n    tags: {a: b}\n    members: [alice]\n    users: alice\n",
        )],
    ),
    (
        "accounts-glob",
        &[(
            "specs/a.yaml",
            "roles:\n  a:\n    trust: [{service: ec2.amazonaws.com}]\n    accounts: prod\n  b:\n    trust: [{service: ec2.amazonaws.com}]\n    accounts: [nonexistent]\n",
        )],
    ),
    (
        "boundary",
        &[(
            "specs/a.yaml",
            "roles:\n  a:\n    trust: [{service: ec2.amazonaws.com}]\n    permissions_boundary: NONE\n  b:\n    trust: [{service: ec2.amazonaws.com}]\n    permissions_boundary: null\n  c:\n    trust: [{service: ec2.amazonaws.com}]\n    permissions_boundary: false\n",
        )],
    ),
    ("version", &[("specs/a.yaml", "version: 2\n")]),
    ("version-text", &[("specs/a.yaml", "version: one\n")]),
    ("cfn", &[("specs/a.yaml", "Resources:\n  MyRole:\n    Type: AWS::IAM::Role\n")]),
    (
        "json-spec",
        &[(
            "specs/a.yaml",
            "{\"version\": 1, \"roles\": {\"a\": {\"trust\": [{\"service\": \"ec2.amazonaws.com\"}], \"tagz\": {}}}}",
        )],
    ),
    (
        "dup-top",
        &[(
            "specs/a.yaml",
            "roles:\n  a:\n    trust: [{service: ec2.amazonaws.com}]\nroles:\n  b:\n    trust: [{service: ec2.amazonaws.com}]\n",
        )],
    ),
    (
        "dup-managed",
        &[(
            "specs/a.yaml",
            "policies:\n  P:\n    document: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"s3:*\", Resource: \"*\"}]}\nroles:\n  a:\n    trust: [{service: ec2.amazonaws.com}]\n    managed_policies: [P, p, \"arn:aws:iam::000000000000:policy/P\"]\n",
        )],
    ),
    (
        "desc-long",
        &[(
            "specs/a.yaml",
            "roles:\n  a:\n    trust: [{service: ec2.amazonaws.com}]\n    description: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n",
        )],
    ),
    (
        "managed-null",
        &[(
            "specs/a.yaml",
            "roles:\n  a:\n    trust: [{service: ec2.amazonaws.com}]\n    managed_policies:\n    inline_policies:\n    tags:\n    permissions_boundary:\n",
        )],
    ),
    (
        "managed-string",
        &[(
            "specs/a.yaml",
            "roles:\n  a:\n    trust: [{service: ec2.amazonaws.com}]\n    managed_policies: aws/ReadOnlyAccess\n",
        )],
    ),
    (
        "11-managed",
        &[(
            "specs/a.yaml",
            "policies:\n  P0:\n    document: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"s3:*\", Resource: \"*\"}]}\n  P1:\n    document: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"s3:*\", Resource: \"*\"}]}\n  P2:\n    document: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"s3:*\", Resource: \"*\"}]}\n  P3:\n    document: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"s3:*\", Resource: \"*\"}]}\n  P4:\n    document: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"s3:*\", Resource: \"*\"}]}\n  P5:\n    document: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"s3:*\", Resource: \"*\"}]}\n  P6:\n    document: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"s3:*\", Resource: \"*\"}]}\n  P7:\n    document: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"s3:*\", Resource: \"*\"}]}\n  P8:\n    document: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"s3:*\", Resource: \"*\"}]}\n  P9:\n    document: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"s3:*\", Resource: \"*\"}]}\n  P10:\n    document: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"s3:*\", Resource: \"*\"}]}\n  P11:\n    document: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"s3:*\", Resource: \"*\"}]}\nroles:\n  a:\n    trust: [{service: ec2.amazonaws.com}]\n    managed_policies: [P0, P1, P2, P3, P4, P5, P6, P7, P8, P9, P10, P11]\n",
        )],
    ),
    (
        "template-broken",
        &[
            ("specs/a.yaml", "roles:\n  a:\n    trust: [{service: ec2.amazonaws.com}]\nuse:\n  - template: x/y\n"),
            (
                "specs/templates/y.yaml",
                "template: x/y\nparameters: {a: {type: strin}}\nspec:\n  roles:\n    \"${param.name}\":\n      trust: [{service: ec2.amazonaws.com}]\n      tags: {a: \"${param.b}\"}\n",
            ),
        ],
    ),
    (
        "template-bad-body",
        &[
            (
                "specs/a.yaml",
                "roles:\n  a:\n    trust: [{service: ec2.amazonaws.com}]\nuse:\n  - template: x/y\n    with: {a: z}\n",
            ),
            (
                "specs/templates/y.yaml",
                "version: 1\ntemplate: x/y\nparameters: {a: {type: string}}\nspec:\n  roles:\n    \"${param.name}\":\n      trust: [{service: ec2.amazonaws.com}]\n      tagz: {a: \"${param.b}\"}\n",
            ),
        ],
    ),
    (
        "template-misc",
        &[
            ("specs/a.yaml", "roles:\n  a:\n    trust: [{service: ec2.amazonaws.com}]\n"),
            ("specs/templates/y.yaml", "roles: {}\n"),
            ("specs/templates/z.yaml", "template: z\nspec: {roles: {x: {trust: []}}, use: []}\n"),
        ],
    ),
    (
        "quoted-keys",
        &[("specs/a.yaml", "\"roles\":\n  \"a\":\n    \"trust\":\n      - \"service\": \"ec2.amazonaws.com\"\n    'tagz': {}\n")],
    ),
    ("explicit-key", &[("specs/a.yaml", "? roles\n: ? a\n  : trust: [{service: ec2.amazonaws.com}]\n    tagz: x\n")]),
    ("complex-key", &[("specs/a.yaml", "? [a, b]\n: x\n")]),
    (
        "anchors",
        &[(
            "specs/a.yaml",
            "roles:\n  a:\n    trust: &t [{service: ec2.amazonaws.com}]\n    tags: &g {a: b}\n  b:\n    trust: *t\n    tags: *g\n    tagz: 1\n",
        )],
    ),
    (
        "desc-folded",
        &[(
            "specs/a.yaml",
            "roles:\n  a:\n    description: >-\n      several\n      lines\n    trust: [{service: ec2.amazonaws.com}]\n    max_session_duration: 5m\n",
        )],
    ),
    (
        "number-after-block",
        &[(
            "specs/a.yaml",
            "roles:\n  a:\n    description: |\n      x: 1\n      y: 012345678901\n    trust: [{service: ec2.amazonaws.com}]\n    max_session_duration: 5\n",
        )],
    ),
    (
        "broken-plus-refs",
        &[
            ("specs/a.yaml", "policies:\n  P:\n    document: [\n"),
            ("specs/b.yaml", "roles:\n  a:\n    trust: [{service: ec2.amazonaws.com}]\n    managed_policies: [P, Q]\n"),
        ],
    ),
    (
        "polices-typo",
        &[(
            "specs/a.yaml",
            "polices:\n  P:\n    document: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"s3:*\", Resource: \"*\"}]}\nroles:\n  a:\n    trust: [{service: ec2.amazonaws.com}]\n    managed_policies: [P]\n",
        )],
    ),
    (
        "two-files-same-error",
        &[
            ("specs/00.yaml", "roles:\n  r0:\n    tagz: 1\n    trust: [{service: ec2.amazonaws.com}]\n"),
            ("specs/01.yaml", "roles:\n  r1:\n    tagz: 1\n    trust: [{service: ec2.amazonaws.com}]\n"),
            ("specs/02.yaml", "roles:\n  r2:\n    tagz: 1\n    trust: [{service: ec2.amazonaws.com}]\n"),
        ],
    ),
    (
        "principal-star",
        &[("specs/a.yaml", "roles:\n  a:\n    trust: [{principal: \"*\"}]\n  b:\n    trust: [{principal: {AWS: \"*\"}}]\n")],
    ),
    ("lone-cr", &[("specs/a.yaml", "roles:\r  a:\r    tagz: 1\r")]),
    ("tabs-after", &[("specs/a.yaml", "roles:\n  a:\t\n    trust: [{service: ec2.amazonaws.com}]\t# x\n    description:\tx\n")]),
    (
        "doc-sep-in-text",
        &[("specs/a.yaml", "roles:\n  a:\n    description: |\n      ---\n      x\n    trust: [{service: ec2.amazonaws.com}]\n")],
    ),
    ("yaml-directive", &[("specs/a.yaml", "%YAML 1.2\n---\nroles:\n  a:\n    trust: [{service: ec2.amazonaws.com}]\n")]),
    (
        "json-file-dup-nested",
        &[
            (
                "specs/a.yaml",
                "roles:\n  r:\n    trust_document_file: t.json\n    inline_policies:\n      P: {document_file: p.json}\n      Q: {document_file: [x]}\n",
            ),
            (
                "specs/t.json",
                "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"a.amazonaws.com\",\"Service\":\"b.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}",
            ),
            (
                "specs/p.json",
                "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"a:b\":\"c\"},\"StringEquals\":{\"a:c\":\"d\"}}}]}",
            ),
        ],
    ),
    ("json-two-docs", &[("specs/a.yaml", "policies:\n  p:\n    document_file: d.json\n"), ("specs/d.json", "{}\n{}\n")]),
    (
        "json-comment",
        &[
            ("specs/a.yaml", "policies:\n  p:\n    document_file: d.json\n"),
            ("specs/d.json", "{\n  // comment\n  \"Version\": \"2012-10-17\"\n}\n"),
        ],
    ),
    (
        "json-escapes",
        &[
            ("specs/a.yaml", "policies:\n  p:\n    document_file: d.json\n"),
            (
                "specs/d.json",
                "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Sid\": \"\\u00e9\", \"Effect\": \"Allow\", \"Action\": \"s3:GetObject\\/\", \"Resource\": \"*\"}]}\n",
            ),
        ],
    ),
    (
        "json-tabs",
        &[
            ("specs/a.yaml", "policies:\n  p:\n    document_file: d.json\n"),
            (
                "specs/d.json",
                "{\n\t\"Version\": \"2012-10-17\",\n\t\"Statement\": [\n\t\t{\"Effect\": \"Allow\", \"Action\": \"s3:*\", \"Resource\": \"*\"}\n\t]\n}\n",
            ),
        ],
    ),
];
