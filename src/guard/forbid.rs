//! `forbid`: access that the project forbids and that the plan adds.

use super::Course;
use crate::forbid::Breach;
use crate::plan::GuardRefusal;

pub(super) fn check(course: &Course<'_>) -> Vec<GuardRefusal> {
    let refusal = |breach: &Breach| GuardRefusal {
        guard: super::FORBID.to_owned(),
        message: format!("{}; {}", breach.message(), breach.help()),
        r#override: None,
    };
    course.forbidden.iter().map(refusal).collect()
}
