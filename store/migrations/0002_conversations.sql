-- Conversations, feedback, and doors to single assistants.

-- A conversation belongs to one person, or to one visitor of a channel.
CREATE TABLE conversation (
    id        TEXT PRIMARY KEY,
    space     TEXT NOT NULL,
    principal TEXT NOT NULL,
    assistant TEXT NOT NULL,              -- name
    version   TEXT NOT NULL DEFAULT '',   -- hash of the assistant it began with
    title     TEXT NOT NULL DEFAULT '',
    created   BIGINT NOT NULL,
    updated   BIGINT NOT NULL,
    summary   TEXT NOT NULL DEFAULT '',   -- of the oldest turns, as JSON; derived, and dropped when one of them is withdrawn
    settings  TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX conversation_owner ON conversation (space, principal, updated);

-- What was said stands in the trace; the turn holds the place and what the person typed.
CREATE TABLE turn (
    conversation TEXT NOT NULL REFERENCES conversation (id) DEFERRABLE INITIALLY DEFERRED,
    number       BIGINT NOT NULL,         -- from 1
    space        TEXT NOT NULL,
    question     TEXT NOT NULL,
    trace        TEXT NOT NULL,
    created      BIGINT NOT NULL,
    PRIMARY KEY (conversation, number)
);
CREATE INDEX turn_trace ON turn (trace);

-- What a person asked to be remembered.
CREATE TABLE memory (
    id           TEXT PRIMARY KEY,
    space        TEXT NOT NULL,
    principal    TEXT NOT NULL,
    text         TEXT NOT NULL,
    conversation TEXT NOT NULL DEFAULT '',
    created      BIGINT NOT NULL
);
CREATE INDEX memory_owner ON memory (space, principal, created);

-- What people think of an answer. One opinion a person; a new one replaces the old.
CREATE TABLE feedback (
    trace     TEXT NOT NULL REFERENCES trace (id) DEFERRABLE INITIALLY DEFERRED,
    principal TEXT NOT NULL,
    space     TEXT NOT NULL,
    rating    TEXT NOT NULL CHECK (rating IN ('up', 'down', '')),
    corrected TEXT NOT NULL DEFAULT '',   -- the answer as it should have been
    reason    TEXT NOT NULL DEFAULT '',
    created   BIGINT NOT NULL,
    PRIMARY KEY (trace, principal)
);
CREATE INDEX feedback_space ON feedback (space, created);

-- A door to one assistant for people without a key of the house: a widget or a page.
CREATE TABLE channel (
    id        TEXT PRIMARY KEY,
    space     TEXT NOT NULL,
    kind      TEXT NOT NULL CHECK (kind IN ('widget', 'page')),
    name      TEXT NOT NULL,
    assistant TEXT NOT NULL,
    key_hash  TEXT NOT NULL DEFAULT '',   -- SHA-256 of the widget's key
    settings  TEXT NOT NULL DEFAULT '{}', -- origins, notice, limits
    created   BIGINT NOT NULL,
    UNIQUE (space, name)
);
CREATE UNIQUE INDEX channel_key ON channel (key_hash) WHERE key_hash <> '';

-- The conversation that a question was part of; which documents whoever wrote the answer had
-- read, beside those that the search only passed over; and which were withdrawn since.
ALTER TABLE trace ADD COLUMN conversation TEXT NOT NULL DEFAULT '';
ALTER TABLE trace_document ADD COLUMN held BIGINT NOT NULL DEFAULT 0;
UPDATE trace_document SET held = 1; -- of earlier traces it is not known
ALTER TABLE trace_document ADD COLUMN withdrawn BIGINT NOT NULL DEFAULT 0; -- the document was removed, and what the trace held of it is gone
