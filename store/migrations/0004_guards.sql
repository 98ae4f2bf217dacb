-- What the guards met, what people made of it, and what they learned from it.

-- Something that a guard did more with than allow. What was found stands in findings, with
-- personal data and secrets covered; the text itself is kept only where the space records texts. What
-- may be long stands last, so that counting need not read it.
CREATE TABLE guard_incident (
    id          TEXT PRIMARY KEY,          -- sorts by time
    space       TEXT NOT NULL,
    policy      TEXT NOT NULL,             -- name
    policy_hash TEXT NOT NULL,
    place       TEXT NOT NULL CHECK (place IN ('input', 'retrieved', 'tool', 'output', 'log', 'data')),
    action      TEXT NOT NULL CHECK (action IN ('flag', 'mask', 'ask', 'refuse')),
    checks      TEXT NOT NULL,             -- which checks, the strictest first, with commas
    kind        TEXT NOT NULL DEFAULT '',  -- category of the strictest finding
    score       BIGINT NOT NULL DEFAULT 0, -- of the strictest finding, in thousandths
    principal   TEXT NOT NULL DEFAULT '',  -- who asked
    assistant   TEXT NOT NULL DEFAULT '',
    trace       TEXT NOT NULL DEFAULT '',
    document    TEXT NOT NULL DEFAULT '',  -- what was retrieved: the passage's document
    revision    TEXT NOT NULL DEFAULT '',
    passage     TEXT NOT NULL DEFAULT '',
    fingerprint TEXT NOT NULL,             -- SHA-256 of the folded text and of what is encoded in it; of a long one of its bytes
    times       BIGINT NOT NULL DEFAULT 1, -- how often it was met
    state       TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'waiting', 'confirmed', 'dismissed', 'released')),
    reviewer    TEXT NOT NULL DEFAULT '',
    created     BIGINT NOT NULL,
    seen        BIGINT NOT NULL,           -- last
    reviewed    BIGINT NOT NULL DEFAULT 0,
    expires     BIGINT NOT NULL DEFAULT 0, -- until when a release holds; 0: for good
    source      TEXT NOT NULL DEFAULT '',
    question    TEXT NOT NULL DEFAULT '',  -- for which it was retrieved
    text        TEXT NOT NULL DEFAULT '',
    sketch      TEXT NOT NULL DEFAULT '',  -- of what was found in it, base64: by it near ones are found once it is confirmed
    findings    TEXT NOT NULL DEFAULT '[]',
    note        TEXT NOT NULL DEFAULT ''
);
CREATE INDEX guard_incident_list ON guard_incident (space, state, id);
CREATE INDEX guard_incident_newest ON guard_incident (space, id);
CREATE INDEX guard_incident_same ON guard_incident (space, fingerprint, place);
CREATE INDEX guard_incident_document ON guard_incident (document);
CREATE INDEX guard_incident_trace ON guard_incident (trace);
CREATE INDEX guard_incident_principal ON guard_incident (principal);

-- What a policy must do, whatever else it does. Contested decisions become rows of this table.
CREATE TABLE guard_case (
    id       TEXT PRIMARY KEY,
    space    TEXT NOT NULL,
    place    TEXT NOT NULL,
    text     TEXT NOT NULL,
    question TEXT NOT NULL DEFAULT '',     -- for which a passage was retrieved
    expect   TEXT NOT NULL CHECK (expect IN ('allow', 'catch')),
    incident TEXT NOT NULL DEFAULT '',
    document TEXT NOT NULL DEFAULT '',     -- that the text is from
    author   TEXT NOT NULL DEFAULT '',
    note     TEXT NOT NULL DEFAULT '',
    created  BIGINT NOT NULL,
    hash     TEXT NOT NULL,                -- SHA-256 of the text: an index holds no long ones
    UNIQUE (space, place, hash)
);
CREATE INDEX guard_case_document ON guard_case (document);

-- Attacks that people confirmed, as sketches: near ones are found by them.
CREATE TABLE guard_attack (
    space    TEXT NOT NULL,
    hash     TEXT NOT NULL,                -- SHA-256 of the folded text
    sketch   TEXT NOT NULL,                -- base64
    kind     TEXT NOT NULL DEFAULT '',
    incident TEXT NOT NULL DEFAULT '',
    created  BIGINT NOT NULL,
    PRIMARY KEY (space, hash)
);

-- What a reversible token stands for, within one conversation.
CREATE TABLE guard_token (
    space        TEXT NOT NULL,
    conversation TEXT NOT NULL,
    token        TEXT NOT NULL,
    kind         TEXT NOT NULL,
    value        TEXT NOT NULL,
    principal    TEXT NOT NULL DEFAULT '', -- who wrote it; '' where it came from a document
    document     TEXT NOT NULL DEFAULT '',
    created      BIGINT NOT NULL,
    PRIMARY KEY (space, conversation, token)
);
CREATE INDEX guard_token_principal ON guard_token (principal);
CREATE INDEX guard_token_document ON guard_token (document);

INSERT INTO counter (name, value) VALUES ('guard', 0); -- of the last change of what holds: releases, reviews

-- The key by which the values of a space are hashed, so that equal ones can be followed in it.
CREATE TABLE guard_key (
    space  TEXT PRIMARY KEY,
    secret TEXT NOT NULL
);

-- What readers of a document do not see: JSON, of bounded size.
ALTER TABLE revision ADD COLUMN hidden TEXT NOT NULL DEFAULT '[]';
