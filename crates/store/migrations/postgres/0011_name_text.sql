-- The free text that a name was made of, by which an older client means the same resource again. Of resources from
-- before only what they are called for people can tell.
ALTER TABLE resource ADD COLUMN name_text TEXT;
-- PostgreSQL reads no member of a document that has a NUL character in any of its texts.
UPDATE resource SET name_text = body::json->>'display_name' WHERE strpos(body, '\u0000') = 0;
