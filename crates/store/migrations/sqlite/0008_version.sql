-- What changes of an agent's settings leave alone: where it comes from, and which of its versions its sessions run.
ALTER TABLE resource ADD COLUMN lineage TEXT;

-- States of agents that their owners chose to keep.
CREATE TABLE agent_version (
    org_id BIGINT NOT NULL,
    agent_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    id TEXT NOT NULL,
    hash TEXT NOT NULL,
    document TEXT NOT NULL,
    body TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (org_id, agent_id, number)
);
CREATE UNIQUE INDEX agent_version_id ON agent_version (org_id, agent_id, id);
