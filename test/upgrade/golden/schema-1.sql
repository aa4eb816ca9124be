PRAGMA foreign_keys = OFF;
BEGIN;
CREATE TABLE `access_tokens` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`hash` text NOT NULL,
	`scopes` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`last_used_at` integer
) STRICT;
INSERT INTO "access_tokens" ("id", "name", "hash", "scopes", "created_at", "expires_at", "last_used_at") VALUES ('tok1','ci','hash-of-token','["read","build"]',1935748800000,NULL,NULL);
CREATE TABLE `artifacts` (
	`id` text PRIMARY KEY NOT NULL,
	`attempt_id` text NOT NULL,
	`build_id` text NOT NULL,
	`path` text NOT NULL,
	`bytes` integer NOT NULL,
	`digest` text NOT NULL,
	`blob_key` text NOT NULL,
	FOREIGN KEY (`attempt_id`) REFERENCES `attempts`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`build_id`) REFERENCES `builds`(`id`) ON UPDATE no action ON DELETE no action
) STRICT;
INSERT INTO "artifacts" ("id", "attempt_id", "build_id", "path", "bytes", "digest", "blob_key") VALUES ('art-a1','a1','passed','out/art-a1.txt',12,'sha256:0000000000000000000000000000000000000000000000000000000000000000','artifacts/art-a1');
INSERT INTO "artifacts" ("id", "attempt_id", "build_id", "path", "bytes", "digest", "blob_key") VALUES ('art2','a2','large','out/art2.txt',12,'sha256:0000000000000000000000000000000000000000000000000000000000000000','artifacts/art2');
INSERT INTO "artifacts" ("id", "attempt_id", "build_id", "path", "bytes", "digest", "blob_key") VALUES ('art3','a2','large','out/art3.txt',12,'sha256:0000000000000000000000000000000000000000000000000000000000000000','artifacts/art3');
CREATE TABLE `attempts` (
	`id` text PRIMARY KEY NOT NULL,
	`build_id` text NOT NULL,
	`number` integer NOT NULL,
	`builder` text NOT NULL,
	`machine_id` text NOT NULL,
	`slot` integer NOT NULL,
	`lease_id` text NOT NULL,
	`state` text NOT NULL,
	`started_at` integer NOT NULL,
	`ended_at` integer,
	`error` text,
	FOREIGN KEY (`build_id`) REFERENCES `builds`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`machine_id`) REFERENCES `machines`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`lease_id`) REFERENCES `leases`(`id`) ON UPDATE no action ON DELETE no action
) STRICT;
INSERT INTO "attempts" ("id", "build_id", "number", "builder", "machine_id", "slot", "lease_id", "state", "started_at", "ended_at", "error") VALUES ('a1','passed',1,'linux','m1',0,'lse-a1','passed',1935748800010,1935748805000,NULL);
INSERT INTO "attempts" ("id", "build_id", "number", "builder", "machine_id", "slot", "lease_id", "state", "started_at", "ended_at", "error") VALUES ('a2','large',1,'linux','m1',0,'lse-a2','passed',1935748800010,1935748805000,NULL);
INSERT INTO "attempts" ("id", "build_id", "number", "builder", "machine_id", "slot", "lease_id", "state", "started_at", "ended_at", "error") VALUES ('a3','running',1,'linux','m2',0,'lse-a3','running',1935748800010,NULL,NULL);
CREATE TABLE `branch_commits` (
	`repo` text NOT NULL,
	`branch` text NOT NULL,
	`position` integer NOT NULL,
	`hash` text NOT NULL,
	`seen_at` integer NOT NULL,
	PRIMARY KEY(`repo`, `branch`, `position`),
	FOREIGN KEY (`repo`,`hash`) REFERENCES `commits`(`repo`,`hash`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`repo`,`branch`) REFERENCES `branches`(`repo`,`branch`) ON UPDATE no action ON DELETE no action
) STRICT;
INSERT INTO "branch_commits" ("repo", "branch", "position", "hash", "seen_at") VALUES ('croft','main',0,'0000000100000001000000010000000100000001',1935748800000);
INSERT INTO "branch_commits" ("repo", "branch", "position", "hash", "seen_at") VALUES ('croft','main',1,'0000000200000002000000020000000200000002',1935748800000);
INSERT INTO "branch_commits" ("repo", "branch", "position", "hash", "seen_at") VALUES ('croft','main',2,'0000000300000003000000030000000300000003',1935748800000);
CREATE TABLE `branches` (
	`repo` text NOT NULL,
	`branch` text NOT NULL,
	`head` text,
	`next_position` integer NOT NULL,
	PRIMARY KEY(`repo`, `branch`)
) STRICT;
INSERT INTO "branches" ("repo", "branch", "head", "next_position") VALUES ('croft','main','0000000300000003000000030000000300000003',3);
CREATE TABLE `build_counts` (
	`state` text PRIMARY KEY NOT NULL,
	`count` integer NOT NULL
) STRICT;
INSERT INTO "build_counts" ("state", "count") VALUES ('passed',2);
INSERT INTO "build_counts" ("state", "count") VALUES ('running',1);
INSERT INTO "build_counts" ("state", "count") VALUES ('waiting',1);
CREATE TABLE `builds` (
	`id` text PRIMARY KEY NOT NULL,
	`repo` text NOT NULL,
	`commit_hash` text NOT NULL,
	`builder` text NOT NULL,
	`host_type` text NOT NULL,
	`state` text NOT NULL,
	`class` text NOT NULL,
	`priority` integer NOT NULL,
	`branch` text,
	`position` integer,
	`commit_at` integer NOT NULL,
	`trigger_kind` text NOT NULL,
	`retry_of` text,
	`requested_by` text,
	`created_at` integer NOT NULL,
	`started_at` integer,
	`ended_at` integer,
	`attempts` integer NOT NULL,
	`max_attempts` integer NOT NULL,
	`not_before` integer NOT NULL,
	`cancel_requested_by` text,
	`blame` text,
	`message` text
) STRICT;
INSERT INTO "builds" ("id", "repo", "commit_hash", "builder", "host_type", "state", "class", "priority", "branch", "position", "commit_at", "trigger_kind", "retry_of", "requested_by", "created_at", "started_at", "ended_at", "attempts", "max_attempts", "not_before", "cancel_requested_by", "blame", "message") VALUES ('large','croft','0000000100000001000000010000000100000001','linux','linux-x64','passed','post-submit',0,'main',1,1935748740000,'request',NULL,NULL,1935748800000,1935748800010,1935748805000,1,3,0,NULL,NULL,NULL);
INSERT INTO "builds" ("id", "repo", "commit_hash", "builder", "host_type", "state", "class", "priority", "branch", "position", "commit_at", "trigger_kind", "retry_of", "requested_by", "created_at", "started_at", "ended_at", "attempts", "max_attempts", "not_before", "cancel_requested_by", "blame", "message") VALUES ('passed','croft','0000000100000001000000010000000100000001','linux','linux-x64','passed','post-submit',0,'main',1,1935748740000,'request',NULL,NULL,1935748800000,1935748800010,1935748805000,1,3,0,NULL,NULL,NULL);
INSERT INTO "builds" ("id", "repo", "commit_hash", "builder", "host_type", "state", "class", "priority", "branch", "position", "commit_at", "trigger_kind", "retry_of", "requested_by", "created_at", "started_at", "ended_at", "attempts", "max_attempts", "not_before", "cancel_requested_by", "blame", "message") VALUES ('running','croft','0000000100000001000000010000000100000001','linux','linux-x64','running','post-submit',0,'main',1,1935748740000,'request',NULL,NULL,1935748800000,1935748800010,NULL,1,3,0,NULL,NULL,NULL);
INSERT INTO "builds" ("id", "repo", "commit_hash", "builder", "host_type", "state", "class", "priority", "branch", "position", "commit_at", "trigger_kind", "retry_of", "requested_by", "created_at", "started_at", "ended_at", "attempts", "max_attempts", "not_before", "cancel_requested_by", "blame", "message") VALUES ('waiting','croft','0000000100000001000000010000000100000001','linux','linux-x64','waiting','post-submit',0,'main',1,1935748740000,'request',NULL,NULL,1935748800000,NULL,NULL,0,3,0,NULL,NULL,NULL);
CREATE TABLE `commits` (
	`repo` text NOT NULL,
	`hash` text NOT NULL,
	`tree` text NOT NULL,
	`parents` text NOT NULL,
	`author_name` text NOT NULL,
	`author_email` text NOT NULL,
	`authored_at` integer NOT NULL,
	`committed_at` integer NOT NULL,
	`subject` text NOT NULL,
	PRIMARY KEY(`repo`, `hash`)
) STRICT;
INSERT INTO "commits" ("repo", "hash", "tree", "parents", "author_name", "author_email", "authored_at", "committed_at", "subject") VALUES ('croft','0000000100000001000000010000000100000001','000f4241000f4241000f4241000f4241000f4241','[]','Åsa "Q" O’Brien','asa@example.org',1935748799000,1935748800000,'change 1');
INSERT INTO "commits" ("repo", "hash", "tree", "parents", "author_name", "author_email", "authored_at", "committed_at", "subject") VALUES ('croft','0000000200000002000000020000000200000002','000f4242000f4242000f4242000f4242000f4242','["0000000100000001000000010000000100000001"]','Åsa "Q" O’Brien','asa@example.org',1935748799000,1935748800000,'change 2');
INSERT INTO "commits" ("repo", "hash", "tree", "parents", "author_name", "author_email", "authored_at", "committed_at", "subject") VALUES ('croft','0000000300000003000000030000000300000003','000f4243000f4243000f4243000f4243000f4243','["0000000200000002000000020000000200000002"]','Åsa "Q" O’Brien','asa@example.org',1935748799000,1935748800000,'change 3');
CREATE TABLE `join_tokens` (
	`id` text PRIMARY KEY NOT NULL,
	`hash` text NOT NULL,
	`host_type` text,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`used_at` integer,
	`used_by` text,
	`created_by` text NOT NULL,
	FOREIGN KEY (`used_by`) REFERENCES `machines`(`id`) ON UPDATE no action ON DELETE no action
) STRICT;
INSERT INTO "join_tokens" ("id", "hash", "host_type", "created_at", "expires_at", "used_at", "used_by", "created_by") VALUES ('jtk-m1','hash-for-m1',NULL,1935748800000,1935748860000,1935748800000,'m1','admin');
INSERT INTO "join_tokens" ("id", "hash", "host_type", "created_at", "expires_at", "used_at", "used_by", "created_by") VALUES ('jtk-m2','hash-for-m2',NULL,1935748800000,1935748860000,1935748800000,'m2','admin');
CREATE TABLE `journal` (
	`attempt_id` text NOT NULL,
	`seq` integer NOT NULL,
	`step` text NOT NULL,
	`phase` text NOT NULL,
	`at` integer NOT NULL,
	`data` text NOT NULL,
	PRIMARY KEY(`attempt_id`, `seq`),
	FOREIGN KEY (`attempt_id`) REFERENCES `attempts`(`id`) ON UPDATE no action ON DELETE no action
) STRICT;
INSERT INTO "journal" ("attempt_id", "seq", "step", "phase", "at", "data") VALUES ('a1',0,'plan','intent',1935748800000,'{"seq":0,"text":"π ≠ 3"}');
INSERT INTO "journal" ("attempt_id", "seq", "step", "phase", "at", "data") VALUES ('a1',1,'plan','result',1935748800001,'{"seq":1,"text":"π ≠ 3"}');
INSERT INTO "journal" ("attempt_id", "seq", "step", "phase", "at", "data") VALUES ('a2',0,'plan','intent',1935748800000,'{"seq":0,"text":"π ≠ 3"}');
INSERT INTO "journal" ("attempt_id", "seq", "step", "phase", "at", "data") VALUES ('a2',1,'plan','result',1935748800001,'{"seq":1,"text":"π ≠ 3"}');
INSERT INTO "journal" ("attempt_id", "seq", "step", "phase", "at", "data") VALUES ('a3',0,'plan','intent',1935748800000,'{"seq":0,"text":"π ≠ 3"}');
INSERT INTO "journal" ("attempt_id", "seq", "step", "phase", "at", "data") VALUES ('a3',1,'plan','result',1935748800001,'{"seq":1,"text":"π ≠ 3"}');
INSERT INTO "journal" ("attempt_id", "seq", "step", "phase", "at", "data") VALUES ('a3',2,'run:0','intent',1935748800002,'{"logAt":12}');
CREATE TABLE `leases` (
	`id` text PRIMARY KEY NOT NULL,
	`machine_id` text NOT NULL,
	`slot` integer NOT NULL,
	`holder_kind` text NOT NULL,
	`holder_id` text NOT NULL,
	`granted_at` integer NOT NULL,
	`ended_at` integer,
	FOREIGN KEY (`machine_id`) REFERENCES `machines`(`id`) ON UPDATE no action ON DELETE no action
) STRICT;
INSERT INTO "leases" ("id", "machine_id", "slot", "holder_kind", "holder_id", "granted_at", "ended_at") VALUES ('lse-a1','m1',0,'build','passed',1935748800010,1935748805000);
INSERT INTO "leases" ("id", "machine_id", "slot", "holder_kind", "holder_id", "granted_at", "ended_at") VALUES ('lse-a2','m1',0,'build','large',1935748800010,1935748805000);
INSERT INTO "leases" ("id", "machine_id", "slot", "holder_kind", "holder_id", "granted_at", "ended_at") VALUES ('lse-a3','m2',0,'build','running',1935748800010,NULL);
CREATE TABLE `machine_days` (
	`day` integer NOT NULL,
	`machine_id` text NOT NULL,
	`attempts` integer NOT NULL,
	`infrastructure_failures` integer NOT NULL,
	PRIMARY KEY(`day`, `machine_id`),
	FOREIGN KEY (`machine_id`) REFERENCES `machines`(`id`) ON UPDATE no action ON DELETE no action
) STRICT;
INSERT INTO "machine_days" ("day", "machine_id", "attempts", "infrastructure_failures") VALUES (22404,'m1',2,0);
CREATE TABLE `machine_events` (
	`seq` integer PRIMARY KEY NOT NULL,
	`machine_id` text NOT NULL,
	`at` integer NOT NULL,
	`kind` text NOT NULL,
	`text` text NOT NULL,
	FOREIGN KEY (`machine_id`) REFERENCES `machines`(`id`) ON UPDATE no action ON DELETE no action
) STRICT;
INSERT INTO "machine_events" ("seq", "machine_id", "at", "kind", "text") VALUES (1,'m1',1935748800000,'connected','from 192.0.2.7');
CREATE TABLE `machines` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`host_type` text NOT NULL,
	`public_key` text NOT NULL,
	`slots` integer NOT NULL,
	`platform` text NOT NULL,
	`created_at` integer NOT NULL,
	`last_seen_at` integer NOT NULL,
	`draining` integer NOT NULL,
	`quarantine_since` integer,
	`quarantine_reason` text,
	`quarantine_by` text,
	`revoked_at` integer,
	CONSTRAINT "machines_quarantine" CHECK(("machines"."quarantine_since" IS NULL) = ("machines"."quarantine_reason" IS NULL)
        AND ("machines"."quarantine_since" IS NULL) = ("machines"."quarantine_by" IS NULL))
) STRICT;
INSERT INTO "machines" ("id", "name", "host_type", "public_key", "slots", "platform", "created_at", "last_seen_at", "draining", "quarantine_since", "quarantine_reason", "quarantine_by", "revoked_at") VALUES ('m1','host of m1','linux-x64','key-of-m1',2,'{"os":"linux","arch":"x64","release":"6.1.0","hostname":"m1","cpus":8,"memoryBytes":17179869184,"runtime":"bun","runtimeVersion":"1.4.5","agentVersion":"0.1.0"}',1935748800000,1935748800000,0,NULL,NULL,NULL,NULL);
INSERT INTO "machines" ("id", "name", "host_type", "public_key", "slots", "platform", "created_at", "last_seen_at", "draining", "quarantine_since", "quarantine_reason", "quarantine_by", "revoked_at") VALUES ('m2','host of m2','linux-x64','key-of-m2',2,'{"os":"linux","arch":"x64","release":"6.1.0","hostname":"m2","cpus":8,"memoryBytes":17179869184,"runtime":"bun","runtimeVersion":"1.4.5","agentVersion":"0.1.0"}',1935748800000,1935748800000,0,NULL,NULL,NULL,NULL);
CREATE TABLE `repositories` (
	`repo` text PRIMARY KEY NOT NULL,
	`last_checked_at` integer,
	`last_error` text,
	`default_branch` text
) STRICT;
INSERT INTO "repositories" ("repo", "last_checked_at", "last_error", "default_branch") VALUES ('croft',1935748800000,NULL,'main');
CREATE TABLE schema_migrations (
      number integer PRIMARY KEY NOT NULL, name text NOT NULL, hash text NOT NULL, applied_at integer NOT NULL
    ) STRICT;
INSERT INTO "schema_migrations" ("number", "name", "hash", "applied_at") VALUES (0,'0000_first','b0966eb4623ccfacca9f5787ac5197ddfe6a5ff8ce2cfaad1d43a945e4504955',1935748800000);
CREATE TABLE `sealed_logs` (
	`id` text PRIMARY KEY NOT NULL,
	`bytes` integer NOT NULL,
	`lines` integer NOT NULL,
	`dropped_bytes` integer NOT NULL,
	`sealed_at` integer NOT NULL,
	`data` blob,
	`blob_key` text,
	FOREIGN KEY (`id`) REFERENCES `attempts`(`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "sealed_logs_content" CHECK(("sealed_logs"."data" IS NULL) <> ("sealed_logs"."blob_key" IS NULL))
) STRICT;
INSERT INTO "sealed_logs" ("id", "bytes", "lines", "dropped_bytes", "sealed_at", "data", "blob_key") VALUES ('a1',5,1,0,1935748800000,X'000102FDFF',NULL);
INSERT INTO "sealed_logs" ("id", "bytes", "lines", "dropped_bytes", "sealed_at", "data", "blob_key") VALUES ('a2',9000000,90000,0,1935748800000,NULL,'logs/a2/0');
CREATE TABLE `source_archives` (
	`repo` text NOT NULL,
	`tree` text NOT NULL,
	`digest` text NOT NULL,
	`bytes` integer NOT NULL,
	`blob_key` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`repo`, `tree`)
) STRICT;
INSERT INTO "source_archives" ("repo", "tree", "digest", "bytes", "blob_key", "created_at") VALUES ('croft','000f4241000f4241000f4241000f4241000f4241','sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',10240,'source/croft/000f4241000f4241000f4241000f4241000f4241.tar',1935748800000);
CREATE UNIQUE INDEX `access_tokens_hash` ON `access_tokens` (`hash`);
CREATE INDEX `artifacts_build` ON `artifacts` (`build_id`,`attempt_id`,`path`,`id`);
CREATE INDEX `attempts_duration` ON `attempts` (`builder`,`ended_at`,`started_at`) WHERE "attempts"."state" IN ('passed', 'failed');
CREATE INDEX `attempts_ended` ON `attempts` (`ended_at`,`machine_id`,`state`);
CREATE UNIQUE INDEX `attempts_number` ON `attempts` (`build_id`,`number`);
CREATE UNIQUE INDEX `branch_commits_hash` ON `branch_commits` (`repo`,`branch`,`hash`);
CREATE INDEX `builds_builder` ON `builds` (`builder`,`created_at`,`id`);
CREATE INDEX `builds_builder_state` ON `builds` (`builder`,`state`,`created_at`,`id`);
CREATE INDEX `builds_cell` ON `builds` (`repo`,`commit_hash`,`builder`,`created_at`,`id`);
CREATE INDEX `builds_commit` ON `builds` (`commit_hash`);
CREATE INDEX `builds_newest` ON `builds` (`created_at`,`id`);
CREATE UNIQUE INDEX `builds_of_commit` ON `builds` (`repo`,`commit_hash`,`builder`) WHERE "builds"."trigger_kind" = 'commit';
CREATE INDEX `builds_repo` ON `builds` (`repo`,`created_at`,`id`);
CREATE INDEX `builds_repo_builder` ON `builds` (`repo`,`builder`,`created_at`,`id`);
CREATE INDEX `builds_repo_builder_state` ON `builds` (`repo`,`builder`,`state`,`created_at`,`id`);
CREATE INDEX `builds_repo_state` ON `builds` (`repo`,`state`,`created_at`,`id`);
CREATE INDEX `builds_state` ON `builds` (`state`,`created_at`,`id`);
CREATE INDEX `builds_verdict` ON `builds` (`repo`,`branch`,`builder`,`position`,`created_at`,`id`,`state`) WHERE +"builds"."state" IN ('passed', 'failed') AND "builds"."position" IS NOT NULL;
CREATE UNIQUE INDEX `join_tokens_hash` ON `join_tokens` (`hash`);
CREATE UNIQUE INDEX `leases_open` ON `leases` (`machine_id`,`slot`) WHERE "leases"."ended_at" IS NULL;
CREATE INDEX `machine_events_newest` ON `machine_events` (`machine_id`,`at`,`seq`);
CREATE UNIQUE INDEX `machines_public_key` ON `machines` (`public_key`) WHERE "machines"."revoked_at" IS NULL;
COMMIT;
