//! The interpreter of turns: claim, fold, decide, commit, run effects.
