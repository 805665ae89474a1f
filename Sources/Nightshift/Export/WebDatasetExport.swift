import Crypto
import LosslessJSON
import NightshiftCore

/// Tar archives as `webdataset` and `datasets` stream them: a sample for each item that has succeeded, its files side by side with a
/// `.json` that says what `results.jsonl` says of it.
struct WebDatasetExport: ExportWriter {
    /// What the format's own tools write.
    static let usualLimits = (samples: 100_000, bytes: Int64(3_000_000_000))

    /// The archive that grows.
    private struct Shard {
        /// `nil` while an earlier archive may be what this one would become; its entries are put down in the meantime.
        var archive: TarWriter?
        var spool: LineFile?
        var digest = SHA256()
        var samples = 0
        var size: Int64 = 0
    }

    private let directory: OutputDirectory
    private let outputs: OutputDirectory
    private let parts: ExportParts
    private let limits: (samples: Int, bytes: Int64)
    private var names: SampleNames
    private var shards: ShardList
    private var shard: Shard?
    private var count = 0

    /// - Parameter numbered: extensions of which any item has several files.
    init(
        in directory: OutputDirectory, from outputs: OutputDirectory, parts: ExportParts, limits: ShardLimits,
        numbered: Set<String>
    ) throws(ExportError) {
        self.directory = directory
        self.outputs = outputs
        self.parts = parts
        self.limits = (limits.samples ?? Self.usualLimits.samples, limits.bytes ?? Self.usualLimits.bytes)
        names = SampleNames(numbered: numbered)
        shards = try ShardList("tar", in: directory, parts: parts)
    }

    mutating func add(_ result: ExportedResult) throws {
        let item = result.item
        // A sample without the files that it should have is worth nothing.
        guard item.isSucceeded, !result.files.isEmpty || item.files.isEmpty else { return }
        let key = names.key(of: item)
        let files = result.files.map(\.file)
        var entries = zip(names.extensions(of: files), files).map { ArchiveEntry(file: $1, name: "\(key).\($0)") }
        entries.append(ArchiveEntry(json: result.json, name: "\(key).json"))
        let size = entries.reduce(0) { $0 + TarWriter.room(for: $1.size) }
        if let shard, shard.samples >= limits.samples || shard.size + size > limits.bytes { try finishShard() }
        if shard == nil { shard = try begin() }
        shard?.samples += 1
        shard?.size += size
        for entry in entries { try add(entry) }
    }

    private func begin() throws(ExportError) -> Shard {
        var shard = Shard()
        if shards.hasEarlier(count) {
            shard.spool = try LineFile("spool", in: directory, parts: parts)
        } else {
            shard.archive = try TarWriter(shards.hiddenName(count), in: directory, parts: parts)
        }
        return shard
    }

    private mutating func add(_ entry: ArchiveEntry) throws {
        shard?.digest.update(data: entry.identity)
        if shard?.spool != nil {
            try shard?.spool?.append(entry.line)
        } else {
            try shard?.archive?.add(entry, from: outputs)
        }
    }

    private mutating func finishShard() throws {
        guard let finished = shard else { return }
        let content = ContentDigest.hex(finished.digest.finalize())
        if let spool = finished.spool, !shards.keep(count, content: content) {
            try spool.flush()
            shard?.archive = try TarWriter(shards.hiddenName(count), in: directory, parts: parts)
            var lines = try LineReader(spool.partPath)
            while let line = try lines.next() { try shard?.archive?.add(try ArchiveEntry(line: line), from: outputs) }
        }
        finished.spool?.discard()
        if shard?.archive != nil {
            try shard?.archive?.finish()
            try shards.add(count, content: content)
        }
        shard = nil
        count += 1
    }

    mutating func finish(_ report: inout ExportReport) throws {
        try finishShard()
        try shards.finish(&report)
    }

    /// Archives that are whole stay under their hidden names: the next export need not write them again.
    func discard() {
        shard?.archive?.discard()
        shard?.spool?.discard()
    }
}
