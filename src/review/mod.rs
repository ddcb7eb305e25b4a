//! What a reader of a plan or a pull request is told, as data: what changes, what access it gives, what to look at first.

mod report;

pub use report::{AccountReport, Chain, Concern, FailedTest, FindingsReport, Notice, Report, Subject, TestsReport, Verdict};
