import GRDB
import NightshiftCore

/// What the store's file says at the end of a night, read without the engine.
struct NightBooks {
    struct Attempt {
        var predictionID: String?
        var predictTime: Double?
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
                        arguments: [id]))
            }
            let run = try Row.fetchOne(database, sql: "SELECT * FROM run ORDER BY id DESC LIMIT 1")
            return (items, run?["predictions"] ?? 0, run?["predict_time"] ?? 0)
        }
    }
}
