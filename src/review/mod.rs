//! What a reader of a plan or a pull request is told, as data: what changes, what access it gives, what to look at first.

mod assemble;
mod assumed;
mod chains;
mod compare;
mod drift;
mod fold;
mod headline;
mod notices;
mod project;
mod report;
mod spec_tests;
mod stand_ins;
mod verdict;

use spec_tests as tests;

pub use assemble::{assemble, of_plan};
pub use compare::{Against, Compared, Read, Side, compare};
pub use project::{name_before, project_notices};
pub use report::{AccountReport, Chain, Concern, FailedTest, FindingsReport, Notice, Report, Subject, TestsReport, Verdict};
