-- People, spaces, who may see what, and the record of who did what.

-- Somebody who may come in: a person, or a service (a program with keys of its own).
CREATE TABLE person (
    id       TEXT PRIMARY KEY,
    kind     TEXT NOT NULL DEFAULT 'person' CHECK (kind IN ('person', 'service')),
    name     TEXT NOT NULL,
    fold     TEXT NOT NULL UNIQUE,        -- the name in lower case: rules name people whatever the case
    email    TEXT NOT NULL DEFAULT '',    -- in lower case; '' for none
    operator BIGINT NOT NULL DEFAULT 0,   -- looks after the whole house
    disabled BIGINT NOT NULL DEFAULT 0,   -- may not come in, and is seen as nobody by the rules
    password TEXT NOT NULL DEFAULT '',    -- argon2id, in the PHC string form; '' for none
    external TEXT NOT NULL DEFAULT '',    -- who an identity provider says it is
    created  BIGINT NOT NULL,
    updated  BIGINT NOT NULL
);
CREATE UNIQUE INDEX person_email ON person (email) WHERE email <> '';
CREATE UNIQUE INDEX person_external ON person (external) WHERE external <> '';

CREATE TABLE person_group (
    id       TEXT PRIMARY KEY,
    name     TEXT NOT NULL,
    fold     TEXT NOT NULL UNIQUE,
    external TEXT NOT NULL DEFAULT '',
    created  BIGINT NOT NULL,
    updated  BIGINT NOT NULL
);

-- A member of a group is a person (or service) or another group. Source says who put it there, so
-- that what a provider says can be replaced without touching what people said.
CREATE TABLE group_member (
    grp    TEXT NOT NULL REFERENCES person_group (id) DEFERRABLE INITIALLY DEFERRED,
    kind   TEXT NOT NULL CHECK (kind IN ('person', 'group')),
    member TEXT NOT NULL,
    source TEXT NOT NULL DEFAULT 'hand',
    PRIMARY KEY (grp, kind, member, source)
);
CREATE INDEX group_member_back ON group_member (kind, member);

ALTER TABLE space ADD COLUMN settings TEXT NOT NULL DEFAULT '{}'; -- what is recorded, and for how long
CREATE UNIQUE INDEX space_name ON space (name);

CREATE TABLE space_member (
    space  TEXT NOT NULL REFERENCES space (id) DEFERRABLE INITIALLY DEFERRED,
    kind   TEXT NOT NULL CHECK (kind IN ('person', 'group')),
    member TEXT NOT NULL,
    role   TEXT NOT NULL CHECK (role IN ('viewer', 'asker', 'editor', 'reviewer', 'owner')),
    PRIMARY KEY (space, kind, member, role)
);
CREATE INDEX space_member_back ON space_member (kind, member);

-- An assistant that somebody outside its space may ask.
CREATE TABLE assistant_share (
    space     TEXT NOT NULL,
    assistant TEXT NOT NULL,
    kind      TEXT NOT NULL CHECK (kind IN ('person', 'group')),
    member    TEXT NOT NULL,
    PRIMARY KEY (space, assistant, kind, member)
);
CREATE INDEX assistant_share_back ON assistant_share (kind, member);

CREATE TABLE access_key (
    id      TEXT PRIMARY KEY,
    person  TEXT NOT NULL REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED,
    name    TEXT NOT NULL DEFAULT '',
    hash    TEXT NOT NULL UNIQUE,         -- SHA-256 of the key, hexadecimal
    can     TEXT NOT NULL DEFAULT '',     -- rights it is held to, with commas; '' for all of its person's
    space   TEXT NOT NULL DEFAULT '',     -- the only space it opens; '' for any
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL DEFAULT 0,    -- 0: never
    used    BIGINT NOT NULL DEFAULT 0,    -- last, to the hour
    revoked BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX access_key_person ON access_key (person);

-- Somebody signed in with a browser. A token is a family and a secret; the secret changes while
-- it is used. The one before is taken until the new one was seen, and whoever comes with an older
-- one of the family ends the session: it was stolen.
CREATE TABLE signin_session (
    id      TEXT PRIMARY KEY,
    person  TEXT NOT NULL REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED,
    family  TEXT NOT NULL UNIQUE,         -- SHA-256, hexadecimal, as the two below
    secret  TEXT NOT NULL,
    former  TEXT NOT NULL DEFAULT '',     -- the secret before
    rotated BIGINT NOT NULL,              -- when the secret was given out
    taken   BIGINT NOT NULL DEFAULT 0,    -- when somebody first came with it; 0: nobody yet
    created BIGINT NOT NULL,
    seen    BIGINT NOT NULL,              -- last, to the minute
    expires BIGINT NOT NULL,
    address TEXT NOT NULL DEFAULT '',
    agent   TEXT NOT NULL DEFAULT '',
    way     TEXT NOT NULL DEFAULT '',     -- password, or oidc: and the provider's name
    view_as TEXT NOT NULL DEFAULT ''      -- the person whose view is shown
);
CREATE INDEX signin_session_person ON signin_session (person);
CREATE INDEX signin_session_expires ON signin_session (expires);

-- A sign-in at a provider that is under way. It is used once.
CREATE TABLE signin_state (
    hash     TEXT PRIMARY KEY,            -- SHA-256 of the state and of what the browser holds
    provider TEXT NOT NULL,
    nonce    TEXT NOT NULL,
    verifier TEXT NOT NULL,
    back     TEXT NOT NULL DEFAULT '',
    created  BIGINT NOT NULL
);
CREATE INDEX signin_state_created ON signin_state (created);

-- Failed attempts to come in, by name, by address and by both, as hashes: what is typed where
-- a name is asked for may be a password.
CREATE TABLE signin_attempt (
    who    TEXT PRIMARY KEY,
    since  BIGINT NOT NULL,               -- of the last one
    failed BIGINT NOT NULL
);
CREATE INDEX signin_attempt_since ON signin_attempt (since);

-- A table that names the readers of its rows is several documents. Each says which file it is a
-- part of; the hash of the whole file is shown to nobody who does not see all parts.
ALTER TABLE document ADD COLUMN file TEXT NOT NULL DEFAULT '';
ALTER TABLE document ADD COLUMN file_hash TEXT NOT NULL DEFAULT '';
CREATE INDEX document_file ON document (corpus, file) WHERE file <> '';

-- Whoever may not review sees only the traces of their own.
CREATE INDEX trace_principal ON trace (space, principal, id);

-- Whom a revision itself names as readers, as a list in JSON: '' for nobody named. It outlives
-- the revision's time: what was written for a few is not opened by what is written later.
ALTER TABLE revision ADD COLUMN readers TEXT NOT NULL DEFAULT '';

-- Documents of one class have the same readers for the same reason.
CREATE TABLE access_class (
    id      TEXT PRIMARY KEY,
    space   TEXT NOT NULL,
    corpus  TEXT NOT NULL,
    layer   TEXT NOT NULL CHECK (layer IN ('hand', 'front', 'column', 'file', 'default')),
    origin  TEXT NOT NULL DEFAULT '',     -- where it is written: hr/.access line 3
    readers TEXT NOT NULL DEFAULT '[]',   -- JSON, sorted: group:hr, person:a@b.c, space, public
    problem TEXT NOT NULL DEFAULT ''      -- why it could not be read, and so denies
);
CREATE INDEX access_class_corpus ON access_class (corpus);

-- Of which class a document is, and what it says of its readers itself. A corpus has a row too,
-- by its own id: the class of what is added to it without a rule.
CREATE TABLE access (
    document TEXT PRIMARY KEY,
    space    TEXT NOT NULL,
    corpus   TEXT NOT NULL,
    source   TEXT NOT NULL DEFAULT '',
    class    TEXT NOT NULL REFERENCES access_class (id) DEFERRABLE INITIALLY DEFERRED,
    layer    TEXT NOT NULL DEFAULT '',    -- front or column, where the document says it itself
    own      TEXT NOT NULL DEFAULT '',    -- what it says
    hand     TEXT NOT NULL DEFAULT '',    -- JSON readers set by hand; '' for none
    passages BIGINT NOT NULL DEFAULT 0    -- of the current revision: what somebody sees of a corpus is counted here
);
CREATE INDEX access_members ON access (class, corpus, document, passages);
CREATE INDEX access_source ON access (corpus, source);

CREATE TABLE access_file (
    corpus TEXT NOT NULL,
    folder TEXT NOT NULL,                 -- '' for the top
    space  TEXT NOT NULL,
    text   TEXT NOT NULL,
    PRIMARY KEY (corpus, folder)
);

-- By hand, for all documents whose source fits, also later ones.
CREATE TABLE access_glob (
    corpus  TEXT NOT NULL,
    glob    TEXT NOT NULL,
    space   TEXT NOT NULL,
    readers TEXT NOT NULL,
    number  BIGINT NOT NULL,              -- of the change that set it: of two that fit, the later one holds
    PRIMARY KEY (corpus, glob)
);

-- The log that a replica follows to know who may see what. One number, one transaction.
INSERT INTO counter (name, value) VALUES ('access', 0);
CREATE TABLE access_change (
    number BIGINT NOT NULL,
    kind   TEXT NOT NULL,                 -- person, group, space, class, document, key, session
    id     TEXT NOT NULL,
    PRIMARY KEY (number, kind, id)
);

INSERT INTO access_class (id, space, corpus, layer, origin, readers)
    SELECT 'default:' || id, space, id, 'default', name, '["space"]' FROM corpus;
INSERT INTO access (document, space, corpus, class)
    SELECT id, space, id, 'default:' || id FROM corpus;
INSERT INTO access (document, space, corpus, source, class, passages)
    SELECT id, space, corpus, source, 'default:' || corpus,
        (SELECT COUNT(*) FROM passage WHERE passage.document = document.id AND passage.revision = document.revision) FROM document;

-- Who did what. The digest chains each entry to the one before; it is made of the payload's
-- salted digest, so that payload and salt may be erased. What is beside the payload repeats it
-- for searching, and is erased with it.
CREATE TABLE audit (
    number  BIGINT PRIMARY KEY,
    at      BIGINT NOT NULL,
    space   TEXT NOT NULL DEFAULT '',
    actor   TEXT NOT NULL DEFAULT '',
    action  TEXT NOT NULL DEFAULT '',
    object  TEXT NOT NULL DEFAULT '',
    payload TEXT NOT NULL DEFAULT '',     -- JSON; '' once it was erased
    salt    TEXT NOT NULL DEFAULT '',
    sealed  TEXT NOT NULL,                -- SHA-256 over salt and payload
    digest  TEXT NOT NULL                 -- SHA-256 over the digest before, number, time and sealed
);
CREATE INDEX audit_actor ON audit (actor, number);
CREATE INDEX audit_space ON audit (space, number);
INSERT INTO counter (name, value) VALUES ('audit', 0);

-- Entries up to here were dropped as they were too old.
CREATE TABLE audit_checkpoint (
    number BIGINT PRIMARY KEY,
    digest TEXT NOT NULL,
    at     BIGINT NOT NULL
);

-- What may be used up, by whom, in which time. An empty subject stands for each one of its kind.
-- With a space, only what is used in it counts, and its owners made the rule. Money is in
-- millionths of its currency.
CREATE TABLE limit_rule (
    id       TEXT PRIMARY KEY,
    space    TEXT NOT NULL DEFAULT '',
    kind     TEXT NOT NULL CHECK (kind IN ('house', 'space', 'person', 'key', 'model')),
    subject  TEXT NOT NULL DEFAULT '',
    resource TEXT NOT NULL,               -- requests, tokens_in, tokens_out, concurrency, money
    span     TEXT NOT NULL,               -- minute, day, month; '' for concurrency
    currency TEXT NOT NULL DEFAULT '',
    soft     BIGINT NOT NULL DEFAULT 0,   -- 0: none
    hard     BIGINT NOT NULL DEFAULT 0,
    created  BIGINT NOT NULL,
    UNIQUE (space, kind, subject, resource, span, currency)
);
INSERT INTO counter (name, value) VALUES ('limit', 0); -- of the last change of a rule

-- What was used in a span, and is leased to servers.
CREATE TABLE limit_use (
    space    TEXT NOT NULL,
    kind     TEXT NOT NULL,
    subject  TEXT NOT NULL,
    resource TEXT NOT NULL,
    span     TEXT NOT NULL,
    currency TEXT NOT NULL,
    since    BIGINT NOT NULL,             -- when the span began
    used     BIGINT NOT NULL,
    PRIMARY KEY (space, kind, subject, resource, span, currency, since)
);

-- What a server holds: of a count what it has not used yet, when it last said so; of concurrency
-- what it may run until its lease runs out.
CREATE TABLE limit_lease (
    replica  TEXT NOT NULL,
    space    TEXT NOT NULL,
    kind     TEXT NOT NULL,
    subject  TEXT NOT NULL,
    resource TEXT NOT NULL,
    span     TEXT NOT NULL,
    currency TEXT NOT NULL,
    since    BIGINT NOT NULL,
    amount   BIGINT NOT NULL,
    until    BIGINT NOT NULL,
    PRIMARY KEY (space, kind, subject, resource, span, currency, since, replica)
);
