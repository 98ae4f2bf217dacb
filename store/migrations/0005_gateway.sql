-- Answers of models that are given again: what all servers of the house look at.
CREATE TABLE cache_entry (
    space   TEXT NOT NULL,
    key     TEXT NOT NULL,                 -- hexadecimal
    model   TEXT NOT NULL,
    hash    TEXT NOT NULL,                 -- version of the model's declaration
    data    TEXT NOT NULL,                 -- JSON
    size    BIGINT NOT NULL,               -- bytes of data
    created BIGINT NOT NULL,
    fresh   BIGINT NOT NULL,               -- until when it is given without a new one being made
    ends    BIGINT NOT NULL,
    PRIMARY KEY (space, key)
);
CREATE INDEX cache_entry_ends ON cache_entry (ends);
CREATE INDEX cache_entry_model ON cache_entry (space, model);

-- What an entry was made from, by which it is purged: documents, prompts, assistants.
CREATE TABLE cache_made (
    space TEXT NOT NULL,
    key   TEXT NOT NULL,
    kind  TEXT NOT NULL,
    id    TEXT NOT NULL,
    PRIMARY KEY (space, key, kind, id)
);
CREATE INDEX cache_made_of ON cache_made (kind, id);

-- What the answers are encrypted with that lie in Redis or Valkey; one row.
CREATE TABLE cache_secret (
    id     BIGINT PRIMARY KEY,
    secret TEXT NOT NULL                   -- hexadecimal
);

-- What was purged by hand, for the other servers of the house.
CREATE TABLE cache_purge (
    number BIGINT PRIMARY KEY,
    purge  TEXT NOT NULL,                  -- JSON
    at     BIGINT NOT NULL
);

-- What was used of models, by hour: plain requests leave no row of their own.
CREATE TABLE usage_hour (
    space      TEXT NOT NULL,
    principal  TEXT NOT NULL,              -- id of the person or service
    key        TEXT NOT NULL,              -- id of the key; '' for none
    model      TEXT NOT NULL,
    hash       TEXT NOT NULL,              -- version of the model's declaration
    since      BIGINT NOT NULL,            -- when the hour began
    requests   BIGINT NOT NULL,
    failed     BIGINT NOT NULL,
    cached     BIGINT NOT NULL,            -- of the requests: answered without the model
    tokens_in  BIGINT NOT NULL,
    tokens_out BIGINT NOT NULL,
    money      BIGINT NOT NULL,            -- millionths of the currency
    currency   TEXT NOT NULL,
    PRIMARY KEY (space, principal, key, model, hash, since, currency)
);
CREATE INDEX usage_hour_principal ON usage_hour (principal);

-- A label that points at several versions: each gets a share of those who ask.
CREATE TABLE label_split (
    space TEXT NOT NULL,
    kind  TEXT NOT NULL,
    name  TEXT NOT NULL,
    label TEXT NOT NULL,
    hash  TEXT NOT NULL,
    share BIGINT NOT NULL,                 -- of 10000
    moved BIGINT NOT NULL,
    PRIMARY KEY (space, kind, name, label, hash)
);

-- What was learned of questions that are like one whose answer is kept: whether its answer was right.
CREATE TABLE cache_near (
    id       TEXT PRIMARY KEY,
    space    TEXT NOT NULL,
    near     TEXT NOT NULL,                -- hash of the kept question
    measure  TEXT NOT NULL,                -- how the distance was measured
    distance BIGINT NOT NULL,              -- millionths
    good     BIGINT NOT NULL,              -- 1: the answer was right
    created  BIGINT NOT NULL
);
CREATE INDEX cache_near_of ON cache_near (space, near, measure, created);
CREATE INDEX cache_near_space ON cache_near (space, created);

-- Servers of the house, which a label that moves at once everywhere waits for.
CREATE TABLE house_server (
    server TEXT PRIMARY KEY,
    until  BIGINT NOT NULL                 -- when its lease ends
);

-- A label that moves once all servers have loaded what it will point at.
CREATE TABLE label_move (
    space  TEXT NOT NULL,
    kind   TEXT NOT NULL,
    name   TEXT NOT NULL,
    label  TEXT NOT NULL,
    target TEXT NOT NULL,                  -- shares, as JSON
    number BIGINT NOT NULL,
    PRIMARY KEY (space, kind, name, label)
);

-- Which server has loaded it.
CREATE TABLE label_ready (
    server TEXT NOT NULL,
    space  TEXT NOT NULL,
    kind   TEXT NOT NULL,
    name   TEXT NOT NULL,
    label  TEXT NOT NULL,
    number BIGINT NOT NULL,
    fault  TEXT NOT NULL,                  -- why it cannot; '' where it has
    PRIMARY KEY (server, space, kind, name, label)
);
