//! Images: uploaded, listed, read, made small, named in messages, deleted, and what is no image.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::talk::Talk;
use crate::wire::Answer;
use crate::world::World;

const BOUNDARY: &str = "wall";

/// The smallest GIF that says it has this size.
pub(crate) fn gif(width: u16, height: u16) -> Vec<u8> {
    let mut gif = b"GIF89a".to_vec();
    gif.extend(width.to_le_bytes().into_iter().chain(height.to_le_bytes()));
    // Two colours; then the picture, all of the first colour as far as it goes; then the end.
    gif.extend([0x80, 0, 0, 0xff, 0xff, 0xff, 0, 0, 0, b',', 0, 0, 0, 0]);
    gif.extend(width.to_le_bytes().into_iter().chain(height.to_le_bytes()));
    gif.extend([0, 2, 2, 0x44, 1, 0, b';']);
    gif
}

/// A picture of that size.
fn picture(width: u32, height: u32, kind: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::new_rgb8(width, height).write_to(&mut bytes, kind).expect("a picture");
    bytes.into_inner()
}

/// One part of a form, with what its header says.
fn part(header: &str, content: &[u8]) -> Vec<u8> {
    let head = format!("--{BOUNDARY}\r\ncontent-disposition: form-data; {header}\r\n\r\n");
    [head.as_bytes(), content, b"\r\n"].concat()
}

fn sent(request: RequestBuilder, parts: &[Vec<u8>]) -> RequestBuilder {
    let body = [parts.concat(), format!("--{BOUNDARY}--\r\n").into_bytes()].concat();
    request.header("content-type", format!("multipart/form-data; boundary={BOUNDARY}")).body(body)
}

/// The request with an upload of this image. Other headers of the type are replaced.
pub(crate) fn form(request: RequestBuilder, image: &[u8]) -> RequestBuilder {
    let (client, request) = request.build_split();
    let mut request = request.expect("a request");
    request.headers_mut().remove("content-type");
    sent(RequestBuilder::from_parts(client, request), &[part("name=\"file\"; filename=\"a.gif\"", image)])
}

async fn upload(world: &World, query: &str, parts: &[Vec<u8>]) -> Answer {
    Answer::to(sent(world.request(Method::POST, &format!("/v1/images{query}")), parts)).await
}

/// Uploads an image; its id.
async fn uploaded(world: &World, image: &[u8]) -> String {
    let answer = upload(world, "", &[part("name=\"file\"; filename=\"picture\"", image)]).await;
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.body);
    answer.json()["id"].as_str().expect("an id").to_owned()
}

/// Bytes as they are sent, with their headers.
async fn bytes(world: &World, path: &str, known: &str) -> (u16, reqwest::header::HeaderMap, Vec<u8>) {
    let request = world.request(Method::GET, path).header("if-none-match", known);
    let response = request.send().await.expect("an answer");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    (status, headers, response.bytes().await.expect("a body").into())
}

#[tokio::test]
async fn an_image_from_its_upload_to_its_end() {
    let world = World::dev().await;
    let session = Talk::new(&world, json!({})).await.id;
    let check = async |kind: ImageFormat, name: &str| {
        let content = picture(400, 200, kind);
        let parts = [part("name=\"note\"", b"ignored"), part(&format!("name=\"file\"; filename=\"{name}\""), &content)];
        let answer = upload(&world, &format!("?session_id={session}"), &parts).await;
        assert_eq!(answer.status.as_u16(), 201, "{}", answer.body);
        let (made, id) = (answer.json(), answer.json()["id"].clone());
        assert!(id.as_str().is_some_and(|id| id.starts_with("img_")), "{made}");
        let mut wanted = json!({
            "id": id,
            "filename": name,
            "content_type": kind.to_mime_type(),
            "size_bytes": content.len(),
            "created_at": made["created_at"],
        });
        assert!(made["created_at"].as_str().is_some_and(|time| time.ends_with('Z')), "{made}");
        assert_eq!(made, wanted);
        wanted["metadata"] = json!({ "session_id": session });
        assert_eq!(world.get("/v1/images?limit=1").await.ok(), json!([wanted]), "the newest first");

        let path = format!("/v1/images/{}", id.as_str().expect("an id"));
        let (status, headers, whole) = bytes(&world, &path, "").await;
        assert_eq!((status, &headers["content-type"]), (200, &kind.to_mime_type().parse().expect("a type")));
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert!(whole == content, "{kind:?}");
        let tag = headers["etag"].to_str().expect("a tag");
        let (status, headers, nothing) = bytes(&world, &format!("/api{path}"), tag).await;
        assert_eq!((status, headers["etag"].to_str().ok(), nothing.len()), (304, Some(tag), 0));

        let small_path = format!("{path}/thumbnail");
        let (status, headers, small) = bytes(&world, &small_path, tag).await;
        assert_eq!((status, &headers["content-type"]), (200, &"image/jpeg".parse().expect("a type")));
        assert_eq!(headers["x-content-type-options"], "nosniff");
        let small = image::load_from_memory_with_format(&small, ImageFormat::Jpeg).expect("a JPEG");
        assert_eq!((small.width(), small.height()), (200, 100), "{kind:?}");
        let tag = headers["etag"].to_str().expect("a tag");
        assert_eq!(bytes(&world, &small_path, tag).await.0, 304);
        id
    };
    let mut ids = Vec::new();
    for (kind, name) in [
        (ImageFormat::Png, "Bild 1.png"),
        (ImageFormat::Jpeg, "ünï.txt"),
        (ImageFormat::Gif, "../../x.gif"),
        (ImageFormat::WebP, "w"),
    ] {
        ids.insert(0, check(kind, name).await);
    }
    let list = async |query: &str| -> Vec<Value> {
        let images = world.get(&format!("/v1/images{query}")).await.ok();
        images.as_array().expect("a bare array").iter().map(|image| image["id"].clone()).collect()
    };
    assert_eq!(list("").await, ids);
    assert_eq!(list("?offset=1&limit=2").await, ids[1..3]);
    assert_eq!(list("?offset=4").await, Vec::<Value>::new());
    world.get("/v1/images?limit=0").await.check_problem(400, "limit");

    let path = format!("/v1/images/{}", ids[0].as_str().expect("an id"));
    let delete = async || Answer::to(world.request(Method::DELETE, &path)).await;
    assert_eq!(delete().await.status.as_u16(), 204);
    delete().await.check_problem(404, "image");
    world.get(&path).await.check_problem(404, "image");
    world.get(&format!("{path}/thumbnail")).await.check_problem(404, "image");
    world.get("/v1/images/img_1").await.check_problem(400, "id");
    assert_eq!(list("").await, ids[1..]);
}

#[tokio::test]
async fn the_same_image_twice_is_two() {
    let world = World::dev().await;
    let content = picture(3, 3, ImageFormat::Png);
    let (one, two) = (uploaded(&world, &content).await, uploaded(&world, &content).await);
    assert_ne!(one, two);
    let deleted = Answer::to(world.request(Method::DELETE, &format!("/v1/images/{one}"))).await;
    assert_eq!(deleted.status.as_u16(), 204);
    while world.store().sweep_blobs().await.expect("a sweep") > 0 {}
    assert!(bytes(&world, &format!("/v1/images/{two}"), "").await.2 == content);
}

#[tokio::test]
async fn what_is_no_upload_of_one_image_is_refused() {
    let world = World::dev().await;
    let file = |content: &[u8]| part("name=\"file\"; filename=\"a.png\"", content);
    let png = picture(2, 2, ImageFormat::Png);
    let check = async |parts: &[Vec<u8>], status: u16, text: &str| {
        upload(&world, "", parts).await.check_problem(status, text);
    };
    check(&[file(b"plain text")], 415, "PNG, JPEG, GIF or WebP").await;
    check(&[file(b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>")], 415, "`file`").await;
    check(&[file(b"")], 415, "`file`").await;
    check(&[file(&png[..20])], 400, "broken").await;
    check(&[file(&gif(1, 1)[..16])], 400, "broken").await;
    check(&[file(&picture(2, 2, ImageFormat::Jpeg)[..4])], 400, "broken").await;
    check(&[file(&picture(2, 2, ImageFormat::WebP)[..16])], 400, "broken").await;
    check(&[], 400, "`file` is required").await;
    check(&[part("name=\"image\"", &png)], 400, "`file` is required").await;
    check(&[file(&png), file(&png)], 400, "once").await;
    check(&[part("name=\"file\"; filename=\"a\0b\"", &png)], 400, "form").await;
    check(&[part("name=\"file\"; filename=\"a\tb\"", &png)], 400, "filename").await;
    check(&[part(&format!("name=\"file\"; filename=\"{}\"", "x".repeat(501)), &png)], 400, "filename").await;
    check(&[file(&[png.clone(), vec![0; 20 * 1024 * 1024]].concat())], 413, "20971520").await;
    check(&[part("name=\"note\"", &vec![b'a'; 21 * 1024 * 1024]), file(&png)], 413, "20971520").await;
    let raw = async |kind: &str, body: Vec<u8>| {
        let request = world.request(Method::POST, "/v1/images").header("content-type", kind);
        Answer::to(request.body(body)).await
    };
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    raw(&kind, file(&png)).await.check_problem(400, "not whole");
    raw(&kind, Vec::new()).await.check_problem(400, "not whole");
    raw("multipart/form-data", file(&png)).await.check_problem(415, "multipart/form-data");
    raw("image/png", png.clone()).await.check_problem(415, "multipart/form-data");
    raw("application/json", b"{}".to_vec()).await.check_problem(415, "multipart/form-data");
    let query = async |query: &str| upload(&world, query, &[file(&png)]).await;
    query("?session_id=1").await.check_problem(400, "session_id");
    query("?session_id=session_00000000000000000000000000000009").await.check_problem(404, "session");
    assert_eq!(world.get("/v1/images").await.ok(), json!([]), "nothing of it was kept");

    // Without a name it is called after what it is, whatever the caller says that is.
    let lie = format!("--{BOUNDARY}\r\ncontent-disposition: form-data; name=file\r\ncontent-type: text/html\r\n\r\n");
    let lie = [lie.as_bytes(), &png, b"\r\n"].concat();
    let made = upload(&world, "", &[lie]).await.ok();
    assert_eq!((&made["filename"], &made["content_type"]), (&json!("image.png"), &json!("image/png")));
}

#[tokio::test]
async fn what_cannot_be_made_small_says_so() {
    let world = World::dev().await;
    let check = async |content: &[u8], status: u16, text: &str| {
        let path = format!("/v1/images/{}", uploaded(&world, content).await);
        assert!(bytes(&world, &path, "").await.2 == content, "it is kept as it is");
        world.get(&format!("{path}/thumbnail")).await.check_problem(status, text);
    };
    // Bombs: a few bytes that would unpack to gigabytes.
    check(&gif(u16::MAX, u16::MAX), 400, "too many pixels").await;
    check(&gif(20_000, 20_000), 400, "too many pixels").await;
    let png = picture(300, 300, ImageFormat::Png);
    check(&png[..png.len() / 2], 400, "broken").await;
}

#[tokio::test]
async fn messages_name_images_that_are_there() {
    let world = World::dev().await;
    let talk = Talk::with_model(&world, "llmsim/echo").await;
    let id = uploaded(&world, &gif(1, 1)).await;
    let post = async |parts: Value| {
        world.post(&format!("{}/messages", talk.path), &json!({ "message": { "content": parts } })).await
    };
    let text = json!({ "type": "text", "text": "Look" });
    let image = |id: &str| json!({ "type": "image_file", "image_id": id, "filename": "a.gif" });
    let unknown = format!("img_{:032x}", 9);
    post(json!([text, image(&unknown)])).await.check_problem(400, "message.content[1].image_id");
    post(json!([image(&id), text, image("img_1")])).await.check_problem(400, "message.content[2].image_id");
    post(json!([image(&id), image(""), text])).await.check_problem(400, "message.content[1].image_id");
    assert!(talk.list("?types=input.message").await.is_empty(), "nothing was said");

    let said = post(json!([text, image(&id), image(&id)])).await.ok();
    assert_eq!(said["content"], json!([text, image(&id), image(&id)]));
    talk.turn().await;
    // It stays as it was said, also when the image is gone.
    let deleted = Answer::to(world.request(Method::DELETE, &format!("/v1/images/{id}"))).await;
    assert_eq!(deleted.status.as_u16(), 204);
    let messages = world.get(&format!("{}/messages", talk.path)).await.ok();
    assert_eq!(messages["data"][0]["content"], said["content"]);
    post(json!([image(&id)])).await.check_problem(400, "message.content[0].image_id");
}

#[tokio::test]
async fn an_upload_is_made_once_under_its_key() {
    let mut world = World::dev().await;
    let post = async |world: &World, key: &str, content: &[u8]| {
        Answer::to(form(world.request(Method::POST, "/v1/images").header("idempotency-key", key), content)).await
    };
    let first = post(&world, "one", &gif(1, 1)).await;
    assert_eq!(first.status.as_u16(), 201, "{}", first.body);
    let check_again = async |world: &World| {
        let again = post(world, "one", &gif(1, 1)).await;
        assert_eq!((again.status, again.json()), (first.status, first.json()));
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
        post(world, "one", &gif(2, 2)).await.check_problem(422, "Idempotency-Key");
    };
    check_again(&world).await;
    // The answer was lost in a crash: it is made anew.
    world.crash();
    world.execute("UPDATE once SET status = NULL, body = NULL").await;
    world.start().await;
    check_again(&world).await;
    assert_eq!(world.get("/v1/images").await.ok().as_array().map(Vec::len), Some(1));

    let large = [picture(1, 1, ImageFormat::Png), vec![0; 11 * 1024 * 1024]].concat();
    post(&world, "two", &large).await.check_problem(413, "without `Idempotency-Key`");
    uploaded(&world, &large).await;
}

#[tokio::test]
async fn many_upload_at_the_same_time() {
    let world = World::dev().await;
    let contents: Vec<Vec<u8>> = (1..=12).map(|width| picture(width, 1, ImageFormat::Png)).collect();
    let ids = futures::future::join_all(contents.iter().map(|content| uploaded(&world, content))).await;
    for (id, content) in ids.iter().zip(&contents) {
        assert!(bytes(&world, &format!("/v1/images/{id}"), "").await.2 == *content);
    }
}
