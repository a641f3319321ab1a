//! Who may do what: one table for all operations, and one place that asks it, before any handler runs.
//!
//! An operation that is not in the table is the owner's alone, and a test says that it is missing.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use axum::http::Method;
use everruns_core::Role;
use serde::Serialize;
use utoipa::ToSchema;

use crate::document;

/// The least role for each operation, by its id. Where the handler wants more for some of its cases (another's key or
/// membership, a role above the caller's own), it says so itself.
const TABLE: &[(&str, Role)] = &[
    ("agents_analyze", Role::Viewer),
    ("agents_check_name", Role::Viewer),
    ("agents_config", Role::Viewer),
    ("agents_copy", Role::Member),
    ("agents_create", Role::Member),
    ("agents_delete", Role::Member),
    ("agents_examples", Role::Viewer),
    ("agents_export", Role::Viewer),
    ("agents_get", Role::Viewer),
    ("agents_import", Role::Member),
    ("agents_list", Role::Viewer),
    ("agents_preview", Role::Viewer),
    ("agents_put", Role::Member),
    ("agents_revisions_diff", Role::Viewer),
    ("agents_revisions_get", Role::Viewer),
    ("agents_revisions_list", Role::Viewer),
    ("agents_revisions_restore", Role::Member),
    ("agents_stats", Role::Viewer),
    ("agents_update", Role::Member),
    ("agents_versions_create", Role::Member),
    ("agents_versions_diff", Role::Viewer),
    ("agents_versions_fork", Role::Member),
    ("agents_versions_list", Role::Viewer),
    ("agents_versions_rollback", Role::Member),
    ("agents_versions_set_default", Role::Member),
    ("capabilities_get", Role::Viewer),
    ("capabilities_list", Role::Viewer),
    ("circuit_breakers_close", Role::Admin),
    ("circuit_breakers_delete", Role::Admin),
    ("circuit_breakers_get", Role::Viewer),
    ("circuit_breakers_list", Role::Viewer),
    ("circuit_breakers_open", Role::Admin),
    ("events_list", Role::Viewer),
    ("events_stream", Role::Viewer),
    ("events_summary", Role::Viewer),
    ("harnesses_check_name", Role::Viewer),
    ("harnesses_config", Role::Viewer),
    ("harnesses_copy", Role::Member),
    ("harnesses_create", Role::Member),
    ("harnesses_delete", Role::Member),
    ("harnesses_examples", Role::Viewer),
    ("harnesses_get", Role::Viewer),
    ("harnesses_import", Role::Member),
    ("harnesses_list", Role::Viewer),
    ("harnesses_preview", Role::Viewer),
    ("harnesses_revisions_diff", Role::Viewer),
    ("harnesses_revisions_get", Role::Viewer),
    ("harnesses_revisions_list", Role::Viewer),
    ("harnesses_revisions_restore", Role::Member),
    ("harnesses_stats", Role::Viewer),
    ("harnesses_update", Role::Member),
    ("images_create", Role::Member),
    ("images_delete", Role::Member),
    ("images_get", Role::Viewer),
    ("images_list", Role::Viewer),
    ("images_thumbnail", Role::Viewer),
    ("keys_create", Role::Member),
    ("keys_delete", Role::Viewer),
    ("keys_list", Role::Viewer),
    ("keys_rotate_master", Role::Owner),
    ("members_create", Role::Admin),
    ("members_delete", Role::Viewer),
    ("members_list", Role::Viewer),
    ("members_update", Role::Admin),
    ("messages_create", Role::Member),
    ("messages_list", Role::Viewer),
    ("models_config", Role::Viewer),
    ("models_create", Role::Admin),
    ("models_delete", Role::Admin),
    ("models_get", Role::Viewer),
    ("models_list", Role::Viewer),
    ("models_list_of_provider", Role::Viewer),
    ("models_update", Role::Admin),
    ("orgs_create", Role::Owner),
    ("orgs_get", Role::Viewer),
    ("orgs_list", Role::Viewer),
    ("orgs_update", Role::Admin),
    ("providers_config", Role::Viewer),
    ("providers_create", Role::Admin),
    ("providers_delete", Role::Admin),
    ("providers_get", Role::Viewer),
    ("providers_list", Role::Viewer),
    ("providers_sync_models", Role::Admin),
    ("providers_update", Role::Admin),
    ("sessions_cancel", Role::Member),
    ("sessions_context_report", Role::Viewer),
    ("sessions_create", Role::Member),
    ("sessions_delete", Role::Member),
    ("sessions_export", Role::Viewer),
    ("sessions_fork", Role::Member),
    ("sessions_get", Role::Viewer),
    ("sessions_list", Role::Viewer),
    ("sessions_pin", Role::Viewer),
    ("sessions_stats", Role::Viewer),
    ("sessions_unpin", Role::Viewer),
    ("sessions_update", Role::Member),
    ("storage_keys", Role::Viewer),
    ("storage_secrets", Role::Member),
    ("storage_set_secrets", Role::Member),
    ("tool_results_create", Role::Member),
    ("turns_list", Role::Viewer),
    ("turns_stats", Role::Viewer),
    ("users_me", Role::Viewer),
    ("users_sign_in", Role::Viewer),
    ("users_sign_out", Role::Viewer),
    ("workspace_files_copy", Role::Member),
    ("workspace_files_create", Role::Member),
    ("workspace_files_delete", Role::Member),
    ("workspace_files_download", Role::Viewer),
    ("workspace_files_grep", Role::Viewer),
    ("workspace_files_list", Role::Viewer),
    ("workspace_files_move", Role::Member),
    ("workspace_files_preview", Role::Viewer),
    ("workspace_files_read", Role::Viewer),
    ("workspace_files_stat", Role::Viewer),
    ("workspace_files_update", Role::Member),
    ("workspaces_create", Role::Member),
    ("workspaces_delete", Role::Member),
    ("workspaces_get", Role::Viewer),
    ("workspaces_list", Role::Viewer),
    ("workspaces_update", Role::Member),
];

/// The operations by route, with what the table says of each.
#[derive(Debug)]
pub(crate) struct Policy {
    operations: Vec<(String, Role)>,
    /// For each route its methods, with the place of the operation.
    routes: HashMap<String, Vec<(Method, usize)>>,
}

impl Policy {
    /// For the operations of this document.
    pub(crate) fn of(document: &utoipa::openapi::OpenApi) -> Self {
        let mut policy = Self { operations: Vec::new(), routes: HashMap::new() };
        for (method, path, id) in document::routes(document) {
            policy.routes.entry(path).or_default().push((method, policy.operations.len()));
            let role = least_role(&id).unwrap_or(Role::Owner);
            policy.operations.push((id, role));
        }
        policy
    }

    /// The ids of the operations, by their places.
    pub(crate) fn operations(&self) -> impl Iterator<Item = String> {
        self.operations.iter().map(|(id, _)| id.clone())
    }

    /// The place of the operation that a method of a route is, as the router names it.
    pub(crate) fn operation(&self, method: &Method, route: &str) -> Option<usize> {
        let route = documented(route.strip_prefix("/api").unwrap_or(route));
        let method = if *method == Method::HEAD { &Method::GET } else { method };
        let route = self.routes.get(&*route).or_else(|| self.routes.get(route.trim_end_matches('/')));
        route?.iter().find(|(of, _)| of == method).map(|(_, place)| *place)
    }

    /// The least role for a method of a route.
    pub(crate) fn least(&self, method: &Method, route: &str) -> Role {
        self.operation(method, route)
            .and_then(|place| self.operations.get(place))
            .map_or(Role::Owner, |(_, role)| *role)
    }
}

/// The route as the document names it, which knows no word for a place with slashes, files by one address only, and
/// providers by their newer name.
fn documented(route: &str) -> Cow<'_, str> {
    if route.contains("/llm-providers") {
        return route.replacen("/llm-providers", "/providers", 1).into();
    }
    if !route.contains("/fs") {
        return route.into();
    }
    route.replace("{*", "{").replace("/sessions/{session_id}/fs", "/workspaces/{workspace_id}/fs").into()
}

/// Which of these actions on a kind of resource a role may take, by name; for the `config` operations.
pub(crate) fn allowed(role: Role, resource: &str, actions: &[&'static str]) -> BTreeMap<&'static str, bool> {
    let may = |action| least_role(&format!("{resource}_{action}")).is_some_and(|least| role >= least);
    actions.iter().map(|action| (*action, may(action))).collect()
}

/// The least role for an operation, if the table knows it.
pub fn least_role(operation: &str) -> Option<Role> {
    TABLE.iter().find(|(id, _)| *id == operation).map(|(_, role)| *role)
}

/// What a caller may do with one kind of thing.
#[derive(Serialize, ToSchema)]
pub(crate) struct Policies {
    /// By operation, such as `agents_create`.
    policies: BTreeMap<&'static str, bool>,
}

/// Which of the operations whose ids begin with `prefix` a caller of this role may use.
pub(crate) fn policies(prefix: &str, role: Role) -> Policies {
    let operations = TABLE.iter().filter(|(id, _)| id.starts_with(prefix));
    Policies { policies: operations.map(|(id, least)| (*id, role >= *least)).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_in_the_table_once_and_in_order() {
        let (_, document) = crate::v1();
        let mut ids: Vec<String> = document::routes(&document).map(|(_, _, id)| id).collect();
        ids.sort();
        let missing: Vec<&String> = ids.iter().filter(|id| least_role(id).is_none()).collect();
        assert!(missing.is_empty(), "say in crates/server/src/policy.rs who may call {missing:?}");
        let table: Vec<&str> = TABLE.iter().map(|(id, _)| *id).collect();
        assert_eq!(table, ids, "the table names each operation once, in the order of the alphabet");
    }

    #[test]
    fn what_is_not_in_the_table_is_the_owners() {
        let policy = Policy::of(&crate::v1().1);
        let check = |method: Method, route: &str, role: Role| assert_eq!(policy.least(&method, route), role, "{route}");
        check(Method::GET, "/v1/agents", Role::Viewer);
        check(Method::HEAD, "/api/v1/agents", Role::Viewer);
        check(Method::POST, "/api/v1/agents", Role::Member);
        check(Method::PUT, "/v1/agents", Role::Owner);
        for files in ["/v1/workspaces/{workspace_id}/fs", "/v1/sessions/{session_id}/fs"] {
            check(Method::GET, files, Role::Viewer);
            check(Method::GET, &format!("{files}/{{*path}}"), Role::Viewer);
            check(Method::PUT, &format!("/api{files}/{{*path}}"), Role::Member);
            check(Method::POST, &format!("{files}/_/stat"), Role::Viewer);
            check(Method::POST, &format!("{files}/_/move"), Role::Member);
            check(Method::DELETE, &format!("{files}/"), Role::Owner);
        }
        check(Method::GET, "/v1/nowhere", Role::Owner);
        check(Method::GET, "/api/v1/llm-providers/{provider_id}", Role::Viewer);
        check(Method::POST, "/v1/llm-providers", Role::Admin);
    }
}
