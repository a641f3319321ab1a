CREATE TABLE organization (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);

-- The hot row of a session: heads, fence, queue and counts. What is rarely changed stands in session_detail.
CREATE TABLE session (
    -- Never given out again: a late holder of a deleted session must find nothing.
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    org_id BIGINT NOT NULL,
    status TEXT NOT NULL,
    last_sequence BIGINT NOT NULL,
    turn_sequence BIGINT NOT NULL,
    input_sequence BIGINT NOT NULL,
    inbox_sequence BIGINT NOT NULL,
    fence BIGINT NOT NULL,
    holder TEXT,
    run_at BIGINT,
    event_count BIGINT NOT NULL,
    turn_count BIGINT NOT NULL,
    input_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    cache_read_tokens BIGINT NOT NULL,
    cache_creation_tokens BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    started_at BIGINT,
    finished_at BIGINT
);
CREATE INDEX session_org ON session (org_id, key);
CREATE INDEX session_run_at ON session (run_at) WHERE run_at IS NOT NULL;
CREATE INDEX session_holder ON session (holder) WHERE holder IS NOT NULL;

CREATE TABLE session_detail (
    session_key BIGINT PRIMARY KEY,
    org_id BIGINT NOT NULL,
    agent_id TEXT,
    harness_id TEXT NOT NULL,
    workspace_id TEXT NOT NULL,
    search TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX session_detail_agent ON session_detail (org_id, agent_id, session_key);

-- The log. Public ids are derived, so (session_key, sequence) is its only index.
CREATE TABLE event (
    session_key BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    org_id BIGINT NOT NULL,
    type TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    turn_id BLOB,
    input_message_id BLOB,
    step BIGINT NOT NULL,
    span BIGINT NOT NULL,
    data TEXT NOT NULL,
    private TEXT
);
CREATE UNIQUE INDEX event_session_sequence ON event (session_key, sequence);

-- Agents and what else has a name and a document.
CREATE TABLE resource (
    org_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    version BIGINT NOT NULL,
    search TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    retired_at BIGINT,
    PRIMARY KEY (org_id, kind, id)
);
CREATE UNIQUE INDEX resource_live_name ON resource (org_id, kind, name) WHERE status = 'active';

-- Resolved configurations of turns, stored once by content.
CREATE TABLE configuration (
    org_id BIGINT NOT NULL,
    hash TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (org_id, hash)
);
