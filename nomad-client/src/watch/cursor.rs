//! Where a watch stands; pure.

use crate::meta::Mark;

/// What the next query waits on, and which state was shown last.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Cursor {
    at: Option<Mark>,
    shown: Option<Mark>,
}

/// What to do with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It brings something new.
    Show,
    /// It does not.
    Skip,
    /// It does not tell where it stands, so that there is nothing to wait on: it is shown, and read again in a while.
    Poll,
}

impl Cursor {
    /// Begins with the present state, or with the first one after a mark.
    pub(super) fn new(from: Option<Mark>) -> Self {
        Self { at: from.clone(), shown: from }
    }

    /// What to wait on; nothing when the state is to be read at once.
    pub(super) fn at(&self) -> Option<&Mark> {
        self.at.as_ref()
    }

    pub(super) fn answered(&mut self, mark: Option<Mark>) -> Step {
        let Some(mark) = mark else {
            *self = Self::default();
            return Step::Poll;
        };
        let back = self.at.as_ref().is_some_and(|at| mark.is_before(at));
        let step = if self.shown.as_ref() == Some(&mark) { Step::Skip } else { Step::Show };
        // Going backwards means that the history is another one now: nothing of it is to be waited on.
        self.at = Some(mark.clone()).filter(|_| !back);
        self.shown = Some(mark);
        step
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Cursor, Step};
    use crate::meta::{Index, Mark};

    fn mark(index: u64) -> Mark {
        Mark::from(Index(index))
    }

    /// After each of these answers: what is done with it, and the index that is waited on next.
    fn run(from: Option<u64>, answers: &[Option<u64>]) -> Vec<(Step, Option<Mark>)> {
        let mut cursor = Cursor::new(from.map(mark));
        let step = |answer: &Option<u64>| (cursor.answered(answer.map(mark)), cursor.at().cloned());
        answers.iter().map(step).collect()
    }

    #[test]
    fn t01_an_index_that_goes_backwards_is_given_up() {
        let seen = run(None, &[Some(10), Some(12), Some(12), Some(3), Some(3), Some(5)]);
        let expected = [
            (Step::Show, Some(mark(10))),
            (Step::Show, Some(mark(12))),
            (Step::Skip, Some(mark(12))),
            (Step::Show, None),
            (Step::Skip, Some(mark(3))),
            (Step::Show, Some(mark(5))),
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn t02_an_index_of_zero_is_one() {
        assert_eq!(run(None, &[Some(0), Some(1)]), [(Step::Show, Some(mark(1))), (Step::Skip, Some(mark(1)))]);
    }

    #[test]
    fn t04_an_answer_without_a_change_is_left_out() {
        assert_eq!(run(Some(7), &[Some(7)]), [(Step::Skip, Some(mark(7)))]);
        assert_eq!(run(Some(7), &[Some(8)]), [(Step::Show, Some(mark(8)))]);
    }

    #[test]
    fn a_missing_index_is_not_waited_on() {
        let seen = run(None, &[Some(4), None, None, Some(4)]);
        let expected =
            [(Step::Show, Some(mark(4))), (Step::Poll, None), (Step::Poll, None), (Step::Show, Some(mark(4)))];
        assert_eq!(seen, expected);
    }

    proptest! {
        #[test]
        fn every_change_is_shown_once_and_no_query_waits_on_the_future(
            from in prop::option::of(0_u64..9),
            answers in prop::collection::vec(prop::option::of(0_u64..9), 0..40),
        ) {
            let mut last = from.map(mark);
            for ((step, at), answer) in run(from, &answers).into_iter().zip(answers) {
                let answer = answer.map(mark);
                match step {
                    Step::Skip => prop_assert_eq!(&answer, &last),
                    Step::Show => prop_assert_ne!(&answer, &last),
                    Step::Poll => prop_assert_eq!(&answer, &None),
                }
                // Only what the server itself has named is waited on, and never less than 1.
                prop_assert!(at.is_none() || at == answer);
                prop_assert!(at.is_none_or(|at| !at.is_before(&mark(1))));
                last = answer;
            }
        }
    }
}
