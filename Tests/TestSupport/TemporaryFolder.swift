import Foundation

/// A folder that lives as long as the test that holds it.
package final class TemporaryFolder: Sendable {
    package let root: String

    package init() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "nightshift-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        root = url.path(percentEncoded: false)
    }

    /// A folder with a path that is short enough for sockets in it.
    package init(short: Void) throws {
        root = "/tmp/ns-\(UInt32.random(in: .min ... .max))"
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    package func path(_ relative: String) -> String { "\(root)/\(relative)" }

    /// Writes a file, making the folders above it.
    @discardableResult
    package func write(_ relative: String, _ text: String) throws -> String {
        let path = path(relative)
        try FileManager.default.createDirectory(
            at: URL(filePath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: path))
        return path
    }

    package func text(_ relative: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: path(relative))), as: UTF8.self)
    }

    package func size(_ relative: String) throws -> Int {
        try Data(contentsOf: URL(filePath: path(relative))).count
    }

    /// Names in a folder, without hidden ones, in order.
    package func names(in relative: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path(relative))) ?? [])
            .filter { !$0.hasPrefix(".") }.sorted()
    }
}
