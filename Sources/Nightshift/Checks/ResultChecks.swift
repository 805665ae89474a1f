import Foundation
import LosslessJSON
import NightshiftCore

/// Holds stored results against what the manifest accepts: reads what has to be known of the files, and runs its command.
package struct ResultChecks: Sendable {
    /// Of each step; `nil` where everything is accepted.
    private let rules: [Acceptance?]
    private let reports: Reports?
    private let run: RunRecord?
    private let folder: OutputFolder
    /// Where commands work.
    private let directory: String
    private let environment: [String: String]

    /// Texts up to this size are read.
    private static let longestText = 16 << 20

    /// Checks that accept everything.
    package static let none = ResultChecks()

    private init() {
        (rules, reports, run, folder, directory, environment) = ([], nil, nil, OutputFolder(directory: "."), ".", [:])
    }

    /// - Parameters:
    ///   - directory: the manifest's.
    ///   - environment: what commands find in theirs; the token must not be in it.
    package init(
        of manifest: Manifest, reports: Reports, run: RunRecord, folder: OutputFolder, directory: String,
        environment: [String: String]
    ) {
        rules = manifest.steps.map(\.accept)
        (self.reports, self.run, self.folder) = (reports, run, folder)
        (self.directory, self.environment) = (directory, environment)
    }

    /// Judges a result whose files have just been stored. What is not accepted is moved to `rejected/`, and its names are free.
    /// - Throws: ``FetchFailure/notAccepted(_:kept:)``, or why it could not be judged.
    package func check(
        _ files: [StoredOutput], of item: ItemID, step: Int, attempt: Int
    ) async throws(FetchFailure) {
        guard let reason = try await refusal(of: files, in: nil, of: item, step: step, attempt: attempt) else { return }
        let kept = try await DiskThreads.run { [folder] () throws(FetchFailure) in
            try folder.reject(files.map(\.path), attempt: attempt)
        }
        throw .notAccepted(reason, kept: kept)
    }

    /// Whether an item may take the result of another one; one that cannot be read is not taken.
    /// - Parameter other: the output directory of another job whose result it is; `nil` for the run's own.
    /// - Throws: ``FetchFailure/check(_:)`` if it cannot be judged: what would be computed instead could not be either.
    package func accepts(
        _ files: [StoredOutput], from other: String?, of item: ItemID, step: Int
    ) async throws(FetchFailure) -> Bool {
        do throws(FetchFailure) {
            return try await refusal(of: files, in: other, of: item, step: step, attempt: 0) == nil
        } catch {
            if case .check = error { throw error }
            return false
        }
    }

    /// - Returns: why the result is not accepted; `nil` if it is.
    private func refusal(
        of files: [StoredOutput], in other: String?, of item: ItemID, step: Int, attempt: Int
    ) async throws(FetchFailure) -> String? {
        guard rules.indices.contains(step), let rule = rules[step] else { return nil }
        let directory = other ?? folder.directory
        var facts = try await DiskThreads.run { () throws(FetchFailure) in
            try Self.facts(of: files, in: directory, for: rule)
        }
        if rule.duration != nil {
            for (index, file) in files.enumerated() {
                facts.files[index].duration = try await MediaDuration.of(
                    "\(directory)/\(file.path)", environment: environment)
            }
        }
        let subject = rule.readsInput ? try await subject(item) : nil
        if let subject { (facts.input, facts.inputFiles) = (subject.input, subject.files) }
        if let reason = rule.refusal(of: facts) { return reason }
        guard let command = rule.command, let subject else { return nil }
        return try await CheckCommand(command, directory: self.directory, environment: environment).refusal(
            of: files.map { URL(filePath: "\(directory)/\($0.path)").path(percentEncoded: false) },
            described: subject.json(files: files, attempt: attempt))
    }

    private func subject(_ item: ItemID) async throws(FetchFailure) -> CheckedItem? {
        guard let reports, let run else { return nil }
        do throws(StoreError) {
            return try await reports.checkedItem(item, in: run)
        } catch {
            throw .disk(error.message)
        }
    }

    /// Blocks on the disk.
    private static func facts(
        of files: [StoredOutput], in directory: String, for rule: Acceptance
    ) throws(FetchFailure) -> ResultFacts {
        var facts = ResultFacts(files: [])
        for file in files {
            var known = ResultFacts.File(bytes: file.size, mediaType: file.mediaType, sha256: file.sha256)
            do {
                let (descriptor, size) = try OutputReader.open(file.path, in: directory)
                let path = "\(directory)/\(file.path)"
                if rule.width != nil || rule.height != nil {
                    let head = try FileSystemCalls.read(PictureSize.headLength, at: 0, from: descriptor, path: path)
                    known.size = PictureSize(ofHead: head)
                }
                if rule.readsText, isText(file.mediaType), size <= longestText {
                    let bytes = try FileSystemCalls.read(Int(size), at: 0, from: descriptor, path: path)
                    known.text = String(decoding: bytes, as: UTF8.self)
                }
            } catch {
                throw .unavailable("cannot read '\(file.path)' to check it: \(ErrorReason.of(error))")
            }
            facts.files.append(known)
        }
        return facts
    }

    private static func isText(_ type: String?) -> Bool {
        guard let type else { return false }
        return type.hasPrefix("text/") || type == "application/json" || type.hasSuffix("+json")
    }
}

/// What is known of an item whose result is judged.
package struct CheckedItem: Sendable {
    package var key: String
    package var name: String
    package var step: String
    package var row: JSONValue
    /// As it was sent, with null where files went.
    package var input: JSONValue
    package var files: [ItemFile]
    package var output: JSONValue?

    /// As commands read it.
    func json(files: [StoredOutput], attempt: Int) -> JSONValue {
        [
            "key": .string(key), "name": .string(name), "step": step.isEmpty ? .null : .string(step),
            "attempt": .number(JSONNumber(attempt)), "row": row, "input": input, "output": output ?? .null,
            "files": .array(
                files.map { file in
                    [
                        "path": .string(file.path), "media_type": file.mediaType.map(JSONValue.string) ?? .null,
                        "bytes": .number(JSONNumber(Int(file.size))), "sha256": .string(file.sha256),
                    ]
                }),
        ]
    }
}
