//! Models: one driver trait and the simulated model.
