-- What the model calls of a session cost, billionths of a US dollar: by known prices, as providers told, and call by call
-- what was told or else estimated. Null where nothing is known.
ALTER TABLE session ADD COLUMN estimated_nanos BIGINT;
ALTER TABLE session ADD COLUMN actual_nanos BIGINT;
ALTER TABLE session ADD COLUMN cost_nanos BIGINT;
