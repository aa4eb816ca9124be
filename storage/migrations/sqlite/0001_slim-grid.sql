DROP INDEX `builds_commit`;--> statement-breakpoint
DROP INDEX `builds_cell`;--> statement-breakpoint
CREATE INDEX `builds_commit` ON `builds` (`commit_hash`,`repo`,`state`);--> statement-breakpoint
CREATE INDEX `builds_cell` ON `builds` (`repo`,`commit_hash`,`builder`,`created_at`,`id`,`state`,`started_at`,`ended_at`);