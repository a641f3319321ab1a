ALTER TABLE organization ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE organization ADD COLUMN updated_at BIGINT NOT NULL DEFAULT 0;
UPDATE organization SET updated_at = created_at;
UPDATE organization SET name = 'Default' WHERE id = 1;

-- People and programs.
CREATE TABLE principal (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    email TEXT,
    created_at BIGINT NOT NULL
);
INSERT INTO principal (id, name, created_at)
    SELECT 'principal_00000000000000000000000000000001', 'Operator', created_at FROM organization WHERE id = 1;

CREATE TABLE member (
    org_id BIGINT NOT NULL,
    principal_id TEXT NOT NULL,
    role TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (org_id, principal_id)
);
CREATE INDEX member_principal ON member (principal_id);
INSERT INTO member (org_id, principal_id, role, created_at)
    SELECT id, 'principal_00000000000000000000000000000001', 'owner', created_at FROM organization WHERE id = 1;

-- Keys, of which nothing but a hash is kept. A key acts for its principal: in one organization, or without an `org_id`
-- in all that the principal belongs to.
CREATE TABLE api_key (
    id TEXT PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    principal_id TEXT NOT NULL,
    org_id BIGINT,
    name TEXT NOT NULL,
    hint TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT,
    last_used_at BIGINT
);
CREATE INDEX api_key_principal ON api_key (principal_id);
CREATE INDEX api_key_org ON api_key (org_id) WHERE org_id IS NOT NULL;
