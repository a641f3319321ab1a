-- Turns that ended in an organization, by time: a small part of all events, so the index costs one entry for each turn.
CREATE INDEX event_turn_end ON event (org_id, created_at, session_key, sequence, type)
    WHERE type IN ('turn.completed', 'turn.failed', 'turn.cancelled', 'turn.sealed');
