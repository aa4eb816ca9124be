CREATE TABLE `access_tokens` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`hash` text NOT NULL,
	`scopes` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`last_used_at` integer
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `access_tokens_hash` ON `access_tokens` (`hash`);--> statement-breakpoint
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
--> statement-breakpoint
CREATE INDEX `artifacts_build` ON `artifacts` (`build_id`,`attempt_id`,`path`,`id`);--> statement-breakpoint
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
--> statement-breakpoint
CREATE UNIQUE INDEX `attempts_number` ON `attempts` (`build_id`,`number`);--> statement-breakpoint
CREATE INDEX `attempts_ended` ON `attempts` (`ended_at`,`machine_id`,`state`);--> statement-breakpoint
CREATE INDEX `attempts_duration` ON `attempts` (`builder`,`ended_at`,`started_at`) WHERE "attempts"."state" IN ('passed', 'failed');--> statement-breakpoint
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
--> statement-breakpoint
CREATE UNIQUE INDEX `branch_commits_hash` ON `branch_commits` (`repo`,`branch`,`hash`);--> statement-breakpoint
CREATE TABLE `branches` (
	`repo` text NOT NULL,
	`branch` text NOT NULL,
	`head` text,
	`next_position` integer NOT NULL,
	PRIMARY KEY(`repo`, `branch`)
) STRICT;
--> statement-breakpoint
CREATE TABLE `build_counts` (
	`state` text PRIMARY KEY NOT NULL,
	`count` integer NOT NULL
) STRICT;
--> statement-breakpoint
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
--> statement-breakpoint
CREATE INDEX `builds_newest` ON `builds` (`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `builds_repo` ON `builds` (`repo`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `builds_builder` ON `builds` (`builder`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `builds_repo_builder` ON `builds` (`repo`,`builder`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `builds_state` ON `builds` (`state`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `builds_repo_state` ON `builds` (`repo`,`state`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `builds_builder_state` ON `builds` (`builder`,`state`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `builds_repo_builder_state` ON `builds` (`repo`,`builder`,`state`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `builds_commit` ON `builds` (`commit_hash`);--> statement-breakpoint
CREATE INDEX `builds_cell` ON `builds` (`repo`,`commit_hash`,`builder`,`created_at`,`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `builds_of_commit` ON `builds` (`repo`,`commit_hash`,`builder`) WHERE "builds"."trigger_kind" = 'commit';--> statement-breakpoint
CREATE INDEX `builds_verdict` ON `builds` (`repo`,`branch`,`builder`,`position`,`created_at`,`id`,`state`) WHERE +"builds"."state" IN ('passed', 'failed') AND "builds"."position" IS NOT NULL;--> statement-breakpoint
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
--> statement-breakpoint
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
--> statement-breakpoint
CREATE UNIQUE INDEX `join_tokens_hash` ON `join_tokens` (`hash`);--> statement-breakpoint
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
--> statement-breakpoint
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
--> statement-breakpoint
CREATE UNIQUE INDEX `leases_open` ON `leases` (`machine_id`,`slot`) WHERE "leases"."ended_at" IS NULL;--> statement-breakpoint
CREATE TABLE `machine_days` (
	`day` integer NOT NULL,
	`machine_id` text NOT NULL,
	`attempts` integer NOT NULL,
	`infrastructure_failures` integer NOT NULL,
	PRIMARY KEY(`day`, `machine_id`),
	FOREIGN KEY (`machine_id`) REFERENCES `machines`(`id`) ON UPDATE no action ON DELETE no action
) STRICT;
--> statement-breakpoint
CREATE TABLE `machine_events` (
	`seq` integer PRIMARY KEY NOT NULL,
	`machine_id` text NOT NULL,
	`at` integer NOT NULL,
	`kind` text NOT NULL,
	`text` text NOT NULL,
	FOREIGN KEY (`machine_id`) REFERENCES `machines`(`id`) ON UPDATE no action ON DELETE no action
) STRICT;
--> statement-breakpoint
CREATE INDEX `machine_events_newest` ON `machine_events` (`machine_id`,`at`,`seq`);--> statement-breakpoint
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
--> statement-breakpoint
CREATE UNIQUE INDEX `machines_public_key` ON `machines` (`public_key`) WHERE "machines"."revoked_at" IS NULL;--> statement-breakpoint
CREATE TABLE `repositories` (
	`repo` text PRIMARY KEY NOT NULL,
	`last_checked_at` integer,
	`last_error` text,
	`default_branch` text
) STRICT;
--> statement-breakpoint
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
--> statement-breakpoint
CREATE TABLE `source_archives` (
	`repo` text NOT NULL,
	`tree` text NOT NULL,
	`digest` text NOT NULL,
	`bytes` integer NOT NULL,
	`blob_key` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`repo`, `tree`)
) STRICT;
