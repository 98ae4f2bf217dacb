-- The first schema.
--
-- Times are microseconds since 1970 in UTC. Every row that belongs to somebody
-- names its space. Numbers are BIGINT, flags are BIGINT 0 or 1, JSON stands in
-- TEXT. References are checked at commit, so the order of statements within one
-- transaction is free.

CREATE TABLE counter (
    name  TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO counter (name, value) VALUES ('change', 0);

CREATE TABLE space (
    id      TEXT PRIMARY KEY,
    name    TEXT NOT NULL,
    created BIGINT NOT NULL
);
INSERT INTO space (id, name, created) VALUES ('main', 'main', 0);

CREATE TABLE corpus (
    id          TEXT PRIMARY KEY,
    space       TEXT NOT NULL REFERENCES space (id) DEFERRABLE INITIALLY DEFERRED,
    name        TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    settings    TEXT NOT NULL DEFAULT '{}',
    created     BIGINT NOT NULL,
    UNIQUE (space, name)
);

-- A document keeps its id when its file moves: only source changes.
CREATE TABLE document (
    id       TEXT PRIMARY KEY,
    space    TEXT NOT NULL,
    corpus   TEXT NOT NULL REFERENCES corpus (id) DEFERRABLE INITIALLY DEFERRED,
    source   TEXT NOT NULL,
    title    TEXT NOT NULL DEFAULT '',
    state    TEXT NOT NULL CHECK (state IN ('ready', 'failed', 'skipped')),
    reason   TEXT NOT NULL DEFAULT '',
    hint     TEXT NOT NULL DEFAULT '',
    revision TEXT NOT NULL DEFAULT '',
    type     TEXT NOT NULL DEFAULT '',
    size     BIGINT NOT NULL DEFAULT 0,
    hash     TEXT NOT NULL DEFAULT '',
    created  BIGINT NOT NULL,
    updated  BIGINT NOT NULL,
    change   BIGINT NOT NULL DEFAULT 0,
    UNIQUE (corpus, source)
);
CREATE INDEX document_hash ON document (corpus, hash);
CREATE INDEX document_state ON document (corpus, state);

CREATE TABLE revision (
    document TEXT NOT NULL REFERENCES document (id) DEFERRABLE INITIALLY DEFERRED,
    revision TEXT NOT NULL,
    space    TEXT NOT NULL,
    title    TEXT NOT NULL DEFAULT '',
    text     TEXT NOT NULL,
    blocks   TEXT NOT NULL DEFAULT '[]',
    pages    BIGINT NOT NULL DEFAULT 0,
    chars    BIGINT NOT NULL DEFAULT 0,
    type     TEXT NOT NULL DEFAULT '',
    charset  TEXT NOT NULL DEFAULT '',
    removed  TEXT NOT NULL DEFAULT '{}',
    parser   TEXT NOT NULL DEFAULT '',
    created  BIGINT NOT NULL,
    change   BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (document, revision)
);

CREATE TABLE passage (
    id           TEXT PRIMARY KEY,
    space        TEXT NOT NULL,
    document     TEXT NOT NULL,
    revision     TEXT NOT NULL,
    ord          BIGINT NOT NULL,
    section      BIGINT NOT NULL DEFAULT 0,
    kind         TEXT NOT NULL DEFAULT '',
    page         BIGINT NOT NULL DEFAULT 0,
    heading      TEXT NOT NULL DEFAULT '[]',
    start_       BIGINT NOT NULL,
    end_         BIGINT NOT NULL,
    parent_start BIGINT NOT NULL DEFAULT 0,
    parent_end   BIGINT NOT NULL DEFAULT 0,
    text         TEXT NOT NULL,
    context      TEXT NOT NULL DEFAULT '',
    FOREIGN KEY (document, revision) REFERENCES revision (document, revision) DEFERRABLE INITIALLY DEFERRED
);
CREATE UNIQUE INDEX passage_place ON passage (document, revision, ord);

-- A vector belongs to a passage and to the version of the embedder that made it.
CREATE TABLE vector (
    passage  TEXT NOT NULL REFERENCES passage (id) DEFERRABLE INITIALLY DEFERRED,
    embedder TEXT NOT NULL,
    data     BYTEA NOT NULL,
    space    TEXT NOT NULL,
    PRIMARY KEY (passage, embedder)
);

-- The change log: what an index reads to catch up. One number, one change.
CREATE TABLE change (
    number   BIGINT NOT NULL, -- of the transaction: all its rows have one
    space    TEXT NOT NULL,
    corpus   TEXT NOT NULL,
    document TEXT NOT NULL,
    kind     TEXT NOT NULL CHECK (kind IN ('put', 'remove', 'move')),
    revision TEXT NOT NULL DEFAULT '',
    at       BIGINT NOT NULL,
    PRIMARY KEY (number, document)
);
CREATE INDEX change_corpus ON change (corpus, number);

CREATE TABLE version (
    hash    TEXT NOT NULL,
    kind    TEXT NOT NULL,
    space   TEXT NOT NULL,
    name    TEXT NOT NULL,
    data    TEXT NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (space, kind, hash)
);

CREATE TABLE label (
    space TEXT NOT NULL,
    kind  TEXT NOT NULL,
    name  TEXT NOT NULL,
    label TEXT NOT NULL,
    hash  TEXT NOT NULL,
    moved BIGINT NOT NULL,
    PRIMARY KEY (space, kind, name, label)
);

-- "to" was made from "from".
CREATE TABLE edge (
    space     TEXT NOT NULL,
    from_kind TEXT NOT NULL,
    from_hash TEXT NOT NULL,
    to_kind   TEXT NOT NULL,
    to_hash   TEXT NOT NULL,
    PRIMARY KEY (space, from_kind, from_hash, to_kind, to_hash)
);
CREATE INDEX edge_back ON edge (space, to_kind, to_hash);

CREATE TABLE trace (
    id        TEXT PRIMARY KEY,
    space     TEXT NOT NULL,
    corpus    TEXT NOT NULL DEFAULT '',
    assistant TEXT NOT NULL DEFAULT '',
    principal TEXT NOT NULL DEFAULT '',
    question  TEXT NOT NULL,
    created   BIGINT NOT NULL,
    took      BIGINT NOT NULL,
    refused   BIGINT NOT NULL DEFAULT 0,
    cut       BIGINT NOT NULL DEFAULT 0,
    answer    TEXT NOT NULL,
    steps     TEXT NOT NULL
);
CREATE INDEX trace_space ON trace (space, id);

-- Every document that a trace says anything about, cited or not: who may not see
-- one of them may not see the trace.
CREATE TABLE trace_document (
    trace    TEXT NOT NULL REFERENCES trace (id) DEFERRABLE INITIALLY DEFERRED,
    document TEXT NOT NULL,
    revision TEXT NOT NULL DEFAULT '',
    space    TEXT NOT NULL,
    cited    BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (trace, document)
);
CREATE INDEX trace_document_back ON trace_document (document, trace);

CREATE TABLE job (
    id          TEXT PRIMARY KEY,
    space       TEXT NOT NULL,
    kind        TEXT NOT NULL,
    key         TEXT NOT NULL DEFAULT '',
    payload     TEXT NOT NULL DEFAULT 'null',
    state       TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed')),
    priority    BIGINT NOT NULL DEFAULT 0,
    attempts    BIGINT NOT NULL DEFAULT 0,
    deaths      BIGINT NOT NULL DEFAULT 0,
    again       BIGINT NOT NULL DEFAULT 0,
    run_after   BIGINT NOT NULL DEFAULT 0,
    lease_until BIGINT NOT NULL DEFAULT 0,
    lease_by    TEXT NOT NULL DEFAULT '',
    error       TEXT NOT NULL DEFAULT '',
    progress    TEXT NOT NULL DEFAULT 'null',
    created     BIGINT NOT NULL,
    finished    BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX job_open ON job (space, kind, key) WHERE key <> '' AND state IN ('queued', 'running');
CREATE INDEX job_queue ON job (priority DESC, id) WHERE state = 'queued';
CREATE INDEX job_lease ON job (lease_until) WHERE state = 'running';
CREATE INDEX job_finished ON job (finished) WHERE state IN ('done', 'failed');
