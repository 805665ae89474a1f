import Foundation
import LosslessJSON
import NightshiftCore

/// The results of another job as rows, so that jobs chain: generate, then enlarge.
struct RunRows {
    /// What the paths of this manifest start from.
    let directory: String
    let manifestPath: String
    /// Where all jobs' stores are, if not beside their manifests.
    let stateDirectory: String?
    let checkpoint: () throws -> Void

    /// Where the other job is.
    private struct Other {
        var job: String
        var storePath: String
        /// Its manifest's directory, from this one's; empty for the same.
        var directory: String
    }

    /// Hands a row for each item that has succeeded so far, in the order of that job.
    ///
    /// - Parameter job: a job's name in the same state directory, or the path of its manifest.
    /// - Throws: ``Diagnostic``, or what `sink` throws.
    func forEachRow(of job: String, at location: SourceLocation, into sink: RowSink) throws {
        let other = try find(job, at: location)
        let remedy = "run \(isPath(job) ? job : "its manifest") first"
        guard FileManager.default.fileExists(atPath: other.storePath) else {
            throw Diagnostic("job '\(other.job)' was never run", at: location, help: remedy)
        }
        var found = 0
        do {
            let store = try Store(readingAt: other.storePath)
            guard let run = try store.latestRunNow() else {
                throw Diagnostic("job '\(other.job)' has no run yet", at: location, help: remedy)
            }
            let outputs = path(run.outputDirectory ?? "out/\(other.job)", in: other.directory)
            let files = NamedFiles(columns: ["file", "files"], directory: outputs + "/")
            var columns: RowColumns?
            var position: Int?
            while true {
                try checkpoint()
                let page = try store.reports.exportItems(of: run, after: position, limit: 500)
                guard let last = page.last else { break }
                for item in page where item.state == ItemState.succeeded.rawValue {
                    found += 1
                    let row = row(of: item, job: other.job, outputs: outputs, columns: &columns, files: files)
                    try sink(.success(row))
                }
                position = last.position
            }
        } catch let error as StoreError {
            throw Diagnostic("cannot read the results of job '\(other.job)': \(error.message)", at: location)
        }
        guard found > 0 else {
            throw Diagnostic("no item of job '\(other.job)' has succeeded yet", at: location, help: remedy)
        }
    }

    // MARK: - Rows

    /// The row's own columns come between what the item is called and what came out of it. A column `name` of its own
    /// hides the item's name.
    private func row(
        of item: ExportItem, job: String, outputs: String, columns: inout RowColumns?, files: NamedFiles
    ) -> Row {
        var own = item.row.objectValue ?? [:]
        let paths = item.files.map { JSONValue.string("\(outputs)/\($0.path)") }
        var made: [String: JSONValue] = [
            "key": .string(item.key), "name": own["name"] ?? .string(item.name), "output": item.output ?? .null,
            "files": .array(paths), "file": paths.first ?? .null,
        ]
        if !item.step.isEmpty { made["step"] = .string(item.step) }
        own.merge(made) { $1 }
        let middle = own.keys.filter { made[$0] == nil }.sorted()
        let names = ["key", "name"] + (made["step"] == nil ? [] : ["step"]) + middle + ["output", "files", "file"]
        if columns == nil { columns = RowColumns(names) }
        // What one row lacks is that row's problem, as with objects in a file.
        let storage: Row.Storage =
            if let columns, columns.names == names {
                .table(columns, names.map { own[$0] ?? .null })
            } else {
                .object(own)
            }
        return Row(storage, origin: .row(item.position + 1, of: "job '\(job)'"), namedFiles: files)
    }

    // MARK: - The other job

    private func isPath(_ job: String) -> Bool {
        job.utf8.contains(UInt8(ascii: "/")) || job.hasSuffix(".yaml") || job.hasSuffix(".yml")
    }

    private func find(_ job: String, at location: SourceLocation) throws(Diagnostic) -> Other {
        guard isPath(job) else {
            guard JobName.isAllowed(job) else {
                throw Diagnostic(
                    "'\(job)' is no job's name", at: location, help: "expected a name, or the path of a manifest")
            }
            let place = JobPaths(
                job: job, stateDirectory: stateDirectory ?? RealPath.join(directory, ".nightshift"),
                outputDirectory: "")
            return Other(job: job, storePath: place.storePath, directory: "")
        }
        let path = RealPath.join(directory, job)
        if let real = RealPath.of(path), real == RealPath.of(manifestPath) {
            throw Diagnostic(
                "'run' names this job itself", at: location, help: "name the job whose results are the rows")
        }
        let loaded: LoadedManifest
        do throws(Diagnostics) {
            loaded = try ManifestLoader.load(path)
        } catch {
            let first = error.all.first?.description ?? ""
            throw Diagnostic("cannot read the manifest '\(job)': \(first)", at: location)
        }
        let place = JobPaths(
            job: loaded.manifest.job, stateDirectory: stateDirectory ?? loaded.resolve(".nightshift"),
            outputDirectory: "")
        let folder = job.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(job[..<$0]) } ?? ""
        return Other(
            job: place.job, storePath: place.storePath,
            directory: folder.isEmpty && PathName.isAbsolute(job) ? "/" : folder)
    }

    private func path(_ path: String, in folder: String) -> String {
        if folder.isEmpty || PathName.isAbsolute(path) { return path }
        return folder == "/" ? "/\(path)" : "\(folder)/\(path)"
    }
}
