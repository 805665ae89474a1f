import LosslessJSON
import NightshiftCore

/// What a reader made of a text: its rows and problems as texts, and what ended it.
struct ReadRows {
    var rows: [Row] = []
    var problems: [String] = []
    var end: String?

    /// Pushes `bytes` in chunks of `chunk` bytes.
    init(_ format: some RowFormat, _ bytes: [UInt8], chunk: Int = 1 << 20, recordLimit: Int = 16 << 20) {
        var reader = RowReader(format, file: "x", recordLimit: recordLimit)
        func take(_ result: Result<Row, Diagnostic>) {
            switch result {
            case .success(let row): rows.append(row)
            case .failure(let problem): problems.append(problem.description)
            }
        }
        do {
            var start = 0
            while start < bytes.count {
                let end = min(bytes.count, start + chunk)
                try bytes[start..<end].withUnsafeBufferPointer { try reader.read($0, into: take) }
                start = end
            }
            try reader.finish(into: take)
        } catch {
            end = "\(error)"
        }
    }

    /// The values of each row in the order of its columns.
    var values: [[JSONValue]] {
        rows.map { row in row.columnNames.map { row[$0] ?? .null } }
    }

    var texts: [[String]] {
        values.map { $0.map { $0.stringValue ?? "?" } }
    }
}
