-- What was done under an idempotency key, so that it is not done again. `made` is the public id of what came of it,
-- `status` and `body` are the answer that the caller got.
CREATE TABLE once (
    org_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    request TEXT NOT NULL,
    made TEXT,
    status BIGINT,
    body TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (org_id, name)
);
CREATE INDEX once_created_at ON once (created_at);
