//! One page of a list of documents, unless it is larger than a server can hold for each of its callers.

use everruns_core::limits::LISTED_BYTES_MAX;

use crate::value::{Row, Value};
use crate::{Error, Store};

/// What is listed, in SQL.
pub(crate) struct List<'a> {
    pub(crate) columns: &'a str,
    /// The column with the document, which makes the page large or small.
    pub(crate) body: &'a str,
    /// The column that tells the rows apart.
    pub(crate) id: &'a str,
    /// `FROM … WHERE …`.
    pub(crate) matching: &'a str,
    pub(crate) order: &'a str,
}

impl Store {
    /// `limit` rows from the one at `offset` on, and how many match. [`Error::Large`] if their documents are more than
    /// [`LISTED_BYTES_MAX`] together, which is known before they are read.
    pub(crate) async fn page(
        &self,
        list: List<'_>,
        mut parameters: Vec<Value>,
        limit: i64,
        offset: i64,
    ) -> Result<(Vec<Row>, i64), Error> {
        let List { columns, body, id, matching, order } = list;
        parameters.extend([limit.into(), offset.into()]);
        let (limit, offset) = (parameters.len() - 1, parameters.len());
        let size = format!(
            "SELECT (SELECT COUNT(*) {matching}), (SELECT COALESCE(SUM(p.bytes), 0) FROM
                (SELECT OCTET_LENGTH({body}) AS bytes {matching} ORDER BY {order} LIMIT ${limit} OFFSET ${offset}) p)"
        );
        let counts = self.query(&size, parameters.clone()).await?.into_iter().next();
        let (total, bytes) = counts.map_or(Ok((0, 0)), |mut row| Ok::<_, Error>((row.int()?, row.int()?)))?;
        if bytes > LISTED_BYTES_MAX {
            return Err(Error::Large { bytes, max: LISTED_BYTES_MAX });
        }
        // Which rows comes first: sorted with their documents, all rows up to the page would be held in memory.
        let ids = format!("SELECT {id} {matching} ORDER BY {order} LIMIT ${limit} OFFSET ${offset}");
        let rows = format!("SELECT {columns} {matching} AND {id} IN ({ids}) ORDER BY {order}");
        Ok((self.query(&rows, parameters).await?, total))
    }
}
