import Foundation
import LosslessJSON
package import Nightshift
package import NightshiftCore

/// Writes the page of some jobs as a file of its own, which opens without a server and can be sent to others.
package struct ReportWriter: Sendable {
    package struct Options: Sendable {
        /// Which items are in it.
        package var filter = ItemFilter()
        /// Whether files are inside of the document, not beside it.
        package var embedsFiles = false
        /// Whether rows, inputs and names of the matrix are told.
        package var hasInputs = true

        package init() {}
    }

    /// What a report holds, for whoever shares it.
    package struct Contents: Hashable, Sendable {
        package var items = 0
        package var files = 0
        /// Bytes of the files that are inside.
        package var embedded: Int64 = 0
        /// Files that were not there.
        package var missing = 0
        /// Ratings, tags and notes.
        package var remarks = 0
    }

    private let jobs: [Job]
    private let options: Options
    private let words: ViewWords

    private static let pageSize = 500
    private static let journalEntries = 2000
    private static let timelinePoints = 240
    /// A file that is larger stays outside: browsers do not open documents of any size.
    private static let largestEmbedded: Int64 = 64 * 1024 * 1024

    package init(_ jobs: [Job], options: Options, words: ViewWords) {
        self.jobs = jobs
        self.options = options
        self.words = words
    }

    /// - Parameter path: of the file; what has the name is replaced when the report is whole.
    /// - Throws: ``EngineError``, for example if a job was never run.
    package func write(to path: String) async throws(EngineError) -> Contents {
        let bundle = PageBundle()
        var contents = Contents()
        let folder = URL(filePath: path).standardizedFileURL.deletingLastPathComponent()
        try await JobReader.write(path) { append in
            try append(bundle.head)
            try append(#"{"version":"\#(NightshiftVersion.current)","jobs":["#)
            for (index, job) in jobs.enumerated() {
                if index > 0 { try append(",") }
                let view = JobView(job, name: Self.name(of: index, in: jobs), words: words)
                do {
                    try await write(view, beside: folder, &contents, append)
                } catch let error as ViewError {
                    throw EngineError(EngineError.Cause(rawValue: error.code) ?? .store, error.message)
                }
            }
            try append("]}")
            try append(bundle.tail)
        }
        return contents
    }

    /// Names tell the jobs apart.
    private static func name(of index: Int, in jobs: [Job]) -> String {
        let name = jobs[index].name
        let earlier = jobs[..<index].count { $0.name == name }
        return earlier == 0 ? name : "\(name)-\(earlier + 1)"
    }

    private func write(
        _ view: JobView, beside folder: URL, _ contents: inout Contents, _ append: (String) throws -> Void
    ) async throws {
        let journal = try await view.journal(before: nil, limit: Self.journalEntries)["entries"] ?? []
        try append(
            #"{"job":\#(Self.safe(await view.summary())),"overview":\#(Self.safe(try await overview(of: view))),"#)
        try append(#""timeline":\#(Self.safe(try await view.timeline(points: Self.timelinePoints))),"#)
        try append(#""journal":\#(Self.safe(journal)),"items":["#)
        let ids = try await view.ids(options.filter, by: .position)
        var start = 0
        while start < ids.count {
            let end = min(start + Self.pageSize, ids.count)
            let records = try await view.records(ids[start..<end])
            let facts = await view.facts(of: records)
            for (offset, record) in records.enumerated() {
                let item = try await json(record, facts, view, beside: folder, &contents)
                try append((start + offset == 0 ? "" : ",") + Self.safe(item))
            }
            start = end
        }
        try append("]}")
    }

    /// What the machine is called is nobody's business.
    private func overview(of view: JobView) async throws -> JSONValue {
        var members = try await view.overview().objectValue ?? [:]
        let sessions = members["sessions"]?.arrayValue ?? []
        members["sessions"] = .array(
            sessions.map { .object(($0.objectValue ?? [:]).merging(["host": ""]) { $1 }) })
        members["is_alive"] = false
        if !options.hasInputs { members["columns"] = [] }
        return .object(members)
    }

    private func json(
        _ record: ItemRecord, _ facts: [String: OutputFacts], _ view: JobView, beside folder: URL,
        _ contents: inout Contents
    ) async throws -> JSONValue {
        var members = ItemJSON(record: record, job: view.name, files: facts).members
        contents.items += 1
        if record.rating != nil || record.note != nil || !record.tags.isEmpty { contents.remarks += 1 }
        if !options.hasInputs { members["values"] = [:] }
        var outputs: [JSONValue] = []
        for (file, output) in zip(record.files, members["outputs"]?.arrayValue ?? []) {
            let isThere = facts[file.path]?.isThere == true
            contents.files += 1
            if !isThere { contents.missing += 1 }
            var url = Self.relative("\(view.job.outputDirectory)/\(file.path)", to: folder)
            if options.embedsFiles, isThere, file.size <= Self.largestEmbedded,
                let data = try await content(of: file, view)
            {
                url = data
                contents.embedded += file.size
            }
            outputs.append(.object((output.objectValue ?? [:]).merging(["url": .string(url)]) { $1 }))
        }
        members["outputs"] = .array(outputs)
        return .object(members)
    }

    private func content(of file: ItemRecord.File, _ view: JobView) async throws -> String? {
        guard let reader = try? await view.open().output(file.path), reader.size <= Self.largestEmbedded,
            let bytes = try? await reader.bytes(at: 0, count: Int(reader.size))
        else { return nil }
        let type = file.mediaType ?? "application/octet-stream"
        return "data:\(type);base64,\(Data(bytes).base64EncodedString())"
    }

    /// JSON that ends no element of the document, whatever is in it.
    private static func safe(_ json: JSONValue) -> String {
        json.jsonString().replacing("<", with: "\\u003c")
    }

    /// The address of a file as seen from a folder.
    static func relative(_ path: String, to folder: URL) -> String {
        let target = URL(filePath: path).standardizedFileURL.pathComponents
        let base = folder.standardizedFileURL.pathComponents.filter { $0 != "/" }
        let names = target.filter { $0 != "/" }
        var common = 0
        while common < base.count, common < names.count - 1, base[common] == names[common] { common += 1 }
        let up = Array(repeating: "..", count: base.count - common)
        return (up + names[common...].map(FileAddress.encoded)).joined(separator: "/")
    }
}
