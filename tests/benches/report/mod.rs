//! How measurements are reported: medians and ranges of rounds that were run in turn, and ratios taken
//! within each round, so that what else the machine does falls on both sides.

/// Samples of one subject, one a round.
#[derive(Clone, Debug, Default)]
pub(crate) struct Samples(pub(crate) Vec<f64>);

impl Samples {
    /// The middle sample.
    pub(crate) fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
    }

    fn range(&self) -> (f64, f64) {
        let least = self.0.iter().copied().fold(f64::INFINITY, f64::min);
        let greatest = self.0.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        (least, greatest)
    }

    #[allow(dead_code, reason = "not every benchmark compares")]
    /// Each sample divided by the one of the same round.
    pub(crate) fn ratio_to(&self, other: &Self) -> Self {
        Self(
            self.0
                .iter()
                .zip(&other.0)
                .map(|(own, other)| own / other)
                .collect(),
        )
    }

    /// `median (least to greatest)` with so many decimals.
    pub(crate) fn show(&self, decimals: usize) -> String {
        let (least, greatest) = self.range();
        format!(
            "{:.decimals$} ({least:.decimals$} to {greatest:.decimals$})",
            self.median()
        )
    }
}

/// A whole number from the environment, to run longer or shorter.
pub(crate) fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}
