import Foundation
import JSON
import Synchronization

/// What the server accepted, a line of JSON each, written at once: evidence for tests of clients.
final class RequestLog: Sendable {
    private let file: Mutex<FileHandle>

    init(path: String) throws {
        if !FileManager.default.fileExists(atPath: path) {
            _ = FileManager.default.createFile(atPath: path, contents: nil)
        }
        let handle = try FileHandle(forWritingTo: URL(filePath: path))
        try handle.seekToEnd()
        file = Mutex(handle)
    }

    func accepted(id: String, model: String, input: JSONValue, at time: Date, isAnswered: Bool) {
        let line: JSONValue = [
            "time": .string(time.formatted(.iso8601)), "id": .string(id), "model": .string(model), "input": input,
            "digest": .string(Digest.sha256(input.canonicalBytes())), "answered": .bool(isAnswered),
        ]
        file.withLock { try? $0.write(contentsOf: line.jsonBytes() + [0x0A]) }
    }
}
