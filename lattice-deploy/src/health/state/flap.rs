//! How much a check's recent results change.

use crate::health::status::Status;

/// The weight of the oldest and of the newest change.
const WEIGHTS: (f64, f64) = (0.75, 1.25);

/// The weighted percentage of changes among the results of a window, as Nagios measures it: a change now counts more
/// than one long ago, and a window that is not full yet counts as if it had been quiet before.
#[expect(clippy::cast_precision_loss, reason = "windows are short")]
pub(super) fn percent(recent: &[Status], window: usize) -> f64 {
    let places = window.saturating_sub(1);
    if places == 0 {
        return 0.0;
    }
    let changes: Vec<bool> = recent.windows(2).map(|pair| pair[0] != pair[1]).collect();
    let empty = places.saturating_sub(changes.len());
    let step = (WEIGHTS.1 - WEIGHTS.0) / (places.saturating_sub(1).max(1) as f64);
    let weighted = changes.iter().enumerate().filter(|(_, changed)| **changed);
    let sum: f64 = weighted.map(|(place, _)| WEIGHTS.0 + step * (empty + place) as f64).sum();
    100.0 * sum / places as f64
}

#[cfg(test)]
mod tests {
    use super::percent;
    use crate::health::Status;
    use proptest::prelude::{any, proptest};

    fn results(text: &str) -> Vec<Status> {
        text.chars().map(|c| if c == 'o' { Status::Ok } else { Status::Critical }).collect()
    }

    #[test]
    fn newer_changes_weigh_more() {
        assert!((percent(&results("xxooooooooooooooooooo"), 21) - 3.88).abs() < 0.01);
        assert!((percent(&results("ooooooooooooooooooxxx"), 21) - 5.99).abs() < 0.01);
        assert!((percent(&results("oxoxoxoxoxoxoxoxoxoxo"), 21) - 100.0).abs() < 0.01);
        assert!((percent(&results("ox"), 21) - 6.25).abs() < 0.01);
        for quiet in ["", "o", "oooooooooooooooooooooo"] {
            assert!(percent(&results(quiet), 21) < f64::EPSILON, "{quiet}");
        }
    }

    proptest! {
        #[test]
        fn it_is_a_percentage(recent in proptest::collection::vec(any::<bool>(), 0..30), window in 0_usize..30) {
            let recent: Vec<Status> = recent.into_iter().map(|bad| if bad { Status::Warning } else { Status::Ok }).collect();
            let recent = &recent[recent.len().saturating_sub(window)..];
            assert!((0.0..=100.000_001).contains(&percent(recent, window)));
        }
    }
}
