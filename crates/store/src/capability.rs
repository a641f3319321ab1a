//! Which agents and harnesses use a capability.

use crate::value::Value;
use crate::{Error, OrgKey, Store};

/// How many live resources of each kind name a capability.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CapabilityUse {
    /// Agents.
    pub agents: i64,
    /// Harnesses.
    pub harnesses: i64,
}

impl Store {
    /// How many live agents and harnesses of the organization name each capability; each is given by its id and its
    /// other names. Reads every such document once, in the database, so ask for a page of capabilities at a time.
    pub async fn capability_uses(&self, org: OrgKey, names: &[Vec<&str>]) -> Result<Vec<CapabilityUse>, Error> {
        let mut uses = vec![CapabilityUse::default(); names.len()];
        if names.is_empty() {
            return Ok(uses);
        }
        let mut parameters: Vec<Value> = vec![org.0.into()];
        let mut counts = String::new();
        for names in names {
            let mut named = Vec::with_capacity(names.len());
            for name in names {
                // As it stands in the document: what is quoted in a text of it has a backslash before each quote.
                let reference = format!("\"ref\":{}", serde_json::json!(name));
                let escaped = reference.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
                parameters.push(format!("%{escaped}%").into());
                named.push(format!("body LIKE ${} ESCAPE '\\'", parameters.len()));
            }
            counts.push_str(&format!(", SUM(CASE WHEN {} THEN 1 ELSE 0 END)", named.join(" OR ")));
        }
        let sql = format!(
            "SELECT kind{counts} FROM resource
             WHERE org_id = $1 AND kind IN ('agent', 'harness') AND status = 'active' GROUP BY kind"
        );
        for mut row in self.query(&sql, parameters).await? {
            let agents = row.text()? == "agent";
            for count in &mut uses {
                *(if agents { &mut count.agents } else { &mut count.harnesses }) = row.int()?;
            }
        }
        Ok(uses)
    }
}
