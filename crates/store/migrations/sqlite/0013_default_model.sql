-- What is said of a model over what is known of it, as JSON; and the model of sessions that name none.
ALTER TABLE model ADD COLUMN profile TEXT;
ALTER TABLE organization ADD COLUMN default_model_id TEXT;
