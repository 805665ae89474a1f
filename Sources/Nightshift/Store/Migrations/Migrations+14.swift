/// What is remembered of a run's past, and what people think of its results.
extension Migrations {
    static let fourteenth = """
        -- The processes that have worked on a run. A session that was killed has no end, only when it was heard of last.
        CREATE TABLE session (
            id INTEGER PRIMARY KEY,
            run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
            began_at INTEGER NOT NULL,
            seen_at INTEGER NOT NULL,
            ended_at INTEGER,
            ending TEXT,
            host TEXT NOT NULL,
            version TEXT NOT NULL
        ) STRICT;
        CREATE INDEX session_run ON session (run_id);
        -- What happened, beside what items went through.
        CREATE TABLE journal (
            id INTEGER PRIMARY KEY,
            run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
            session_id INTEGER REFERENCES session(id) ON DELETE CASCADE,
            at INTEGER NOT NULL,
            kind TEXT NOT NULL,
            -- A JSON object.
            facts TEXT NOT NULL
        ) STRICT;
        CREATE INDEX journal_run ON journal (run_id, id);
        -- What a run did in each ten seconds in which it did anything.
        CREATE TABLE activity (
            run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
            since INTEGER NOT NULL,
            sent INTEGER NOT NULL,
            succeeded INTEGER NOT NULL,
            failed INTEGER NOT NULL,
            retried INTEGER NOT NULL,
            throttled INTEGER NOT NULL,
            -- Predictions in flight, at most.
            in_flight INTEGER NOT NULL,
            PRIMARY KEY (run_id, since)
        ) STRICT, WITHOUT ROWID;

        -- Of the newest attempt: by the provider's clock when it began and had computed, and seconds before and between.
        ALTER TABLE item ADD COLUMN started_at INTEGER;
        ALTER TABLE item ADD COLUMN completed_at INTEGER;
        ALTER TABLE item ADD COLUMN wait_time REAL;
        ALTER TABLE item ADD COLUMN run_time REAL;
        -- When its result was known here, and its files were asked for.
        ALTER TABLE item ADD COLUMN fetching_at INTEGER;
        ALTER TABLE item ADD COLUMN predict_time REAL;
        -- Of all attempts together.
        ALTER TABLE item ADD COLUMN spent_predictions INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE item ADD COLUMN spent_time REAL NOT NULL DEFAULT 0;
        ALTER TABLE attempt ADD COLUMN started_at INTEGER;
        ALTER TABLE attempt ADD COLUMN completed_at INTEGER;

        -- Items are counted, and those of a state listed, without reading them.
        CREATE INDEX item_state ON item (run_id, is_withdrawn, state, step, failure_class, position, generation);

        -- What people think of results, by the digests of what was sent: it survives edits of the manifest.
        CREATE TABLE remark (
            digest TEXT PRIMARY KEY,
            rating INTEGER CHECK (rating BETWEEN 1 AND 5),
            note TEXT
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE tag (
            digest TEXT NOT NULL,
            tag TEXT NOT NULL,
            PRIMARY KEY (digest, tag)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX tag_name ON tag (tag, digest);

        -- What was recorded in other forms.
        UPDATE item SET
            started_at = CAST((julianday(json_extract(result, '$.started_at')) - 2440587.5) * 86400000 AS INTEGER),
            completed_at = CAST((julianday(json_extract(result, '$.completed_at')) - 2440587.5) * 86400000 AS INTEGER),
            wait_time = 86400 * (
                julianday(json_extract(result, '$.started_at')) - julianday(json_extract(result, '$.created_at'))),
            run_time = 86400 * (
                julianday(json_extract(result, '$.completed_at')) - julianday(json_extract(result, '$.started_at'))),
            predict_time = CASE WHEN json_type(result, '$.metrics.predict_time') IN ('integer', 'real')
                THEN json_extract(result, '$.metrics.predict_time') END
        WHERE json_valid(result);
        UPDATE item SET spent_predictions = 1, spent_time = COALESCE(predict_time, 0)
        WHERE prediction_id IS NOT NULL AND state IN ('running', 'fetching', 'succeeded') AND leader_id IS NULL
            AND id NOT IN (SELECT item_id FROM earlier_result);
        UPDATE item SET
            spent_predictions = spent_predictions + ended.predictions, spent_time = spent_time + ended.time
        FROM (
            SELECT item_id, COUNT(prediction_id) AS predictions, COALESCE(SUM(predict_time), 0) AS time FROM attempt
            GROUP BY item_id
        ) AS ended
        WHERE item.id = ended.item_id;
        """
}
