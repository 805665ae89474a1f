import NightshiftCore
import Synchronization

/// One going through all items for an export; each step blocks on the disk, and one follows the other.
final class ExportPass: Sendable {
    /// What grows with the items.
    private struct State {
        let lock: ExportLock
        var list: ExportList?
        var writers: [any ExportWriter]
        var files: FileExport
        var report = ExportReport()
    }

    private let exporter: Exporter
    private let hasLists: Bool
    private let tellsPictureSizes: Bool
    private let state = Mutex<State?>(nil)
    let cancellation = ExportCancellation()

    init(_ exporter: Exporter) {
        self.exporter = exporter
        hasLists = exporter.options.formats.contains(where: \.isList)
        tellsPictureSizes = exporter.options.formats.contains(where: \.tellsPictureSizes)
    }

    /// Waits for other exports into the directory, and begins the files of this one.
    func begin() throws {
        try state.withLock { state in
            let lock = try ExportLock(exporter.destination, cancellation: cancellation)
            if lock.isHeld { exporter.removeLeftovers() }
            let isInPlace = exporter.isInPlace(exporter.destination)
            state = State(
                lock: lock,
                list: isInPlace || !hasLists ? nil : try ExportList(exporter.parts, in: exporter.destination),
                writers: try exporter.writers(cancellation),
                files: FileExport(
                    outputs: exporter.outputs, destination: exporter.destination, parts: exporter.parts,
                    links: exporter.options.links || isInPlace))
        }
    }

    func add(_ items: [ExportItem]) throws {
        try state.withLock { state in
            if cancellation.isRequested { throw CancellationError() }
            for item in items { try add(item, to: &state) }
            try state?.list?.flush()
            for writer in state?.writers ?? [] { try writer.flush() }
        }
    }

    private func add(_ item: ExportItem, to state: inout State?) throws {
        guard state != nil else { return }
        let result = try result(of: item, &state)
        state?.list?.note(item, missing: result.missing)
        for file in result.files { try state?.list?.add(file.file, of: item.key) }
        for index in state?.writers.indices ?? 0..<0 { try state?.writers[index].add(result) }
        state?.report.count(result)
    }

    private func result(of item: ExportItem, _ state: inout State?) throws -> ExportedResult {
        var found: [ExportedResult.File] = []
        var missing: [String] = []
        for file in item.files {
            let isThere = try hasLists ? state?.files.export(file) : state?.files.isThere(file)
            guard isThere == true else {
                missing.append(file.path)
                continue
            }
            // Not all formats tell it, and every picture is opened for it.
            let isPicture = tellsPictureSizes && file.mediaType?.hasPrefix("image/") == true
            found.append(
                ExportedResult.File(file: file, picture: isPicture ? state?.files.pictureSize(of: file) : nil))
        }
        return ExportedResult(
            item: item, matrixNames: exporter.source.matrixNames, files: found, missing: missing)
    }

    /// Puts everything under its name.
    func finish() throws -> ExportReport {
        try state.withLock { state in
            var report = state?.report ?? ExportReport()
            try state?.files.synchronize()
            for index in state?.writers.indices ?? 0..<0 { try state?.writers[index].finish(&report) }
            try state?.list?.finish(&report)
            try ExportSummary(report, exporter.source, exporter.options).write(
                to: exporter.destination, parts: exporter.parts)
            state = nil
            return report
        }
    }

    /// Removes what was written so far.
    func discard() {
        state.withLock { state in
            state?.list?.discard()
            for writer in state?.writers ?? [] { writer.discard() }
            state = nil
        }
    }
}

extension ExportReport {
    fileprivate mutating func count(_ result: ExportedResult) {
        items += 1
        if result.item.isFailed { failedItems += 1 }
        if !result.item.isFailed, !result.item.isSucceeded { unfinishedItems += 1 }
        files += result.files.count
        missingFiles += result.missing.count
        firstMissingFiles += result.missing.prefix(max(0, 10 - firstMissingFiles.count))
    }
}
