//! Keys and members: who acts for whom, where, and since when no more.

use std::sync::Arc;

use everruns_core::{DEFAULT_ORG, DEFAULT_PRINCIPAL, KeyId, OrgId, PrincipalId, Role};
use everruns_store::{ApiKey, DEFAULT_ORG_KEY, Error, Member, MemberChange, Membership, OrgKey, Store};
use tokio::task::JoinSet;

use crate::place::Place;
use crate::world::at;

on_both!(
    a_key_acts_where_its_principal_is_a_member,
    a_revoked_key_is_nobodys,
    keys_are_seen_by_their_own_and_by_admins,
    members_come_change_and_go,
    the_last_owner_stays_also_when_two_leave_at_once,
    organizations_have_names_and_owners,
);

fn key(number: u128, principal: u128, org: Option<OrgKey>) -> ApiKey {
    ApiKey {
        id: KeyId::from_u128(number),
        principal: PrincipalId::from_u128(principal),
        org,
        name: format!("key {number}"),
        hint: "evr_pat_a…z".to_owned(),
        created_by: DEFAULT_PRINCIPAL,
        created_at: at(number as i64),
        expires_at: Some(at(1_000)),
        revoked_at: None,
        last_used_at: None,
    }
}

fn member(number: u128, role: Role) -> Member {
    Member {
        principal: PrincipalId::from_u128(number),
        name: format!("member {number}"),
        email: number.is_multiple_of(2).then(|| "a@example.com".to_owned()),
        role,
        created_at: at(number as i64),
    }
}

async fn second(store: &Store) -> OrgKey {
    store.create_organization(OrgId::from_u128(42), at(1)).await.unwrap()
}

async fn a_key_acts_where_its_principal_is_a_member(place: Arc<Place>) {
    let store = place.store().await;
    let other = second(&store).await;
    assert!(!store.has_keys(at(0)).await.unwrap());
    store.create_member(other, &member(7, Role::Viewer)).await.unwrap();
    store.add_member(DEFAULT_ORG_KEY, PrincipalId::from_u128(7), Role::Admin, at(9)).await.unwrap().unwrap();
    let (bound, free) = (key(1, 7, Some(DEFAULT_ORG_KEY)), key(2, 7, None));
    store.create_key(&bound, "hash 1").await.unwrap();
    store.create_key(&free, "hash 2").await.unwrap();
    let here = Membership { org_id: DEFAULT_ORG, org: DEFAULT_ORG_KEY, role: Role::Admin };
    let there = Membership { org_id: OrgId::from_u128(42), org: other, role: Role::Viewer };
    let found = store.identity_by_hash("hash 1").await.unwrap().unwrap();
    assert_eq!(store.identity_by_id(bound.id).await.unwrap().as_ref(), Some(&found));
    assert_eq!(store.identity_by_id(KeyId::from_u128(99)).await.unwrap(), None);
    assert_eq!((found.key, found.memberships), (bound.clone(), vec![here]));
    let found = store.identity_by_hash("hash 2").await.unwrap().unwrap();
    assert_eq!((found.key, found.memberships), (free, vec![there, here]), "the oldest membership first");
    assert_eq!(store.memberships(PrincipalId::from_u128(7)).await.unwrap(), vec![there, here]);
    assert_eq!(store.identity_by_hash("hash 3").await.unwrap(), None);
    for (id, hash) in [(1, "hash 4"), (4, "hash 1")] {
        let again = store.create_key(&key(id, 7, None), hash).await;
        assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
    }
    store.touch_key(bound.id, at(500)).await.unwrap();
    let used = store.identity_by_hash("hash 1").await.unwrap().unwrap().key;
    assert_eq!(used, ApiKey { last_used_at: Some(at(500)), ..bound });

    assert!(store.has_keys(at(999)).await.unwrap());
    assert!(!store.has_keys(at(1_000)).await.unwrap(), "they have expired");
    assert_eq!(store.count_keys(DEFAULT_ORG_KEY, at(999)).await.unwrap(), 1);
    assert_eq!(store.count_keys(DEFAULT_ORG_KEY, at(1_000)).await.unwrap(), 0);

    let program = key(5, 55, Some(other));
    store.create_key_with_principal(&program, "hash 5", Role::Member).await.unwrap();
    let found = store.identity_by_hash("hash 5").await.unwrap().unwrap();
    assert_eq!(found.memberships, vec![Membership { role: Role::Member, ..there }]);
    assert_eq!(store.principal(program.principal).await.unwrap().unwrap().name, "key 5");
    // Neither of both is made if one cannot be.
    let taken = store.create_key_with_principal(&key(6, 66, Some(other)), "hash 5", Role::Member).await;
    assert!(matches!(taken, Err(Error::Conflict(_))), "{taken:?}");
    assert_eq!(store.principal(PrincipalId::from_u128(66)).await.unwrap(), None);
}

async fn a_revoked_key_is_nobodys(place: Arc<Place>) {
    let store = place.store().await;
    let own = key(1, 1, Some(DEFAULT_ORG_KEY));
    store.create_key(&own, "hash").await.unwrap();
    let other = second(&store).await;
    let revoke = async |org: OrgKey, of: u128, all: bool| {
        store.revoke_key(org, PrincipalId::from_u128(of), all, own.id, at(50)).await.unwrap()
    };
    assert!(!revoke(other, 1, true).await);
    assert!(!revoke(DEFAULT_ORG_KEY, 2, false).await);
    assert!(store.identity_by_hash("hash").await.unwrap().is_some());
    assert!(revoke(DEFAULT_ORG_KEY, 2, true).await);
    assert!(!revoke(DEFAULT_ORG_KEY, 1, true).await, "once");
    assert_eq!(store.identity_by_hash("hash").await.unwrap(), None);
    assert_eq!(store.identity_by_id(own.id).await.unwrap(), None);
    assert!(!store.has_keys(at(0)).await.unwrap());
    let listed = store.keys(DEFAULT_ORG_KEY, DEFAULT_PRINCIPAL, true, 10).await.unwrap();
    assert_eq!(listed, vec![ApiKey { revoked_at: Some(at(50)), ..own }]);
}

async fn keys_are_seen_by_their_own_and_by_admins(place: Arc<Place>) {
    let store = place.store().await;
    let other = second(&store).await;
    let keys = [
        key(1, 1, Some(DEFAULT_ORG_KEY)),
        key(2, 2, Some(DEFAULT_ORG_KEY)),
        key(3, 1, None),
        key(4, 2, None),
        key(5, 1, Some(other)),
    ];
    for (number, key) in keys.iter().enumerate() {
        store.create_key(key, &number.to_string()).await.unwrap();
    }
    let check = async |org: OrgKey, of: u128, all: bool, expected: &[u128]| {
        let seen = store.keys(org, PrincipalId::from_u128(of), all, 10).await.unwrap();
        let seen: Vec<u128> = seen.iter().map(|key| key.id.0.as_u128()).collect();
        assert_eq!(seen, expected, "{org:?} {of} {all}");
    };
    check(DEFAULT_ORG_KEY, 1, false, &[3, 1]).await;
    check(DEFAULT_ORG_KEY, 1, true, &[3, 2, 1]).await;
    check(DEFAULT_ORG_KEY, 9, true, &[2, 1]).await;
    check(DEFAULT_ORG_KEY, 9, false, &[]).await;
    check(other, 1, false, &[5, 3]).await;
    assert_eq!(store.keys(DEFAULT_ORG_KEY, PrincipalId::from_u128(1), true, 1).await.unwrap().len(), 1);
}

async fn members_come_change_and_go(place: Arc<Place>) {
    let store = place.store().await;
    let other = second(&store).await;
    let (owner, ada) = (member(2, Role::Owner), member(3, Role::Member));
    store.create_member(other, &owner).await.unwrap();
    store.create_member(other, &ada).await.unwrap();
    assert_eq!(store.members(other, 10).await.unwrap(), vec![owner.clone(), ada.clone()]);
    assert_eq!(store.members(other, 1).await.unwrap(), vec![owner.clone()]);
    assert_eq!(store.count_members(other).await.unwrap(), 2);
    assert_eq!(store.member(other, ada.principal).await.unwrap(), Some(ada.clone()));
    assert_eq!(store.member(DEFAULT_ORG_KEY, ada.principal).await.unwrap(), None);
    assert_eq!(store.add_member(other, PrincipalId::from_u128(99), Role::Viewer, at(5)).await.unwrap(), None);
    let again = store.add_member(other, ada.principal, Role::Viewer, at(5)).await;
    assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");

    let set = async |org, principal, role| store.set_member_role(org, principal, role).await.unwrap();
    assert_eq!(set(other, ada.principal, Role::Admin).await, MemberChange::Done);
    assert_eq!(store.member(other, ada.principal).await.unwrap().unwrap().role, Role::Admin);
    assert_eq!(set(DEFAULT_ORG_KEY, ada.principal, Role::Admin).await, MemberChange::Missing);
    assert_eq!(set(other, owner.principal, Role::Admin).await, MemberChange::LastOwner);
    assert_eq!(set(other, owner.principal, Role::Owner).await, MemberChange::Done);
    let remove = async |org, principal| store.remove_member(org, principal).await.unwrap();
    assert_eq!(remove(other, owner.principal).await, MemberChange::LastOwner);
    assert_eq!(remove(DEFAULT_ORG_KEY, ada.principal).await, MemberChange::Missing);
    assert_eq!(set(other, ada.principal, Role::Owner).await, MemberChange::Done);
    assert_eq!(remove(other, owner.principal).await, MemberChange::Done);
    assert_eq!(remove(other, owner.principal).await, MemberChange::Missing);
    assert_eq!(remove(other, ada.principal).await, MemberChange::LastOwner);
    // The default organization has its owner from the start.
    let operator = store.member(DEFAULT_ORG_KEY, DEFAULT_PRINCIPAL).await.unwrap().unwrap();
    assert_eq!((operator.name.as_str(), operator.role), ("Operator", Role::Owner));
}

async fn the_last_owner_stays_also_when_two_leave_at_once(place: Arc<Place>) {
    let store = Arc::new(place.store().await);
    let other = second(&store).await;
    for number in 10..14 {
        store.create_member(other, &member(number, Role::Owner)).await.unwrap();
    }
    let mut leaving = JoinSet::new();
    for number in 10..14 {
        let store = store.clone();
        leaving.spawn(async move { store.remove_member(other, PrincipalId::from_u128(number)).await.unwrap() });
    }
    let gone = leaving.join_all().await.into_iter().filter(|change| *change == MemberChange::Done).count();
    assert_eq!((gone, store.count_members(other).await.unwrap()), (3, 1));
}

async fn organizations_have_names_and_owners(place: Arc<Place>) {
    let store = place.store().await;
    let id = OrgId::from_u128(7);
    let key = store.found_organization(id, "Seven", DEFAULT_PRINCIPAL, at(3)).await.unwrap();
    let made = store.organization(key).await.unwrap().unwrap();
    assert_eq!((made.id, made.name.as_str(), made.created_at, made.updated_at), (id, "Seven", at(3), at(3)));
    let mine = store.memberships(DEFAULT_PRINCIPAL).await.unwrap();
    assert!(mine.contains(&Membership { org_id: id, org: key, role: Role::Owner }), "{mine:?}");
    let again = store.found_organization(id, "Other", DEFAULT_PRINCIPAL, at(4)).await;
    assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
    let renamed = store.rename_organization(key, "Acht", at(5)).await.unwrap().unwrap();
    assert_eq!((renamed.name.as_str(), renamed.updated_at, renamed.created_at), ("Acht", at(5), at(3)));
    assert_eq!(store.rename_organization(OrgKey(99), "None", at(5)).await.unwrap(), None);
    assert_eq!(store.organization(OrgKey(99)).await.unwrap(), None);
    let default = store.organization(DEFAULT_ORG_KEY).await.unwrap().unwrap();
    assert_eq!((default.id, default.name.as_str()), (DEFAULT_ORG, "Default"));
    assert_eq!(store.organizations(&[key, DEFAULT_ORG_KEY]).await.unwrap(), vec![default, renamed]);
    assert_eq!(store.organizations(&[]).await.unwrap(), vec![]);
}
