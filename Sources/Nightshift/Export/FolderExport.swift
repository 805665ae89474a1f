import Foundation
import LosslessJSON
import NightshiftCore

/// A folder that Hugging Face's `datasets` loads as a dataset of pictures, sounds or films: the files of that kind, what is known
/// of each in `metadata.jsonl`, and a card that says what made them.
///
/// `load_dataset("imagefolder", data_dir=…)` knows a file by the column `file_name`, and several of one row by `file_names`. It takes names
/// such as `night-train.png` for parts of a dataset, unless all is in a folder of that kind: then all is in `train`.
struct FolderExport: ExportWriter {
    private let metadata: LineFile
    private let directory: OutputDirectory
    private let format: ExportFormat
    /// Whether any item has several files of the kind.
    private let hasSeveral: Bool
    private let card: (directory: OutputDirectory, text: String)
    private var files: FileExport
    private let parts: ExportParts
    private var list: ExportList?

    /// - Parameter isInPlace: whether the folder is that of the outputs: there, nothing is an earlier export's.
    init(
        _ format: ExportFormat, in directory: OutputDirectory, card: (directory: OutputDirectory, text: String),
        from outputs: OutputDirectory, parts: ExportParts, links: Bool, isInPlace: Bool, hasSeveral: Bool
    ) throws(ExportError) {
        self.parts = parts
        metadata = try LineFile("metadata.jsonl", in: directory, parts: parts)
        self.directory = directory
        self.format = format
        self.hasSeveral = hasSeveral
        self.card = card
        files = FileExport(outputs: outputs, destination: directory, parts: parts, links: links)
        if !isInPlace { list = try ExportList(parts, in: directory) }
    }

    mutating func add(_ result: ExportedResult) throws {
        let item = result.item
        list?.note(item, missing: result.missing)
        guard item.isSucceeded else { return }
        let found = result.files.filter { $0.file.mediaType?.hasPrefix(format.mediaKind ?? "") == true }
        guard !found.isEmpty else { return }
        for file in found {
            guard try files.export(file.file) else { continue }
            try list?.add(file.file, of: item.key)
        }
        let names = found.map { JSONValue.string($0.file.path) }
        var members = item.row.objectValue ?? [:]
        let own: [String: JSONValue] = [
            "key": .string(item.key), "input": .string(item.input.jsonString()),
            "model": ExportedResult.text(item.prediction?.model),
            "version": ExportedResult.text(item.prediction?.version),
            "prediction": ExportedResult.text(item.prediction?.id),
            "rating": item.remarks.rating.map { .number(JSONNumber($0)) } ?? .null,
            "tags": .string(item.remarks.tags.joined(separator: " ")), "note": ExportedResult.text(item.remarks.note),
        ]
        members.merge(own) { row, _ in row }
        // A column of the row that is called so would be taken for the files.
        for name in ["file_name", "file_names"] {
            if let column = members.removeValue(forKey: name) { members["row.\(name)"] = column }
        }
        members[hasSeveral ? "file_names" : "file_name"] = hasSeveral ? .array(names) : names[0]
        try metadata.append(JSONValue.object(members.mapValues(Self.plain)).jsonBytes())
    }

    /// Columns of datasets have one type: what is nested is told as text.
    private static func plain(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object: .string(value.jsonString())
        case .array(let elements) where !elements.allSatisfy({ $0.stringValue != nil }): .string(value.jsonString())
        case .array, .string, .number, .bool, .null: value
        }
    }

    mutating func finish(_ report: inout ExportReport) throws {
        try files.synchronize()
        try metadata.finish()
        try writeCard()
        try list?.finish(&report)
    }

    /// A README of somebody else's stays as it is.
    private func writeCard() throws {
        let before = try? InputFile("\(card.directory.path)/README.md").readAll(upTo: 1 << 20)
        guard before.map({ $0.starts(with: card.text.utf8.prefix { $0 != UInt8(ascii: "\n") }) }) ?? true else {
            return
        }
        let readme = try LineFile("README.md", in: card.directory, parts: parts)
        try readme.append(text: card.text)
        try readme.finish()
    }

    func flush() throws { try list?.flush() }

    func discard() {
        list?.discard()
        metadata.discard()
    }
}
