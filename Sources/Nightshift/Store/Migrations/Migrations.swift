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
        migrator.registerMigration("14 sessions, what happened, times and costs of attempts") { database in
            try database.execute(sql: fourteenth)
        }
        migrator.registerMigration("15 results that others have taken the place of") { database in
            try database.execute(sql: fifteenth)
        }
        migrator.registerMigration("16 results that were not accepted") { database in
            try database.execute(sql: sixteenth)
        }
        return migrator
    }
}
