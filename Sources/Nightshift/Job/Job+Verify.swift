package import NightshiftCore

/// What a check of stored files has found.
public struct VerifyReport: Hashable, Sendable {
    /// A file that is not as it was stored.
    public struct BadFile: Hashable, Sendable {
        /// Relative to the output directory.
        public var path: String
        /// The key of its item.
        public var key: String
        public var isMissing: Bool
        /// What is wrong, such as "it has 12 bytes instead of 20".
        public var reason: String
    }

    public var outputDirectory: String
    /// Files that were looked at, and their size in bytes.
    public var files = 0
    public var bytes: Int64 = 0
    public var badFiles: [BadFile] = []
    /// The items that the bad files belong to.
    package var items: [ItemID] = []
    /// Of the failed items: cannot be sent as they are.
    package var unsendable = 0

    public var missing: Int { badFiles.count(where: \.isMissing) }
    public var damaged: Int { badFiles.count - missing }
}

extension Job {
    /// Reads the files of all succeeded items and compares them by size and SHA-256 with what was stored.
    /// - Throws: ``EngineError``, for example if the job was never run.
    public func verify() async throws(EngineError) -> VerifyReport {
        try await inspect { store, run in
            var report = try await verify(run, store: store)
            report.unsendable = try await store.reports.unsendableItems(of: run)
            return report
        }
    }

    func verify(_ run: RunRecord, store: Store) async throws -> VerifyReport {
        var report = VerifyReport(outputDirectory: outputDirectory)
        let verifier = OutputVerifier(directory: outputDirectory)
        var last: StoredFile?
        while true {
            let page = try await store.reports.storedFiles(of: run, after: last, limit: 500)
            guard !page.isEmpty else { return report }
            last = page.last
            let faults = await faults(of: page, verifier)
            for (file, fault) in zip(page, faults) {
                report.files += 1
                report.bytes += file.size
                guard let fault else { continue }
                report.badFiles.append(VerifyReport.BadFile(file, fault))
                if report.items.last != file.item { report.items.append(file.item) }
            }
        }
    }

    private func faults(of files: [StoredFile], _ verifier: OutputVerifier) async -> [OutputVerifier.Fault?] {
        await withTaskGroup(of: [(Int, OutputVerifier.Fault?)].self) { group in
            for first in 0..<OutputVerifier.width {
                group.addTask {
                    var found: [(Int, OutputVerifier.Fault?)] = []
                    for index in stride(from: first, to: files.count, by: OutputVerifier.width) {
                        let file = files[index]
                        found.append(
                            (index, await verifier.fault(of: file.path, size: file.size, sha256: file.sha256)))
                    }
                    return found
                }
            }
            var faults = [OutputVerifier.Fault?](repeating: nil, count: files.count)
            for await found in group {
                for (index, fault) in found { faults[index] = fault }
            }
            return faults
        }
    }
}

extension VerifyReport.BadFile {
    init(_ file: StoredFile, _ fault: OutputVerifier.Fault) {
        (path, key) = (file.path, file.key)
        switch fault {
        case .missing: (isMissing, reason) = (true, "it is gone")
        case .damaged(let reason), .unreadable(let reason): (isMissing, self.reason) = (false, reason)
        }
    }
}
