import GRDB
import NightshiftCore

/// What the store's file says at the end of a night, read without the engine.
struct NightBooks {
    struct Attempt {
        var predictionID: String?
        var predictTime: Double?
    }

    /// A result that another one has taken the place of.
    struct Previous {
        var predictionID: String?
        var files: [String]
    }

    struct Item {
        var index: Int
        var state: ItemState
        var attempt: Int
        var failures: Int
        var excused: Int
        var predictionID: String?
        var failure: String?
        var attempts: [Attempt]
        var files: [String]
        var previous: [Previous]
    }

    var items: [Item]
    var predictions: Int
    var predictTime: Double

    init(path: String) throws {
        var configuration = Configuration()
        configuration.readonly = true
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        (items, predictions, predictTime) = try queue.read { database in
            let items = try Row.fetchAll(database, sql: "SELECT * FROM item ORDER BY id").map { row in
                let id: Int64 = row["id"]
                let attempts = try Row.fetchAll(
                    database, sql: "SELECT prediction_id, predict_time FROM attempt WHERE item_id = ?", arguments: [id])
                return Item(
                    index: ItemID(id).index, state: ItemState(rawValue: row["state"]) ?? .pending,
                    attempt: row["attempt"], failures: row["failures"], excused: row["excused"],
                    predictionID: row["prediction_id"], failure: row["failure"],
                    attempts: attempts.map {
                        Attempt(predictionID: $0["prediction_id"], predictTime: $0["predict_time"])
                    },
                    files: try String.fetchAll(
                        database,
                        sql: "SELECT path FROM output WHERE item_id = ? AND size IS NOT NULL ORDER BY place",
                        arguments: [id]),
                    previous: try Self.previous(of: id, database))
            }
            let run = try Row.fetchOne(database, sql: "SELECT * FROM run ORDER BY id DESC LIMIT 1")
            return (items, run?["predictions"] ?? 0, run?["predict_time"] ?? 0)
        }
    }

    /// What an engine does that does not keep what it replaces.
    static func forgetEarlierResults(path: String) throws {
        try DatabaseQueue(path: path).write { database in
            try database.execute(sql: "DELETE FROM previous_result WHERE has_files = 0")
        }
    }

    private static func previous(of item: Int64, _ database: Database) throws -> [Previous] {
        try Row.fetchAll(
            database, sql: "SELECT id, prediction_id FROM previous_result WHERE item_id = ? ORDER BY number",
            arguments: [item]
        ).map { row in
            Previous(
                predictionID: row["prediction_id"],
                files: try String.fetchAll(
                    database, sql: "SELECT path FROM previous_output WHERE result_id = ? ORDER BY place",
                    arguments: [row["id"] as Int64]))
        }
    }
}
