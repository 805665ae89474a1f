import GRDB

/// The schema's history: SQL that is appended to and never edited.
enum Migrations {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 runs, items, attempts, outputs") { database in
            try database.execute(sql: first)
        }
        migrator.registerMigration("2 what a run was made with") { database in
            try database.execute(sql: second)
        }
        migrator.registerMigration("3 retries by class, priorities, shared results") { database in
            try database.execute(sql: third)
        }
        migrator.registerMigration("4 canceled items, what a person told a run") { database in
            try database.execute(sql: canceled)
            try database.execute(sql: fourth)
        }
        migrator.registerMigration("5 the schemas of models") { database in
            try database.execute(sql: fifth)
        }
        migrator.registerMigration("6 the items that a session is limited to") { database in
            try database.execute(sql: sixth)
        }
        migrator.registerMigration("7 steps") { database in
            try database.execute(sql: seventh)
        }
        migrator.registerMigration("8 many equal inputs") { database in
            try database.execute(sql: eighth)
        }
        migrator.registerMigration("9 results of other jobs") { database in
            try database.execute(sql: ninth)
        }
        migrator.registerMigration("10 the clocks that times were measured by") { database in
            try database.execute(sql: tenth)
        }
        migrator.registerMigration("11 whose files are whose") { database in
            try database.execute(sql: eleventh)
        }
        migrator.registerMigration("12 the account of a run") { database in
            try database.execute(sql: twelfth)
        }
        migrator.registerMigration("13 input sets that are still being read") { database in
            try database.execute(sql: thirteenth)
        }
        return migrator
    }

    private static let thirteenth = """
        -- Whether the manifest no longer has it. 'generation' tells since when it has it: a generation that the run has not
        -- reached is that of an input set that is still being read, and nobody else looks at such items.
        ALTER TABLE item ADD COLUMN is_withdrawn INTEGER NOT NULL DEFAULT 0;
        UPDATE item SET is_withdrawn = 1 WHERE generation < (SELECT generation FROM run WHERE run.id = item.run_id);
        -- While an input set is being read: its new items have larger ids than this.
        ALTER TABLE run ADD COLUMN unsealed_after INTEGER;
        -- The known items that the set being read has too, and what becomes of them: where 'position' is NULL they stay as they
        -- are, and where 'digest' is NULL their content does.
        CREATE TABLE item_change (
            item_id INTEGER PRIMARY KEY REFERENCES item(id) ON DELETE CASCADE,
            -- Why it cannot be sent.
            problem TEXT,
            has_new_needs INTEGER NOT NULL,
            position INTEGER,
            name TEXT,
            name_folded TEXT,
            origin TEXT,
            row TEXT,
            rank REAL,
            digest TEXT,
            input TEXT,
            files TEXT,
            step TEXT,
            has_needs INTEGER,
            deferred TEXT
        ) STRICT;
        CREATE INDEX item_change_name ON item_change (name_folded) WHERE name_folded IS NOT NULL;
        -- What those with new needs are made from then.
        CREATE TABLE need_change (
            item_id INTEGER NOT NULL REFERENCES item(id) ON DELETE CASCADE,
            needs_id INTEGER NOT NULL REFERENCES item(id) ON DELETE CASCADE,
            PRIMARY KEY (item_id, needs_id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX need_change_needed ON need_change (needs_id);
        -- Equal inputs of one run are found by the index alone.
        DROP INDEX item_leader;
        CREATE INDEX item_leader ON item (digest, run_id, leader_id) WHERE leader_id IS NULL;
        """

    private static let twelfth = """
        -- The name of the account whose predictions the run has; not known of older runs.
        ALTER TABLE run ADD COLUMN account TEXT;
        """

    private static let ninth = """
        -- What another job has made of the same input; the item takes it instead of computing it.
        CREATE TABLE earlier_result (
            item_id INTEGER PRIMARY KEY REFERENCES item(id) ON DELETE CASCADE,
            job TEXT NOT NULL,
            -- The other job's output directory, and the name of its item's outputs there.
            directory TEXT NOT NULL,
            name TEXT NOT NULL,
            prediction_id TEXT NOT NULL,
            result TEXT NOT NULL,
            -- The files as JSON: [{"place": 0, "path": "a.png", "size": 1, "sha256": "…", "media_type": "image/png"}].
            files TEXT NOT NULL
        ) STRICT;
        """

    private static let tenth = """
        -- Milliseconds by which the provider's clock was ahead of the one that 'intent_at' was measured by; NULL if not known.
        ALTER TABLE item ADD COLUMN intent_offset INTEGER;
        -- How the answer to its create was lost.
        ALTER TABLE item ADD COLUMN loss TEXT;
        -- The same of the clock that all other times of the run's items are by.
        ALTER TABLE run ADD COLUMN clock_offset INTEGER;
        """

    private static let eleventh = """
        -- By what this store knows its own files in directories that it shares with others.
        CREATE TABLE identity (
            id TEXT NOT NULL,
            -- Where the store was when it was used last: a copy of it is another one.
            path TEXT NOT NULL,
            inode INTEGER NOT NULL
        ) STRICT;
        """

    private static let eighth = """
        -- Of equal inputs only the first is looked for, however many there are.
        DROP INDEX item_digest;
        CREATE INDEX item_leader ON item (digest) WHERE leader_id IS NULL;
        """

    private static let seventh = """
        -- The step that an item belongs to; empty in manifests without steps.
        ALTER TABLE item ADD COLUMN step TEXT NOT NULL DEFAULT '';
        -- Whether it is made from the results of other items; then it is loaded by its due time alone.
        ALTER TABLE item ADD COLUMN has_needs INTEGER NOT NULL DEFAULT 0;
        -- What comes into the input from those results.
        ALTER TABLE item ADD COLUMN deferred TEXT;
        CREATE TABLE need (
            item_id INTEGER NOT NULL REFERENCES item(id) ON DELETE CASCADE,
            needs_id INTEGER NOT NULL REFERENCES item(id) ON DELETE CASCADE,
            PRIMARY KEY (item_id, needs_id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX need_needed ON need (needs_id);
        DROP INDEX item_fresh;
        CREATE INDEX item_fresh ON item (run_id, step, rank, position)
            WHERE state = 'pending' AND due_at = 0 AND leader_id IS NULL AND has_needs = 0;
        DROP INDEX item_due;
        CREATE INDEX item_due ON item (run_id, step, due_at) WHERE state = 'pending' AND due_at > 0;
        ALTER TABLE run ADD COLUMN has_steps INTEGER NOT NULL DEFAULT 0;

        -- The versions that models' names stood for when the run began.
        CREATE TABLE pin (
            run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
            step TEXT NOT NULL,
            -- As the manifest named it.
            model TEXT NOT NULL,
            version TEXT NOT NULL,
            PRIMARY KEY (run_id, step)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO pin SELECT id, '', model, version FROM run WHERE model IS NOT NULL AND version IS NOT NULL;
        ALTER TABLE run DROP COLUMN model;
        ALTER TABLE run DROP COLUMN version;

        -- What each step of a run has spent; the run's own columns hold the sums.
        CREATE TABLE spending (
            run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
            step TEXT NOT NULL,
            predictions INTEGER NOT NULL,
            predict_time REAL NOT NULL,
            PRIMARY KEY (run_id, step)
        ) STRICT, WITHOUT ROWID;
        """

    private static let fourth = """
        -- What a person told the run while it went on; it wins over the manifest.
        ALTER TABLE run ADD COLUMN is_paused INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE run ADD COLUMN ordered_concurrency INTEGER;
        ALTER TABLE run ADD COLUMN ordered_rate TEXT;
        """

    /// Lets items be 'canceled'. A check cannot be altered, so the table is made anew by the steps that SQLite's documentation of
    /// ALTER TABLE lists: foreign keys are off while migrations run and checked after each (1, 10 to 12: GRDB does that), a new
    /// table is made (4), the content copied (5), the old table dropped (6), the new one renamed (7), and the indexes, which
    /// went with the old table, are made again (8). There are no triggers and no views.
    private static let canceled = """
        CREATE TABLE new_item (
            id INTEGER PRIMARY KEY,
            run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
            key TEXT NOT NULL,
            generation INTEGER NOT NULL,
            position INTEGER NOT NULL,
            digest TEXT NOT NULL,
            name TEXT NOT NULL,
            name_folded TEXT NOT NULL,
            origin TEXT NOT NULL,
            row TEXT NOT NULL,
            input TEXT NOT NULL,
            files TEXT,
            state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN
                ('pending', 'submitting', 'unknown', 'held', 'running', 'fetching', 'succeeded', 'failed', 'canceled')),
            attempt INTEGER NOT NULL DEFAULT 0,
            failures INTEGER NOT NULL DEFAULT 0,
            excused INTEGER NOT NULL DEFAULT 0,
            due_at INTEGER NOT NULL DEFAULT 0,
            intent_at INTEGER,
            request_digest TEXT,
            lost_at INTEGER,
            prediction_id TEXT,
            running_since INTEGER,
            result TEXT,
            failure_class TEXT,
            failure TEXT,
            finished_at INTEGER,
            failure_counts TEXT,
            changes TEXT,
            rank REAL NOT NULL DEFAULT 0,
            leader_id INTEGER REFERENCES item(id) ON DELETE SET NULL,
            UNIQUE (run_id, key),
            CHECK ((state IN ('succeeded', 'failed', 'canceled')) = (finished_at IS NOT NULL)),
            CHECK (state NOT IN ('submitting', 'unknown') OR (intent_at IS NOT NULL AND request_digest IS NOT NULL)),
            CHECK (state NOT IN ('running', 'fetching') OR prediction_id IS NOT NULL)
        ) STRICT;

        INSERT INTO new_item (
            id, run_id, key, generation, position, digest, name, name_folded, origin, row, input, files, state, attempt,
            failures, excused, due_at, intent_at, request_digest, lost_at, prediction_id, running_since, result,
            failure_class, failure, finished_at, failure_counts, changes, rank, leader_id)
        SELECT
            id, run_id, key, generation, position, digest, name, name_folded, origin, row, input, files, state, attempt,
            failures, excused, due_at, intent_at, request_digest, lost_at, prediction_id, running_since, result,
            failure_class, failure, finished_at, failure_counts, changes, rank, leader_id
        FROM item;
        DROP TABLE item;
        ALTER TABLE new_item RENAME TO item;

        CREATE INDEX item_due ON item (run_id, due_at) WHERE state = 'pending' AND due_at > 0;
        CREATE INDEX item_prediction ON item (prediction_id) WHERE prediction_id IS NOT NULL;
        CREATE INDEX item_name ON item (run_id, name_folded);
        CREATE INDEX item_position ON item (run_id, position);
        CREATE INDEX item_in_flight ON item (run_id)
            WHERE finished_at IS NULL AND (intent_at IS NOT NULL OR prediction_id IS NOT NULL);
        CREATE INDEX item_fresh ON item (run_id, rank, position)
            WHERE state = 'pending' AND due_at = 0 AND leader_id IS NULL;
        CREATE INDEX item_follower ON item (leader_id) WHERE leader_id IS NOT NULL;
        CREATE INDEX item_digest ON item (digest);
        """

    private static let third = """
        -- How often the item failed in each way: {"nsfw": 1}.
        ALTER TABLE item ADD COLUMN failure_counts TEXT;
        -- Members of the input that the attempt at hand sends otherwise than the manifest says.
        ALTER TABLE item ADD COLUMN changes TEXT;
        ALTER TABLE attempt ADD COLUMN changes TEXT;
        -- The priority, negated: lower goes first.
        ALTER TABLE item ADD COLUMN rank REAL NOT NULL DEFAULT 0;
        -- The item with the same input whose result this one takes.
        ALTER TABLE item ADD COLUMN leader_id INTEGER REFERENCES item(id) ON DELETE SET NULL;
        -- Between intent and end an item mostly changes its state without touching these columns. An adopted one has no intent.
        DROP INDEX item_in_flight;
        CREATE INDEX item_in_flight ON item (run_id)
            WHERE finished_at IS NULL AND (intent_at IS NOT NULL OR prediction_id IS NOT NULL);
        DROP INDEX item_fresh;
        CREATE INDEX item_fresh ON item (run_id, rank, position)
            WHERE state = 'pending' AND due_at = 0 AND leader_id IS NULL;
        CREATE INDEX item_follower ON item (leader_id) WHERE leader_id IS NOT NULL;
        CREATE INDEX item_digest ON item (digest);
        -- Whether any item has a leader.
        ALTER TABLE run ADD COLUMN shares_results INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE run ADD COLUMN throttles INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE run ADD COLUMN unbilled INTEGER NOT NULL DEFAULT 0;
        -- Milliseconds in which there was work and room, and nothing might be created.
        ALTER TABLE run ADD COLUMN held_up INTEGER NOT NULL DEFAULT 0;
        """

    private static let sixth = """
        -- Filled by a session that is told to do only some of the items; others take no notice of it.
        CREATE TABLE choice (
            rank REAL NOT NULL,
            position INTEGER NOT NULL,
            item_id INTEGER NOT NULL REFERENCES item(id) ON DELETE CASCADE,
            PRIMARY KEY (rank, position, item_id)
        ) STRICT, WITHOUT ROWID;
        CREATE UNIQUE INDEX choice_item ON choice (item_id);
        """

    private static let fifth = """
        -- What a model takes and gives, as it was read last: input sets are checked against it without a network.
        CREATE TABLE model_schema (
            -- As the manifest names it; empty for the model that Cog servers are.
            model TEXT PRIMARY KEY,
            version TEXT,
            schema TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    private static let second = """
        -- The model, as the manifest named it, that the version belongs to.
        ALTER TABLE run ADD COLUMN model TEXT;
        -- As the manifest wrote it when files were stored last.
        ALTER TABLE run ADD COLUMN output_directory TEXT;
        """

    private static let first = """
        CREATE TABLE run (
            id INTEGER PRIMARY KEY,
            job TEXT NOT NULL,
            started_at INTEGER NOT NULL,
            -- Items of an older generation are withdrawn: they are no longer in the manifest.
            generation INTEGER NOT NULL DEFAULT 0,
            -- The version that the model's name stood for when the run began.
            version TEXT,
            ending TEXT,
            predictions INTEGER NOT NULL DEFAULT 0,
            predict_time REAL NOT NULL DEFAULT 0,
            retries INTEGER NOT NULL DEFAULT 0
        ) STRICT;

        CREATE TABLE item (
            id INTEGER PRIMARY KEY,
            run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
            key TEXT NOT NULL,
            generation INTEGER NOT NULL,
            position INTEGER NOT NULL,
            digest TEXT NOT NULL,
            name TEXT NOT NULL,
            name_folded TEXT NOT NULL,
            origin TEXT NOT NULL,
            row TEXT NOT NULL,
            input TEXT NOT NULL,
            files TEXT,
            state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN
                ('pending', 'submitting', 'unknown', 'held', 'running', 'fetching', 'succeeded', 'failed')),
            attempt INTEGER NOT NULL DEFAULT 0,
            failures INTEGER NOT NULL DEFAULT 0,
            excused INTEGER NOT NULL DEFAULT 0,
            due_at INTEGER NOT NULL DEFAULT 0,
            intent_at INTEGER,
            request_digest TEXT,
            lost_at INTEGER,
            prediction_id TEXT,
            running_since INTEGER,
            result TEXT,
            failure_class TEXT,
            failure TEXT,
            finished_at INTEGER,
            UNIQUE (run_id, key),
            CHECK ((state IN ('succeeded', 'failed')) = (finished_at IS NOT NULL)),
            CHECK (state NOT IN ('submitting', 'unknown') OR (intent_at IS NOT NULL AND request_digest IS NOT NULL)),
            CHECK (state NOT IN ('running', 'fetching') OR prediction_id IS NOT NULL)
        ) STRICT;

        CREATE INDEX item_fresh ON item (run_id, position) WHERE state = 'pending' AND due_at = 0;
        CREATE INDEX item_due ON item (run_id, due_at) WHERE state = 'pending' AND due_at > 0;
        CREATE INDEX item_in_flight ON item (run_id, state)
            WHERE state IN ('submitting', 'unknown', 'running', 'fetching', 'held');
        CREATE INDEX item_prediction ON item (prediction_id) WHERE prediction_id IS NOT NULL;
        CREATE INDEX item_name ON item (run_id, name_folded);
        CREATE INDEX item_position ON item (run_id, position);

        -- Attempts that ended without a result; the current one stands in its item.
        CREATE TABLE attempt (
            item_id INTEGER NOT NULL REFERENCES item(id) ON DELETE CASCADE,
            attempt INTEGER NOT NULL,
            prediction_id TEXT,
            intent_at INTEGER,
            ended_at INTEGER NOT NULL,
            failure_class TEXT NOT NULL,
            failure TEXT NOT NULL,
            predict_time REAL
        ) STRICT;
        CREATE INDEX attempt_item ON attempt (item_id);
        CREATE INDEX attempt_prediction ON attempt (prediction_id) WHERE prediction_id IS NOT NULL;

        -- A path is reserved before anything is downloaded to it, so two items never meet in one file.
        CREATE TABLE output (
            item_id INTEGER NOT NULL REFERENCES item(id) ON DELETE CASCADE,
            place INTEGER NOT NULL,
            path TEXT NOT NULL,
            path_folded TEXT NOT NULL UNIQUE,
            size INTEGER,
            sha256 TEXT,
            media_type TEXT,
            PRIMARY KEY (item_id, place)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE upload (
            sha256 TEXT NOT NULL,
            media_type TEXT NOT NULL,
            url TEXT NOT NULL,
            expires_at INTEGER NOT NULL,
            PRIMARY KEY (sha256, media_type)
        ) STRICT, WITHOUT ROWID;
        """
}
