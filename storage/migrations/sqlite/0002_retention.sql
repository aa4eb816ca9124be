CREATE TABLE `removed_logs` (
	`id` text PRIMARY KEY NOT NULL,
	`bytes` integer NOT NULL,
	`lines` integer NOT NULL,
	`dropped_bytes` integer NOT NULL,
	`removed_at` integer NOT NULL,
	`removed_by` text NOT NULL,
	FOREIGN KEY (`id`) REFERENCES `attempts`(`id`) ON UPDATE no action ON DELETE no action
) STRICT;
--> statement-breakpoint
CREATE TABLE `unwanted_blobs` (
	`key` text PRIMARY KEY NOT NULL,
	`since` integer NOT NULL
) STRICT;
--> statement-breakpoint
ALTER TABLE `artifacts` ADD `kept_at` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `artifacts` ADD `removed_at` integer;--> statement-breakpoint
ALTER TABLE `artifacts` ADD `removed_by` text;--> statement-breakpoint
UPDATE `artifacts` SET `kept_at` = coalesce((SELECT `ended_at` FROM `attempts` WHERE `attempts`.`id` = `artifacts`.`attempt_id`), 0);--> statement-breakpoint
CREATE INDEX `artifacts_age` ON `artifacts` (`kept_at`,`id`) WHERE "artifacts"."removed_at" IS NULL;--> statement-breakpoint
CREATE INDEX `artifacts_blob` ON `artifacts` (`blob_key`) WHERE "artifacts"."removed_at" IS NULL;--> statement-breakpoint
CREATE INDEX `sealed_logs_age` ON `sealed_logs` (`sealed_at`,`id`);--> statement-breakpoint
CREATE INDEX `sealed_logs_blob` ON `sealed_logs` (`blob_key`) WHERE "sealed_logs"."blob_key" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `source_archives_age` ON `source_archives` (`created_at`,`repo`,`tree`);--> statement-breakpoint
CREATE INDEX `source_archives_blob` ON `source_archives` (`blob_key`);