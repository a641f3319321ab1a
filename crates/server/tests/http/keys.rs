//! Keys, members and organizations: made, shown once, used, taken back.

use reqwest::Method;
use reqwest::header::AUTHORIZATION;
use serde_json::{Value, json};

use crate::talk::Talk;
use crate::wire::Answer;
use crate::world::{KEY, OTHER_KEY, OTHER_ORG, Setup, World, key_of};
use everruns_core::{DEFAULT_PRINCIPAL, Role};
use everruns_store::DEFAULT_ORG_KEY;

const ORG: &str = "/v1/orgs/org_00000000000000000000000000000001";

async fn guarded() -> World {
    World::with(Setup { keys: true, ..Setup::default() }).await
}

async fn call(world: &World, key: &str, method: Method, path: &str, body: Value) -> Answer {
    Answer::to(world.anonymous(method, path).header(AUTHORIZATION, key).body(body.to_string())).await
}

/// A key that `by` makes; its secret and its id.
async fn make(world: &World, by: &str, spec: Value) -> (String, String) {
    let answer = call(world, by, Method::POST, "/v1/keys", spec).await;
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.body);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let key = answer.json();
    let text = |name: &str| key[name].as_str().expect("a text").to_owned();
    (text("key"), text("id"))
}

async fn me(world: &World, key: &str) -> Answer {
    call(world, key, Method::GET, "/v1/users/me", json!({})).await
}

#[tokio::test]
async fn a_session_belongs_to_who_made_it() {
    let mut world = guarded().await;
    let id = |answer: &Value| answer["id"].as_str().expect("an id").to_owned();
    let (member, owner) = (key_of(Role::Member), KEY.to_owned());
    let (members, owners) = (id(&me(&world, &member).await.ok()), id(&me(&world, &owner).await.ok()));
    assert!(members != owners && ![&members, &owners].contains(&&DEFAULT_PRINCIPAL.to_string()));
    let (second, _) = make(&world, &member, json!({ "name": "second" })).await;

    let post = async |key: &str, path: &str, whose: &str| {
        let made = call(&world, key, Method::POST, path, json!({ "model_id": "llmsim/echo" })).await;
        assert_eq!(made.status.as_u16(), 201, "{}", made.body);
        let made = made.json();
        assert_eq!(made["owner_principal_id"], whose, "{path}");
        made
    };
    let first = post(&member, "/v1/sessions", &members).await;
    let path = format!("/v1/sessions/{}", id(&first));
    // Another key of the same principal, another principal, and forks by either.
    post(&second, "/v1/sessions", &members).await;
    post(&owner, "/v1/sessions", &owners).await;
    post(&owner, &format!("{path}/fork"), &owners).await;
    post(&second, &format!("{path}/fork"), &members).await;

    // Whoever looks and changes it, also later.
    world.stop().await;
    world.start().await;
    for key in [&member, &owner] {
        let read = call(&world, key, Method::GET, &path, json!({})).await.ok();
        assert_eq!(read["owner_principal_id"], members.as_str());
        let changed = call(&world, key, Method::PATCH, &path, json!({ "title": format!("by {key}") })).await.ok();
        assert_eq!(changed["owner_principal_id"], members.as_str());
        let list = call(&world, key, Method::GET, "/v1/sessions", json!({})).await.ok();
        let rows = list["data"].as_array().expect("a list");
        let shown: Vec<&Value> = rows.iter().map(|row| &row["owner_principal_id"]).collect();
        assert_eq!(shown, [&members, &owners, &owners, &members, &members]);
    }
}

#[tokio::test]
async fn a_key_is_shown_once_and_works_until_it_is_revoked() {
    let mut world = guarded().await;
    let (secret, id) = make(&world, KEY, json!({ "name": "ci", "role": "member" })).await;
    assert!(secret.starts_with("evr_pat_") && secret.len() >= 8 + 43, "{}", secret.len());
    let random = |text: &str| text[8..].bytes().all(|byte| byte.is_ascii_alphanumeric());
    assert!(random(&secret));
    assert_eq!(me(&world, &secret).await.ok()["roles"], json!(["member"]));
    for header in [format!("Bearer {secret}"), format!("bearer  {secret}"), format!("ApiKey {secret}")] {
        me(&world, &header).await.ok();
    }
    for wrong in [format!("{secret}0"), secret[..secret.len() - 1].to_owned(), format!("Basic {secret}"), "dev".into()]
    {
        me(&world, &wrong).await.check_problem(401, "Authorization");
    }

    let listed = call(&world, KEY, Method::GET, "/v1/keys", json!({})).await;
    assert!(!listed.body.contains(&secret), "the secret is shown once");
    let listed = listed.ok();
    let row = listed["data"].as_array().expect("a list").iter().find(|row| row["id"] == id.as_str()).expect("the key");
    let hint = format!("{}…{}", &secret[..12], &secret[secret.len() - 4..]);
    assert_eq!((&row["name"], &row["hint"], &row["revoked_at"]), (&json!("ci"), &json!(hint), &Value::Null));
    assert!(row["last_used_at"].is_string(), "{row}");

    // It outlives the process …
    world.stop().await;
    world.start().await;
    me(&world, &secret).await.ok();
    // … and not its revocation, for the process that remembers it too.
    let path = format!("/v1/keys/{id}");
    assert_eq!(call(&world, KEY, Method::DELETE, &path, json!({})).await.status.as_u16(), 204);
    me(&world, &secret).await.check_problem(401, "Authorization");
    call(&world, KEY, Method::DELETE, &path, json!({})).await.check_problem(404, "key");
}

#[tokio::test]
async fn a_key_expires_and_none_outlives_the_one_that_made_it() {
    let world = guarded().await;
    let end = everruns_engine::Source::now(&*world.source).plus_seconds(3_600);
    let early = end.plus_seconds(-1_800);
    let (secret, _) = make(&world, key_of(Role::Admin).as_str(), json!({ "name": "day", "expires_at": end })).await;
    me(&world, &secret).await.ok();
    let late = json!({ "name": "x", "expires_at": end.plus_seconds(1) });
    call(&world, &secret, Method::POST, "/v1/keys", late).await.check_problem(400, "expires_at");
    let (heir, _) = make(&world, &secret, json!({ "name": "heir" })).await;
    let (short, _) = make(&world, &secret, json!({ "name": "short", "expires_at": early })).await;
    world.source.pass(1_900);
    me(&world, &short).await.check_problem(401, "Authorization");
    me(&world, &heir).await.ok();
    world.source.pass(1_900);
    for secret in [&secret, &heir] {
        me(&world, secret).await.check_problem(401, "Authorization");
    }
    let past = json!({ "name": "x", "expires_at": end });
    call(&world, KEY, Method::POST, "/v1/keys", past).await.check_problem(400, "future");
}

#[tokio::test]
async fn nobody_makes_more_than_he_is() {
    let world = guarded().await;
    let check = async |by: Role, spec: Value, status: u16, text: &str| {
        let answer = call(&world, &key_of(by), Method::POST, "/v1/keys", spec).await;
        if status == 201 {
            assert_eq!(answer.status.as_u16(), 201, "{}", answer.body);
        } else {
            answer.check_problem(status, text);
        }
    };
    check(Role::Viewer, json!({ "name": "k" }), 403, "member").await;
    check(Role::Member, json!({ "name": "k" }), 201, "").await;
    check(Role::Member, json!({ "name": "k", "role": "viewer" }), 403, "admin").await;
    check(Role::Admin, json!({ "name": "k", "role": "admin" }), 201, "").await;
    check(Role::Admin, json!({ "name": "k", "role": "owner" }), 403, "owner").await;
    check(Role::Owner, json!({ "name": "k", "role": "owner" }), 201, "").await;
    check(Role::Admin, json!({ "name": "k", "role": "king" }), 400, "role").await;
    check(Role::Admin, json!({ "name": " " }), 400, "name").await;
    check(Role::Admin, json!({ "name": "a\nb" }), 400, "name").await;
    check(Role::Admin, json!({}), 400, "name").await;
    // The keys of this world are for one organization alone, so theirs are too.
    check(Role::Owner, json!({ "name": "k", "all_organizations": true }), 400, "all_organizations").await;
    // A member sees and takes back its own keys, an admin everybody's.
    let listed = |answer: Answer| answer.ok()["total"].as_i64().expect("a total");
    let (_, admins) = make(&world, &key_of(Role::Admin), json!({ "name": "a" })).await;
    let members = call(&world, &key_of(Role::Member), Method::GET, "/v1/keys", json!({})).await;
    let all = call(&world, &key_of(Role::Admin), Method::GET, "/v1/keys", json!({})).await;
    assert_eq!((listed(members), listed(all)), (2, 9));
    let path = format!("/v1/keys/{admins}");
    for other in [key_of(Role::Member), OTHER_KEY.to_owned()] {
        call(&world, &other, Method::DELETE, &path, json!({})).await.check_problem(404, "key");
    }
    assert_eq!(call(&world, &key_of(Role::Owner), Method::DELETE, &path, json!({})).await.status.as_u16(), 204);
}

#[tokio::test]
async fn members_come_change_and_go_and_an_owner_stays() {
    let world = guarded().await;
    let members = format!("{ORG}/members");
    let new = json!({ "name": "Ada", "email": "ada@example.com", "role": "member" });
    let ada = call(&world, &key_of(Role::Admin), Method::POST, &members, new).await.ok();
    let path = format!("{members}/{}", ada["principal_id"].as_str().expect("an id"));
    let (secret, _) = make(&world, KEY, json!({ "name": "hers", "principal_id": ada["principal_id"] })).await;
    assert_eq!(me(&world, &secret).await.ok()["name"], "Ada");
    // A change of role counts at once.
    let role = |role: &str| json!({ "role": role });
    call(&world, &key_of(Role::Admin), Method::PATCH, &path, role("owner")).await.check_problem(403, "owner");
    call(&world, &key_of(Role::Admin), Method::PATCH, &path, role("viewer")).await.ok();
    assert_eq!(me(&world, &secret).await.ok()["roles"], json!(["viewer"]));
    call(&world, &secret, Method::POST, "/v1/sessions", json!({})).await.check_problem(403, "member");
    call(&world, &secret, Method::DELETE, &format!("{members}/principal_{:032x}", 1), json!({}))
        .await
        .check_problem(403, "owner");
    // So does a removal; everybody may leave.
    assert_eq!(call(&world, &secret, Method::DELETE, &path, json!({})).await.status.as_u16(), 204);
    me(&world, &secret).await.check_problem(401, "Authorization");
    call(&world, KEY, Method::PATCH, &path, role("viewer")).await.check_problem(404, "member");

    let list = call(&world, KEY, Method::GET, &members, json!({})).await.ok();
    let owners: Vec<&str> = list["data"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|member| member["role"] == "owner")
        .map(|member| member["principal_id"].as_str().expect("an id"))
        .collect();
    assert_eq!(owners.len(), 3, "the operator and two with keys");
    let own = me(&world, KEY).await.ok()["id"].as_str().expect("an id").to_owned();
    for owner in owners.iter().filter(|owner| **owner != own) {
        let path = format!("{members}/{owner}");
        assert_eq!(call(&world, KEY, Method::DELETE, &path, json!({})).await.status.as_u16(), 204);
    }
    let path = format!("{members}/{own}");
    call(&world, KEY, Method::DELETE, &path, json!({})).await.check_problem(409, "owner");
    call(&world, KEY, Method::PATCH, &path, role("admin")).await.check_problem(409, "owner");
    call(&world, KEY, Method::PATCH, &path, role("owner")).await.ok();
}

#[tokio::test]
async fn an_organization_is_its_members_alone() {
    let world = guarded().await;
    let theirs = format!("/v1/orgs/{OTHER_ORG}");
    for path in [theirs.clone(), format!("{theirs}/members")] {
        call(&world, KEY, Method::GET, &path, json!({})).await.check_problem(404, "organization");
        call(&world, OTHER_KEY, Method::GET, &path, json!({})).await.ok();
    }
    call(&world, KEY, Method::PATCH, &theirs, json!({ "name": "Mine" })).await.check_problem(404, "organization");
    call(&world, KEY, Method::GET, "/v1/orgs/nonsense", json!({})).await.check_problem(400, "id");
    let renamed = call(&world, KEY, Method::PATCH, ORG, json!({ "name": "Acme" })).await.ok();
    assert_eq!(renamed["name"], "Acme");
    assert_eq!(call(&world, KEY, Method::GET, "/v1/orgs", json!({})).await.ok()["data"], json!([renamed]));
    // A foreign name in the header helps nobody, whatever the path says.
    let request = world.anonymous(Method::GET, &theirs).header(AUTHORIZATION, KEY);
    Answer::to(request.header("x-org-id", OTHER_ORG.to_string())).await.check_problem(403, "X-Org-Id");
}

#[tokio::test]
async fn in_dev_mode_everybody_is_the_operator() {
    let world = World::dev().await;
    let made = world.post("/v1/orgs", &json!({ "name": "Second" })).await.ok();
    let second = made["id"].as_str().expect("an id").to_owned();
    let me = world.get("/v1/users/me").await.ok();
    assert_eq!((me["roles"].clone(), me["organizations"].as_array().map(Vec::len)), (json!(["owner"]), Some(2)));
    let there = |method: Method, path: &str| world.request(method, path).header("x-org-id", &second);
    let session = Answer::to(there(Method::POST, "/v1/sessions")).await.ok();
    assert_eq!(session["organization_id"], second);
    assert_eq!(world.get("/v1/sessions").await.ok()["total"], 0);
    assert_eq!(Answer::to(there(Method::GET, "/v1/sessions")).await.ok()["total"], 1);
    Answer::to(world.request(Method::GET, "/v1/sessions").header("x-org-id", OTHER_ORG.to_string()))
        .await
        .check_problem(403, "X-Org-Id");
}

#[tokio::test]
async fn a_secret_is_nowhere_but_in_its_answer() {
    let mut world = guarded().await;
    let request = world.request(Method::POST, "/v1/keys").header("idempotency-key", "k");
    let made = Answer::to(request.body(json!({ "name": "once" }).to_string())).await;
    let secret = made.ok()["key"].as_str().expect("a key").to_owned();
    let again = world.request(Method::POST, "/v1/keys").header("idempotency-key", "k");
    let again = Answer::to(again.body(json!({ "name": "once" }).to_string())).await;
    again.check_problem(409, "key_");
    me(&world, &secret).await.ok();
    let listed = call(&world, KEY, Method::GET, "/v1/keys", json!({})).await.ok();
    let named: Vec<_> = listed["data"].as_array().expect("a list").iter().filter(|key| key["name"] == "once").collect();
    assert_eq!(named.len(), 1);
    world.stop().await;
    for (name, bytes) in world.files().await {
        let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "the secret stands in {name}");
    }
}

#[tokio::test]
async fn what_another_process_revokes_is_remembered_for_a_second_at_most() {
    let world = guarded().await;
    let (secret, id) = make(&world, KEY, json!({ "name": "far", "role": "viewer" })).await;
    me(&world, &secret).await.ok();
    let now = everruns_engine::Source::now(&*world.source);
    let revoked = world.store().revoke_key(DEFAULT_ORG_KEY, DEFAULT_PRINCIPAL, true, id.parse().expect("an id"), now);
    assert!(revoked.await.expect("the database works"));
    world.source.pass(1);
    me(&world, &secret).await.check_problem(401, "Authorization");
}

#[tokio::test]
async fn a_stream_ends_with_the_key_that_opened_it() {
    let world = guarded().await;
    let talk = Talk::with_model(&world, "llmsim/echo").await;
    let (secret, id) = make(&world, KEY, json!({ "name": "reader", "role": "viewer" })).await;
    let path = format!("{}/sse?after_sequence=0", talk.path);
    let mut theirs = world.stream_as(&secret, &path).await;
    let mut ours = world.stream_as(KEY, &path).await;
    assert_eq!(theirs.event().await["type"], "session.started");
    assert_eq!(call(&world, KEY, Method::DELETE, &format!("/v1/keys/{id}"), json!({})).await.status.as_u16(), 204);
    talk.say("For members only").await;
    let last = theirs.next().await.expect("a farewell");
    assert_eq!(last.name, "disconnecting", "{last:?}");
    assert!(theirs.next().await.is_none());
    ours.until("session.idled").await;
}
