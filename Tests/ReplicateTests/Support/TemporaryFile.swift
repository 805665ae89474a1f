import Foundation

/// A file for as long as a test runs.
func withTemporaryFile<Result>(
    named name: String = "file.bin", _ content: some Sequence<UInt8>, _ body: (String) async throws -> Result
) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "replicate-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: name)
    try Data(content).write(to: file)
    return try await body(file.path)
}
