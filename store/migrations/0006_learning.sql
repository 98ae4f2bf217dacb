-- The learning road: samples, what people say of them, data sets, runs, gates, releases.

-- One thing that a model may learn from: a conversation with the answer it should give, or a question
-- with a better and a worse answer. It is kept until what it was made from is erased.
CREATE TABLE sample (
    id           TEXT PRIMARY KEY,
    space        TEXT NOT NULL,
    kind         TEXT NOT NULL CHECK (kind IN ('chat', 'preference', 'label')),
    origin       TEXT NOT NULL CHECK (origin IN ('trace', 'feedback', 'judged', 'import', 'instruct')),
    row          TEXT NOT NULL,            -- JSON, canonical; '' once it was erased
    hash         TEXT NOT NULL,            -- SHA-256 of the row, hexadecimal
    trace        TEXT NOT NULL DEFAULT '', -- the answer that it was made from
    conversation TEXT NOT NULL DEFAULT '', -- samples of one conversation stay in one split
    principal    TEXT NOT NULL DEFAULT '', -- who asked, or who wrote it
    assistant    TEXT NOT NULL DEFAULT '',
    source       TEXT NOT NULL DEFAULT '', -- of an import: its name; of instruct: the run
    line         BIGINT NOT NULL DEFAULT 0, -- in the source, from 1
    licence      TEXT NOT NULL DEFAULT '',
    teacher      TEXT NOT NULL DEFAULT '', -- the model that wrote it; '' for people
    language     TEXT NOT NULL DEFAULT '', -- en, zh or ''
    quality      BIGINT NOT NULL DEFAULT 0, -- millionths; 0: not known
    state        TEXT NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'aside', 'erased')),
    why          TEXT NOT NULL DEFAULT '', -- JSON: what risk control found, where it is set aside
    created      BIGINT NOT NULL,
    UNIQUE (space, hash, trace, source)
);
CREATE INDEX sample_of_trace ON sample (trace);
CREATE INDEX sample_of_person ON sample (principal);
CREATE INDEX sample_list ON sample (space, id);

-- Everybody whose words a sample may have: who asked, who corrected the answer, who judged it.
CREATE TABLE sample_person (
    sample    TEXT NOT NULL REFERENCES sample (id) DEFERRABLE INITIALLY DEFERRED,
    principal TEXT NOT NULL,
    PRIMARY KEY (sample, principal)
);
CREATE INDEX sample_person_back ON sample_person (principal, sample);

-- Up to where the traces of a space, and what people said of them, became samples.
CREATE TABLE sample_cursor (
    space    TEXT PRIMARY KEY,
    trace    TEXT NOT NULL DEFAULT '',
    feedback BIGINT NOT NULL DEFAULT 0     -- UTC microseconds
);

-- Every document that a sample may have words of: who may not see one of them may not see the sample.
CREATE TABLE sample_document (
    sample   TEXT NOT NULL REFERENCES sample (id) DEFERRABLE INITIALLY DEFERRED,
    document TEXT NOT NULL,
    revision TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (sample, document)
);
CREATE INDEX sample_document_back ON sample_document (document, sample);

-- The versions that a sample was made by: model, prompt, assistant.
CREATE TABLE sample_version (
    sample TEXT NOT NULL REFERENCES sample (id) DEFERRABLE INITIALLY DEFERRED,
    kind   TEXT NOT NULL,
    hash   TEXT NOT NULL,
    PRIMARY KEY (sample, kind, hash)
);
CREATE INDEX sample_version_back ON sample_version (kind, hash);

-- The rows of a data set, which is a version of the kind dataset.
CREATE TABLE dataset_row (
    space   TEXT NOT NULL,
    dataset TEXT NOT NULL,                 -- hash of the version
    sample  TEXT NOT NULL,
    split   TEXT NOT NULL CHECK (split IN ('train', 'valid', 'test')),
    number  BIGINT NOT NULL,               -- place in the set, from 0
    hash    TEXT NOT NULL,                 -- of the row, which stays where the sample is erased
    PRIMARY KEY (space, dataset, number)
);
CREATE INDEX dataset_row_of ON dataset_row (sample);

-- How a data set was made the last time. While it is made, its rows are there and its version is not.
CREATE TABLE dataset_build (
    space   TEXT NOT NULL,
    dataset TEXT NOT NULL,                 -- hash of the version
    name    TEXT NOT NULL,
    state   TEXT NOT NULL CHECK (state IN ('building', 'ready')),
    report  TEXT NOT NULL DEFAULT '',      -- JSON: what was left out and why; no words of a row
    created BIGINT NOT NULL,
    PRIMARY KEY (space, dataset)
);
