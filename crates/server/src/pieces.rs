//! Bodies of any length, made piece by piece.

use axum::body::{Body, Bytes};
use everruns_core::limits::LIST_PAGE_BYTES;
use everruns_engine::Error;
use futures::{StreamExt as _, stream};

use crate::problem::Problem;

/// What makes a body piece by piece.
pub(crate) trait Pieces: Sized + Send + 'static {
    /// The next piece; `None`: the body is whole.
    fn next(&mut self) -> impl Future<Output = Result<Option<String>, Error>> + Send;

    /// The body: in one piece if it is short. What goes wrong later than that breaks it off, so that nobody takes a part of
    /// it for all of it.
    async fn into_body(mut self) -> Result<Body, Problem> {
        let mut first = String::new();
        while first.len() < LIST_PAGE_BYTES {
            match self.next().await? {
                Some(piece) => first.push_str(&piece),
                None => return Ok(first.into()),
            }
        }
        let rest = stream::try_unfold(self, |mut pieces| async move {
            let piece = pieces.next().await?;
            Ok::<_, Error>(piece.map(|piece| (Bytes::from(piece), pieces)))
        });
        Ok(Body::from_stream(stream::iter([Ok(Bytes::from(first))]).chain(rest)))
    }
}
