//! The report of a plan or a pull request, as data: what changes, which access it grants, what to look at first.

mod across;
mod amounts;
mod assemble;
mod assumed;
mod ceiling;
mod chains;
mod compare;
mod controls;
mod drift;
mod fleet;
mod fold;
mod headline;
mod later;
mod left;
mod notices;
mod placeholders;
mod project;
mod providers;
mod report;
mod settled;
mod spec_tests;
mod verdict;
mod worst;

pub use assemble::{assemble, of_plan};
pub use assumed::caller;
pub use ceiling::align as align_ceilings;
pub use compare::{Against, Compared, OnAccount, Side, SideRead, compare};
pub use controls::{loosened, loosened_over_all};
pub use fleet::{Fleet, FleetAccount, FleetGroup, FleetMember, FleetOutcome, FleetPart, fleet_digest, of_fleet, totals_of};
pub use fold::OwnValues;
pub use later::later_days;
pub use project::{name_before, project_notices, roster_notices};
pub use report::{
    AccountReport, Cause, Chain, Concern, FailedTest, FindingsReport, Notice, NoticeKind, Report, Reservation, ReviewVerdict,
    Subject, TestsReport,
};
pub use spec_tests::findings as failing_tests;
