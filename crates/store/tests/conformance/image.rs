//! Images: rows of one organization, their contents shared with whatever else has them.

use std::collections::HashSet;
use std::sync::Arc;

use everruns_core::limits::BLOB_PART_BYTES;
use everruns_core::{ImageId, OrgId};
use everruns_store::{Blob, DEFAULT_ORG_KEY as ORG, Error, Image, OrgKey, Store};
use serde_json::json;

use crate::file::{Maker as _, change, path, tree, workspace};
use crate::place::Place;
use crate::world::at;

on_both!(
    an_image_is_there_until_it_is_deleted,
    images_are_listed_newest_first,
    contents_go_with_the_last_image,
    images_of_two_organizations,
);

fn id(number: u128) -> ImageId {
    ImageId::from_u128(number)
}

async fn make(store: &Store, org: OrgKey, number: u128, content: &[u8]) -> Image {
    let content = Blob::new(content.to_vec());
    let metadata = json!({ "session_id": "session_1", "ü": [1, null] });
    let image = Image {
        id: id(number),
        filename: format!("Bild {number}.png"),
        content_type: "image/png".to_owned(),
        size: content.bytes().len() as i64,
        hash: content.hash(),
        metadata: metadata.as_object().unwrap().clone(),
        created_at: at(number as i64),
    };
    store.create_image(org, &image, &content).await.unwrap();
    image
}

async fn whole(store: &Store, org: OrgKey, image: &Image) -> Vec<u8> {
    let mut content = Vec::new();
    for part in 0.. {
        let Some(mut bytes) = store.blob_part(org, image.hash, part).await.unwrap() else { break };
        content.append(&mut bytes);
    }
    content
}

async fn an_image_is_there_until_it_is_deleted(place: Arc<Place>) {
    let store = place.store().await;
    // Not a whole number of parts, and not the same in each.
    let content: Vec<u8> = (0..2 * BLOB_PART_BYTES + 7).map(|byte| (byte / 1_000) as u8).collect();
    let image = make(&store, ORG, 1, &content).await;
    assert_eq!(store.image(ORG, id(1)).await.unwrap().as_ref(), Some(&image));
    assert!(whole(&store, ORG, &image).await == content);
    let again = store.create_image(ORG, &image, &Blob::new(content)).await;
    assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
    let known = async |ids: &[ImageId]| store.known_images(ORG, ids).await.unwrap();
    assert_eq!(known(&[id(2), id(1), id(1)]).await, HashSet::from([id(1)]));
    assert!(store.delete_image(ORG, id(1)).await.unwrap());
    assert!(!store.delete_image(ORG, id(1)).await.unwrap());
    assert_eq!(store.image(ORG, id(1)).await.unwrap(), None);
    assert_eq!(known(&[id(1)]).await, HashSet::new());
}

async fn images_are_listed_newest_first(place: Arc<Place>) {
    let store = place.store().await;
    for number in [3, 1, 2] {
        make(&store, ORG, number, b"same").await;
    }
    let list = async |offset: i64, limit: i64| -> Vec<ImageId> {
        store.list_images(ORG, offset, limit).await.unwrap().into_iter().map(|image| image.id).collect()
    };
    assert_eq!(list(0, 9).await, [id(3), id(2), id(1)]);
    assert_eq!(list(1, 1).await, [id(2)]);
    assert_eq!(list(3, 9).await, []);
}

async fn contents_go_with_the_last_image(place: Arc<Place>) {
    let store = place.store().await;
    let (one, _two) = (make(&store, ORG, 1, b"shared").await, make(&store, ORG, 2, b"shared").await);
    let desk = workspace(1);
    store.create_workspace(ORG, desk, "w", None, at(1)).await.unwrap();
    store.change_files(&change(&store, desk, 2).await.with("/a", Some("shared"))).await.unwrap();
    let sweep = async || while store.sweep_blobs().await.unwrap() > 0 {};
    for number in [1, 2] {
        assert!(store.delete_image(ORG, id(number)).await.unwrap());
        sweep().await;
        assert_eq!(whole(&store, ORG, &one).await, b"shared");
    }
    assert_eq!(tree(&store, desk).await, ["/a=shared"]);
    let remove = everruns_store::FileStep::Remove(path("/a"));
    store.change_files(&change(&store, desk, 3).await.step(remove)).await.unwrap();
    sweep().await;
    assert_eq!(whole(&store, ORG, &one).await, b"");
    // What was thrown away can come again.
    make(&store, ORG, 3, b"shared").await;
    sweep().await;
    assert_eq!(whole(&store, ORG, &one).await, b"shared");
}

async fn images_of_two_organizations(place: Arc<Place>) {
    let store = place.store().await;
    let other = store.create_organization(OrgId::from_u128(7), at(0)).await.unwrap();
    let (mine, theirs) = (make(&store, ORG, 1, b"same").await, make(&store, other, 1, b"same").await);
    make(&store, other, 2, b"theirs").await;
    assert_eq!(store.image(ORG, id(2)).await.unwrap(), None);
    assert_eq!(store.known_images(ORG, &[id(1), id(2)]).await.unwrap(), HashSet::from([id(1)]));
    assert!(!store.delete_image(ORG, id(2)).await.unwrap());
    assert!(store.delete_image(ORG, id(1)).await.unwrap());
    while store.sweep_blobs().await.unwrap() > 0 {}
    assert_eq!(whole(&store, ORG, &mine).await, b"");
    assert_eq!(whole(&store, other, &theirs).await, b"same");
    assert_eq!(store.list_images(other, 0, 9).await.unwrap().len(), 2);
}
