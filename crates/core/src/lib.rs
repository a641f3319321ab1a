//! Pure heart of Everruns: ids, nouns, events, the turn, prompt assembly, limits.
