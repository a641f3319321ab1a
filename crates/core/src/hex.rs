//! Bytes as hex digits, the form in which digests are shown and kept.

use std::fmt;

/// Shows its bytes as hex digits, two for each.
#[derive(Clone, Copy, Debug)]
pub struct Hex<T>(pub T);

impl<T: AsRef<[u8]>> fmt::Display for Hex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_ref().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_digits_for_each() {
        assert_eq!(Hex([0x00, 0x0a, 0xff]).to_string(), "000aff");
    }
}
