//! The ARN formats of a resource type.

use super::placeholders;
use crate::pattern;

/// How the ARNs of a resource type look: `arn:${Partition}:s3:::${BucketName}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArnPattern(pub(super) &'static str);

impl ArnPattern {
    /// The formats, with placeholders; a few types have more than one.
    pub fn formats(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.0.split(", ")
    }

    /// Patterns for a policy's `Resource`: each placeholder is `*`, the partition is put in.
    pub fn globs(&self, partition: &str) -> Vec<String> {
        self.formats().map(|f| placeholders::star_between(&f.replace("${Partition}", partition), "${", '}')).collect()
    }

    /// Whether an ARN (of any partition) may be one of this type. Placeholders stand for anything, so several types may match;
    /// but `:` never stands inside the first five fields.
    pub fn matches(&self, arn: &str) -> bool {
        let fields = |text: &'_ str| text.splitn(6, ':').map(str::to_owned).collect::<Vec<_>>();
        let arn = fields(arn);
        self.formats().any(|format| {
            let format = fields(&placeholders::star_between(format, "${", '}'));
            format.len() == 6 && arn.len() == 6 && format.iter().zip(&arn).all(|(f, a)| pattern::matches_ignoring_case(f, a))
        })
    }
}
