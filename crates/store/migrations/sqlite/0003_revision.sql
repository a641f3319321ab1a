-- What a resource stands on: a harness its parent, an agent its harness.
ALTER TABLE resource ADD COLUMN base_id TEXT;
CREATE INDEX resource_base ON resource (org_id, kind, base_id) WHERE base_id IS NOT NULL;

-- Every state that a resource had, written in the transaction of the change.
CREATE TABLE revision (
    org_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    version BIGINT NOT NULL,
    actor TEXT,
    reason TEXT,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (org_id, kind, id, version)
);

-- What there was before revisions were kept: its latest state is the first one known.
INSERT INTO revision (org_id, kind, id, version, name, status, body, created_at)
SELECT org_id, kind, id, version, name, status, body, updated_at FROM resource;

CREATE INDEX session_detail_harness ON session_detail (org_id, harness_id, session_key);
