CREATE TABLE organization (
    id BIGINT PRIMARY KEY,
    public_id TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);

-- The hot row of a session: heads, fence, queue and counts. What is rarely changed stands in session_detail.
CREATE TABLE session (
    key BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
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
    turn_id BYTEA,
    input_message_id BYTEA,
    step BIGINT NOT NULL,
    span BIGINT NOT NULL,
    data TEXT NOT NULL,
    private TEXT,
    PRIMARY KEY (session_key, sequence)
) PARTITION BY HASH (session_key);
CREATE TABLE event_0 PARTITION OF event FOR VALUES WITH (MODULUS 8, REMAINDER 0);
CREATE TABLE event_1 PARTITION OF event FOR VALUES WITH (MODULUS 8, REMAINDER 1);
CREATE TABLE event_2 PARTITION OF event FOR VALUES WITH (MODULUS 8, REMAINDER 2);
CREATE TABLE event_3 PARTITION OF event FOR VALUES WITH (MODULUS 8, REMAINDER 3);
CREATE TABLE event_4 PARTITION OF event FOR VALUES WITH (MODULUS 8, REMAINDER 4);
CREATE TABLE event_5 PARTITION OF event FOR VALUES WITH (MODULUS 8, REMAINDER 5);
CREATE TABLE event_6 PARTITION OF event FOR VALUES WITH (MODULUS 8, REMAINDER 6);
CREATE TABLE event_7 PARTITION OF event FOR VALUES WITH (MODULUS 8, REMAINDER 7);

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
    archived_at BIGINT,
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
