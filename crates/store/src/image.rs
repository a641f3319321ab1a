//! Images that were uploaded: a row each, their bytes among the contents of files.

use std::collections::HashSet;

use everruns_core::{ImageId, Timestamp};
use serde_json::{Map, Value as Json};

use crate::blob::{self, Blob, BlobHash};
use crate::value::{Row, Statement, Value};
use crate::{Error, OrgKey, Store};

/// An uploaded image, without its bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Image {
    /// Its id.
    pub id: ImageId,
    /// What the caller calls it.
    pub filename: String,
    /// What it is, such as `image/png`.
    pub content_type: String,
    /// Its length in bytes.
    pub size: i64,
    /// Its content.
    pub hash: BlobHash,
    /// What else is known of it.
    pub metadata: Map<String, Json>,
    /// When it came.
    pub created_at: Timestamp,
}

const COLUMNS: &str = "id, filename, content_type, size, hash, metadata, created_at";

fn id(text: &str) -> Result<ImageId, Error> {
    text.parse().map_err(|error| Error::Corrupt(format!("an image's id: {error}")))
}

fn image(mut row: Row) -> Result<Image, Error> {
    Ok(Image {
        id: id(&row.text()?)?,
        filename: row.text()?,
        content_type: row.text()?,
        size: row.int()?,
        hash: BlobHash::read(row.bytes_or_null()?.unwrap_or_default())?,
        metadata: serde_json::from_str(&row.text()?)
            .map_err(|error| Error::Corrupt(format!("an image's metadata: {error}")))?,
        created_at: Timestamp::from_micros(row.int()?),
    })
}

impl Store {
    /// Keeps an image and its content, whose name and length it bears.
    pub async fn create_image(&self, org: OrgKey, image: &Image, content: &Blob) -> Result<(), Error> {
        let mut statements = blob::put(org, std::slice::from_ref(content), image.created_at);
        statements.push(Statement::new(
            "INSERT INTO image (org_id, id, filename, content_type, size, hash, metadata, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            vec![
                org.0.into(),
                image.id.to_string().into(),
                image.filename.as_str().into(),
                image.content_type.as_str().into(),
                image.size.into(),
                Value::Blob(image.hash.0.to_vec()),
                Json::Object(image.metadata.clone()).to_string().into(),
                image.created_at.as_micros().into(),
            ],
        ));
        self.make(statements, &image.id.to_string()).await.map(drop)
    }

    /// The image with this id.
    pub async fn image(&self, org: OrgKey, id: ImageId) -> Result<Option<Image>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM image WHERE org_id = $1 AND id = $2");
        let rows = self.query(&sql, vec![org.0.into(), id.to_string().into()]).await?;
        rows.into_iter().next().map(image).transpose()
    }

    /// Images, the newest first: ids are given out in the order of time.
    pub async fn list_images(&self, org: OrgKey, offset: i64, limit: i64) -> Result<Vec<Image>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM image WHERE org_id = $1 ORDER BY id DESC LIMIT $2 OFFSET $3");
        let rows = self.query(&sql, vec![org.0.into(), limit.into(), offset.into()]).await?;
        rows.into_iter().map(image).collect()
    }

    /// Which of these images there are.
    pub async fn known_images(&self, org: OrgKey, ids: &[ImageId]) -> Result<HashSet<ImageId>, Error> {
        let places: Vec<String> = (2..).take(ids.len()).map(|place| format!("${place}")).collect();
        let sql = format!("SELECT id FROM image WHERE org_id = $1 AND id IN ({})", places.join(", "));
        let parameters = [org.0.into()].into_iter().chain(ids.iter().map(|id| id.to_string().into())).collect();
        self.query(&sql, parameters).await?.into_iter().map(|mut row| id(&row.text()?)).collect()
    }

    /// Deletes an image; its content goes with the next [sweep](Store::sweep_blobs), if nothing else has it. Whether
    /// there was one.
    pub async fn delete_image(&self, org: OrgKey, id: ImageId) -> Result<bool, Error> {
        let parameters = || vec![org.0.into(), id.to_string().into()];
        let statements = vec![
            Statement::new(
                "INSERT INTO blob_orphan (org_id, hash) SELECT org_id, hash FROM image WHERE org_id = $1 AND id = $2
                 ON CONFLICT (org_id, hash) DO UPDATE SET hash = excluded.hash",
                parameters(),
            ),
            Statement::new("DELETE FROM image WHERE org_id = $1 AND id = $2 RETURNING id", parameters()),
        ];
        let results = self.write(statements).await?;
        Ok(results.last().is_some_and(|rows| !rows.is_empty()))
    }
}
