//! The laws: each is a function that looks at what happened and says what is wrong with it, if anything.

mod effect;
mod fence;
mod input;
mod log;
mod order;
mod prompt;
mod reader;
mod rest;
mod row;
mod stop;

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

pub(crate) use fence::Written;
pub(crate) use input::Posted;

use crate::world::World;

/// What a law says: nothing, or what is wrong.
pub(crate) type Verdict = Result<(), String>;

/// A law in words, and how it is held against what happened.
pub(crate) type Law<Check> = (&'static str, Check);
type OfWorld = fn(&World) -> Verdict;
type OfWrite = fn(&Written<'_>) -> Verdict;
type OfPause = fn(&mut World) -> Verdict;

/// Laws of the log and the session row; held against every commit.
pub(crate) const OF_A_COMMIT: &[Law<OfWorld>] = &[
    ("the session row is the fold of the log", row::is_the_fold),
    ("events stand in the order that clients rely on", order::holds),
    ("the sums of a turn are those of its events", order::sums),
    ("an input stands in the log once", input::once),
    ("a last word overlooks no input", input::last_word),
    ("each input has one fate", input::one_fate),
    ("the queue is carried from turn to turn, in order", input::queue),
    ("an intent precedes its effect, and a key names one call", effect::keys),
    ("a result stands in the log as it came", effect::results),
];

/// Laws of one write, held against the row before and after it.
pub(crate) const OF_A_WRITE: &[Law<OfWrite>] = &[
    ("who lost its claim writes nothing", fence::holder),
    ("each claim raises the fence, and it never falls", fence::rises),
    ("what is refused writes nothing", fence::refused),
    ("who parks lets go", fence::parked),
];

/// Laws of the moments when everything stands still.
pub(crate) const OF_A_PAUSE: &[Law<OfPause>] = &[
    ("a prompt is a function of the log", prompt::holds),
    ("what runs is what the intent says, and at most once if it must", effect::runs),
    ("a cancelled turn's work is let go", stop::holds),
    ("a node does one step at a time", stop::one_step),
    ("waiting holds no task", rest::holds),
];

/// Laws of the end of a history.
pub(crate) const OF_AN_END: &[Law<OfWorld>] = &[
    ("what was written stays as it is", log::unchanged),
    ("every acknowledged message has its fate", input::answered),
];

pub(crate) use input::{acknowledged, conflict, refused, submitted};
pub(crate) use log::unchanged;
pub(crate) use reader::{contiguous, page, same_as_stored};
pub(crate) use rest::FAULT_SECONDS;
pub(crate) use row::hears_at_once;

thread_local! {
    static MESSAGE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs a check that panics, and turns its panic into a verdict.
pub(crate) fn quietly(check: impl FnOnce()) -> Verdict {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let taken = MESSAGE.with_borrow_mut(|message| {
                let place = panic.location().map(|place| format!("{}:{}", place.file(), place.line()));
                message.as_mut().map(|message| {
                    *message =
                        format!("{} ({})", panic.payload_as_str().unwrap_or("a panic"), place.unwrap_or_default());
                })
            });
            if taken.is_none() {
                usual(panic);
            }
        }));
    });
    MESSAGE.set(Some(String::new()));
    let caught = catch_unwind(AssertUnwindSafe(check));
    let message = MESSAGE.take().unwrap_or_default();
    caught.map_err(|_| message)
}
