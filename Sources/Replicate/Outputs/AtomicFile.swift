import Foundation

/// A file that appears under its name when it is complete and on disk, and not before.
struct AtomicFile: Sendable {
    private let target: URL
    private let temporary: URL
    private let handle: FileHandle

    init(path: String) throws(ReplicateError) {
        target = URL(fileURLWithPath: path)
        let folder = target.deletingLastPathComponent()
        // In the same folder, because only there a rename replaces the old file in one step.
        temporary = folder.appendingPathComponent(".\(target.lastPathComponent).\(UUID().uuidString).part")
        guard !target.hasDirectoryPath, !path.isEmpty else {
            throw ReplicateError(.unwritableFile, "'\(path)' names no file")
        }
        guard FileManager.default.createFile(atPath: temporary.path, contents: nil),
            let handle = FileHandle(forWritingAtPath: temporary.path)
        else {
            throw ReplicateError(
                .unwritableFile, "'\(path)' cannot be written; expected a file in a folder that exists")
        }
        self.handle = handle
    }

    func write(_ bytes: [UInt8]) async throws(ReplicateError) {
        try await onDisk { try handle.write(contentsOf: bytes) }
    }

    func finish() async throws(ReplicateError) {
        try await onDisk {
            try handle.synchronize()
            try handle.close()
            if rename(temporary.path, target.path) != 0 { throw CocoaError(.fileWriteUnknown) }
        }
    }

    func discard() {
        try? handle.close()
        try? FileManager.default.removeItem(at: temporary)
    }

    private func onDisk(_ body: @escaping @Sendable () throws -> Void) async throws(ReplicateError) {
        do {
            try await BlockingWork.run(body)
        } catch is CancellationError {
            throw ReplicateError(.canceled, "saving '\(target.path)' was canceled")
        } catch {
            throw ReplicateError(
                .unwritableFile, "'\(target.path)' cannot be written: \(error.localizedDescription)")
        }
    }
}
