-- Workspaces. Those made for a session are named after it and not listed; their row comes with their first file.
CREATE TABLE workspace (
    key BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id BIGINT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    -- 1: somebody named it, so it is listed, its name is unique, and it outlives its sessions.
    named BIGINT NOT NULL,
    description TEXT,
    status TEXT NOT NULL,
    search TEXT NOT NULL,
    -- Raised by every change of its files.
    revision BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    entries BIGINT NOT NULL,
    next_number BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    retired_at BIGINT
);
CREATE UNIQUE INDEX workspace_id ON workspace (org_id, id);
CREATE UNIQUE INDEX workspace_live_name ON workspace (org_id, name) WHERE named = 1 AND status = 'active';
CREATE INDEX workspace_listed ON workspace (org_id, created_at) WHERE named = 1;

-- Which sessions use a workspace that has a row.
CREATE TABLE workspace_session (
    workspace_key BIGINT NOT NULL,
    session_key BIGINT NOT NULL,
    PRIMARY KEY (workspace_key, session_key)
);
CREATE INDEX workspace_session_session ON workspace_session (session_key);

-- Files and directories. `folder` ends with a slash, so what stands below a directory is one range of the key.
CREATE TABLE file (
    workspace_key BIGINT NOT NULL,
    folder TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    org_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    is_directory BIGINT NOT NULL,
    is_readonly BIGINT NOT NULL,
    size BIGINT NOT NULL,
    hash BYTEA,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (workspace_key, folder, name)
);
CREATE INDEX file_hash ON file (org_id, hash) WHERE hash IS NOT NULL;

-- Contents by their SHA-256, once for each organization, cut into parts.
CREATE TABLE blob (
    org_id BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    used_at BIGINT NOT NULL,
    PRIMARY KEY (org_id, hash)
);
CREATE TABLE blob_part (
    org_id BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    part BIGINT NOT NULL,
    data BYTEA NOT NULL,
    PRIMARY KEY (org_id, hash, part)
);

-- Contents that may have lost their last file; a sweep looks at them and forgets them.
CREATE TABLE blob_orphan (
    org_id BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (org_id, hash)
);

CREATE TABLE image (
    org_id BIGINT NOT NULL,
    id TEXT NOT NULL,
    filename TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    metadata TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE INDEX image_hash ON image (org_id, hash);

-- Sessions from before: their workspaces have ids of their own.
INSERT INTO workspace (org_id, id, name, named, status, search, revision, bytes, entries, next_number, created_at,
    updated_at)
SELECT d.org_id, d.workspace_id, MIN(s.id), 0, 'active', '', 0, 0, 0, 1, MIN(s.created_at), MIN(s.created_at)
FROM session_detail d JOIN session s ON s.key = d.session_key GROUP BY d.org_id, d.workspace_id;
INSERT INTO workspace_session (workspace_key, session_key)
SELECT w.key, d.session_key FROM session_detail d JOIN workspace w ON w.org_id = d.org_id AND w.id = d.workspace_id;
