-- Providers, their models, secrets (sealed before they come here), and what agents keep in their sessions.

CREATE TABLE provider (
    org_id BIGINT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    provider_type TEXT NOT NULL,
    base_url TEXT,
    status TEXT NOT NULL,
    last_synced_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (org_id, id)
);

-- A built-in model has a row only where an organization set something about it.
CREATE TABLE model (
    org_id BIGINT NOT NULL,
    id TEXT NOT NULL,
    provider_id TEXT NOT NULL,
    model_id TEXT NOT NULL,
    display_name TEXT NOT NULL,
    capabilities TEXT NOT NULL,
    enabled BIGINT NOT NULL,
    is_favorite BIGINT NOT NULL,
    source TEXT NOT NULL,
    stale BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, provider_id, model_id)
);

-- `kind` and `owner_id` say whose it is: a provider or a session.
CREATE TABLE secret (
    org_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    name TEXT NOT NULL,
    sealed BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (org_id, kind, owner_id, name)
);

CREATE TABLE session_value (
    session_key BIGINT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (session_key, key)
);
