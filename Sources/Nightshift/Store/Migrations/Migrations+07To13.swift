/// Steps, shared results, clocks, owners of files, and input sets that are read in short transactions.
extension Migrations {
    static let seventh = """
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

    static let eighth = """
        -- Of equal inputs only the first is looked for, however many there are.
        DROP INDEX item_digest;
        CREATE INDEX item_leader ON item (digest) WHERE leader_id IS NULL;
        """

    static let ninth = """
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

    static let tenth = """
        -- Milliseconds by which the provider's clock was ahead of the one that 'intent_at' was measured by; NULL if not known.
        ALTER TABLE item ADD COLUMN intent_offset INTEGER;
        -- How the answer to its create was lost.
        ALTER TABLE item ADD COLUMN loss TEXT;
        -- The same of the clock that all other times of the run's items are by.
        ALTER TABLE run ADD COLUMN clock_offset INTEGER;
        """

    static let eleventh = """
        -- By what this store knows its own files in directories that it shares with others.
        CREATE TABLE identity (
            id TEXT NOT NULL,
            -- Where the store was when it was used last: a copy of it is another one.
            path TEXT NOT NULL,
            inode INTEGER NOT NULL
        ) STRICT;
        """

    static let twelfth = """
        -- The name of the account whose predictions the run has; not known of older runs.
        ALTER TABLE run ADD COLUMN account TEXT;
        """

    static let thirteenth = """
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
}
