-- Who made a session. Those from before are the operator's, as they were shown.
ALTER TABLE session_detail ADD COLUMN owner_id TEXT NOT NULL DEFAULT 'principal_00000000000000000000000000000001';
