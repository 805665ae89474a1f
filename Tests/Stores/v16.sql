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
INSERT INTO "activity" VALUES(1,1795820430000,3,2,1,1,0,3);
CREATE TABLE attempt (
            item_id INTEGER NOT NULL REFERENCES item(id) ON DELETE CASCADE,
            attempt INTEGER NOT NULL,
            prediction_id TEXT,
            intent_at INTEGER,
            ended_at INTEGER NOT NULL,
            failure_class TEXT NOT NULL,
            failure TEXT NOT NULL,
            predict_time REAL
        , changes TEXT, started_at INTEGER, completed_at INTEGER, kept TEXT) STRICT;
INSERT INTO "attempt" VALUES(3,1,'3hwmkzhgr4qmyaf3twh1zc3dhv',1795820433448,1795820433562,'model','no such luck',0.01,NULL,NULL,NULL,NULL);
INSERT INTO "attempt" VALUES(4,1,'tired000000000000000000000',1750000000000,1750000000000,'model','it was tired',0.5,NULL,NULL,NULL,'["rejected/tired-1.txt"]');
CREATE TABLE choice (
            rank REAL NOT NULL,
            position INTEGER NOT NULL,
            item_id INTEGER NOT NULL REFERENCES item(id) ON DELETE CASCADE,
            PRIMARY KEY (rank, position, item_id)
        ) STRICT, WITHOUT ROWID;
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
CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
INSERT INTO "grdb_migrations" VALUES('1 runs, items, attempts, outputs');
INSERT INTO "grdb_migrations" VALUES('2 what a run was made with');
INSERT INTO "grdb_migrations" VALUES('3 retries by class, priorities, shared results');
INSERT INTO "grdb_migrations" VALUES('4 canceled items, what a person told a run');
INSERT INTO "grdb_migrations" VALUES('5 the schemas of models');
INSERT INTO "grdb_migrations" VALUES('6 the items that a session is limited to');
INSERT INTO "grdb_migrations" VALUES('7 steps');
INSERT INTO "grdb_migrations" VALUES('8 many equal inputs');
INSERT INTO "grdb_migrations" VALUES('9 results of other jobs');
INSERT INTO "grdb_migrations" VALUES('10 the clocks that times were measured by');
INSERT INTO "grdb_migrations" VALUES('11 whose files are whose');
INSERT INTO "grdb_migrations" VALUES('12 the account of a run');
INSERT INTO "grdb_migrations" VALUES('13 input sets that are still being read');
INSERT INTO "grdb_migrations" VALUES('14 sessions, what happened, times and costs of attempts');
INSERT INTO "grdb_migrations" VALUES('15 results that others have taken the place of');
INSERT INTO "grdb_migrations" VALUES('16 results that were not accepted');
CREATE TABLE identity (
            id TEXT NOT NULL,
            -- Where the store was when it was used last: a copy of it is another one.
            path TEXT NOT NULL,
            inode INTEGER NOT NULL
        ) STRICT;
CREATE TABLE "item" (
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
            finished_at INTEGER, failure_counts TEXT, changes TEXT, rank REAL NOT NULL DEFAULT 0, leader_id INTEGER REFERENCES item(id) ON DELETE SET NULL, step TEXT NOT NULL DEFAULT '', has_needs INTEGER NOT NULL DEFAULT 0, deferred TEXT, intent_offset INTEGER, loss TEXT, is_withdrawn INTEGER NOT NULL DEFAULT 0, started_at INTEGER, completed_at INTEGER, wait_time REAL, run_time REAL, fetching_at INTEGER, predict_time REAL, spent_predictions INTEGER NOT NULL DEFAULT 0, spent_time REAL NOT NULL DEFAULT 0, redo TEXT,
            UNIQUE (run_id, key),
            CHECK ((state IN ('succeeded', 'failed', 'canceled')) = (finished_at IS NOT NULL)),
            CHECK (state NOT IN ('submitting', 'unknown') OR (intent_at IS NOT NULL AND request_digest IS NOT NULL)),
            CHECK (state NOT IN ('running', 'fetching') OR prediction_id IS NOT NULL)
        ) STRICT;
INSERT INTO "item" VALUES(1,1,'done',1,0,'sha256-ea652085c082758f6948e2f9d970bbcf','done','done','row 1 of list','{"fail":"","name":"done"}','{"fail":"","seconds":0.01,"text":"done"}',NULL,'succeeded',1,0,0,0,1795820433448,'2ca57ddd47a1546552e3ad566ba3e5e68202f3c4fd652c66fca110d8712ce9f2',NULL,'6j850pfpweykwbcx9wv1p24f3r',1795820433448,'{"completed_at":"2026-11-27T23:00:33.462875Z","created_at":"2026-11-27T23:00:33.452875Z","metrics":{"predict_time":0.01,"total_time":0.01},"model":"nightshift/sleeper","output":"done","started_at":"2026-11-27T23:00:33.452875Z","version":"4e3dba1a0e41a0b9c05b272cfffb49f22f199e15bdffeb4ce5a080df31ce1df1"}',NULL,NULL,1795820433567,NULL,NULL,0.0,NULL,'',0,NULL,0,NULL,0,1795820433452,1795820433462,0.0,1.00180506706237792968e-02,NULL,0.01,1,0.01,'{"seconds":0.02}');
INSERT INTO "item" VALUES(2,1,'also-done',1,1,'sha256-a7f68edb4d8e65b383b3cb02ae0396dc','also-done','also-done','row 2 of list','{"fail":"","name":"also-done"}','{"fail":"","seconds":0.01,"text":"also-done"}',NULL,'succeeded',1,0,0,0,1795820433448,'230a094634ecd761a8922486ee5df103e3a1b066f631e01f56fc93632e2e10a8',NULL,'1decx7ms7pwx99scq0bnhnwvx0',1795820433448,'{"completed_at":"2026-11-27T23:00:33.464487Z","created_at":"2026-11-27T23:00:33.454487Z","metrics":{"predict_time":0.01,"total_time":0.01},"model":"nightshift/sleeper","output":"also-done","started_at":"2026-11-27T23:00:33.454487Z","version":"4e3dba1a0e41a0b9c05b272cfffb49f22f199e15bdffeb4ce5a080df31ce1df1"}',NULL,NULL,1795820433567,NULL,NULL,0.0,NULL,'',0,NULL,0,NULL,0,1795820433453,1795820433464,0.0,1.00180506706237792968e-02,NULL,0.01,1,0.01,NULL);
INSERT INTO "item" VALUES(3,1,'broken',1,2,'sha256-d1d6cb3957e7f9d62e50bc93a28b8780','broken','broken','row 3 of list','{"fail":"no such luck","name":"broken"}','{"fail":"no such luck","seconds":0.01,"text":"broken"}',NULL,'failed',1,1,0,0,1795820433448,'df435f90b0f832cebb32f5db95a221a642e764ecc9c3f84f52f3c7b0efa7cc31',NULL,'3hwmkzhgr4qmyaf3twh1zc3dhv',1795820433448,NULL,'model','no such luck',1795820433562,'{"model":1}',NULL,0.0,NULL,'',0,NULL,0,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,1,0.01,NULL);
INSERT INTO "item" VALUES(4,1,'waits',1,3,'sha256-0dc1e0757866d78a4b47e767ae1cab2e','waits','waits','row 4 of list','{"fail":"","name":"waits"}','{"fail":"","seconds":0.01,"text":"waits"}',NULL,'pending',1,1,0,1750000000000,NULL,NULL,NULL,NULL,NULL,NULL,'model','it was tired',NULL,'{"model":1}',NULL,0.0,NULL,'',0,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,1,0.5,NULL);
INSERT INTO "item" VALUES(5,1,'runs',1,4,'sha256-e20688b89f30171b053535a2dc5907a3','runs','runs','row 5 of list','{"fail":"","name":"runs"}','{"fail":"","seconds":0.01,"text":"runs"}',NULL,'running',1,0,0,0,1750000000000,'0000000000000000000000000000000000000000000000000000000000000000',NULL,'gone0000000000000000000000',1750000000000,NULL,NULL,NULL,NULL,NULL,NULL,0.0,NULL,'',0,NULL,0,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,1,0.0,NULL);
INSERT INTO "item" VALUES(6,1,'sent',1,5,'sha256-18dd7e573bb518110a4eda936189af82','sent','sent','row 6 of list','{"fail":"","name":"sent"}','{"fail":"","seconds":0.01,"text":"sent"}',NULL,'submitting',1,0,0,0,1750000000000,'1111111111111111111111111111111111111111111111111111111111111111',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0.0,NULL,'',0,NULL,0,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,0,0.0,NULL);
INSERT INTO "item" VALUES(7,1,'held',1,6,'sha256-a2d6323b7d9e214cc1fbeb8c11be2e79','held','held','row 7 of list','{"fail":"","name":"held"}','{"fail":"","seconds":0.01,"text":"held"}',NULL,'held',1,0,0,0,1750000000000,'2222222222222222222222222222222222222222222222222222222222222222',NULL,NULL,NULL,NULL,NULL,'nobody can tell what became of its create',NULL,NULL,NULL,0.0,NULL,'',0,NULL,0,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,0,0.0,NULL);
INSERT INTO "item" VALUES(8,1,'fresh',1,7,'sha256-13fac06da03b75762b031e6633f23aa1','fresh','fresh','row 8 of list','{"fail":"","name":"fresh"}','{"fail":"","seconds":0.01,"text":"fresh"}',NULL,'pending',0,0,0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0.0,NULL,'',0,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,0,0.0,NULL);
INSERT INTO "item" VALUES(9,1,'canceled',1,8,'sha256-3c3ace97477271c525cd9524dbf09b03','canceled','canceled','row 9 of list','{"fail":"","name":"canceled"}','{"fail":"","seconds":0.01,"text":"canceled"}',NULL,'canceled',1,0,0,0,1750000000000,'3333333333333333333333333333333333333333333333333333333333333333',NULL,'end00000000000000000000000',NULL,NULL,'canceled','ended by ''nightshift cancel''',1750000000000,NULL,NULL,0.0,NULL,'',0,NULL,0,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,0,0.0,NULL);
INSERT INTO "item" VALUES(10,1,'unsealed',2,1,'sha256-0','unsealed','unsealed','row 8 of list','{"fail":"","name":"unsealed"}','{"fail":"","seconds":0.01,"text":"unsealed"}',NULL,'pending',0,0,0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0.0,NULL,'',0,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,0,0.0,NULL);
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
INSERT INTO "item_change" VALUES(8,NULL,0,0,'renamed','renamed','row 8 of list','{"fail":"","name":"fresh"}',0.0,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE journal (
    id INTEGER PRIMARY KEY,
    run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
    session_id INTEGER REFERENCES session(id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    -- A JSON object.
    facts TEXT NOT NULL
) STRICT;
INSERT INTO "journal" VALUES(1,1,1,1795820430000,'session_began','{"host":"night","version":"0.1.0"}');
CREATE TABLE model_schema (
            -- As the manifest names it; empty for the model that Cog servers are.
            model TEXT PRIMARY KEY,
            version TEXT,
            schema TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
INSERT INTO "model_schema" VALUES('nightshift/sleeper','4e3dba1a0e41a0b9c05b272cfffb49f22f199e15bdffeb4ce5a080df31ce1df1','{"components":{"schemas":{"Input":{"properties":{"abort":{"default":false,"description":"be aborted before the start","title":"Abort","type":"boolean","x-order":4},"bytes":{"description":"put out a file of this size in place of the text","maximum":67108864,"minimum":0,"nullable":true,"title":"Bytes","type":"integer","x-order":2},"cancel":{"default":false,"description":"be canceled by the platform at the end","title":"Cancel","type":"boolean","x-order":5},"fail":{"default":"","description":"fail with this error; empty means not to","title":"Fail","type":"string","x-order":3},"seconds":{"default":1,"description":"how long the run takes","maximum":3600,"minimum":0,"title":"Seconds","type":"number","x-order":0},"text":{"description":"the output; a file''s content follows from it","title":"Text","type":"string","x-order":1}},"title":"Input","type":"object"},"Output":{"description":"a file where ''bytes'' says how long it is, else a text","title":"Output"}}},"info":{"title":"Cog","version":"0.1.0"},"openapi":"3.0.2","paths":{}}');
CREATE TABLE need (
            item_id INTEGER NOT NULL REFERENCES item(id) ON DELETE CASCADE,
            needs_id INTEGER NOT NULL REFERENCES item(id) ON DELETE CASCADE,
            PRIMARY KEY (item_id, needs_id)
        ) STRICT, WITHOUT ROWID;
CREATE TABLE need_change (
    item_id INTEGER NOT NULL REFERENCES item(id) ON DELETE CASCADE,
    needs_id INTEGER NOT NULL REFERENCES item(id) ON DELETE CASCADE,
    PRIMARY KEY (item_id, needs_id)
) STRICT, WITHOUT ROWID;
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
INSERT INTO "output" VALUES(1,0,'done.txt','done.txt',4,'a4c3ed04a95a3da14a9d235c83d868bed7c0f45cf7f3faa751ee8f50598d2211','text/plain');
INSERT INTO "output" VALUES(2,0,'also-done.txt','also-done.txt',9,'531dd92756dcd5a1312fc4a23d78dd90be165a488b3d146fabb66d7a952197e4','text/plain');
CREATE TABLE pin (
            run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
            step TEXT NOT NULL,
            -- As the manifest named it.
            model TEXT NOT NULL,
            version TEXT NOT NULL,
            PRIMARY KEY (run_id, step)
        ) STRICT, WITHOUT ROWID;
INSERT INTO "pin" VALUES(1,'','nightshift/sleeper','4e3dba1a0e41a0b9c05b272cfffb49f22f199e15bdffeb4ce5a080df31ce1df1');
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
INSERT INTO "previous_output" VALUES(1,0,'previous/done-1.txt','previous/done-1.txt',4,'a4c3ed04a95a3da14a9d235c83d868bed7c0f45cf7f3faa751ee8f50598d2211','text/plain');
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
INSERT INTO "previous_result" VALUES(1,1,1,1795820433000,1,1,'earlier00000000000000000','{"fail":"","seconds":0.01,"text":"done"}',NULL,'{"metrics":{},"output":"done"}',1795820432000);
CREATE TABLE remark (
    digest TEXT PRIMARY KEY,
    rating INTEGER CHECK (rating BETWEEN 1 AND 5),
    note TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO "remark" VALUES('sha256-ea652085c082758f6948e2f9d970bbcf',4,'good');
CREATE TABLE run (
            id INTEGER PRIMARY KEY,
            job TEXT NOT NULL,
            started_at INTEGER NOT NULL,
            -- Items of an older generation are withdrawn: they are no longer in the manifest.
            generation INTEGER NOT NULL DEFAULT 0,
            -- The version that the model's name stood for when the run began.
            ending TEXT,
            predictions INTEGER NOT NULL DEFAULT 0,
            predict_time REAL NOT NULL DEFAULT 0,
            retries INTEGER NOT NULL DEFAULT 0
        , output_directory TEXT, shares_results INTEGER NOT NULL DEFAULT 0, throttles INTEGER NOT NULL DEFAULT 0, unbilled INTEGER NOT NULL DEFAULT 0, held_up INTEGER NOT NULL DEFAULT 0, is_paused INTEGER NOT NULL DEFAULT 0, ordered_concurrency INTEGER, ordered_rate TEXT, has_steps INTEGER NOT NULL DEFAULT 0, clock_offset INTEGER, account TEXT, unsealed_after INTEGER) STRICT;
INSERT INTO "run" VALUES(1,'old',1795820433355,1,'partial',3,0.03,0,'out',0,0,0,4,0,NULL,NULL,0,-438,'nightshift',9);
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
INSERT INTO "session" VALUES(1,1,1795820430000,1795820433900,1795820434000,'interrupted','night','0.1.0');
INSERT INTO "session" VALUES(2,1,1795820440000,1795820441000,NULL,NULL,'night','0.1.0');
CREATE TABLE spending (
            run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
            step TEXT NOT NULL,
            predictions INTEGER NOT NULL,
            predict_time REAL NOT NULL,
            PRIMARY KEY (run_id, step)
        ) STRICT, WITHOUT ROWID;
CREATE TABLE tag (
    digest TEXT NOT NULL,
    tag TEXT NOT NULL,
    PRIMARY KEY (digest, tag)
) STRICT, WITHOUT ROWID;
INSERT INTO "tag" VALUES('sha256-ea652085c082758f6948e2f9d970bbcf','best');
CREATE TABLE upload (
            sha256 TEXT NOT NULL,
            media_type TEXT NOT NULL,
            url TEXT NOT NULL,
            expires_at INTEGER NOT NULL,
            PRIMARY KEY (sha256, media_type)
        ) STRICT, WITHOUT ROWID;
CREATE INDEX attempt_item ON attempt (item_id);
CREATE INDEX attempt_prediction ON attempt (prediction_id) WHERE prediction_id IS NOT NULL;
CREATE UNIQUE INDEX choice_item ON choice (item_id);
CREATE INDEX item_change_name ON item_change (name_folded) WHERE name_folded IS NOT NULL;
CREATE INDEX item_due ON item (run_id, step, due_at) WHERE state = 'pending' AND due_at > 0;
CREATE INDEX item_follower ON item (leader_id) WHERE leader_id IS NOT NULL;
CREATE INDEX item_fresh ON item (run_id, step, rank, position)
            WHERE state = 'pending' AND due_at = 0 AND leader_id IS NULL AND has_needs = 0;
CREATE INDEX item_in_flight ON item (run_id)
            WHERE finished_at IS NULL AND (intent_at IS NOT NULL OR prediction_id IS NOT NULL);
CREATE INDEX item_leader ON item (digest, run_id, leader_id) WHERE leader_id IS NULL;
CREATE INDEX item_name ON item (run_id, name_folded);
CREATE INDEX item_position ON item (run_id, position);
CREATE INDEX item_prediction ON item (prediction_id) WHERE prediction_id IS NOT NULL;
CREATE INDEX item_state ON item (run_id, is_withdrawn, state, step, failure_class, position, generation);
CREATE INDEX journal_run ON journal (run_id, id);
CREATE INDEX need_change_needed ON need_change (needs_id);
CREATE INDEX need_needed ON need (needs_id);
CREATE INDEX previous_result_item ON previous_result (item_id, number);
CREATE INDEX previous_result_prediction ON previous_result (prediction_id) WHERE prediction_id IS NOT NULL;
CREATE INDEX session_run ON session (run_id);
CREATE INDEX tag_name ON tag (tag, digest);
