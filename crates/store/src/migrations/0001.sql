-- The store's own tables.

--sqlite: CREATE TABLE sequence (name TEXT PRIMARY KEY, next BIGINT NOT NULL) WITHOUT ROWID;

-- One row an operation; `items` is a JSON list of [table, id, before, after].
CREATE TABLE change (
  id BIGINT PRIMARY KEY,
  at BIGINT NOT NULL,
  actor_id BIGINT,
  actor TEXT NOT NULL,
  request TEXT NOT NULL,
  operation TEXT NOT NULL,
  items TEXT NOT NULL
);

-- Which operations touched a thing.
CREATE TABLE change_ref (
  entity TEXT NOT NULL,
  entity_id BIGINT NOT NULL,
  change_id BIGINT NOT NULL,
  PRIMARY KEY (entity, entity_id, change_id)
)
--sqlite: WITHOUT ROWID
;

CREATE TABLE job (
  id BIGINT PRIMARY KEY,
  kind TEXT NOT NULL,
  payload TEXT NOT NULL,
  unique_key TEXT,
  status TEXT NOT NULL,
  run_at BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  most_attempts BIGINT NOT NULL,
  locked_by TEXT,
  locked_until BIGINT,
  progress_done BIGINT NOT NULL,
  progress_total BIGINT NOT NULL,
  cancel_wanted BIGINT NOT NULL,
  result TEXT,
  error TEXT,
  actor_id BIGINT,
  actor TEXT NOT NULL,
  request TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  finished_at BIGINT
);
CREATE INDEX job_due ON job (run_at, id) WHERE status = 'queued';
CREATE INDEX job_leased ON job (locked_until) WHERE status = 'running';
CREATE UNIQUE INDEX job_unique ON job (kind, unique_key) WHERE status IN ('queued', 'running') AND unique_key IS NOT NULL;

CREATE TABLE job_line (
  job_id BIGINT NOT NULL,
  n BIGINT NOT NULL,
  at BIGINT NOT NULL,
  level TEXT NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (job_id, n)
)
--sqlite: WITHOUT ROWID
;

-- Answers to requests that carried an Idempotency-Key.
CREATE TABLE idempotency (
  actor TEXT NOT NULL,
  request_key TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  answer TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (actor, request_key)
);
CREATE INDEX idempotency_age ON idempotency (at);
