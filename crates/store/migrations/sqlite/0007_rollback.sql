-- Cancelled turns are few, and lists of messages ask for them: some took their messages out of the conversation.
CREATE INDEX event_cancelled ON event (session_key, sequence) WHERE type = 'turn.cancelled';
