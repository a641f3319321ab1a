//! Members of an organization: create, list, update, delete.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod update;

use everruns_core::{PrincipalId, Role, Timestamp};
use everruns_store::{Member, MemberChange};
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::Problem;

/// A member.
#[derive(Serialize, ToSchema)]
#[schema(as = Member)]
pub(crate) struct MemberRow {
    principal_id: PrincipalId,
    name: String,
    email: Option<String>,
    role: Role,
    created_at: Timestamp,
}

fn show(member: Member) -> MemberRow {
    let Member { principal, name, email, role, created_at } = member;
    MemberRow { principal_id: principal, name, email, role, created_at }
}

/// What a change that was not made says.
fn check(change: MemberChange) -> Result<(), Problem> {
    match change {
        MemberChange::Done => Ok(()),
        MemberChange::Missing => Err(Problem::missing("member")),
        MemberChange::LastOwner => {
            Err(Problem::conflict("An organization needs an owner; make another member one first."))
        }
    }
}
