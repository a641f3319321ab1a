//! The mood of a history: what happens often in it and what not at all, so that histories differ in kind.

use crate::dice::Dice;

/// Chances, per mille unless they are weights.
#[derive(Clone, Debug)]
pub(crate) struct Mood {
    pub(crate) steps: usize,
    /// Weights: something that waits goes on, a client acts, time passes, a node comes or goes.
    pub(crate) goes_on: usize,
    pub(crate) client: usize,
    pub(crate) time: usize,
    pub(crate) node: usize,
    pub(crate) crash: usize,
    pub(crate) fault: usize,
    pub(crate) reads_at_once: usize,
    pub(crate) second_node: bool,
    /// Weights of what clients do, as [`crate::client::ACTIONS`] lists them.
    pub(crate) actions: Vec<usize>,
}

impl Mood {
    pub(crate) fn new(dice: &mut Dice) -> Self {
        let crash = *dice.pick(&[0, 6, 15, 30, 60]);
        let fault = *dice.pick(&[0, 0, 20, 60]);
        let cancels = *dice.pick(&[0, 2, 6, 12]);
        let edits = *dice.pick(&[0, 2, 8]);
        let reads = *dice.pick(&[4, 12, 24]);
        Self {
            steps: dice.between(30, 170),
            goes_on: *dice.pick(&[500, 700, 850]),
            client: *dice.pick(&[120, 220]),
            time: *dice.pick(&[10, 30, 60]),
            node: *dice.pick(&[0, 4, 12]),
            crash,
            fault,
            reads_at_once: *dice.pick(&[200, 600, 600]),
            second_node: dice.per_mille(300),
            actions: vec![24, cancels, 8, edits, reads / 2, reads, reads / 4, 2],
        }
    }
}
