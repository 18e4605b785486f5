-- The tables of a Fieldseal key store. Columns are those of packages/core/src/keys/record-schema.ts.
--
-- Append-only: a released file is never edited, a change is a new file with the next number.
-- Run by migratePostgresStore, which puts the schema's name in place of :"schema"; psql does the
-- same with `psql --single-transaction --set schema=fieldseal --file 0001_key_store.sql`.
--
-- Conventions:
--   * Timestamps are bigint, microseconds since 1970-01-01 UTC: the digits that the row MAC covers
--     (FORMAT.md section 5). For people: to_timestamp(created_at / 1e6).
--   * row_mac authenticates the whole row. The CHECKs are guard-rails against mistakes; what keeps a
--     row honest is its MAC, which the database cannot compute.
--   * No foreign keys: the rows of one change arrive in any order and are checked, as a whole, by
--     the digest in the head row; a reference checked by the database would only lock more rows.

-- One row: what the control tables are, as a whole. Every management change swaps it by its epoch.
CREATE TABLE :"schema".head (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  epoch     bigint  NOT NULL CHECK (epoch >= 0),
  digest    bytea   NOT NULL CHECK (octet_length(digest) = 32),
  mac       bytea   NOT NULL CHECK (octet_length(mac) = 32)
);

-- The root key, sealed once per device or service; any one slot opens it.
CREATE TABLE :"schema".slot (
  id              uuid    PRIMARY KEY,
  kind            text    NOT NULL CHECK (char_length(kind) BETWEEN 1 AND 64),
  mechanism       text    NOT NULL CHECK (char_length(mechanism) BETWEEN 1 AND 64),
  label           text    CHECK (char_length(label) <= 1024),
  root_generation integer NOT NULL CHECK (root_generation >= 0),
  commitment      bytea   NOT NULL CHECK (octet_length(commitment) = 32),
  sealed          bytea   NOT NULL CHECK (octet_length(sealed) BETWEEN 1 AND 16384),
  recovery        boolean NOT NULL,
  failure_domain  text    CHECK (char_length(failure_domain) BETWEEN 1 AND 128),
  tested_at       bigint  NOT NULL,
  created_at      bigint  NOT NULL,
  row_mac         bytea   NOT NULL CHECK (octet_length(row_mac) = 32)
);

CREATE TABLE :"schema".store_key (
  id              bytea   NOT NULL CHECK (octet_length(id) = 16),
  version         integer PRIMARY KEY CHECK (version >= 0),
  environment     text    NOT NULL CHECK (char_length(environment) BETWEEN 1 AND 255),
  development     boolean NOT NULL,
  root_generation integer NOT NULL CHECK (root_generation >= 0),
  commitment      bytea   NOT NULL CHECK (octet_length(commitment) = 32),
  wrapped         bytea   NOT NULL CHECK (octet_length(wrapped) = 94),
  created_at      bigint  NOT NULL,
  row_mac         bytea   NOT NULL CHECK (octet_length(row_mac) = 32)
);

CREATE TABLE :"schema".key (
  id          uuid   PRIMARY KEY,
  spec        text   NOT NULL CHECK (char_length(spec) BETWEEN 1 AND 64),
  usage       text   NOT NULL CHECK (char_length(usage) BETWEEN 1 AND 64),
  origin      text   NOT NULL CHECK (char_length(origin) BETWEEN 1 AND 64),
  owner       text   NOT NULL CHECK (char_length(owner) BETWEEN 1 AND 64),
  state       text   NOT NULL CHECK (char_length(state) BETWEEN 1 AND 64),
  description text   CHECK (char_length(description) <= 8192),
  deletion_at bigint,
  created_at  bigint NOT NULL,
  row_mac     bytea  NOT NULL CHECK (octet_length(row_mac) = 32)
);

CREATE TABLE :"schema".key_version (
  key_id          uuid    NOT NULL,
  version         integer NOT NULL CHECK (version >= 0),
  state           text    NOT NULL CHECK (char_length(state) BETWEEN 1 AND 64),
  root_generation integer NOT NULL CHECK (root_generation >= 0),
  commitment      bytea   NOT NULL CHECK (octet_length(commitment) = 32),
  wrapped         bytea   NOT NULL CHECK (octet_length(wrapped) = 94),
  retire_at       bigint,
  deletion_at     bigint,
  expires_at      bigint,
  created_at      bigint  NOT NULL,
  row_mac         bytea   NOT NULL CHECK (octet_length(row_mac) = 32),
  PRIMARY KEY (key_id, version)
);

CREATE TABLE :"schema".alias (
  name       text   PRIMARY KEY CHECK (char_length(name) BETWEEN 1 AND 256),
  key_id     uuid   NOT NULL,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  row_mac    bytea  NOT NULL CHECK (octet_length(row_mac) = 32)
);

-- What was chosen for a key beside its row; a key without one has the defaults.
CREATE TABLE :"schema".key_setting (
  key_id              uuid    PRIMARY KEY,
  rotation_days       integer CHECK (rotation_days BETWEEN 1 AND 36500),
  rotation_from       bigint,
  min_decrypt_version integer CHECK (min_decrypt_version >= 0),
  updated_at          bigint  NOT NULL,
  row_mac             bytea   NOT NULL CHECK (octet_length(row_mac) = 32)
);

-- How each version after the first came to be, and when it takes over.
CREATE TABLE :"schema".key_rotation (
  key_id      uuid    NOT NULL,
  version     integer NOT NULL CHECK (version >= 0),
  type        text    NOT NULL CHECK (char_length(type) BETWEEN 1 AND 64),
  staged_at   bigint  NOT NULL,
  activate_at bigint  NOT NULL,
  row_mac     bytea   NOT NULL CHECK (octet_length(row_mac) = 32),
  PRIMARY KEY (key_id, version)
);

CREATE TABLE :"schema".key_tag (
  key_id     uuid   NOT NULL,
  name       text   NOT NULL CHECK (char_length(name) BETWEEN 1 AND 128),
  value      text   NOT NULL CHECK (char_length(value) <= 256),
  updated_at bigint NOT NULL,
  row_mac    bytea  NOT NULL CHECK (octet_length(row_mac) = 32),
  PRIMARY KEY (key_id, name)
);

-- Which index keys a key has: ranges of their places, each with a digest of what is in it.
CREATE TABLE :"schema".index_register (
  key_id     uuid   PRIMARY KEY,
  ranges     bytea  NOT NULL CHECK (octet_length(ranges) BETWEEN 20 AND 67108864),
  updated_at bigint NOT NULL,
  row_mac    bytea  NOT NULL CHECK (octet_length(row_mac) = 32)
);

-- A key without one has the policy that every key starts with.
CREATE TABLE :"schema".policy (
  key_id     uuid   NOT NULL,
  name       text   NOT NULL CHECK (char_length(name) BETWEEN 1 AND 128),
  document   text   NOT NULL CHECK (octet_length(document) <= 32768),
  updated_at bigint NOT NULL,
  row_mac    bytea  NOT NULL CHECK (octet_length(row_mac) = 32),
  PRIMARY KEY (key_id, name)
);

CREATE TABLE :"schema".key_grant (
  id          uuid   PRIMARY KEY,
  key_id      uuid   NOT NULL,
  name        text   CHECK (char_length(name) BETWEEN 1 AND 256),
  grantee     text   NOT NULL CHECK (char_length(grantee) BETWEEN 1 AND 256),
  retiring    text   CHECK (char_length(retiring) BETWEEN 1 AND 256),
  issuer      text   NOT NULL CHECK (char_length(issuer) BETWEEN 1 AND 256),
  operations  text   NOT NULL CHECK (char_length(operations) BETWEEN 1 AND 4096),
  constraints text   CHECK (char_length(constraints) <= 16384),
  parent      uuid,
  not_before  bigint,
  not_after   bigint,
  created_at  bigint NOT NULL,
  row_mac     bytea  NOT NULL CHECK (octet_length(row_mac) = 32)
);

-- Changes that wait for a second pair of eyes; without a key, those of what is under all keys.
CREATE TABLE :"schema".proposal (
  id         uuid   PRIMARY KEY,
  key_id     uuid,
  operation  text   NOT NULL CHECK (char_length(operation) BETWEEN 1 AND 64),
  content    text   NOT NULL CHECK (octet_length(content) BETWEEN 1 AND 65536),
  proposer   text   NOT NULL CHECK (char_length(proposer) BETWEEN 1 AND 256),
  created_at bigint NOT NULL,
  expires_at bigint NOT NULL,
  row_mac    bytea  NOT NULL CHECK (octet_length(row_mac) = 32)
);

-- The signature of the approver under what is in force, and the policies that keys were made with.
CREATE TABLE :"schema".approval (
  subject     text   PRIMARY KEY CHECK (char_length(subject) BETWEEN 1 AND 256),
  key_id      uuid,
  content     text   NOT NULL CHECK (octet_length(content) BETWEEN 1 AND 131072),
  proposer    text   NOT NULL CHECK (char_length(proposer) BETWEEN 1 AND 256),
  approver    text   NOT NULL CHECK (char_length(approver) BETWEEN 1 AND 256),
  proposed_at bigint NOT NULL,
  approved_at bigint NOT NULL,
  signature   bytea  NOT NULL CHECK (octet_length(signature) = 64),
  row_mac     bytea  NOT NULL CHECK (octet_length(row_mac) = 32)
);

-- Fields and indexes as they were first registered: what a manifest is compared with.
CREATE TABLE :"schema".registry (
  id          text   PRIMARY KEY CHECK (char_length(id) BETWEEN 1 AND 256),
  kind        text   NOT NULL CHECK (char_length(kind) BETWEEN 1 AND 64),
  field_id    text   NOT NULL CHECK (char_length(field_id) BETWEEN 1 AND 256),
  table_name  text   NOT NULL CHECK (char_length(table_name) BETWEEN 1 AND 256),
  column_name text   NOT NULL CHECK (char_length(column_name) BETWEEN 1 AND 256),
  type        text   NOT NULL CHECK (char_length(type) BETWEEN 1 AND 64),
  bind        text   CHECK (char_length(bind) BETWEEN 1 AND 64),
  normalizer  text   CHECK (char_length(normalizer) <= 1024),
  params      bytea  CHECK (octet_length(params) <= 65535),
  created_at  bigint NOT NULL,
  row_mac     bytea  NOT NULL CHECK (octet_length(row_mac) = 32)
);

CREATE TABLE :"schema".phase (
  field_id   text   PRIMARY KEY CHECK (char_length(field_id) BETWEEN 1 AND 256),
  phase      text   NOT NULL CHECK (char_length(phase) BETWEEN 1 AND 64),
  updated_at bigint NOT NULL,
  row_mac    bytea  NOT NULL CHECK (octet_length(row_mac) = 32)
);

-- What was destroyed on purpose; wins over any row that a backup brings back. A reason holds the names
-- of a scope as JSON, in which a byte of them may be six characters.
CREATE TABLE :"schema".tombstone (
  id         bytea  PRIMARY KEY CHECK (octet_length(id) BETWEEN 1 AND 64),
  kind       text   NOT NULL CHECK (char_length(kind) BETWEEN 1 AND 64),
  reason     text   CHECK (char_length(reason) <= 16384),
  created_at bigint NOT NULL,
  row_mac    bytea  NOT NULL CHECK (octet_length(row_mac) = 32)
);

-- Many rows, read by id for every cell and by scope for every write. The partial unique index is
-- what decides which of two processes made the active data key of a scope.
CREATE TABLE :"schema".data_key (
  id          bytea   PRIMARY KEY CHECK (octet_length(id) = 16),
  key_id      uuid    NOT NULL,
  key_version integer NOT NULL CHECK (key_version >= 0),
  tenant      text,
  subject     text,
  scope       bytea   NOT NULL CHECK (octet_length(scope) BETWEEN 2 AND 2048),
  state       text    NOT NULL CHECK (char_length(state) BETWEEN 1 AND 64),
  wrapped     bytea   NOT NULL CHECK (octet_length(wrapped) = 94),
  created_at  bigint  NOT NULL,
  row_mac     bytea   NOT NULL CHECK (octet_length(row_mac) = 32)
);
CREATE UNIQUE INDEX data_key_active ON :"schema".data_key (key_id, scope) WHERE state = 'ACTIVE';
-- To find all keys of one tenant or one subject.
CREATE INDEX data_key_tenant ON :"schema".data_key (tenant, id);
CREATE INDEX data_key_subject ON :"schema".data_key (subject, id) WHERE subject IS NOT NULL;
-- To find all keys under one version of a key.
CREATE INDEX data_key_version ON :"schema".data_key (key_id, key_version, id);

CREATE TABLE :"schema".index_key (
  id          bytea   PRIMARY KEY CHECK (octet_length(id) = 16),
  key_id      uuid    NOT NULL,
  key_version integer NOT NULL CHECK (key_version >= 0),
  generation  integer NOT NULL CHECK (generation >= 0),
  tenant      text,
  scope       bytea   NOT NULL CHECK (octet_length(scope) BETWEEN 2 AND 2048),
  place       integer NOT NULL CHECK (place >= 0),
  state       text    NOT NULL CHECK (char_length(state) BETWEEN 1 AND 64),
  wrapped     bytea   NOT NULL CHECK (octet_length(wrapped) = 94),
  created_at  bigint  NOT NULL,
  row_mac     bytea   NOT NULL CHECK (octet_length(row_mac) = 32)
);
-- To find all index keys of a range of the register: that none is missing is seen by its digest.
CREATE INDEX index_key_place ON :"schema".index_key (key_id, place);
CREATE UNIQUE INDEX index_key_scope ON :"schema".index_key (key_id, scope, generation);
CREATE INDEX index_key_tenant ON :"schema".index_key (tenant, id);
CREATE INDEX index_key_version ON :"schema".index_key (key_id, key_version, id);

-- The audit trail: rows are added and never changed. No role may update or delete them; who can all
-- the same is found by hashes, signatures and MACs (FORMAT.md section 7). Chains are read in the
-- order of their bytes, whatever the database's collation is.
CREATE TABLE :"schema".audit_entry (
  chain        text    COLLATE "C" NOT NULL CHECK (chain ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  sequence     bigint  NOT NULL CHECK (sequence > 0),
  occurred_at  bigint  NOT NULL,
  ended_at     bigint,
  environment  text    NOT NULL CHECK (char_length(environment) BETWEEN 1 AND 255),
  principal    text    NOT NULL CHECK (char_length(principal) BETWEEN 1 AND 1024),
  action       text    NOT NULL CHECK (char_length(action) BETWEEN 1 AND 128),
  key_id       text    CHECK (char_length(key_id) <= 256),
  key_version  integer CHECK (key_version >= 0),
  data_key_id  bytea   CHECK (octet_length(data_key_id) = 16),
  context_hash bytea   CHECK (octet_length(context_hash) = 32),
  context      text    CHECK (char_length(context) <= 8192),
  decision     text    CHECK (char_length(decision) <= 256),
  outcome      text    NOT NULL CHECK (char_length(outcome) BETWEEN 1 AND 128),
  request_id   text    CHECK (char_length(request_id) <= 256),
  read_only    boolean NOT NULL,
  operations   bigint  NOT NULL CHECK (operations > 0),
  epoch        bigint  CHECK (epoch >= 0),
  opens        text    CHECK (char_length(opens) <= 63),
  details      text    CHECK (char_length(details) <= 8192),
  previous     bytea   NOT NULL CHECK (octet_length(previous) = 32),
  hash         bytea   NOT NULL CHECK (octet_length(hash) = 32),
  row_mac      bytea   NOT NULL CHECK (octet_length(row_mac) = 32),
  PRIMARY KEY (chain, sequence)
);

-- When a key was used last, and for what.
CREATE INDEX audit_entry_last_use ON :"schema".audit_entry
  (key_id, action, (coalesce(ended_at, occurred_at)) DESC) WHERE outcome = 'Success';

CREATE TABLE :"schema".audit_checkpoint (
  chain       text   COLLATE "C" NOT NULL CHECK (chain ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  sequence    bigint NOT NULL CHECK (sequence > 0),
  entry_hash  bytea  NOT NULL CHECK (octet_length(entry_hash) = 32),
  environment text   NOT NULL CHECK (char_length(environment) BETWEEN 1 AND 255),
  pin         text   NOT NULL CHECK (char_length(pin) BETWEEN 1 AND 64),
  signer      bytea  NOT NULL CHECK (octet_length(signer) = 32),
  created_at  bigint NOT NULL,
  signature   bytea  NOT NULL CHECK (octet_length(signature) = 64),
  row_mac     bytea  NOT NULL CHECK (octet_length(row_mac) = 32),
  PRIMARY KEY (chain, sequence)
);
