-- The free text that a name was made of, by which an older client means the same resource again. Of resources from
-- before only what they are called for people can tell.
ALTER TABLE resource ADD COLUMN name_text TEXT;
UPDATE resource SET name_text = json_extract(body, '$.display_name') WHERE json_type(body, '$.display_name') = 'text';
