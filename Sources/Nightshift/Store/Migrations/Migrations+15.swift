/// Items that are made again, and the results that others have taken the place of.
extension Migrations {
    static let fifteenth = """
        -- Members of the input that a person has set for making the item again, '{}' for none; NULL if nobody has it made again.
        ALTER TABLE item ADD COLUMN redo TEXT;

        -- Results that items had before they were made again.
        CREATE TABLE previous_result (
            id INTEGER PRIMARY KEY,
            item_id INTEGER NOT NULL REFERENCES item(id) ON DELETE CASCADE,
            -- Counts from 1 for the items of one output name.
            number INTEGER NOT NULL,
            replaced_at INTEGER NOT NULL,
            -- Whether its files have been moved; until then they are the item's outputs.
            has_files INTEGER NOT NULL DEFAULT 0,
            attempt INTEGER NOT NULL,
            prediction_id TEXT,
            input TEXT NOT NULL,
            -- Members of the input that were sent otherwise.
            changes TEXT,
            result TEXT,
            finished_at INTEGER
        ) STRICT;
        CREATE INDEX previous_result_item ON previous_result (item_id, number);
        CREATE INDEX previous_result_prediction ON previous_result (prediction_id) WHERE prediction_id IS NOT NULL;
        CREATE TABLE previous_output (
            result_id INTEGER NOT NULL REFERENCES previous_result(id) ON DELETE CASCADE,
            place INTEGER NOT NULL,
            path TEXT NOT NULL,
            path_folded TEXT NOT NULL UNIQUE,
            size INTEGER,
            sha256 TEXT,
            media_type TEXT,
            PRIMARY KEY (result_id, place)
        ) STRICT, WITHOUT ROWID;
        """
}
