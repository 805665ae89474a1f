/// The tables of runs, items, attempts and outputs, and what came to them first.
extension Migrations {
    static let first = """
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

    static let second = """
        -- The model, as the manifest named it, that the version belongs to.
        ALTER TABLE run ADD COLUMN model TEXT;
        -- As the manifest wrote it when files were stored last.
        ALTER TABLE run ADD COLUMN output_directory TEXT;
        """

    static let third = """
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

    /// Lets items be 'canceled'. A check cannot be altered, so the table is made anew by the steps that SQLite's documentation of
    /// ALTER TABLE lists: foreign keys are off while migrations run and checked after each (1, 10 to 12: GRDB does that), a new
    /// table is made (4), the content copied (5), the old table dropped (6), the new one renamed (7), and the indexes, which
    /// went with the old table, are made again (8). There are no triggers and no views.
    static let canceled = """
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

    static let fourth = """
        -- What a person told the run while it went on; it wins over the manifest.
        ALTER TABLE run ADD COLUMN is_paused INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE run ADD COLUMN ordered_concurrency INTEGER;
        ALTER TABLE run ADD COLUMN ordered_rate TEXT;
        """

    static let fifth = """
        -- What a model takes and gives, as it was read last: input sets are checked against it without a network.
        CREATE TABLE model_schema (
            -- As the manifest names it; empty for the model that Cog servers are.
            model TEXT PRIMARY KEY,
            version TEXT,
            schema TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    static let sixth = """
        -- Filled by a session that is told to do only some of the items; others take no notice of it.
        CREATE TABLE choice (
            rank REAL NOT NULL,
            position INTEGER NOT NULL,
            item_id INTEGER NOT NULL REFERENCES item(id) ON DELETE CASCADE,
            PRIMARY KEY (rank, position, item_id)
        ) STRICT, WITHOUT ROWID;
        CREATE UNIQUE INDEX choice_item ON choice (item_id);
        """
}
