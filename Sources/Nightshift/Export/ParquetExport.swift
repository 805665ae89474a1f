import Crypto
import Foundation
import LosslessJSON
import NightshiftCore

/// Parquet files with typed columns, in which pictures, sounds and films are as Hugging Face's `datasets` has them. DuckDB writes them,
/// of lines that stand beside them in the meantime.
struct ParquetExport: ExportWriter {
    static let usualLimits = (samples: 1_000_000, bytes: Int64(300_000_000))
    /// What is in one line is held in memory several times.
    private static let mostMedia: Int64 = 1_000_000_000

    /// The file that grows: its lines, without the content of files.
    private struct Shard {
        var lines: LineFile
        var digest = SHA256()
        var samples = 0
        var size: Int64 = 0
        var longest = 0
    }

    private let directory: OutputDirectory
    private let outputs: OutputDirectory
    private let parts: ExportParts
    private let limits: (samples: Int, bytes: Int64)
    private let columns: ParquetColumns
    private let program: DuckDBProgram
    private let cancellation: ExportCancellation
    private var shards: ShardList
    private var shard: Shard?
    private var count = 0

    init(
        in directory: OutputDirectory, from outputs: OutputDirectory, parts: ExportParts, limits: ShardLimits,
        columns: ParquetColumns, program: DuckDBProgram, cancellation: ExportCancellation
    ) throws(ExportError) {
        self.directory = directory
        self.outputs = outputs
        self.parts = parts
        self.limits = (limits.samples ?? Self.usualLimits.samples, limits.bytes ?? Self.usualLimits.bytes)
        self.columns = columns
        self.program = program
        self.cancellation = cancellation
        shards = try ShardList("parquet", in: directory, parts: parts)
    }

    mutating func add(_ result: ExportedResult) throws {
        let media = result.files.map(\.file).filter { file in
            ParquetColumns.mediaKinds.contains { file.mediaType?.hasPrefix($0.0) == true }
        }.reduce(0) { $0 + $1.size }
        guard media <= Self.mostMedia else {
            throw ExportError(
                message: "the files of '\(result.item.name)' have \(media) bytes, which is too much for a row of a "
                    + "Parquet file; leave it out with a filter, or export as webdataset")
        }
        let line = columns.line(of: result).jsonBytes()
        let size = media + Int64(line.count)
        if let shard, shard.samples >= limits.samples || shard.size + size > limits.bytes { try finishShard() }
        if shard == nil { shard = try begin() }
        shard?.samples += 1
        shard?.size += size
        // Four letters for three bytes.
        let length = line.count + Int(media / 3 * 4) + 100 * result.files.count
        if let longest = shard?.longest, longest < length { shard?.longest = length }
        shard?.digest.update(data: line + [0x0A])
        try shard?.lines.append(line)
    }

    private func begin() throws(ExportError) -> Shard {
        var shard = Shard(lines: try LineFile("lines", in: directory, parts: parts))
        shard.digest.update(data: Array(ParquetScript(columns: columns).identity.utf8))
        return shard
    }

    private mutating func finishShard() throws {
        guard let shard else { return }
        let content = ContentDigest.hex(shard.digest.finalize())
        if !shards.keep(count, content: content) {
            try shard.lines.flush()
            try write(shard)
            try shards.add(count, content: content)
        }
        shard.lines.discard()
        self.shard = nil
        count += 1
    }

    private func write(_ shard: Shard) throws {
        guard !columns.mediaColumns.isEmpty else { return try convert(shard.lines, shard) }
        let whole = try LineFile("lines", in: directory, parts: parts)
        defer { whole.discard() }
        var lines = try LineReader(shard.lines.partPath)
        while let line = try lines.next() {
            let embedded = try columns.embedding(try JSONValue(parsing: line)) { path, size in
                try content(of: path, size: size)
            }
            try whole.append(embedded.jsonBytes())
            if cancellation.isRequested { throw CancellationError() }
        }
        try whole.flush()
        try convert(whole, shard)
    }

    private func content(of path: String, size: Int64) throws -> String {
        guard let (file, found) = try? OutputReader.open(path, in: outputs.path), found == size,
            let bytes = try? FileSystemCalls.read(Int(size), at: 0, from: file, path: path), bytes.count == size
        else {
            throw ExportError(message: "'\(outputs.path)/\(path)' was changed while it was exported; export again")
        }
        return Data(bytes).base64EncodedString()
    }

    /// Has DuckDB make the file, which appears under its hidden name when it is whole.
    private func convert(_ lines: LineFile, _ shard: Shard) throws {
        let script = try LineFile("script", in: directory, parts: parts)
        let log = try LineFile("log", in: directory, parts: parts)
        let target = try LineFile(shards.hiddenName(count), in: directory, parts: parts)
        defer {
            script.discard()
            log.discard()
        }
        do {
            // By names alone, in which nothing needs quoting: the program works in their folder.
            try script.append(
                text: ParquetScript(columns: columns).text(
                    from: lines.partName, to: target.partName, longest: shard.longest))
            try script.flush()
            try program.run(
                script.partPath, in: directory.path, log: log.partPath, cancellation: cancellation)
            try target.finish()
        } catch {
            target.discard()
            throw error
        }
    }

    mutating func finish(_ report: inout ExportReport) throws {
        // Without any item there is a table without rows.
        if shard == nil, count == 0 { shard = try begin() }
        try finishShard()
        try shards.finish(&report)
    }

    /// Files that are whole stay under their hidden names: the next export need not write them again.
    func discard() {
        shard?.lines.discard()
    }
}
