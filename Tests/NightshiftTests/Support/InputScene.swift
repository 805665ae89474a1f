import Foundation
import NightshiftCore

@testable import Nightshift

/// A folder with a manifest `jobs/x.yaml` and the files beside it.
struct InputScene: ~Copyable {
    let folder: URL

    /// - Parameter files: not a dictionary, because two names may be one text to Swift and two to the disk.
    init(_ files: KeyValuePairs<String, String>) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "inputs-\(UUID().uuidString)")
        for (path, text) in files { try write(path, text) }
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    func path(_ name: String) -> String { folder.appending(path: "jobs/\(name)").path }

    func write(_ name: String, _ text: String) throws {
        let url = folder.appending(path: "jobs/\(name)")
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: path(name), withDestinationPath: target)
    }

    func load(_ text: String) throws -> InputSet {
        try write("x.yaml", "job: x\nmodel: me/upper\n" + text)
        return InputSet(try ManifestLoader.load(path("x.yaml")))
    }

    /// The items, and the problems without the folder's own path.
    func expand(_ text: String) throws -> (items: [Item], problems: [String], summary: InputSet.Summary) {
        var items: [Item] = []
        let summary = try load(text).forEachItem { items.append($0) }
        let problems = summary.problems.map { $0.sentence.replacing(folder.path + "/jobs/", with: "") }
        return (items, problems, summary)
    }

    func write(_ name: String, _ bytes: [UInt8]) throws {
        try write(name, "")
        try Data(bytes).write(to: folder.appending(path: "jobs/\(name)"))
    }
}
