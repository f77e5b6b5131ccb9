-- What the members of a group may do, and who must agree. `action` is a name, a family such as `block.*`, or `*`;
-- `approvers` is a JSON list of groups, all of which must agree.
CREATE TABLE approval_policy (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  group_id BIGINT NOT NULL,
  action TEXT NOT NULL,
  effect TEXT NOT NULL,
  approvers TEXT NOT NULL
);
CREATE UNIQUE INDEX approval_policy_key ON approval_policy (group_id, action);

-- A request that waits until others agree, or has waited. `request` is sealed with the master key, `shown` is the preview
-- of when it was made.
CREATE TABLE approval_submission (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  action TEXT NOT NULL,
  name TEXT NOT NULL,
  submitter_id BIGINT NOT NULL,
  submitter TEXT NOT NULL,
  state TEXT NOT NULL,
  secret_request BYTEA NOT NULL,
  request_key TEXT,
  shown TEXT,
  outcome TEXT,
  submitted_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  archived BIGINT NOT NULL
);
CREATE INDEX approval_submission_state ON approval_submission (state, updated_at);
CREATE INDEX approval_submission_submitter ON approval_submission (submitter_id);
CREATE UNIQUE INDEX approval_submission_key ON approval_submission (submitter_id, request_key);

-- What each group says that has to agree.
CREATE TABLE approval_voice (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  submission_id BIGINT NOT NULL,
  group_id BIGINT NOT NULL,
  says TEXT NOT NULL,
  user_id BIGINT,
  user_name TEXT,
  comment TEXT,
  said_at BIGINT
);
CREATE UNIQUE INDEX approval_voice_key ON approval_voice (submission_id, group_id);
CREATE INDEX approval_voice_group ON approval_voice (group_id, says);
