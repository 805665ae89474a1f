import Foundation
import Testing

/// Mounts a file system of 64 KB at a path for `body`; where this process may not mount, says so and does nothing.
func withSmallDisk(
    at path: String, options: String = "rw", _ body: (String) async throws -> Void
) async throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    guard try run("mount", "-t", "tmpfs", "-o", "size=64k,\(options)", "tmpfs", path) else {
        print("skipped: mounting a small disk needs root and the right to mount")
        return
    }
    do {
        try await body(path)
        _ = try run("umount", "-l", path)
    } catch {
        _ = try run("umount", "-l", path)
        throw error
    }
}

private func run(_ arguments: String...) throws -> Bool {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = arguments
    process.standardError = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus == 0
}
