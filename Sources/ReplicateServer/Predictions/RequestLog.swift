import Crypto
import Foundation
import LosslessJSON
import ReplicateAPI
import Synchronization

/// A file with one line for each accepted create, written before the create is answered, so that a test can count what
/// was created even after a kill.
final class RequestLog: Sendable {
    private let path: String
    private let handle = Mutex<FileHandle?>(nil)

    init(path: String) {
        self.path = path
    }

    func open() throws {
        let manager = FileManager.default
        let exists = manager.fileExists(atPath: path) || manager.createFile(atPath: path, contents: nil)
        guard exists, let file = FileHandle(forWritingAtPath: path) else {
            throw EmbeddedServerError("cannot write the request log '\(path)'; choose a path in a writable folder")
        }
        // A pipe has no end to go to.
        _ = try? file.seekToEnd()
        handle.withLock { $0 = file }
    }

    func close() {
        handle.withLock { file in
            // The lines are written already; there is nothing left that could fail.
            try? file?.close()
            file = nil
        }
    }

    func append(_ record: PredictionRecord, input: JSONValue, answered: Bool) {
        var time: [UInt8] = []
        time.append(time: record.lifecycle.createdAt, digits: 9)
        let line: JSONValue = [
            "time": .string(String(decoding: time, as: UTF8.self)), "id": .string(record.id.text),
            "model": .string(record.model), "answered": .bool(answered), "input": input,
            "input_digest": .string(SHA256.hash(data: input.canonicalBytes()).hexText),
        ]
        let bytes = Data(line.jsonBytes() + [0x0A])
        handle.withLock { file in
            do {
                try file?.write(contentsOf: bytes)
            } catch {
                // A log with holes would prove what is not so.
                preconditionFailure("cannot write the request log '\(path)': \(error)")
            }
        }
    }
}
