//! Exit codes (contract 6). `iamctl explain exit-4` has the page of each.

/// What a command's end says to the shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit(u8);

impl Exit {
    /// Done; nothing to complain about.
    pub const FINE: Self = Self(0);
    /// Something outside the specs went wrong.
    pub const FAILED: Self = Self(1);
    /// Changes are pending; only with `--detailed-exitcode`.
    pub const CHANGES: Self = Self(2);
    /// Spec errors, findings at or above `--fail-on`, failed tests, `not_ready`.
    pub const FINDINGS: Self = Self(3);
    /// Refused by a guard, or blocked.
    pub const REFUSED: Self = Self(4);
    /// The plan is stale, or its digest differs.
    pub const STALE: Self = Self(5);
    /// Some calls were done and some were not.
    pub const PARTLY_APPLIED: Self = Self(6);
    /// Undecided or unknown.
    pub const UNDECIDED: Self = Self(7);
    /// Wrong usage.
    pub const USAGE: Self = Self(64);

    /// The codes from the strongest to the weakest: of several, the first here is the one to exit with.
    pub const PRECEDENCE: [Self; 9] = [
        Self::USAGE,
        Self::FAILED,
        Self::PARTLY_APPLIED,
        Self::STALE,
        Self::REFUSED,
        Self::UNDECIDED,
        Self::FINDINGS,
        Self::CHANGES,
        Self::FINE,
    ];

    /// The number that the process exits with.
    pub fn code(self) -> u8 {
        self.0
    }

    /// The code of a number; a number that no command uses is a failure.
    pub fn of_code(code: u8) -> Self {
        Self::PRECEDENCE.into_iter().find(|exit| exit.0 == code).unwrap_or(Self::FAILED)
    }

    /// The strongest of several codes; fine when there are none.
    pub fn worst(codes: impl IntoIterator<Item = Self>) -> Self {
        let rank = |exit: &Self| Self::PRECEDENCE.iter().position(|p| p == exit).unwrap_or(usize::MAX);
        codes.into_iter().min_by_key(rank).unwrap_or(Self::FINE)
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_of_several_codes_wins() {
        assert_eq!(Exit::worst([]), Exit::FINE);
        assert_eq!(Exit::worst([Exit::CHANGES, Exit::FINE]), Exit::CHANGES);
        assert_eq!(Exit::worst([Exit::CHANGES, Exit::FINDINGS, Exit::REFUSED]), Exit::REFUSED);
        assert_eq!(Exit::worst([Exit::PARTLY_APPLIED, Exit::FAILED]), Exit::FAILED);
        assert_eq!(Exit::PRECEDENCE.map(Exit::code), [64, 1, 6, 5, 4, 7, 3, 2, 0]);
    }
}
