-- What the log of a fork begins with: `key:upto,key:upto`.
ALTER TABLE session ADD COLUMN log_base TEXT;

ALTER TABLE session_detail ADD COLUMN forked_from TEXT;
ALTER TABLE session_detail ADD COLUMN forked_sequence BIGINT;
-- The tags as JSON, each with a comma before it, to filter by.
ALTER TABLE session_detail ADD COLUMN tags TEXT NOT NULL DEFAULT '';
UPDATE session_detail SET tags = ',' || substr(body::json->>'tags', 2, length(body::json->>'tags') - 2)
    WHERE body::json->>'tags' LIKE '["%';

-- Who needs a log that he does not own, and how far.
CREATE TABLE log_hold (
    log_key BIGINT NOT NULL,
    session_key BIGINT NOT NULL,
    upto BIGINT NOT NULL,
    PRIMARY KEY (log_key, session_key)
);
CREATE INDEX log_hold_session ON log_hold (session_key);

-- Rows of logs that nobody needs any more: those above a sequence, and up to `top`, which sinks as they go.
CREATE TABLE log_garbage (
    log_key BIGINT PRIMARY KEY,
    above BIGINT NOT NULL,
    top BIGINT NOT NULL
);

CREATE TABLE session_pin (
    principal_id TEXT NOT NULL,
    session_key BIGINT NOT NULL,
    PRIMARY KEY (principal_id, session_key)
);
CREATE INDEX session_pin_session ON session_pin (session_key);

-- What was counted of a log so far: the log never changes, so it is only counted on.
CREATE TABLE event_count (
    session_key BIGINT PRIMARY KEY,
    upto BIGINT NOT NULL,
    body TEXT NOT NULL
);
