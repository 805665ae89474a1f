import Foundation
import LosslessJSON
import NightshiftCore
import ReplicateAPI

/// What a new manifest is made of.
public struct DraftOptions: Hashable, Sendable {
    /// Where the manifest goes; by default `NAME.yaml`, by the model's name.
    public var path: String?
    /// A file of rows whose columns are matched to the model's inputs.
    public var table: String?
    /// Whether the embedded server serves the model.
    public var isLocal: Bool
    /// Whether an existing file may be replaced.
    public var replaces: Bool
    /// A sentence at the beginning of the manifest, as a comment.
    public var hint: String?

    public init(path: String? = nil, table: String? = nil, isLocal: Bool = false, replaces: Bool = false) {
        self.path = path
        self.table = table
        self.isLocal = isLocal
        self.replaces = replaces
    }
}

extension Engine {
    /// Writes a first manifest for a model, commented from the model's schema, and what it needs beside it.
    /// - Parameters:
    ///   - text: the model: `owner/name` or `owner/name:version`.
    ///   - options: where it goes, and what it is made of.
    ///   - observe: told, as a ``RunUpdate/warning(_:)``, what of the rows is not used or was read in a way that a person should
    ///     know.
    /// - Returns: the manifest's path.
    /// - Throws: ``EngineError``, for example if there is no such model.
    public func writeDraft(
        model text: String, options: DraftOptions = DraftOptions(),
        observe: @escaping @Sendable (RunUpdate) -> Void = { _ in }
    ) async throws -> String {
        guard let reference = try? ModelReference(parsing: text) else {
            throw EngineError(.notAModel, "'\(text)' does not name a model; expected owner/name or owner/name:version")
        }
        let job = Self.jobName(reference.name)
        let path = options.path ?? "\(job).yaml"
        guard options.replaces || !FileManager.default.fileExists(atPath: path) else {
            throw EngineError(.manifestExists, "\(path) is there already")
        }
        let directory = PathName.directory(of: path)
        var table: DraftTable?
        if let rows = options.table {
            table = try await DiskThreads.run { () throws(EngineError) in try DraftTable(at: rows, from: directory) }
        }
        var draft = try await draft(of: reference, job: job, isLocal: options.isLocal)
        draft.table = table?.table
        draft.hint = options.hint
        draft.schemaLocation = ".nightshift/manifest.schema.json"
        let (manifest, needsFile) = draft.manifest()
        try makeDirectory("\(directory)/.nightshift")
        try write(
            ManifestSchema.document.jsonBytes(indented: true), to: "\(directory)/.nightshift/manifest.schema.json")
        let example = "\(directory)/\(ManifestDraft.exampleFile)"
        if needsFile, !FileManager.default.fileExists(atPath: example) { try write(Self.onePixel, to: example) }
        try write(Array(manifest.utf8), to: path)
        if let table {
            for notice in table.notices { observe(.warning(notice.description)) }
            if let sentence = table.repeated(using: draft.usedColumns) { observe(.warning(sentence)) }
        }
        return path
    }

    private func draft(of reference: ModelReference, job: String, isLocal: Bool) async throws -> ManifestDraft {
        let choice = isLocal ? ProviderChoice.local(commands: [:]) : .replicate
        let host = ProviderHost(
            choice: choice, models: [ProviderHost.Model(target: .model(reference))], filesDirectory: ".",
            token: settings.token, baseURL: settings.baseURL, connections: 1, patience: SetupPatience(attempts: 2),
            clock: clock)
        do {
            return try await host.run { providers in
                let provider = providers[0]
                let binding = (provider as? ReplicateProvider)?.binding
                guard let schema = try await provider.schema() else {
                    throw EngineError(
                        .notAModel, "'\(reference)' has no version yet, so nothing is known of its inputs")
                }
                var pinned = reference
                pinned.version = provider.version
                return ManifestDraft(
                    job: job, model: pinned.description, provider: isLocal ? "local" : nil,
                    summary: binding?.summary.map { "\(reference.fullName): \($0)" } ?? reference.fullName,
                    schema: schema, example: binding?.example)
            }
        } catch let error as ProviderSetupError {
            throw EngineError(error)
        }
    }

    private func write(_ bytes: [UInt8], to path: String) throws(EngineError) {
        do {
            try Data(bytes).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw EngineError(.disk, "cannot write \(path): \(ErrorReason.of(error))")
        }
    }

    /// A model's name as a job's.
    private static func jobName(_ name: String) -> String {
        var job = String(
            name.unicodeScalars.map { scalar in
                let isAllowed = scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
                return isAllowed || "-_.".unicodeScalars.contains(scalar) ? Character(scalar) : "-"
            }.prefix(100))
        while job.first == "-" || job.first == "." { job.removeFirst() }
        return job.isEmpty ? "job" : job
    }

    /// A picture of one pixel: an example of a file until the user's own is there.
    private static let onePixel: [UInt8] = Array(
        Data(
            base64Encoded:
                "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
        ) ?? Data())
}
