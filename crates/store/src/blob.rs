//! Contents of files and images by their SHA-256: once for each organization, however many files have it.
//!
//! Nobody counts files. Who lets go of a content notes it as an orphan; a sweep looks whether a file or an image has it
//! still, one content at a time, so that its work is bounded and waits for nobody in a circle.

use std::fmt;

use everruns_core::limits::{BLOB_PART_BYTES, BLOB_SWEEP_BATCH};
use everruns_core::{Hex, Timestamp};
use sha2::{Digest, Sha256};

use crate::value::{Statement, Value};
use crate::{Error, OrgKey, Store};

/// The SHA-256 of a content.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobHash(pub [u8; 32]);

impl BlobHash {
    pub(crate) fn read(bytes: Vec<u8>) -> Result<Self, Error> {
        let wrong = |bytes: Vec<u8>| Error::Corrupt(format!("a hash has {} bytes", bytes.len()));
        bytes.try_into().map(Self).map_err(wrong)
    }
}

impl fmt::Display for BlobHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Hex(self.0).fmt(f)
    }
}

impl fmt::Debug for BlobHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A content with its name.
#[derive(Clone, PartialEq)]
pub struct Blob {
    hash: BlobHash,
    bytes: Vec<u8>,
}

impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blob").field("hash", &self.hash).field("bytes", &self.bytes.len()).finish()
    }
}

impl Blob {
    /// Names a content.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self { hash: BlobHash(Sha256::digest(&bytes).into()), bytes }
    }

    /// Its name.
    pub fn hash(&self) -> BlobHash {
        self.hash
    }

    /// The content itself.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// The content.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Keeps contents; those that are there already are marked as used, which a sweep waits for.
pub(crate) fn put(org: OrgKey, blobs: &[Blob], at: Timestamp) -> Vec<Statement> {
    let mut blobs: Vec<&Blob> = blobs.iter().collect();
    // In an order, so that two that keep the same ones do not wait for each other in a circle.
    blobs.sort_by_key(|blob| blob.hash);
    blobs.dedup_by_key(|blob| blob.hash);
    let mut statements = Vec::with_capacity(2 * blobs.len());
    for blob in blobs {
        let hash = || Value::Blob(blob.hash.0.to_vec());
        statements.push(Statement::new(
            "INSERT INTO blob (org_id, hash, used_at) VALUES ($1, $2, $3)
             ON CONFLICT (org_id, hash) DO UPDATE SET used_at = excluded.used_at",
            vec![org.0.into(), hash(), at.as_micros().into()],
        ));
        statements.extend((0_i64..).zip(blob.bytes.chunks(BLOB_PART_BYTES)).map(|(part, bytes)| {
            Statement::new(
                "INSERT INTO blob_part (org_id, hash, part, data) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (org_id, hash, part) DO NOTHING",
                vec![org.0.into(), hash(), part.into(), Value::Blob(bytes.to_vec())],
            )
        }));
    }
    statements
}

impl Store {
    /// One part of a content, counted from 0; `None` behind the last one.
    pub async fn blob_part(&self, org: OrgKey, hash: BlobHash, part: i64) -> Result<Option<Vec<u8>>, Error> {
        let sql = "SELECT data FROM blob_part WHERE org_id = $1 AND hash = $2 AND part = $3";
        let parameters = vec![org.0.into(), Value::Blob(hash.0.to_vec()), part.into()];
        let row = self.query(sql, parameters).await?.into_iter().next();
        Ok(row.map(|mut row| row.bytes_or_null()).transpose()?.flatten())
    }

    /// Throws contents away that no file and no image has any more, for all organizations. How many were looked at: if
    /// they are [`BLOB_SWEEP_BATCH`], there may be more.
    pub async fn sweep_blobs(&self) -> Result<i64, Error> {
        let sql = format!("SELECT org_id, hash FROM blob_orphan ORDER BY org_id, hash LIMIT {BLOB_SWEEP_BATCH}");
        let rows = self.query(&sql, Vec::new()).await?;
        let mut count = 0;
        for mut row in rows {
            let (org, hash) = (row.value()?, row.value()?);
            let statement = |sql| Statement::new(sql, vec![org.clone(), hash.clone()]);
            // The first two wait for whoever lets go of the content or takes it up right now; the third sees what they
            // did.
            let statements = vec![
                statement("DELETE FROM blob_orphan WHERE org_id = $1 AND hash = $2"),
                statement("UPDATE blob SET used_at = used_at WHERE org_id = $1 AND hash = $2"),
                statement(
                    "DELETE FROM blob WHERE org_id = $1 AND hash = $2
                     AND NOT EXISTS (SELECT 1 FROM file WHERE file.org_id = $1 AND file.hash = $2)
                     AND NOT EXISTS (SELECT 1 FROM image WHERE image.org_id = $1 AND image.hash = $2)",
                ),
                statement(
                    "DELETE FROM blob_part WHERE org_id = $1 AND hash = $2
                     AND NOT EXISTS (SELECT 1 FROM blob WHERE blob.org_id = $1 AND blob.hash = $2)",
                ),
            ];
            self.write(statements).await?;
            count += 1;
        }
        Ok(count)
    }
}
