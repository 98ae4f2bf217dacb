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
CREATE INDEX sample_state ON sample (space, state, kind, origin);

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

-- The other answers that a sample was made from, where it compares several: it goes with each of them.
CREATE TABLE sample_trace (
    sample TEXT NOT NULL REFERENCES sample (id) DEFERRABLE INITIALLY DEFERRED,
    trace  TEXT NOT NULL,
    PRIMARY KEY (sample, trace)
);
CREATE INDEX sample_trace_back ON sample_trace (trace, sample);

-- The versions that a sample was made by: model, prompt, assistant.
CREATE TABLE sample_version (
    sample TEXT NOT NULL REFERENCES sample (id) DEFERRABLE INITIALLY DEFERRED,
    kind   TEXT NOT NULL,
    hash   TEXT NOT NULL,
    PRIMARY KEY (sample, kind, hash)
);
CREATE INDEX sample_version_back ON sample_version (kind, hash);

-- A model that writes rows from seeds, and how far it is. The rows are samples, found by their source.
CREATE TABLE instruct_run (
    id         TEXT PRIMARY KEY,
    space      TEXT NOT NULL,
    principal  TEXT NOT NULL,              -- who began it; '' once they were erased
    asker      TEXT NOT NULL,              -- JSON: by what they came, to ask what they may ask; no secret
    name       TEXT NOT NULL,              -- of the rows: their source
    model      TEXT NOT NULL,              -- who writes
    model_hash TEXT NOT NULL,
    dataset    TEXT NOT NULL,              -- hash of the set of the seeds; '' where they were brought along
    wanted     TEXT NOT NULL,              -- JSON: what was ordered; with the seeds that were brought along
    data       TEXT NOT NULL DEFAULT '',   -- JSON: counts of what was left out and why; no words of a row
    rounds     BIGINT NOT NULL DEFAULT 0,  -- calls that were answered
    made       BIGINT NOT NULL DEFAULT 0,  -- rows that were kept
    tokens_in  BIGINT NOT NULL DEFAULT 0,
    tokens_out BIGINT NOT NULL DEFAULT 0,
    money      BIGINT NOT NULL DEFAULT 0,  -- millionths of the currency
    currency   TEXT NOT NULL DEFAULT '',
    state      TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'stopped', 'failed')),
    error      TEXT NOT NULL DEFAULT '',   -- why it ended before all rows were made
    created    BIGINT NOT NULL,
    finished   BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX instruct_run_list ON instruct_run (space, created);
CREATE INDEX instruct_run_person ON instruct_run (principal);

-- Somebody's order to make pairs of what people did with answers, and what came of it, as they see it.
CREATE TABLE mine_run (
    id        TEXT PRIMARY KEY,
    space     TEXT NOT NULL,
    principal TEXT NOT NULL,             -- who ordered it; it goes with them
    asker     TEXT NOT NULL,             -- JSON: by what they came, to look at what they may see; no secret
    dry       BIGINT NOT NULL,           -- 1: nothing is kept
    stage     TEXT NOT NULL DEFAULT '',
    done      BIGINT NOT NULL DEFAULT 0, -- of the stage
    of_all    BIGINT NOT NULL DEFAULT 0,
    data      TEXT NOT NULL DEFAULT '',  -- JSON: counts, once it is over; no words of a row
    state     TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'stopped', 'failed')),
    error     TEXT NOT NULL DEFAULT '',
    created   BIGINT NOT NULL,
    finished  BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX mine_run_list ON mine_run (space, principal, created);
CREATE INDEX mine_run_person ON mine_run (principal);

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

-- A run of training.
CREATE TABLE train_run (
    id        TEXT PRIMARY KEY,
    space     TEXT NOT NULL,
    name      TEXT NOT NULL,
    recipe    TEXT NOT NULL,               -- hash of the version
    dataset   TEXT NOT NULL,               -- hash of the set
    general   TEXT NOT NULL DEFAULT '',    -- hash of the set of the mix
    state     TEXT NOT NULL CHECK (state IN ('queued', 'running', 'stopping', 'stopped', 'done', 'failed')),
    step      BIGINT NOT NULL DEFAULT 0,
    steps     BIGINT NOT NULL DEFAULT 0,
    prepared  TEXT NOT NULL DEFAULT '',    -- JSON: what is learned from, counted
    why       TEXT NOT NULL DEFAULT '',    -- of failed and stopped
    made_kind TEXT NOT NULL DEFAULT '',    -- adapter or base
    made      TEXT NOT NULL DEFAULT '',    -- hash of the version
    principal TEXT NOT NULL DEFAULT '',    -- who started it
    created   BIGINT NOT NULL,
    began     BIGINT NOT NULL DEFAULT 0,
    ended     BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX train_run_list ON train_run (space, id);
CREATE INDEX train_run_open ON train_run (state, id);
CREATE INDEX train_run_of ON train_run (principal);

-- How a run went: its curve, thinned.
CREATE TABLE train_metric (
    run  TEXT NOT NULL REFERENCES train_run (id) DEFERRABLE INITIALLY DEFERRED,
    step BIGINT NOT NULL,
    held BIGINT NOT NULL,                  -- 1: a look at what was held out
    data TEXT NOT NULL,                    -- JSON
    PRIMARY KEY (run, held, step)
);

-- One subject asked one set. The items are there from the beginning, so that a run that was ended
-- goes on where it was.
CREATE TABLE eval_run (
    id           TEXT PRIMARY KEY,
    space        TEXT NOT NULL,
    principal    TEXT NOT NULL,            -- who began it; '' once they were erased
    asker        TEXT NOT NULL,            -- JSON: by what they came, to ask what they may ask; no secret
    subject_kind TEXT NOT NULL,            -- model or assistant
    subject_name TEXT NOT NULL,
    subject_hash TEXT NOT NULL,
    set_name     TEXT NOT NULL,
    set_hash     TEXT NOT NULL,            -- SHA-256 of the items, hexadecimal
    report       TEXT NOT NULL DEFAULT '', -- of a gate: the report that it is part of
    options      TEXT NOT NULL,            -- JSON
    state        TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'stopped', 'failed')),
    error        TEXT NOT NULL DEFAULT '', -- why it failed
    created      BIGINT NOT NULL,
    finished     BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX eval_run_list ON eval_run (space, created);
CREATE INDEX eval_run_of ON eval_run (report);
CREATE INDEX eval_run_person ON eval_run (principal);

CREATE TABLE eval_item (
    run        TEXT NOT NULL REFERENCES eval_run (id) DEFERRABLE INITIALLY DEFERRED,
    number     BIGINT NOT NULL,            -- from 0
    item       TEXT NOT NULL,              -- JSON; '' once its sample was erased
    sample     TEXT NOT NULL DEFAULT '',   -- of a data set
    slice      TEXT NOT NULL DEFAULT '',
    answered   BIGINT NOT NULL DEFAULT 0,  -- UTC microseconds; 0: not yet
    score      BIGINT NOT NULL DEFAULT 0,  -- millionths
    correct    BIGINT NOT NULL DEFAULT 0,  -- 1: right
    refused    BIGINT NOT NULL DEFAULT 0,
    judged     TEXT NOT NULL DEFAULT '',   -- what a judge said in both orders: win, tie, loss, or swayed; '' where none was asked
    broken     TEXT NOT NULL DEFAULT '',   -- why it is no answer at all
    output     TEXT NOT NULL DEFAULT '',   -- '' once it was erased
    tokens_in  BIGINT NOT NULL DEFAULT 0,
    tokens_out BIGINT NOT NULL DEFAULT 0,
    money      BIGINT NOT NULL DEFAULT 0,  -- millionths of the currency
    currency   TEXT NOT NULL DEFAULT '',
    took       BIGINT NOT NULL DEFAULT 0,  -- microseconds
    PRIMARY KEY (run, number)
);
CREATE INDEX eval_item_sample ON eval_item (sample);
-- What a list of runs counts, without reading what was answered.
CREATE INDEX eval_item_count ON eval_item (run, answered, correct, refused, score, tokens_in, tokens_out, money, took, judged, currency, broken);

-- Documents that an answer may have words of: who may not see one of them may not read it.
CREATE TABLE eval_item_document (
    run      TEXT NOT NULL,
    number   BIGINT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (run, number, document)
);
CREATE INDEX eval_item_document_back ON eval_item_document (document);

-- What the gate says of a version.
CREATE TABLE gate_report (
    id           TEXT PRIMARY KEY,
    space        TEXT NOT NULL,
    principal    TEXT NOT NULL,
    asker        TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_name TEXT NOT NULL,
    subject_hash TEXT NOT NULL,
    policy_name  TEXT NOT NULL,
    policy       TEXT NOT NULL,            -- hash of the version of kind gate
    state        TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'stopped', 'failed')),
    verdict      TEXT NOT NULL DEFAULT '' CHECK (verdict IN ('', 'pass', 'fail', 'too_few')),
    error        TEXT NOT NULL DEFAULT '',
    data         TEXT NOT NULL,            -- JSON: what is compared, and what came out; no words of an answer
    created      BIGINT NOT NULL,
    finished     BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX gate_report_of ON gate_report (space, subject_kind, subject_hash, created);
CREATE INDEX gate_report_list ON gate_report (space, created);
CREATE INDEX gate_report_person ON gate_report (principal);

-- A version that may be used without a pass: one person asks for it, another one says so.
CREATE TABLE gate_waiver (
    id           TEXT PRIMARY KEY,
    space        TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_name TEXT NOT NULL,
    subject_hash TEXT NOT NULL,
    reason       TEXT NOT NULL,
    asked_by     TEXT NOT NULL,            -- id of a person
    asked        BIGINT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('open', 'approved', 'refused', 'withdrawn')),
    decided_by   TEXT NOT NULL DEFAULT '',
    decided      BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX gate_waiver_of ON gate_waiver (space, subject_kind, subject_hash, state);

-- What people are to judge: answers to write or correct, or several answers to rank.
CREATE TABLE judge_task (
    id         TEXT PRIMARY KEY,
    space      TEXT NOT NULL,
    name       TEXT NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('answer', 'rank')),
    guidelines TEXT NOT NULL,              -- hash of the version that holds now
    overlap    BIGINT NOT NULL,            -- people who judge an item
    blind      BIGINT NOT NULL,            -- 1: who judges sees neither models nor what others said
    gold       BIGINT NOT NULL,            -- share of gold items among what a person is given, millionths
    least      BIGINT NOT NULL,            -- share of gold items that a person has to have right, millionths
    seed       BIGINT NOT NULL,            -- of the orders in which items and answers come
    state      TEXT NOT NULL CHECK (state IN ('open', 'finished')),
    principal  TEXT NOT NULL DEFAULT '',   -- who made it
    created    BIGINT NOT NULL,
    finished   BIGINT NOT NULL DEFAULT 0,
    UNIQUE (space, name)
);

-- Who judges a task beside those who may review, and whose work was set aside.
CREATE TABLE judge_person (
    task      TEXT NOT NULL REFERENCES judge_task (id) DEFERRABLE INITIALLY DEFERRED,
    principal TEXT NOT NULL,               -- of imported judgements: import: and who the file names
    named     BIGINT NOT NULL DEFAULT 0,   -- 1: judges
    aside     BIGINT NOT NULL DEFAULT 0,   -- 1: what they said counts for nothing
    note      TEXT NOT NULL DEFAULT '',    -- why
    PRIMARY KEY (task, principal)
);
CREATE INDEX judge_person_back ON judge_person (principal);

-- What is judged. Who may not see a document of one of its samples does not get it.
CREATE TABLE judge_item (
    id      TEXT PRIMARY KEY,
    task    TEXT NOT NULL REFERENCES judge_task (id) DEFERRABLE INITIALLY DEFERRED,
    number  BIGINT NOT NULL,               -- from 1, in the order in which they came
    body    TEXT NOT NULL,                 -- JSON: what was asked, answers, passages; '' once it was erased
    hash    TEXT NOT NULL,                 -- of what was asked and the answers
    raw     TEXT NOT NULL DEFAULT '',      -- as a file had it, where writing it would not give that again
    gold    TEXT NOT NULL DEFAULT '',      -- JSON: the judgement that is known to be right
    created BIGINT NOT NULL,
    UNIQUE (task, hash)
);
CREATE INDEX judge_item_list ON judge_item (task, number);

-- The samples that an item is made of, also those that these were made of.
CREATE TABLE judge_item_sample (
    item   TEXT NOT NULL REFERENCES judge_item (id) DEFERRABLE INITIALLY DEFERRED,
    sample TEXT NOT NULL,
    PRIMARY KEY (item, sample)
);
CREATE INDEX judge_item_sample_back ON judge_item_sample (sample);

-- Who has an item open, so that no more people work on it than are needed, and what they have so far.
CREATE TABLE judge_lease (
    item      TEXT NOT NULL REFERENCES judge_item (id) DEFERRABLE INITIALLY DEFERRED,
    principal TEXT NOT NULL,
    begun     BIGINT NOT NULL,
    until     BIGINT NOT NULL,             -- UTC microseconds
    draft     TEXT NOT NULL DEFAULT '',    -- JSON
    PRIMARY KEY (item, principal)
);
CREATE INDEX judge_lease_back ON judge_lease (principal);

CREATE TABLE judge_judgement (
    item       TEXT NOT NULL REFERENCES judge_item (id) DEFERRABLE INITIALLY DEFERRED,
    principal  TEXT NOT NULL,              -- as in judge_person
    decides    BIGINT NOT NULL DEFAULT 0,  -- 1: by an adjudicator
    guidelines TEXT NOT NULL,              -- hash of the version that it was made under; '' for an imported one
    body       TEXT NOT NULL,              -- JSON: the answer or the order
    skipped    TEXT NOT NULL DEFAULT '',   -- why nothing was said
    created    BIGINT NOT NULL,
    took       BIGINT NOT NULL DEFAULT 0,  -- microseconds
    PRIMARY KEY (item, principal, decides)
);
CREATE INDEX judge_judgement_back ON judge_judgement (principal);

-- The samples that judgements became.
CREATE TABLE judge_made (
    item   TEXT NOT NULL REFERENCES judge_item (id) DEFERRABLE INITIALLY DEFERRED,
    sample TEXT NOT NULL,
    PRIMARY KEY (item, sample)
);
CREATE INDEX judge_made_back ON judge_made (sample);

-- An adapter on its way to what a model name answers with. It holds counts and no word of an answer.
CREATE TABLE release (
    id        TEXT PRIMARY KEY,
    space     TEXT NOT NULL,
    model     TEXT NOT NULL,               -- name in the space
    base      TEXT NOT NULL,               -- declared model that it stands on
    adapter   TEXT NOT NULL,               -- name of the version of kind adapter
    hash      TEXT NOT NULL,               -- of that version
    candidate TEXT NOT NULL DEFAULT '',    -- hash of the model's new version
    before    TEXT NOT NULL DEFAULT '',    -- hash of the model's version in use when it began
    earlier   TEXT NOT NULL DEFAULT '',    -- adapter that was in production before, by its name's label
    terms     TEXT NOT NULL,               -- JSON: steps, least, alpha, drop
    state     TEXT NOT NULL CHECK (state IN ('checking', 'running', 'paused', 'live', 'back', 'refused')),
    step      BIGINT NOT NULL DEFAULT 0,   -- of the steps, from 0
    share     BIGINT NOT NULL DEFAULT 0,   -- of 10000
    why       TEXT NOT NULL DEFAULT '',    -- of back and refused
    checked   TEXT NOT NULL DEFAULT '',    -- JSON: what came out when it was asked; no word of it
    signals   TEXT NOT NULL DEFAULT '',    -- JSON: what is watched
    principal TEXT NOT NULL DEFAULT '',    -- who began it
    taker     TEXT NOT NULL DEFAULT '',    -- who took it back by hand, and wrote why
    created   BIGINT NOT NULL,
    stepped   BIGINT NOT NULL DEFAULT 0,   -- when the step began
    ended     BIGINT NOT NULL DEFAULT 0,   -- when it was live, taken back or refused
    kept      BIGINT NOT NULL DEFAULT 0,   -- until when what was in use before is at hand
    settled   BIGINT NOT NULL DEFAULT 1    -- 1: the labels of the model are as the state says
);
CREATE INDEX release_list ON release (space, id);
CREATE UNIQUE INDEX release_open ON release (space, model) WHERE state IN ('checking', 'running', 'paused');
CREATE INDEX release_of ON release (principal);

-- How a release goes, by signal: what turned out well of the new version and the old, so far.
CREATE TABLE release_point (
    release  TEXT NOT NULL REFERENCES release (id) DEFERRABLE INITIALLY DEFERRED,
    signal   TEXT NOT NULL,
    at       BIGINT NOT NULL,
    share    BIGINT NOT NULL,              -- of 10000, of the new version then
    new_good BIGINT NOT NULL,
    new_all  BIGINT NOT NULL,
    old_good BIGINT NOT NULL,
    old_all  BIGINT NOT NULL,
    evidence BIGINT NOT NULL,              -- that the new one is worse: of the threshold, in millionths
    PRIMARY KEY (release, signal, at)
);

-- What a server counted of both versions and the watch has not looked at yet.
CREATE TABLE release_tally (
    release TEXT NOT NULL REFERENCES release (id) DEFERRABLE INITIALLY DEFERRED,
    server  TEXT NOT NULL,
    at      BIGINT NOT NULL,
    data    TEXT NOT NULL,                 -- JSON: requests, failures and times of each version
    PRIMARY KEY (release, server, at)
);
