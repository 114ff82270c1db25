//! How long to wait before the next attempt: longer each time, and never two runs in step.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::Duration;

/// No wait is longer.
const LONGEST: Duration = Duration::from_secs(15);

/// The waits between a bounded number of attempts.
#[derive(Clone, Debug)]
pub(crate) struct Backoff {
    attempts: u32,
    first: Duration,
    made: u32,
}

impl Backoff {
    pub(crate) fn new(attempts: u32, first: Duration) -> Self {
        Self {
            attempts,
            first,
            made: 0,
        }
    }

    /// An attempt failed: the wait before the next one, or none when it was the last.
    pub(crate) fn next(&mut self) -> Option<Duration> {
        self.made += 1;
        if self.made >= self.attempts {
            return None;
        }
        let factor = 1_u32.checked_shl(self.made - 1).unwrap_or(u32::MAX);
        let longest = self.first.saturating_mul(factor).min(LONGEST);
        Some(longest.mul_f64(0.5 + random() / 2.0))
    }

    /// What was waited for came in between: the next failure is a first one.
    pub(crate) fn start_again(&mut self) {
        self.made = 0;
    }

    /// How many attempts failed in a row.
    pub(crate) fn made(&self) -> u32 {
        self.made
    }

    /// How many there are.
    pub(crate) fn attempts(&self) -> u32 {
        self.attempts
    }
}

/// At least 0 and below 1. The standard library seeds each `RandomState` differently.
fn random() -> f64 {
    let bits = RandomState::new().build_hasher().finish() >> 32;
    f64::from(u32::try_from(bits).unwrap_or_default()) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Backoff, LONGEST};

    #[test]
    fn waits_grow_to_a_bound_and_end() {
        let mut backoff = Backoff::new(40, Duration::from_millis(100));
        let waits: Vec<_> = std::iter::from_fn(|| backoff.next()).collect();
        assert_eq!(waits.len(), 39);
        let mut longest = Duration::from_millis(100);
        for wait in waits {
            assert!(
                wait >= longest / 2 && wait <= longest,
                "{wait:?} of {longest:?}"
            );
            longest = (longest * 2).min(LONGEST);
        }
        assert_eq!(Backoff::new(1, Duration::ZERO).next(), None);
    }
}
